import { type StoredWeights, WeightsDelivery } from '../weights/stored-weights';
import { WeightsLocation } from './inference-engine';
import { weightsOf } from './weights-location';

/** Writable directory of every engine. */
export const CACHE_DIRECTORY = '/cache';

/** Where the claim of a model's compiled kernels is mounted. */
export const COMPILE_CACHE_DIRECTORY = '/compile-cache';

/** Least that weights and compiled kernels get of the node's disk where nothing is said, MiB. */
export const DEFAULT_CACHE_MIB = 102400;

/** Volume at /tmp, MiB. */
export const TMP_MIB = 1024;

/** Logs and what the engine writes to its root file system, MiB. */
const WRITABLE_MIB = 1024;

/** Disk that weights take for each byte of them: layers that no engine loads, tokenizers, and blocks that are not full. */
const WEIGHTS_MARGIN = 1.05;

/** Kernels that an engine compiles, and what its libraries keep, MiB; assumed. */
const KERNELS_MIB = 10240;

/** Where the weights of a model come from. */
interface WeightsSource {
  readonly weightsMib?: number;
  readonly weights?: StoredWeights;
  readonly repository: string;
  readonly revision: string;
}

/**
 * What a pod asks for of the node's disk, MiB. Without the request the scheduler would put as many pods on a node as it has
 * GPUs, and the first to fill the disk would have others evicted.
 */
export function podStorageMib(cacheSizeMib: number): number {
  return cacheSizeMib + TMP_MIB + WRITABLE_MIB;
}

/** Least size of the cache that holds weights of a size, MiB. */
export function neededCacheMib(weightsMib: number): number {
  return Math.ceil(WEIGHTS_MARGIN * weightsMib);
}

/** Size of the cache where none is given, MiB: it holds the weights that are known, and kernels. */
export function defaultCacheMib(weightsMib = 0): number {
  const tens = 10 * 1024;
  return Math.max(DEFAULT_CACHE_MIB, Math.ceil((neededCacheMib(weightsMib) + KERNELS_MIB) / tens) * tens);
}

/** Weights that a pod keeps on its node's disk, MiB; 0 where the engine streams them or finds them in its image, or nothing is known. */
export function weightsOnDiskMib({ weightsMib = 0, weights, repository, revision }: WeightsSource): number {
  const kept =
    weights === undefined
      ? weightsOf(repository, revision).location === WeightsLocation.HUB
      : weights.delivery !== WeightsDelivery.STREAM;
  return kept ? weightsMib : 0;
}
