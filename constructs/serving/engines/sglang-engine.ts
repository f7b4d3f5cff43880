import {
  EngineDrain,
  type IInferenceEngine,
  type InferenceEngineBindOptions,
  type InferenceEngineConfig,
  WeightsLocation,
} from '../inference-engine';
import { type CommandLine, flag, shareProblems } from './engine-arguments';
import { type EngineCommand, engineConfig, pythonEnvironment } from './engine-config';
import { CONTRACT, HALF_PRECISION, LOAD_FORMATS, properties, refused } from './engine-contract';
import { engineProblems, longestContext, tensorParallelSize } from './engine-problems';
import { type GpuEngineProps, StructuredOutputBackend, WeightQuantization } from './engine-props';
import { versionOf } from '../../models/engine-version';
import { SpeculativeMethod } from './speculative-decoding';
import { givenFlag, oneEmbedding, oneToken } from './synthetic-request';

/** The version whose flags, paths, metrics and handling of SIGTERM were read. */
const OLDEST_VERSION = '0.5.23';

/** Port on which the pods of a group find each other. */
const GROUP_PORT = 20000;

const QUANTIZATION: { readonly [format in WeightQuantization]: string } = {
  [WeightQuantization.FP8]: 'fp8',
  [WeightQuantization.INT8]: 'w8a8_int8',
  [WeightQuantization.AWQ]: 'awq',
  [WeightQuantization.GPTQ]: 'gptq',
  [WeightQuantization.NVFP4]: 'modelopt_fp4',
};

const GRAMMAR: { readonly [backend in StructuredOutputBackend]: string } = {
  [StructuredOutputBackend.XGRAMMAR]: 'xgrammar',
  [StructuredOutputBackend.GUIDANCE]: 'llguidance',
  [StructuredOutputBackend.OUTLINES]: 'outlines',
};

const ALGORITHM: { readonly [method in SpeculativeMethod]: string } = {
  [SpeculativeMethod.NGRAM]: 'NGRAM',
  [SpeculativeMethod.DRAFT_MODEL]: 'STANDALONE',
  [SpeculativeMethod.EAGLE3]: 'EAGLE3',
  [SpeculativeMethod.MTP]: 'NEXTN',
};

