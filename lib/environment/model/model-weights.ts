import type { ImportedWeights } from '../../../constructs/weights';
import { FETCH_IMAGE } from '../../../constructs/weights/weights-pod';
import type { EnvironmentConfig } from '../environment-config';
import { imageSources } from '../image-sources';
import type { WeightsConfig } from './weights-config';

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
      storageCidrs: [...weightsBucket.storageCidrs],
      endpointUrl: weightsBucket.endpointUrl,
      fetchImage: weightsBucket.fetchImage ?? imageSources(environment).reference(FETCH_IMAGE),
    }
  );
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
