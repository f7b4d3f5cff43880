export * from './controller';
export * from './controller-facts';
export { type KarpenterSettings } from './facts/karpenter';
export { type LoadBalancerControllerSettings } from './facts/load-balancer-controller';
export { ImageSources, type ImageSourcesProps } from './image-sources';
