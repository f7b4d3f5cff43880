export * from './controller';
export { ImageSources, type ImageSourcesProps } from './image-sources';
export * from './llm-platform';
export * from './platform-base';