const COMMAND_LINE: CommandLine = {
  parser: 'argparse',
  aliases: {
    '--model': '--model-path',
    '--tensor-parallel-size': '--tp-size',
    '--pipeline-parallel-size': '--pp-size',
    '--data-parallel-size': '--dp-size',
    '--nccl-init-addr': '--dist-init-addr',
    '--attention-data-parallel-size': '--attn-dp-size',
    '--attention-context-parallel-size': '--attn-cp-size',
    '--moe-data-parallel-size': '--moe-dp-size',
    '--speculative-draft-model': '--speculative-draft-model-path',
    '--ep': '--ep-size',
  },
  refused: {
    ...refused(CONTRACT.address, 'host', 'port', 'enable-http2', 'grpc-*', 'smg-*'),
    ...refused(CONTRACT.tls, 'ssl-*', 'enable-ssl-refresh'),
    ...refused(CONTRACT.metrics, 'enable-metrics'),
    // The count of tokens in progress grows at each line that it prints.
    'decode-log-interval': {
      allowed: /^([1-9]|[1-3]\d|40)$/,
      advice: 'the gate on forward progress sees what it prints; at most 40 steps',
    },
    ...refused(
      CONTRACT.parallelism,
      'tp-size',
      'pp-size',
      'dp-size',
      'attn-dp-size',
      'attn-cp-size',
      'moe-dp-size',
      'moe-dense-tp-size',
      'dwdp-size',
      'enable-dp-attention',
      'enable-dp-lm-head',
      'elastic-ep-*',
      'use-ray',
    ),
    ...refused(CONTRACT.devices, 'device', 'base-gpu-id', 'gpu-id-step'),
    ...refused(CONTRACT.group, 'nnodes', 'node-rank', 'dist-init-addr'),
    ...refused(
      CONTRACT.role,
      'disaggregation-mode',
      'encoder-only',
      'language-only',
      'decoupled-spec-role',
      'enable-pd-role-switch',
      'checkpoint-engine-wait-weights-before-ready',
    ),
    dtype: HALF_PRECISION,
    'kv-cache-dtype': {
      allowed: /^(?!float|bfloat|bf16|half)/,
      advice: 'the cache is counted in the format of the checkpoint; leave it out, or name one of 8 bits',
    },
    ...refused(CONTRACT.precision, 'enable-fp32-lm-head'),
    ...refused(CONTRACT.memory, 'max-total-tokens', 'enable-eplb', 'ep-num-redundant-experts', 'mm-enable-dp-encoder'),
    ...refused(CONTRACT.window, 'disable-hybrid-swa-memory', 'swa-full-tokens-ratio'),
    ...refused(CONTRACT.state, 'mamba-full-memory-ratio', 'max-mamba-cache-size'),
    ...refused(CONTRACT.model, 'model-path', 'revision', 'decrypted-config-file'),
    'served-model-name': CONTRACT.name,
    'load-format': LOAD_FORMATS,
    ...refused(CONTRACT.cache, 'download-dir'),
    ...refused(CONTRACT.adapters, 'enable-lora', 'lora-paths', 'max-lora-rank', 'uno-lora-path'),
    ...refused(CONTRACT.adapterMemory, 'max-loras-per-batch'),
    ...refused(CONTRACT.callersRun, 'tool-server', 'enable-custom-logit-processor'),
    ...properties({
      'context-length': 'maxModelLen',
      'mem-fraction-static': 'memoryFraction',
      'max-running-requests': 'maxSequences',
      'max-prefill-tokens': 'maxPrefillTokens',
      'chunked-prefill-size': 'chunkedPrefillTokens',
      'disable-radix-cache': 'prefixCaching',
      quantization: 'quantization',
      'quantize-and-serve': 'quantization',
      'modelopt-quant': 'quantization',
      'speculative-algorithm': 'speculativeDecoding',
      'speculative-draft-model-path': 'speculativeDecoding',
      'speculative-draft-model-revision': 'speculativeDecoding',
      'speculative-num-steps': 'speculativeDecoding',
      'speculative-eagle-topk': 'speculativeDecoding',
      'speculative-num-draft-tokens': 'speculativeDecoding',
      'grammar-backend': 'structuredOutput',
    }),
    config: CONTRACT.file,
  },
  // Each is read with the prefix `SGL_` too.
  refusedVariables: Object.fromEntries(
    Object.entries({
      _FORCE_SHUTDOWN: 'it drops the requests in flight when a pod ends',
      ...refused(CONTRACT.address, '_PORT', '_HTTP_SERVER_APP_PATH'),
      ...refused(
        'the probes of the pod ask this path; leave it out',
        '_ENABLE_HEALTH_ENDPOINT_GENERATION',
        '_DIAG_BYPASS_HEALTH_GENERATE',
      ),
      ...refused(CONTRACT.group, '_DISTRIBUTED_INIT_METHOD_OVERRIDE'),
      ...refused(CONTRACT.devices, '_ONE_VISIBLE_DEVICE_PER_PROCESS'),
      ...refused(CONTRACT.model, '_USE_MODELSCOPE'),
      _EXTERNAL_MODEL_PACKAGE: 'code of others would run; build it into the image',
      _ALLOW_OVERWRITE_LONGER_CONTEXT_LEN: "a context beyond the model's own gives wrong answers; set maxModelLen",
      _EXPOSE_OWN_ENV_VARS: 'it shows the variables of the pod to every caller',
      ...refused('it makes the engine fail or answer nonsense on purpose; leave it out', '_TEST_*', '_SIMULATE_*'),
    }).flatMap(([name, rule]) => [
      [`SGLANG${name}`, rule],
      [`SGL${name}`, rule],
    ]),
  ),
};

