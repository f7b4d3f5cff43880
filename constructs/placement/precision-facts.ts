/** Formats that a device computes in. */
export type NumberFormat = 'half' | 'fp8' | 'int8' | 'fp4';

/** What tells precisions apart; the meaning stands at the property of the same name of `Precision`. */
export interface PrecisionFacts {
  readonly name: string;
  readonly bytesPerWeight: number;
  readonly minComputeCapability: string;
  /** Format of the matrix products. */
  readonly format: NumberFormat;
  /** Which weights it changes: every matrix of the layers, those of experts, or none. Embeddings, norms and routers stay 16-bit. */
  readonly quantizes: 'nothing' | 'linear' | 'experts';
  /** Whether Neuron chips run it; other formats are not documented for them here, so they are refused. */
  readonly neuron?: boolean;
  /** Weights that share a scale along the input of a matrix: no GPU may get a part of a group. */
  readonly groupSize?: number;
}
