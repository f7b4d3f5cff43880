import { type EngineWeights, WeightsLocation } from './inference-engine';

/** Where weights are: a path begins with a slash, a bucket with `s3://`; the rest is a repository on the hub. */
export function weightsOf(reference: string, revision: string): EngineWeights {
  if (reference.startsWith('/')) return { location: WeightsLocation.DIRECTORY, reference };
  if (reference.startsWith('s3://')) return { location: WeightsLocation.S3, reference };
  return { location: WeightsLocation.HUB, reference, revision };
}
