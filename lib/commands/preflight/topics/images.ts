import { dockerHubImages } from '../../../environment/model/model-notices';
import { check, type Topic, warning } from '../check';

/** Images whose registry limits who does not log in. */
export const imageChecks: Topic = ({ environment }) => {
  const images = dockerHubImages(environment.models, environment);
  const found = warning(
    images.join(', '),
    'all nodes share the address of a NAT gateway, and each new node pulls: copy the images to a registry of yours, or pull them through a cache of Amazon ECR (docs/guides/models.md)',
  );
  return [images.length > 0 && check('Images of Docker Hub', 'within 100 pulls in 6 h', () => Promise.resolve(found))];
};
