import type { PlacementProps } from '../../../constructs/placement';
import type { PlainData, SizeText } from '../plain-data';

/** Precisions, by their names in `Precision`. */
export const PRECISIONS = [
  'BF16',
  'FP16',
  'FP8',
  'FP8_WEIGHT_ONLY',
  'MXFP8',
  'INT8',
  'INT8_WEIGHT_ONLY',
  'INT4',
  'AWQ',
  'GPTQ',
  'GPTQ_3BIT',
  'GPTQ_8BIT',
  'BITSANDBYTES_4BIT',
  'BITSANDBYTES_8BIT',
  'NVFP4',
  'NVFP4_WEIGHT_ONLY',
  'MXFP4',
] as const;

/** What the placement of a model must reach, and where its sizes stand. */
export interface PlacementConfig
  extends PlainData<
    Pick<
      PlacementProps,
      'weightsSize' | 'concurrency' | 'promptTokens' | 'timeToFirstToken' | 'tokensPerSecond' | 'maxHourlyUsd'
    >
  > {
  /**
   * The model's `config.json` as it was published: a path from the project's folder.
   *
   * @default - the catalog's, by the name of the repository
   */
  readonly configFile?: string;

  /**
   * Precision of the weights: that in which the engine has them, which is the published one, or FP8 beside the engine's `quantization`
   * of a checkpoint that is not quantized. It says how GPUs compute that do not know the published one: `FP8_WEIGHT_ONLY`,
   * `NVFP4_WEIGHT_ONLY`, `FP16`.
   *
   * @default - that of the published checkpoint
   */
  readonly precision?: (typeof PRECISIONS)[number];

  /**
   * `config.json` of the draft model or EAGLE-3 head of `speculativeDecoding`: a path from the project's folder.
   *
   * @default - the catalog's, by the name of the draft model; required where it is not in the catalog
   */
  readonly draftConfigFile?: string;

  /**
   * Weights of the draft model as they lie on disk.
   *
   * @default - counted from the sizes
   */
  readonly draftWeightsSize?: SizeText;

  /**
   * Compressed size of the engine's image, for the estimate of a cold start.
   *
   * @default 10Gi
   */
  readonly imageSize?: SizeText;
}
