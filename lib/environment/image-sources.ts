import { ImageSources, imageSourcesProblems } from '../../constructs/controllers/image-sources';
import type { EnvironmentConfig } from './environment-config';

/** Where the images of an environment come from; {@link checkEnvironment} reports what is malformed, which does not count here. */
export function imageSources({ images = {} }: Pick<EnvironmentConfig, 'images'>): ImageSources {
  return new ImageSources(imageSourcesProblems(images).length > 0 ? {} : images);
}
