import { isUnresolved } from '../../checks/unresolved';
import { VLLM_METRICS } from '../../models/vllm-metrics';
import {
  AdapterFeature,
  EngineDrain,
  type IInferenceEngine,
  type InferenceEngineBindOptions,
  type InferenceEngineConfig,
  type LoraAdapter,
  type SyntheticRequest,
  WeightsLocation,
} from '../inference-engine';
import { type CommandLine, flag, shareProblems } from './engine-arguments';
import { type EngineCommand, engineConfig, pythonEnvironment } from './engine-config';
import { CONTRACT, HALF_PRECISION, LOAD_FORMATS, properties, refused } from './engine-contract';
import { engineProblems, longestContext, tensorParallelSize } from './engine-problems';
import { type GpuEngineProps, WeightQuantization } from './engine-props';
import { versionOf } from '../../models/engine-version';
import { givenFlag, oneEmbedding, oneToken } from './synthetic-request';
import { VLLM_CHANGES, vllmDoes, vllmNotices } from '../../models/vllm-versions';

/** Ranks that `--max-lora-rank` takes (`MaxLoRARanks` in vllm/config/lora.py of 0.18.1 to 0.33.0). */
const LORA_RANKS = [1, 8, 16, 32, 64, 128, 256, 320, 512];

/** vLLM's own `--max-lora-rank`. */
const DEFAULT_LORA_RANK = 16;

/** The method of checkpoints that a setting means, as vLLM and `config.json` call it. */
export const QUANTIZATION: { readonly [format in WeightQuantization]: string } = {
  [WeightQuantization.FP8]: 'fp8',
  [WeightQuantization.INT8]: 'compressed-tensors',
  [WeightQuantization.AWQ]: 'awq',
  [WeightQuantization.GPTQ]: 'gptq',
  [WeightQuantization.NVFP4]: 'modelopt_fp4',
};