/**
 * Properties of `SglangEngine`. What SGLang does by itself was read in its version 0.5.23: a batch has as many sequences as the key/value cache
 * holds (`max_running_requests`), the cache of a prompt's beginning is used again (RadixAttention; `disable_radix_cache` is false), and the
 * backend of structured output is chosen when it starts (`grammar_backend`).
 */
export interface SglangEngineProps extends GpuEngineProps {
  /**
   * Share of each GPU's memory for weights and key/value cache, from 0 to 1.
   *
   * @default - SGLang's: worked out from the GPU's memory (`mem_fraction_static` of `arg_groups/fields/schedule.py`)
   */
  readonly memoryFraction?: number;

  /**
   * Most tokens of prompts in a step; at least the longest context counts.
   *
   * @default - SGLang's: 16384 (`max_prefill_tokens`)
   */
  readonly maxPrefillTokens?: number;

  /**
   * Tokens of the pieces in which long prompts are worked on; -1 works on them whole.
   *
   * @default - SGLang's: worked out from the GPU's memory (`chunked_prefill_size`)
   */
  readonly chunkedPrefillTokens?: number;

  /**
   * Number format of the weights, where their checkpoint does not say it.
   *
   * @default - SGLang's: what the checkpoint says
   */
  readonly quantization?: WeightQuantization;
}

/**
 * SGLang's OpenAI-compatible server.
 *
 * On SIGTERM its health check answers 503 and the process ends when no request is in flight, however long that takes
 * (`sigterm_watchdog` of `managers/tokenizer_manager.py`); the pod's grace period bounds it.
 *
 * The image is made for root. The engine runs as user 1000 here, with writable caches; that this works on the published image
 * is not verified.
 *
 * @see https://docs.sglang.ai/advanced_features/server_arguments.html
 *
 * @example
 * new SglangEngine({ image: EngineImage.fromReference('lmsysorg/sglang:v0.5.23') });
 */
export class SglangEngine implements IInferenceEngine {
  private readonly version?: string;

  public constructor(private readonly props: SglangEngineProps) {
    this.version = versionOf(props.image, props.version);
  }

  public problems(options: InferenceEngineBindOptions): string[] {
    const { maxSequences, maxPrefillTokens, memoryFraction, chunkedPrefillTokens } = this.props;
    return engineProblems(options, this.props, {
      engine: 'SGLang',
      locations: [WeightsLocation.HUB, WeightsLocation.DIRECTORY, WeightsLocation.S3],
      gpus: 'required',
      groups: true,
      // `sglang/srt/lora` counts with one factor, lora_alpha / r, stacks query and value, and reads names of modules only.
      adapters: [],
      // `--mem-fraction-static` is a share of what is free when it starts, and activations come on top.
      sharesGpu: false,
      compiles: true,
      version: [this.version, OLDEST_VERSION, 'its flags and the path /ready are those of that version'],
      counts: {
        maxSequences: [maxSequences, 'it is the size of a batch'],
        maxPrefillTokens: [maxPrefillTokens, 'it is the number of prompt tokens in a step'],
        chunkedPrefillTokens: [
          chunkedPrefillTokens === -1 ? undefined : chunkedPrefillTokens,
          'it is the size of a piece in tokens, or -1 for prompts as a whole',
        ],
      },
      own: shareProblems('memoryFraction', memoryFraction, '0.85 leaves some memory for activations'),
      command: this.command(options),
      commandLine: COMMAND_LINE,
    });
  }

