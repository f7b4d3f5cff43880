import { type ModelArchitecture } from './model-architecture';
import { type Precision } from './precision';

/** A small model that guesses tokens ahead, for speculative decoding. It lies on the same GPUs as the model. */
export interface DraftModel {
  /** Sizes of the model. */
  readonly model: ModelArchitecture;

  /**
   * Precision of its weights.
   *
   * @default - that of its published checkpoint, BF16 when that is not quantized
   */
  readonly precision?: Precision;

  /**
   * Its weights as they lie on disk, bytes.
   *
   * @default - counted from its parameters
   */
  readonly weightBytes?: number;
}
