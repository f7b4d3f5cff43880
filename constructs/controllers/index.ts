export * from './controller';
export * from './controller-facts';
export { type KarpenterSettings } from './facts/karpenter';
export { ImageSources, type ImageSourcesProps } from './image-sources';
