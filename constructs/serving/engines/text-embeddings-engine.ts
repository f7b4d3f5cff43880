import { isUnresolved } from '../../checks/unresolved';
import { type EngineImage } from '../../models/engine-image';
import {
  EngineDrain,
  type IInferenceEngine,
  type InferenceEngineBindOptions,
  type InferenceEngineConfig,
  WeightsLocation,
} from '../inference-engine';
import { CpuArchitecture } from './cpu-architecture';
import { type CommandLine, flag } from './engine-arguments';
import { type EngineCommand, engineConfig, nativeConfig } from './engine-config';
import { CONTRACT, properties, refused } from './engine-contract';
import { architectureByName, deviceByName, type ImageDevice, repositoryOf } from './engine-image-device';
import { engineProblems } from './engine-problems';
import { type CommonEngineProps } from './engine-props';
import { versionOf } from '../../models/engine-version';
import { oneEmbedding } from './synthetic-request';

/** The version whose flags, metrics and handling of SIGTERM were read. */
const OLDEST_VERSION = '1.9';

/** Every flag has a variable by its name (clap's `env`), which is not checked as flags are. */
const VARIABLES = [
  'AUTO_TRUNCATE',
  'CORS_ALLOW_ORIGIN',
  'DEFAULT_PROMPT',
  'DEFAULT_PROMPT_NAME',
  'DENSE_PATH',
  'DISABLE_SPANS',
  'DTYPE',
  'HOSTNAME',
  'HUGGINGFACE_HUB_CACHE',
  'JSON_OUTPUT',
  'MAX_BATCH_REQUESTS',
  'MAX_BATCH_TOKENS',
  'MAX_CLIENT_BATCH_SIZE',
  'MAX_CONCURRENT_REQUESTS',
  'MODEL_ID',
  'OTLP_ENDPOINT',
  'OTLP_SERVICE_NAME',
  'PAYLOAD_LIMIT',
  'POOLING',
  'PORT',
  'PROMETHEUS_PORT',
  'REVISION',
  'SERVED_MODEL_NAME',
  'TOKENIZATION_WORKERS',
  'UDS_PATH',
];

const COMMAND_LINE: CommandLine = {
  parser: 'clap',
  aliases: { '-p': '--port' },
  refused: {
    ...refused(CONTRACT.address, 'hostname', 'port', 'uds-path'),
    ...refused('metrics are read at the port of the model; leave it out', 'prometheus-port'),
    ...refused(CONTRACT.model, 'model-id', 'revision'),
    'served-model-name': CONTRACT.name,
    ...refused(CONTRACT.cache, 'huggingface-hub-cache'),
    ...properties({
      dtype: 'precision',
      pooling: 'pooling',
      'auto-truncate': 'truncate',
      'max-batch-tokens': 'maxBatchedTokens',
      'max-batch-requests': 'maxSequences',
      'max-client-batch-size': 'maxClientBatch',
      'max-concurrent-requests': 'maxConcurrentRequests',
    }),
  },
  refusedVariables: refused('it stands for a flag; give that in extraArgs, or set its property', ...VARIABLES),
};

/** Compute capabilities that each image runs on (`compute_cap_matching` of `backends/candle`, and `cuda-all-entrypoint.sh`). */
const CAPABILITIES: { readonly [variant: string]: readonly (readonly [least: number, most: number])[] } = {
  turing: [[7.5, 7.5]],
  '': [[8, 8.9]],
  '86': [[8.6, 8.9]],
  '89': [[8.9, 8.9]],
  hopper: [[9, 9]],
  '100': [[10, 10]],
  '120': [[12, 12.1]],
  '121': [[12.1, 12.1]],
  cuda: [
    [7.5, 7.5],
    [8, 8.9],
    [9, 9],
    [10, 10],
    [12, 12],
  ],
};

/** How the vectors of tokens become one. */
export enum EmbeddingPooling {
  /** The vector of the first token. */
  CLS = 'cls',
  /** The mean of all. */
  MEAN = 'mean',
  /** The vector of the last token. */
  LAST_TOKEN = 'last-token',
  /** SPLADE: a sparse vector of the vocabulary. */
  SPLADE = 'splade',
}

