import type { ImportedWeights } from '../../../constructs/weights';
import { weightsStorageProblems } from '../../../constructs/weights/stored-weights-problems';
import { FETCH_IMAGE } from '../../../constructs/weights/weights-pod';
import type { EnvironmentConfig } from '../environment-config';
import { imageSources } from '../image-sources';
import type { WeightsBucketConfig, WeightsConfig } from './weights-config';

/** In the place of what cannot be: nothing more is reported for it. */
const UNREAD_STORAGE = { storageCidrs: ['10.0.0.0/8'], fetchImage: `aws-cli@sha256:${'0'.repeat(64)}` };

/** The imported weights of a model; undefined also without a bucket, which {@link weightsProblems} reports. */
export function weightsOf(
  weights: WeightsConfig | undefined,
  environment: EnvironmentConfig,
): ImportedWeights | undefined {
  const { weightsBucket } = environment;
  return (
    weights &&
    weightsBucket && {
      ...(weights as Omit<ImportedWeights, 'storageCidrs'>),
      ...(storageProblems(environment).length > 0 ? UNREAD_STORAGE : storageOf(weightsBucket, environment)),
    }
  );
}

/** What is wrong with how pods reach the bucket of imported weights, one problem per line; empty where no model needs it. */
export function storageProblems(environment: EnvironmentConfig): string[] {
  const { weightsBucket, models, requirePins } = environment;
  return weightsBucket && models.some(({ weights }) => weights)
    ? weightsStorageProblems('weightsBucket', storageOf(weightsBucket, environment), requirePins)
    : [];
}

function storageOf(
  { storageCidrs, endpointUrl, fetchImage }: WeightsBucketConfig,
  environment: EnvironmentConfig,
): Pick<ImportedWeights, 'storageCidrs' | 'endpointUrl' | 'fetchImage'> {
  return {
    storageCidrs: [...storageCidrs],
    endpointUrl,
    fetchImage: fetchImage ?? imageSources(environment).reference(FETCH_IMAGE),
  };
}

/** What is wrong with where a model's weights come from, one problem per line. */
export function weightsProblems(
  weights: WeightsConfig | undefined,
  { weightsBucket, region }: EnvironmentConfig,
): string[] {
  if (!weights) return [];
  if (!weightsBucket)
    return [
      'weights: expected a weightsBucket of the environment, got none; name the bucket into which they were imported',
    ];
  return weightsBucket.region === undefined || weightsBucket.region === region
    ? []
    : [
        `weights: expected a bucket in ${region}, got ${weightsBucket.name} in ${weightsBucket.region}; each start of a pod would carry the weights between regions, import them into ${region}`,
      ];
}
