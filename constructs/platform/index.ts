export * from './controller-catalog';
export { ImageSources, type ImageSourcesProps } from './image-sources';
export * from './llm-platform';
export * from './llm-platform-props';
export * from './platform-base';
export * from './platform-capabilities';