/** Number formats in which Text Embeddings Inference computes. */
export enum EmbeddingPrecision {
  /** 16-bit float; on GPUs. */
  FLOAT16 = 'float16',
  /** 32-bit float. */
  FLOAT32 = 'float32',
}

/**
 * Properties of `TextEmbeddingsEngine`; each kind of GPU has its own image, and CPUs have theirs. What the engine does by itself was read in
 * version 1.9.3: no limit to the inputs in a batch, which are its sequences, but that of the model's backend (`--max-batch-requests`).
 */
export interface TextEmbeddingsEngineProps extends CommonEngineProps {
  /**
   * Architecture of the nodes.
   *
   * @default - any; the image must hold all that the cluster has
   */
  readonly architecture?: CpuArchitecture;

  /**
   * Most tokens in a batch.
   *
   * @default - the engine's: 16384 (`--max-batch-tokens`)
   */
  readonly maxBatchedTokens?: number;

  /**
   * Most inputs of one request.
   *
   * @default - the engine's: 32 (`--max-client-batch-size`)
   */
  readonly maxClientBatch?: number;

  /**
   * Most requests at once; further ones are answered 429.
   *
   * @default - the engine's: 512 (`--max-concurrent-requests`)
   */
  readonly maxConcurrentRequests?: number;

  /**
   * How the vectors of tokens become one. Rerankers have none.
   *
   * @default - the engine's: what the model's `1_Pooling/config.json` says
   */
  readonly pooling?: EmbeddingPooling;

  /**
   * Whether the model ranks or classifies (`/rerank`, `/predict`) and has no embedding to give.
   *
   * @default false
   */
  readonly ranks?: boolean;

  /**
   * Number format.
   *
   * @default - the engine's: 16-bit float on GPUs, 32-bit float on CPUs (`backends/src/dtype.rs`)
   */
  readonly precision?: EmbeddingPrecision;

  /**
   * Whether inputs longer than the model's context are cut off. Otherwise they are refused.
   *
   * @default - the engine's: true (`--auto-truncate`)
   */
  readonly truncate?: boolean;
}

/**
 * Hugging Face's Text Embeddings Inference, for embedding models (`/v1/embeddings`) and rerankers (`/rerank`), on one GPU or on
 * CPUs.
 *
 * On SIGTERM it accepts no more requests and ends when those in flight are done (`with_graceful_shutdown` of
 * `router/src/http/server.rs`). The image is made for root; the engine runs as user 1000 here with a writable cache, which is
 * not verified. It has no prefix cache, no generation and so no speculative decoding or structured output.
 *
 * @see https://huggingface.co/docs/text-embeddings-inference/cli_arguments
 *
 * @example
 * new TextEmbeddingsEngine({ image: EngineImage.fromReference('ghcr.io/huggingface/text-embeddings-inference:89-1.9') });
 */
export class TextEmbeddingsEngine implements IInferenceEngine {
  private readonly version?: string;

  public constructor(private readonly props: TextEmbeddingsEngineProps) {
    this.version = versionOf(props.image, props.version, /(?:^|-)(\d+\.\d+(?:\.\d+)?)(?:-grpc)?$/);
  }

  public problems(options: InferenceEngineBindOptions): string[] {
    const { image, maxBatchedTokens, maxSequences, maxClientBatch, maxConcurrentRequests } = this.props;
    return engineProblems(options, this.props, {
      engine: 'Text Embeddings Inference',
      locations: [WeightsLocation.HUB, WeightsLocation.DIRECTORY],
      gpus: 'one-at-most',
      groups: false,
      sharesGpu: true,
      compiles: false,
      version: [this.version, OLDEST_VERSION, 'its flags are those of that version'],
      builtFor: { device: deviceOf(image), architecture: architectureOf(image) },
      counts: {
        maxBatchedTokens: [maxBatchedTokens, 'it is the number of tokens in a batch'],
        maxSequences: [maxSequences, 'it is the number of inputs in a batch'],
        maxClientBatch: [maxClientBatch, 'it is the number of inputs in a request'],
        maxConcurrentRequests: [maxConcurrentRequests, 'it is the number of requests at once'],
      },
      own:
        variantOf(image) !== undefined && image.tag!.endsWith('-grpc')
          ? [
              `image: expected an image that serves HTTP, got ${image.reference}, which serves gRPC only; take the tag without -grpc`,
            ]
          : [],
      command: this.command(options),
      commandLine: COMMAND_LINE,
    });
  }

