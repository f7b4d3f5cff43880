export * from './controller-catalog';
export { ImageSources, type ImageSourcesProps } from './image-sources';
