/** What the placement of a model must reach, and where its sizes stand. */
export interface PlacementConfig {
  /**
   * The model's `config.json` as it was published: a path from the project's folder.
   *
   * @default - the catalogue's, by the name of the repository
   */
  readonly configFile?: string;

  /**
   * Precision of the weights. It is counted, and the engine is not told: one that takes less memory than the published checkpoint
   * needs the engine's `quantization` beside it.
   *
   * @default - that of the published checkpoint
   */
  readonly precision?: 'BF16' | 'FP16' | 'FP8' | 'FP8_WEIGHT_ONLY' | 'INT8' | 'INT4' | 'AWQ' | 'GPTQ' | 'GPTQ_8BIT' | 'NVFP4' | 'MXFP4';

  /**
   * Sequences of the full context that a replica must hold at once.
   *
   * @default 1
   */
  readonly concurrency?: number;

  /**
   * Tokens of a typical prompt, for the estimate of the time to first token.
   *
   * @default 1024
   */
  readonly promptTokens?: number;

  /**
   * Longest time to first token, seconds; compared with an estimate.
   *
   * @default - none
   */
  readonly timeToFirstTokenSeconds?: number;

  /**
   * Lowest speed of each of `concurrency` sequences, tokens/s; compared with an estimate.
   *
   * @default - none
   */
  readonly tokensPerSecond?: number;

  /**
   * Highest price of the nodes of all replicas, USD/h.
   *
   * @default - none
   */
  readonly maxHourlyUsd?: number;

  /**
   * Compressed size of the engine's image, GiB, for the estimate of a cold start.
   *
   * @default 10
   */
  readonly imageGib?: number;
}
