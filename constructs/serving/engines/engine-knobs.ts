/** Number format of the weights. An engine quantizes to FP8 as it loads; the others need a checkpoint that holds them, and say what it says. */
export enum WeightQuantization {
  /** 8-bit float. */
  FP8 = 'FP8',
  /** 8-bit integers of weights and activations. */
  INT8 = 'INT8',
  /** AWQ: 4-bit integers of weights. */
  AWQ = 'AWQ',
  /** GPTQ: 4-bit integers of weights. */
  GPTQ = 'GPTQ',
  /** NVFP4: 4-bit floats of weights and activations. */
  NVFP4 = 'NVFP4',
}

/** What holds answers to a JSON schema, a grammar or a pattern. */
export enum StructuredOutputBackend {
  /** XGrammar. */
  XGRAMMAR = 'xgrammar',
  /** llguidance. */
  GUIDANCE = 'guidance',
  /** Outlines. */
  OUTLINES = 'outlines',
}

/** Why code that comes with the weights may run. It runs with everything that the pod may do. */
export interface TrustRemoteCode {
  /** The reason, in a sentence: who has read the code, and at which revision. */
  readonly reason: string;
}