const COMMAND_LINE: CommandLine = {
  parser: 'argparse',
  aliases: {
    '-tp': '--tensor-parallel-size',
    '-pp': '--pipeline-parallel-size',
    '-pcp': '--prefill-context-parallel-size',
    '-q': '--quantization',
    '-n': '--nnodes',
    '-r': '--node-rank',
    '-sc': '--speculative-config',
    '--spec-method': '--speculative-config',
    '--spec-model': '--speculative-config',
    '--spec-tokens': '--speculative-config',
    '--device-memory-utilization': '--gpu-memory-utilization',
    ...Object.fromEntries(
      ['', 'a', 'b', 'e', 'h', 'l', 'm', 'n', 'p', 'r'].map((part) => [`-dp${part}`, '--data-parallel-size']),
    ),
  },
  refused: {
    ...refused(CONTRACT.address, 'host', 'port', 'uds', 'grpc', 'grpc-port'),
    ...refused(CONTRACT.tls, 'ssl-*', 'enable-ssl-refresh'),
    ...refused(CONTRACT.metrics, 'disable-log-stats'),
    ...refused(
      CONTRACT.parallelism,
      'tensor-parallel-size',
      'pipeline-parallel-size',
      'data-parallel-*',
      'prefill-context-parallel-size',
      'enable-elastic-ep',
      'elastic-ep-*',
    ),
    ...refused(CONTRACT.devices, 'device-ids'),
    ...refused(CONTRACT.group, 'nnodes', 'node-rank', 'master-addr', 'distributed-executor-backend'),
    ...refused(CONTRACT.role, 'headless', 'tokens-only', 'mm-encoder-only'),
    // None of them is the same as `--headless`. With two in 0.32.0 (measured twice) the metrics were right, but of four requests in
    // flight at SIGTERM none was finished: they got a 500 at once, or nothing until `--shutdown-timeout` was over and they were cut off.
    'api-server-count': {
      allowed: /^1$/,
      advice: 'several servers drop requests in flight when a pod ends; leave it out, and add replicas',
    },
    dtype: HALF_PRECISION,
    'kv-cache-dtype': {
      allowed: /^(?!float|bfloat|half)/,
      advice: 'the cache is counted in the format of the checkpoint; leave it out, or name one of 8 bits',
    },
    ...refused(CONTRACT.memory, 'kv-cache-memory-bytes', 'num-gpu-blocks-override', 'enable-eplb', 'eplb-config'),
    ...refused(CONTRACT.window, 'disable-hybrid-kv-cache-manager'),
    // `__post_init__` of `vllm/config/vllm.py` turns the manager off for connectors, and for events in 0.18.1. A size to offload makes a connector.
    ...refused(CONTRACT.connector, 'kv-transfer-config', 'kv-events-config', 'kv-offloading-size'),
    'mamba-cache-dtype': { allowed: HALF_PRECISION.allowed, advice: CONTRACT.state },
    'mamba-cache-mode': { allowed: /^(none|align)$/, advice: CONTRACT.state },
    'mm-encoder-tp-mode': {
      allowed: /^weights$/,
      advice:
        'the memory is proved for an encoder that is divided by the GPUs, not one that each has whole; leave it out',
    },
    ...refused(CONTRACT.model, 'model', 'revision', 'hf-config-path'),
    'served-model-name': CONTRACT.name,
    'load-format': LOAD_FORMATS,
    ...refused(CONTRACT.cache, 'download-dir'),
    ...refused(CONTRACT.adapters, 'enable-lora', 'lora-modules', 'max-lora-rank', 'max-cpu-loras', 'default-mm-loras'),
    ...refused(CONTRACT.adapterMemory, 'max-loras', 'enable-tower-connector-lora'),
    'lora-dtype': { allowed: HALF_PRECISION.allowed, advice: CONTRACT.adapterMemory },
    ...refused(CONTRACT.callersRun, 'allowed-local-media-path', 'tool-server'),
    ...properties({
      'max-model-len': 'maxModelLen',
      'gpu-memory-utilization': 'gpuMemoryUtilization',
      'max-num-seqs': 'maxSequences',
      'max-num-batched-tokens': 'maxBatchedTokens',
      'enable-prefix-caching': 'prefixCaching',
      'enable-chunked-prefill': 'chunkedPrefill',
      quantization: 'quantization',
      'quantization-config': 'quantization',
      'speculative-config': 'speculativeDecoding',
      'structured-outputs-config': 'structuredOutput',
      'shutdown-timeout': 'shutdownTimeout of the model',
    }),
    config: CONTRACT.file,
  },
  refusedVariables: {
    VLLM_SERVER_DEV_MODE: 'it opens endpoints that reset and pause the engine to every caller',
    ...refused(
      'it lets every caller load adapters; name them in the model',
      'VLLM_ALLOW_RUNTIME_LORA_UPDATING',
      'VLLM_LORA_RESOLVER_*',
    ),
    VLLM_ALLOW_INSECURE_SERIALIZATION: 'messages between processes could run code; leave it out',
    // The base of ports that vLLM opens for itself, which would be that of the server; and the address at which the pods of a group meet.
    VLLM_PORT: 'it is no port to listen on but the first of those between its processes; leave it out',
    PROMETHEUS_MULTIPROC_DIR: 'counters of a container that has ended would be read again; leave it out',
    ...refused(CONTRACT.address, 'VLLM_HOST_IP', 'VLLM_LOOPBACK_IP'),
    ...refused(CONTRACT.parallelism, 'VLLM_DP_*', 'VLLM_PP_LAYER_PARTITION', 'VLLM_ELASTIC_EP_*'),
    ...refused(CONTRACT.model, 'VLLM_USE_MODELSCOPE', 'VLLM_MODEL_REDIRECT_PATH', 'VLLM_TEST_FORCE_LOAD_FORMAT'),
    ...refused(
      'the image decides it; name another image',
      'VLLM_TARGET_DEVICE',
      'VLLM_USE_V1',
      'VLLM_USE_RUST_FRONTEND',
      'VLLM_RUST_FRONTEND_PATH',
    ),
    VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE: { allowed: /^[1-9]/, advice: CONTRACT.window },
    VLLM_ALLOW_LONG_MAX_MODEL_LEN: "a context beyond the model's own gives wrong answers; set maxModelLen",
  },
};

