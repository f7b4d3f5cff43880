import { type EngineImage } from '../../models/engine-image';
import { type SpeculativeDecoding } from './speculative-decoding';

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

/** Properties that every engine has. */
export interface CommonEngineProps {
  /** Container image with the engine's server. */
  readonly image: EngineImage;

  /**
   * Version of the engine in the image, as its releases are numbered. It decides which flags are written and how the pod ends.
   *
   * @default - read from the image's tag
   */
  readonly version?: string;

  /**
   * Most sequences that are worked on at once.
   *
   * @default - the engine's own
   */
  readonly maxSequences?: number;

  /**
   * Further variables of the container; no secrets.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * Further arguments of the engine's program, as they are.
   *
   * @default - none
   */
  readonly extraArgs?: string[];
}

/** Properties of engines that generate tokens. */
export interface GenerationEngineProps extends CommonEngineProps {
  /**
   * Whether the key/value cache of a prompt's beginning is used again for other requests that begin the same.
   *
   * @default - the engine's own: on, where the model allows it
   */
  readonly prefixCaching?: boolean;

  /**
   * Speculative decoding.
   *
   * @default - none
   */
  readonly speculativeDecoding?: SpeculativeDecoding;
}

/** Properties of engines that generate tokens on GPUs and are written in Python. */
export interface GpuEngineProps extends GenerationEngineProps {
  /**
   * What holds answers to a schema or a grammar.
   *
   * @default - the engine's own
   */
  readonly structuredOutput?: StructuredOutputBackend;

  /**
   * Lets code that comes with the weights run.
   *
   * @default - it does not run
   */
  readonly trustRemoteCode?: TrustRemoteCode;
}
