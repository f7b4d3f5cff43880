import { type Size } from 'aws-cdk-lib';
import { type ModelArchitecture } from './architecture/model-architecture';
import { type Precision } from './architecture/precision';

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
   * Whether it is a head trained on the hidden states of the model (EAGLE-3), instead of a model of its own: it has the model's
   * context, and a projection of three hidden states.
   *
   * @default false
   */
  readonly head?: boolean;

  /**
   * Its weights as they lie on disk.
   *
   * @default - counted from its parameters
   */
  readonly weightsSize?: Size;
}
