import { type WeightFormat } from './weight-format';

/** Formats that a device computes in. */
export type NumberFormat = 'half' | 'fp8' | 'int8' | 'fp4';

/** What tells precisions apart; the meaning stands at the property of the same name of `Precision`. */
export interface PrecisionFacts {
  readonly name: string;
  readonly minComputeCapability: string;
  readonly maxComputeCapability?: string;
  /** How a quantized matrix lies in memory, where the checkpoint's file does not say it. */
  readonly weights: WeightFormat;
  /** Format of the matrix products. */
  readonly format: NumberFormat;
  /** Which weights it changes: every matrix of the layers, those of experts, or none. Embeddings, norms and routers stay 16-bit. */
  readonly quantizes: 'nothing' | 'linear' | 'experts';
  /** What checkpoints of it hold: those of one kind can be run in any precision of that kind. */
  readonly checkpoint: string;
  /** Whether Neuron chips run it; other formats are not documented for them here, so they are refused. */
  readonly neuron?: boolean;
}
