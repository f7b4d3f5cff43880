import { type ContextOptions } from '../models/context-options';
import { type EngineMetrics } from '../models/engine-metrics';

/** Kinds of places that hold weights. */
export enum WeightsLocation {
  /** A repository on the model hub; the engine downloads it. */
  HUB = 'hub',
  /** A directory in the container. */
  DIRECTORY = 'directory',
  /** A prefix of a bucket; the engine streams the weights from it. */
  S3 = 's3',
}

/** Where an engine finds the weights. */
export interface EngineWeights {
  /** Kind of place. */
  readonly location: WeightsLocation;

  /** `<organization>/<model>` on the hub, an absolute path in the container, or an `s3://` URI. */
  readonly reference: string;

  /**
   * Revision of the repository on the hub.
   *
   * @default - none; required on the hub
   */
  readonly revision?: string;

  /**
   * Whether the weights were imported, by `weights` of the model; otherwise its repository says where they are.
   *
   * @default false
   */
  readonly imported?: boolean;
}

/** What an adapter may be beyond low-rank matrices of one rank beside linear layers; each is the field of `adapter_config.json` that says it. */
export enum AdapterFeature {
  /** Weights decomposed into magnitude and direction. */
  DORA = 'use_dora',
  /** Trained biases of the model, or of the adapter's own matrices. */
  BIAS = 'bias',
  /** Whole layers that were trained beside the adapter. */
  SAVED_MODULES = 'modules_to_save',
  /** A whole head for classification (`classifier`, `score`) that was trained beside the adapter. */
  CLASSIFICATION_HEAD = 'modules_to_save (classifier, score)',
  /** A factor that grows with the square root of the rank. */
  RANK_STABILIZED = 'use_rslora',
  /** Ranks or factors that differ by layer. */
  PATTERNS = 'rank_pattern, alpha_pattern',
  /** Target modules by a regular expression instead of their names. */
  TARGET_EXPRESSION = 'target_modules as an expression',
  /** Query without value, or key or value without query. */
  PARTIAL_ATTENTION = 'target_modules without q_proj and v_proj together',
  /** A start that changed the weights of the base model too, such as PiSSA. */
  CHANGED_BASE = 'init_lora_weights',
  /** An adapter that begins to act at some tokens. */
  ACTIVATED = 'alora_invocation_tokens',
  /** Layers of the model that are there several times. */
  LAYER_REPLICATION = 'layer_replication',
  /** Block-diagonal matrices. */
  BLOCK_DIAGONAL = 'use_bdlora',
  /** Matrices for a quantized base model. */
  QALORA = 'use_qalora',
  /** Embeddings of single tokens. */
  TRAINED_TOKENS = 'trainable_token_indices',
  /** Layers of Megatron, which have other names. */
  MEGATRON = 'megatron_config',
  /** Single parameters beside whole layers, such as the experts of gpt-oss. */
  TARGET_PARAMETERS = 'target_parameters',
}

/** A LoRA adapter that is loaded when the engine starts. */
export interface LoraAdapter {
  /** Name by which clients ask for the adapter. */
  readonly name: string;

  /** Directory of the adapter in the container, or its repository on the hub. */
  readonly path: string;

  /**
   * Highest rank of the adapter: `r` and the values of `rank_pattern` in its `adapter_config.json`.
   *
   * @default - unknown: the engine's own default has to do
   */
  readonly rank?: number;

  /**
   * What the adapter is beyond plain LoRA.
   *
   * @default - nothing
   */
  readonly features?: AdapterFeature[];
}

/** The place of a pod in a group of pods that serve one replica together. */
export interface EngineGroup {
  /** Pods of the group, one a node. */
  readonly nodes: number;

  /** Address of the first pod; may name a variable of the container as `$(NAME)`. */
  readonly leaderAddress: string;

  /** Number of this pod in the group, from 0; may name a variable of the container as `$(NAME)`. */
  readonly nodeRank: string;

  /** Whether this pod works for the first one and answers no requests. */
  readonly worker: boolean;
}

/** What an engine is asked to serve. */
export interface InferenceEngineBindOptions extends ContextOptions {
  /** Where the weights are. */
  readonly weights: EngineWeights;

  /** Name by which clients ask for the model. */
  readonly servedModelName: string;

  /** GPUs of a pod; 0 where the engine runs on CPUs. */
  readonly gpus: number;

  /**
   * CUDA compute capability of the GPUs, such as `8.9`.
   *
   * @default - unknown: an image that is built for some GPUs is not compared with it
   */
  readonly computeCapability?: string;

  /**
   * Architecture of the nodes' processors, as the label `kubernetes.io/arch` has it.
   *
   * @default - unknown: an image that is built for one is not compared with it
   */
  readonly architecture?: string;

