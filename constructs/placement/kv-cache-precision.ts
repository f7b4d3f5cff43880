/** Number format of the key/value cache. */
export enum KvCachePrecision {
  /** 16 bits, as the model computes. */
  HALF = '16-bit',
  /** 8-bit floats: half the memory, for GPUs that compute in FP8. */
  FP8 = 'fp8',
}