  public bind(options: InferenceEngineBindOptions): InferenceEngineConfig {
    return engineConfig(this.props, this.command(options), {
      command: ['python3', '-m', 'sglang.launch_server'],
      // /health asks the model for a token when nothing else is worked on; /ready only tells what is known.
      readinessPath: '/ready',
      userId: 1000,
      drain: EngineDrain.SIGTERM,
      metrics: {
        timeToFirstToken: 'sglang:time_to_first_token_seconds',
        interTokenLatency: 'sglang:inter_token_latency_seconds',
        queueTime: 'sglang:queue_time_seconds',
        requestsRunning: 'sglang:num_running_reqs',
        requestsWaiting: 'sglang:num_queue_reqs',
        kvCacheUsage: 'sglang:token_usage',
        // It grows at each line of the log, which `--decode-log-interval` sets: after 40 steps by default.
        iterations: 'sglang:realtime_tokens_total',
        httpRequests: 'sglang:http_responses_total',
        httpPathLabel: 'endpoint',
        httpServerErrors: 'status_code=~"5.."',
        httpRefusals: 'status_code!~"2.."',
      },
      syntheticRequest: (givenFlag(this.props.extraArgs ?? [], '--is-embedding') === undefined
        ? oneToken
        : oneEmbedding)(options.servedModelName),
    });
  }

  private command(options: InferenceEngineBindOptions): EngineCommand {
    const { cacheDirectory, compileCacheDirectory = cacheDirectory } = options;
    return {
      args: this.args(options),
      environment: { ...pythonEnvironment('sglang', options), SGLANG_CACHE_DIR: `${compileCacheDirectory}/sglang` },
    };
  }

  private args(options: InferenceEngineBindOptions): string[] {
    const { weights, group, adapters = [] } = options;
    const { memoryFraction, maxSequences, maxPrefillTokens, chunkedPrefillTokens, quantization, structuredOutput } =
      this.props;
    return [
      `--model-path=${weights.reference}`,
      ...(weights.location === WeightsLocation.HUB ? flag('--revision', weights.revision) : []),
      ...(weights.location === WeightsLocation.S3 ? ['--load-format=runai_streamer'] : []),
      `--served-model-name=${options.servedModelName}`,
      '--host=0.0.0.0',
      `--port=${options.port}`,
      `--tp-size=${tensorParallelSize(options)}`,
      ...flag('--pp-size', options.pipelineParallelSize),
      ...(group === undefined || group.nodes < 2
        ? []
        : [
            `--nnodes=${group.nodes}`,
            `--node-rank=${group.nodeRank}`,
            `--dist-init-addr=${group.leaderAddress}:${GROUP_PORT}`,
          ]),
      ...flag('--context-length', longestContext(options)),
      ...flag('--mem-fraction-static', memoryFraction),
      ...flag('--max-running-requests', maxSequences),
      ...flag('--max-prefill-tokens', maxPrefillTokens),
      ...(this.props.prefixCaching === false ? ['--disable-radix-cache'] : []),
      ...flag('--chunked-prefill-size', chunkedPrefillTokens),
      ...flag('--quantization', quantization && QUANTIZATION[quantization]),
      ...this.speculativeArgs(),
      ...flag('--grammar-backend', structuredOutput && GRAMMAR[structuredOutput]),
      ...(this.props.trustRemoteCode ? ['--trust-remote-code'] : []),
      ...(adapters.length === 0
        ? []
        : ['--enable-lora', '--lora-paths', ...adapters.map(({ name, path }) => `${name}=${path}`)]),
      '--enable-metrics',
    ];
  }

  private speculativeArgs(): string[] {
    const { speculativeDecoding: given } = this.props;
    if (given === undefined) return [];
    const { method, tokens, draftModel, draftRevision } = given;
    return [
      `--speculative-algorithm=${ALGORITHM[method]}`,
      ...flag('--speculative-draft-model-path', draftModel),
      ...flag('--speculative-draft-model-revision', draftRevision),
      // A chain of guesses, one at each step; the first token after them is the model's own.
      ...(method === SpeculativeMethod.NGRAM
        ? []
        : [`--speculative-num-steps=${tokens}`, '--speculative-eagle-topk=1']),
      `--speculative-num-draft-tokens=${method === SpeculativeMethod.NGRAM ? tokens : tokens + 1}`,
    ];
  }
}