/**
 * Properties of `VllmEngine`. What vLLM does by itself was read in its versions 0.18.1, 0.32.0 and 0.33.0: a batch has 1024 sequences on GPUs of
 * 70 GiB and more but the A100, 256 on others (`get_batch_defaults` of `vllm/engine/arg_utils.py`), the cache of a prompt's beginning is used
 * again where the model allows it (`enable_prefix_caching` of `vllm/config/cache.py`), and the backend of structured output is chosen for each
 * request (`auto` of `vllm/config/structured_outputs.py`). Its version decides too which counts its gates trust and which adapters it may load.
 */
export interface VllmEngineProps extends GpuEngineProps {
  /**
   * Share of each GPU's memory that vLLM takes for weights and key/value cache, from 0 to 1. vLLM's own default is 0.92,
   * 0.9 before 0.20 (`vllm/config/cache.py`). Where pods take turns on a GPU it must be below each one's share: vLLM counts
   * with the memory of the whole GPU, and does not start when so much is not free.
   *
   * @default - what the placement counts with; without one 0.9, divided by the pods on a GPU
   */
  readonly gpuMemoryUtilization?: number;

  /**
   * Most tokens in a step, of all sequences together.
   *
   * @default - vLLM's server: 8192 on GPUs of 70 GiB and more but the A100 (16384 from 160 GiB in 0.33.0), 2048 on others (the same place)
   */
  readonly maxBatchedTokens?: number;

  /**
   * Whether long prompts are worked on in pieces between the steps of other requests.
   *
   * @default - vLLM's: on, where the model allows it (`enable_chunked_prefill` of `vllm/config/scheduler.py`)
   */
  readonly chunkedPrefill?: boolean;

  /**
   * Number format of the weights, where their checkpoint does not say it.
   *
   * @default - vLLM's: what the checkpoint's `quantization_config` says
   */
  readonly quantization?: WeightQuantization;
}

/**
 * vLLM's OpenAI-compatible server.
 *
 * From 0.27 on, SIGTERM lets requests in flight finish for as long as `--shutdown-timeout` says, while new ones are answered 500: that
 * load balancers have stopped sending by then is what the time before it (`preStop`) is for. Requests that take longer neither get an answer
 * nor end before the pod is killed. Older versions leave SIGTERM to the web server in their image, some releases of which drop what is in
 * flight, so it is held back for as long. While the model loads SIGTERM ends nothing, and the pod takes its grace period.
 *
 * @see https://docs.vllm.ai/en/v0.32.0/cli/serve/
 *
 * @example
 * new VllmEngine({ image: EngineImage.fromReference('vllm/vllm-openai:v0.32.0') });
 */
export class VllmEngine implements IInferenceEngine {
  private readonly version?: string;

  public constructor(private readonly props: VllmEngineProps) {
    this.version = versionOf(props.image, props.version);
  }

  public problems(options: InferenceEngineBindOptions): string[] {
    const { maxSequences, maxBatchedTokens, gpuMemoryUtilization } = this.props;
    return engineProblems(options, this.props, {
      engine: 'vLLM',
      locations: [WeightsLocation.HUB, WeightsLocation.DIRECTORY, WeightsLocation.S3],
      gpus: 'required',
      groups: true,
      adapters: adapterFeatures(this.version),
      sharesGpu: true,
      compiles: true,
      version: [this.version, VLLM_CHANGES.shutdownTimeout.from, 'older ones drop requests in flight when a pod ends'],
      counts: {
        maxSequences: [maxSequences, 'it is the size of a batch'],
        maxBatchedTokens: [maxBatchedTokens, 'it is the number of tokens in a step'],
      },
      own: [
        ...shareProblems('gpuMemoryUtilization', gpuMemoryUtilization, "0.9 leaves a tenth of the GPU's memory free"),
        ...memoryShareProblems(options, gpuMemoryUtilization),
        ...rankProblems(options),
      ],
      command: this.command(options),
      commandLine: COMMAND_LINE,
    });
  }

