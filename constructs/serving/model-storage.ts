/** Default of what weights and compiled kernels may take of the node's disk, MiB. */
export const DEFAULT_CACHE_MIB = 102400;

/** Volume at /tmp, MiB. */
export const TMP_MIB = 1024;

/** Logs and what the engine writes to its root file system, MiB. */
const WRITABLE_MIB = 1024;

/**
 * What a pod asks for of the node's disk, MiB. Without the request the scheduler would put as many pods on a node as it has
 * GPUs, and the first to fill the disk would have others evicted.
 */
export function podStorageMib(cacheSizeMib: number): number {
  return cacheSizeMib + TMP_MIB + WRITABLE_MIB;
}
