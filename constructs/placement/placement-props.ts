import { type Duration, type Size } from 'aws-cdk-lib';
import { type Accelerator } from '../gpu/accelerator';
import { type ContextOptions } from '../models/context-options';
import { type DraftModel } from './draft-model';
import { type KvCachePrecision } from './kv-cache-precision';
import { type ModelArchitecture } from './architecture/model-architecture';
import { type Precision } from './architecture/precision';

/** What `Placement.plan` is asked for. */
export interface PlacementProps extends ContextOptions {
  /** Sizes of the model. */
  readonly model: ModelArchitecture;

  /**
   * Precision of the weights.
   *
   * @default - that of the published checkpoint, BF16 when that is not quantized
   */
  readonly precision?: Precision;

  /**
   * Weights as they lie on disk: for checkpoints whose quantization or pruning leaves other sizes than `precision` says, and
   * for quantizations that are not counted.
   *
   * @default - counted from the parameters
   */
  readonly weightsSize?: Size;

  /**
   * Precision of the key/value cache.
   *
   * @default KvCachePrecision.HALF
   */
  readonly kvCachePrecision?: KvCachePrecision;

  /**
   * Whether the engine gives up what lies before the window of layers that have one. vLLM does; SGLang keeps it in most families, and
   * four fifths of it in the others (`is_hybrid_swa_model`, `--swa-full-tokens-ratio`).
   *
   * @default true
   */
  readonly slidingWindows?: boolean;

  /**
   * Sequences of the full context that a replica must hold at once.
   *
   * @default 1
   */
  readonly concurrency?: number;

  /**
   * Replicas, for the nodes they need together and their price.
   *
   * @default 1
   */
  readonly replicas?: number;

  /**
   * Tokens of a typical prompt, for the estimate of the time to first token.
   *
   * @default - 1024, or the context when that is shorter
   */
  readonly promptTokens?: number;

  /**
   * Longest time to first token of a lone request with `promptTokens`. It is compared with an estimate.
   *
   * @default - none
   */
  readonly timeToFirstToken?: Duration;

  /**
   * Lowest speed of each of `concurrency` sequences, tokens/s. It is compared with an estimate.
   *
   * @default - none
   */
  readonly tokensPerSecond?: number;

  /**
   * Highest on-demand price of the nodes of all replicas, USD/h.
   *
   * @default - none
   */
  readonly maxHourlyUsd?: number;

  /**
   * Instance type to check. Left out, the cheapest of `accelerators` that does is chosen.
   *
   * @default - chosen
   */
  readonly accelerator?: Accelerator;

  /**
   * Instance types to choose from.
   *
   * @default - all listed ones with NVIDIA GPUs and a known price; no engine of this library runs on Neuron chips
   */
  readonly accelerators?: Accelerator[];

  /**
   * Ranks that share each layer: GPUs of one node, or logical cores of Neuron chips.
   *
   * @default - chosen
   */
  readonly tensorParallel?: number;

  /**
   * Stages that the layers are cut into, each on ranks of its own.
   *
   * @default - chosen: as many as nodes
   */
  readonly pipelineParallel?: number;

  /**
   * Nodes that a replica may take.
   *
   * @default 1
   */
  readonly maxNodes?: number;

  /**
   * Whether GPUs of one node may be stages of the pipeline where they have no NVLink, instead of sharing each layer.
   *
   * @default false
   */
  readonly pipelineInNode?: boolean;

  /**
   * Share of each GPU's memory that the engine takes, from 0 to 1.
   *
   * @default 0.9
   */
  readonly gpuMemoryUtilization?: number;

  /**
   * Tokens that the engine computes in one step at most; they decide the memory of activations.
   *
   * @default 8192
   */
  readonly maxBatchedTokens?: number;

  /**
   * Highest rank of LoRA adapters that the engine sets memory aside for.
   *
   * @default - no adapters
   */
  readonly adapterRank?: number;

  /**
   * Adapters that are in the memory of GPUs at once (`--max-loras` of vLLM).
   *
   * @default 1
   */
  readonly adapterSlots?: number;

  /**
   * A model that guesses tokens ahead, for speculative decoding.
   *
   * @default - none
   */
  readonly draft?: DraftModel;

  /**
   * Whether the checkpoint's own layers for further tokens guess ahead (multi-token prediction, as DeepSeek-V3 has it).
   *
   * @default false
   */
  readonly multiTokenPrediction?: boolean;
}