  /**
   * GPUs that share each layer.
   *
   * @default - all GPUs of the replica, divided by `pipelineParallelSize`
   */
  readonly tensorParallelSize?: number;

  /**
   * Groups of layers that follow each other on different GPUs.
   *
   * @default 1
   */
  readonly pipelineParallelSize?: number;

  /**
   * Longest context that the GPUs were chosen for, tokens. An engine that is told none serves this one.
   *
   * @default - unknown: the engine's own
   */
  readonly plannedMaxModelLen?: number;

  /**
   * Share of each GPU's memory that was counted with when the GPUs were chosen, from 0 to 1.
   *
   * @default - unknown: the engine's own
   */
  readonly gpuMemoryUtilization?: number;

  /**
   * Pods that take turns on one GPU and share its memory.
   *
   * @default 1
   */
  readonly podsPerGpu?: number;

  /**
   * The pod's place in a replica of several nodes.
   *
   * @default - a replica is one pod
   */
  readonly group?: EngineGroup;

  /**
   * LoRA adapters that are loaded before the engine is ready.
   *
   * @default - none
   */
  readonly adapters?: LoraAdapter[];

  /** Port to listen on. */
  readonly port: number;

  /** Time that requests in flight get to finish after SIGTERM, seconds. */
  readonly shutdownTimeoutSeconds: number;

  /** Writable directory for weights and compiled kernels. */
  readonly cacheDirectory: string;

  /**
   * Writable directory for compiled kernels that outlives the pod; other replicas have it too.
   *
   * @default - `cacheDirectory`
   */
  readonly compileCacheDirectory?: string;
}

/** How the requests in flight of an ending pod get to finish. */
export enum EngineDrain {
  /** On SIGTERM the engine accepts no more requests and finishes those in flight. */
  SIGTERM = 'sigterm',
  /** SIGTERM ends requests in flight: it is held back until they have had their time. */
  PRE_STOP = 'pre-stop',
}

/** A request for one token, or one embedding, by which an engine proves that it answers. */
export interface SyntheticRequest {
  /** Path that the request is posted to. */
  readonly path: string;

  /** Body, as JSON. */
  readonly bodyJson: string;

  /** JSONPath in the answer to a number that is at least 1 when the engine has worked on the request. */
  readonly resultPath: string;
}

/** How an engine is run. */
export interface InferenceEngineConfig {
  /** Reference of the container image. */
  readonly image: string;

  /** Command of the container; empty for the image's own. */
  readonly command: string[];

  /** Arguments of the container. */
  readonly args: string[];

  /** Environment of the container. */
  readonly environment: { [name: string]: string };

  /**
   * Files of the engine by name, mounted at `/etc/engine`.
   *
   * @default - none
   */
  readonly files?: { [name: string]: string };

  /** Path that answers 200 as long as the engine works. */
  readonly healthPath: string;

  /**
   * Path that answers 200 when the engine may be sent requests.
   *
   * @default - `healthPath`
   */
  readonly readinessPath?: string;

  /** Path of the Prometheus metrics. */
  readonly metricsPath: string;

  /**
   * Whether the image holds `python3`, version 3.9 or newer.
   *
   * @default true
   */
  readonly python?: boolean;

  /** User that the image is made for, or that it works with; never 0. */
  readonly userId: number;

  /** Names of the metrics. */
  readonly metrics: EngineMetrics;

  /**
   * Devices of a pod by the name of their resource, such as `nvidia.com/gpu`; empty where it needs none.
   *
   * @default - `nvidia.com/gpu`, as many as the model asks for, at least one
   */
  readonly devices?: { [resource: string]: number };

  /**
   * Architecture of the nodes, as the label `kubernetes.io/arch` has it: `amd64` or `arm64`.
   *
   * @default - that of the accelerator
   */
  readonly architecture?: string;

  /**
   * How requests in flight get to finish.
   *
   * @default EngineDrain.SIGTERM
   */
  readonly drain?: EngineDrain;

  /**
   * The least request that proves that the engine answers.
   *
   * @default - none that every model on this engine answers: nothing can ask it
   */
  readonly syntheticRequest?: SyntheticRequest;

  /**
   * What works, and costs something that is better known before a deployment; one notice per line.
   *
   * @default - nothing
   */
  readonly notices?: string[];
}

/** A server of models. */
export interface IInferenceEngine {
  /**
   * What is wrong with serving this model on this engine, one problem per line; empty when nothing is.
   *
   * @param options what is to be served
   */
  problems(options: InferenceEngineBindOptions): string[];

  /**
   * How to run the engine for a model. It is also called when there are problems, and does not throw then.
   *
   * @param options what is to be served
   */
  bind(options: InferenceEngineBindOptions): InferenceEngineConfig;
}