  public bind(options: InferenceEngineBindOptions): InferenceEngineConfig {
    return engineConfig(this.props, this.command(options), {
      ...nativeConfig(options),
      // The images for GPUs choose the program for their GPU in their entry point.
      command: [],
      architecture: this.props.architecture,
      drain: EngineDrain.SIGTERM,
      // Requests that fail are counted by reason, among them those that the client got wrong.
      metrics: {
        queueTime: 'te_request_queue_duration',
        requestsWaiting: 'te_queue_size',
        iterations: 'te_batch_next_tokens_count',
      },
      // `/v1/embeddings` normalizes, which vectors of a vocabulary are not (`embed_pooled` of `core/src/infer.rs`).
      syntheticRequest:
        this.props.ranks || this.props.pooling === EmbeddingPooling.SPLADE
          ? undefined
          : oneEmbedding(options.servedModelName),
    });
  }

  private command(options: InferenceEngineBindOptions): EngineCommand {
    const { cacheDirectory } = options;
    return {
      args: this.args(options),
      environment: { HOME: cacheDirectory, HF_HOME: `${cacheDirectory}/huggingface` },
    };
  }

  private args(options: InferenceEngineBindOptions): string[] {
    const { weights, servedModelName, port, cacheDirectory } = options;
    const { maxBatchedTokens, maxSequences, maxClientBatch, maxConcurrentRequests, pooling, precision, truncate } =
      this.props;
    return [
      `--model-id=${weights.reference}`,
      ...(weights.location === WeightsLocation.HUB ? flag('--revision', weights.revision) : []),
      `--served-model-name=${servedModelName}`,
      `--port=${port}`,
      `--huggingface-hub-cache=${cacheDirectory}/huggingface`,
      ...flag('--max-batch-tokens', maxBatchedTokens),
      ...flag('--max-batch-requests', maxSequences),
      ...flag('--max-client-batch-size', maxClientBatch),
      ...flag('--max-concurrent-requests', maxConcurrentRequests),
      ...flag('--pooling', pooling),
      ...flag('--dtype', precision),
      ...flag('--auto-truncate', truncate === undefined ? undefined : String(truncate)),
      '--json-output',
    ];
  }
}

/** What stands before the version in the tag of the project's images, which each are built for one kind of device; undefined for other images. */
function variantOf({ reference, tag }: EngineImage): string | undefined {
  if (tag === undefined || isUnresolved(reference) || repositoryOf(reference) !== 'text-embeddings-inference')
    return undefined;
  return /^(?:(?<variant>[a-z0-9-]+)-)?\d+\.\d+(?:\.\d+)?(?:-grpc)?$/.exec(tag)?.groups
    ? tag.replace(/-?\d+\.\d+(\.\d+)?(-grpc)?$/, '')
    : undefined;
}

function deviceOf(image: EngineImage): ImageDevice | undefined {
  const variant = variantOf(image);
  const capabilities = variant === undefined ? undefined : CAPABILITIES[variant];
  return capabilities === undefined
    ? deviceByName(image)
    : { kind: 'nvidia', capabilities, instead: 'take the image for this GPU, or cuda-1.9, which holds several' };
}

/** Each image of the project is built for one architecture: that of GB10, and of its own for Arm, is Arm. */
function architectureOf(image: EngineImage): CpuArchitecture | undefined {
  const variant = variantOf(image);
  if (variant === undefined) return architectureByName(image);
  return variant === 'cpu-arm64' || variant === '121' ? CpuArchitecture.ARM64 : CpuArchitecture.AMD64;
}
