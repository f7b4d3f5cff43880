import type { EnvironmentConfig } from '../environment-config';
import type { ModelConfig } from './model-config';

/** What of a model works, and is better known before it is deployed; one notice per line. */
export function modelNotices(model: ModelConfig, environment: EnvironmentConfig): string[] {
  const { repository, weights } = model;
  const images = dockerHubImages([model], environment);
  return [
    ...(environment.requirePins && weights === undefined
      ? [
          `${repository} is downloaded from the hub at each start of a pod, by pods that may reach the internet: import it (npm run import-weights), so that its files are verified and come from the account`,
        ]
      : []),
    ...(images.length > 0
      ? [
          `${images.join(', ')}: Docker Hub lets the address of a NAT gateway pull 100 images in six hours without a login, and all nodes share that address; copy the image, or pull it through a cache of Amazon ECR`,
        ]
      : []),
  ];
}

/** Images of models that come from Docker Hub, each once. */
export function dockerHubImages(models: readonly ModelConfig[], { weightsBucket }: EnvironmentConfig): string[] {
  const images = models.flatMap(({ image, weights }) => [
    image,
    ...(weights ? [weights.verifyImage, weightsBucket?.fetchImage] : []),
  ]);
  return [...new Set(images.filter((image) => image !== undefined).filter(isOfDockerHub))].sort();
}

/** A reference whose first part is no host means Docker Hub. */
function isOfDockerHub(image: string): boolean {
  const [host, ...path] = image.split('/');
  return (
    path.length === 0 ||
    (!/[.:]/.test(host) && host !== 'localhost') ||
    /^(index\.|registry-1\.)?docker\.io$/.test(host)
  );
}
