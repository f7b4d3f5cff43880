/** What lies in the memory of the fullest GPU, or logical core of a Neuron chip, bytes. The parts add up to `totalBytes`. */
export interface PlacementMemory {
  /** All of it. */
  readonly totalBytes: number;
  /** Weights of the model and of its draft model. */
  readonly weightBytes: number;
  /** What is left for keys and values. */
  readonly kvCacheBytes: number;
  /** Context, libraries, graphs, buffers and activations. */
  readonly overheadBytes: number;
  /** What the engine leaves free. */
  readonly headroomBytes: number;
}