  public bind(options: InferenceEngineBindOptions): InferenceEngineConfig {
    return engineConfig(this.props, this.command(options), {
      command: ['vllm', 'serve'],
      // The user that the image ships; under an unknown one vLLM crashes at import (vllm #44548).
      userId: 2000,
      metrics: vllmDoes('countsMistakesAsMistakes', this.version)
        ? VLLM_METRICS
        : { ...VLLM_METRICS, httpMistakesAreServerErrors: true },
      drain: vllmDoes('handlesSigterm', this.version) ? EngineDrain.SIGTERM : EngineDrain.PRE_STOP,
      syntheticRequest: this.syntheticRequest(options),
      notices: vllmNotices(this.version),
    });
  }

  /** A model that pools answers embeddings, unless it is told to score or to classify. */
  private syntheticRequest({ servedModelName }: InferenceEngineBindOptions): SyntheticRequest | undefined {
    const { extraArgs = [] } = this.props;
    const convert = givenFlag(extraArgs, '--convert') ?? 'auto';
    if (givenFlag(extraArgs, '--runner') !== 'pooling') return oneToken(servedModelName);
    return ['auto', 'embed'].includes(convert) ? oneEmbedding(servedModelName) : undefined;
  }

  private command(options: InferenceEngineBindOptions): EngineCommand {
    const { cacheDirectory, compileCacheDirectory = cacheDirectory } = options;
    const { HOME, USER, HF_HOME, ...compilers } = pythonEnvironment('vllm', options);
    return {
      args: this.args(options),
      environment: {
        HOME,
        USER,
        HF_HOME,
        VLLM_CACHE_ROOT: `${compileCacheDirectory}/vllm`,
        ...compilers,
        VLLM_NO_USAGE_STATS: '1',
      },
    };
  }

  /** The model is the positional argument: `vllm serve` warns of `--model` and means to drop it. */
  private args(options: InferenceEngineBindOptions): string[] {
    const { weights, pipelineParallelSize } = options;
    const {
      gpuMemoryUtilization = memoryShare(options),
      maxSequences,
      maxBatchedTokens,
      quantization,
      structuredOutput,
    } = this.props;
    return [
      weights.reference,
      ...(weights.location === WeightsLocation.HUB ? flag('--revision', weights.revision) : []),
      ...(weights.location === WeightsLocation.S3 ? ['--load-format=runai_streamer'] : []),
      `--served-model-name=${options.servedModelName}`,
      `--port=${options.port}`,
      `--tensor-parallel-size=${tensorParallelSize(options)}`,
      ...flag('--pipeline-parallel-size', pipelineParallelSize),
      ...this.groupArgs(options),
      ...flag('--max-model-len', longestContext(options)),
      `--gpu-memory-utilization=${gpuMemoryUtilization}`,
      ...flag('--max-num-seqs', maxSequences),
      ...flag('--max-num-batched-tokens', maxBatchedTokens),
      ...toggle('enable-prefix-caching', this.props.prefixCaching),
      ...toggle('enable-chunked-prefill', this.props.chunkedPrefill),
      ...flag('--quantization', quantization && QUANTIZATION[quantization]),
      ...this.speculativeArgs(),
      ...flag('--structured-outputs-config', structuredOutput && JSON.stringify({ backend: structuredOutput })),
      ...(this.props.trustRemoteCode ? ['--trust-remote-code'] : []),
      ...adapterArgs(options),
      `--shutdown-timeout=${options.shutdownTimeoutSeconds}`,
      '--disable-access-log-for-endpoints=/health,/metrics',
    ];
  }

  private groupArgs({ group }: InferenceEngineBindOptions): string[] {
    if (group === undefined || group.nodes < 2) return [];
    return [
      '--distributed-executor-backend=mp',
      `--nnodes=${group.nodes}`,
      `--node-rank=${group.nodeRank}`,
      `--master-addr=${group.leaderAddress}`,
      ...(group.worker ? ['--headless'] : []),
    ];
  }

  private speculativeArgs(): string[] {
    const { speculativeDecoding: given } = this.props;
    if (given === undefined) return [];
    const { method, tokens, draftModel, draftRevision } = given;
    return flag(
      '--speculative-config',
      JSON.stringify({
        // Its methods have the same names, spelled with an underscore.
        method: method.replace('-', '_'),
        num_speculative_tokens: tokens,
        model: draftModel,
        revision: draftRevision,
      }),
    );
  }
}

/** Share of a GPU's memory where none is set: a tenth of each pod's part stays free. */
export function memoryShare({
  gpuMemoryUtilization,
  podsPerGpu = 1,
}: Pick<InferenceEngineBindOptions, 'gpuMemoryUtilization' | 'podsPerGpu'>): number {
  return gpuMemoryUtilization ?? Math.floor(90 / podsPerGpu) / 100;
}

function memoryShareProblems(options: InferenceEngineBindOptions, given: number | undefined): string[] {
  if (isUnresolved(given)) return [];
  const { gpuMemoryUtilization: planned, podsPerGpu = 1 } = options;
  const share = given ?? memoryShare(options);
  const alone = memoryShare({ ...options, gpuMemoryUtilization: undefined });
  return [
    ...(planned !== undefined && share < planned
      ? [
          `engine.gpuMemoryUtilization: expected at least the ${planned} that the placement counts with, got ${share}; plan the placement with gpuMemoryUtilization ${share}`,
        ]
      : []),
    ...(podsPerGpu > 1 && share * podsPerGpu >= 1
      ? [
          `engine.gpuMemoryUtilization: expected less than 1/${podsPerGpu} on a GPU that ${podsPerGpu} pods share, got ${share}; set ${alone}${planned === undefined ? '' : ', in the placement too'}`,
        ]
      : []),
  ];
}

function toggle(name: string, value: boolean | undefined): string[] {
  return value === undefined ? [] : [value ? `--${name}` : `--no-${name}`];
}

/** An adapter that cannot be loaded ends the engine (`init_static_loras` raises), so an engine that is ready has them all. */
function adapterArgs({ adapters = [] }: InferenceEngineBindOptions): string[] {
  if (adapters.length === 0) return [];
  const rank = maxLoraRank(adapters);
  return [
    '--enable-lora',
    // By default vLLM keeps as many in memory as it works with at once, which is one.
    ...(adapters.length > 1 ? [`--max-cpu-loras=${adapters.length}`] : []),
    ...(rank > DEFAULT_LORA_RANK ? [`--max-lora-rank=${rank}`] : []),
    '--lora-modules',
    ...adapters.map(({ name, path }) => `${name}=${path}`),
  ];
}

/** What `vllm/lora/peft_helper.py` loads and reads whole. */
function adapterFeatures(version: string | undefined): AdapterFeature[] {
  const { RANK_STABILIZED, TARGET_EXPRESSION, PARTIAL_ATTENTION, PATTERNS, CLASSIFICATION_HEAD } = AdapterFeature;
  return [
    RANK_STABILIZED,
    TARGET_EXPRESSION,
    PARTIAL_ATTENTION,
    ...(vllmDoes('readsPatterns', version) ? [PATTERNS] : []),
    ...(vllmDoes('loadsClassificationHeads', version) ? [CLASSIFICATION_HEAD] : []),
  ];
}

function rankProblems({ adapters = [] }: InferenceEngineBindOptions): string[] {
  const most = Math.max(...LORA_RANKS);
  return adapters.flatMap(({ rank = 0 }, index) =>
    rank <= most
      ? []
      : [
          `adapters[${index}].adapterConfig: expected a rank of at most ${most} for vLLM, got ${rank}; merge that adapter into the weights`,
        ],
  );
}

/** The rank that vLLM makes room for. */
export function maxLoraRank(adapters: readonly LoraAdapter[]): number {
  const rank = Math.max(DEFAULT_LORA_RANK, ...adapters.map((adapter) => adapter.rank ?? 0));
  return LORA_RANKS.find((allowed) => allowed >= rank) ?? rank;
}
