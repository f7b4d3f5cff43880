import {
  EngineDrain,
  type IInferenceEngine,
  type InferenceEngineBindOptions,
  type InferenceEngineConfig,
  WeightsLocation,
} from '../inference-engine';
import { type CommandLine, shareProblems } from './engine-arguments';
import { type EngineCommand, engineConfig, pythonEnvironment } from './engine-config';
import { CONTRACT, properties, refused } from './engine-contract';
import { engineProblems, longestContext, tensorParallelSize } from './engine-problems';
import { type GpuEngineProps, StructuredOutputBackend } from './engine-props';
import { versionOf } from '../../models/engine-version';
import { SpeculativeMethod } from './speculative-decoding';
import { oneToken } from './synthetic-request';

/** Oldest TensorRT-LLM that serves a model under a name of choice (`--served_model_name`, TensorRT-LLM #11711). */
const OLDEST_VERSION = '1.3';

/** Name of the file with the settings, under `/etc/engine`. */
const SETTINGS_FILE = 'tensorrt-llm.yaml';

const GUIDED: { readonly [backend in StructuredOutputBackend]?: string } = {
  [StructuredOutputBackend.XGRAMMAR]: 'xgrammar',
  [StructuredOutputBackend.GUIDANCE]: 'llguidance',
};

/** The name of draft models' kind differs between versions: they are left to a file of the user's own. */
const METHODS = [SpeculativeMethod.NGRAM, SpeculativeMethod.EAGLE3, SpeculativeMethod.MTP];

const COMMAND_LINE: CommandLine = {
  aliases: {
    '--tensor-parallel-size': '--tp-size',
    '--pipeline-parallel-size': '--pp-size',
    '--context-parallel-size': '--cp-size',
    '--kv-cache-free-gpu-memory-fraction': '--free-gpu-memory-fraction',
    '--extra-llm-api-options': '--config',
    '--hf-revision': '--revision',
    '--moe-cluster-parallel-size': '--cluster-size',
  },
  refused: {
    ...refused(CONTRACT.address, 'host', 'port'),
    // Names of metrics, and the settings in the file, are those of this backend.
    backend: "the settings are those of PyTorch's; leave it out",
    ...refused(CONTRACT.parallelism, 'tp-size', 'pp-size', 'cp-size', 'cluster-size', 'gpus-per-node'),
    ...refused(CONTRACT.role, 'server-role', 'disagg-cluster-uri', 'metadata-server-config-file'),
    ...refused(CONTRACT.model, 'revision'),
    'served-model-name': CONTRACT.name,
    ...properties({
      'max-batch-size': 'maxSequences',
      'max-num-tokens': 'maxBatchedTokens',
      'max-seq-len': 'maxModelLen',
      'free-gpu-memory-fraction': 'freeMemoryFraction',
      'enable-chunked-prefill': 'chunkedPrefill',
    }),
    config: CONTRACT.file,
  },
};

/**
 * Properties of `TensorRtLlmEngine`; the image is TensorRT-LLM's own, or Triton's with TensorRT-LLM, whose tag is its month: the version must
 * be given there. What TensorRT-LLM does by itself is what its source and reference of 1.3 say; no wheel of it is published where the flags of
 * the other engines are read. `max_batch_size` of its `BuildConfig` is 2048 sequences (not verified for 1.3), blocks of the cache are used
 * again (`KvCacheConfig` of `llmapi/llm_args.py`), and requests for structured output are refused where no backend is named; it knows XGrammar
 * and llguidance. Of speculative decoding it takes `NGRAM`, `EAGLE3` and `MTP`.
 */
export interface TensorRtLlmEngineProps extends GpuEngineProps {
  /**
   * Share of each GPU's memory that is free after the weights, for the key/value cache, from 0 to 1.
   *
   * @default - TensorRT-LLM's: 0.9 (`free_gpu_memory_fraction` of `trtllm-serve`)
   */
  readonly freeMemoryFraction?: number;

  /**
   * Most tokens in a step, of all sequences together.
   *
   * @default - TensorRT-LLM's: `max_num_tokens` of its `BuildConfig`, 8192; not verified for 1.3
   */
  readonly maxBatchedTokens?: number;

  /**
   * Whether long prompts are worked on in pieces (`enable_chunked_prefill`).
   *
   * @default - TensorRT-LLM's: off (`--enable_chunked_prefill` of `trtllm-serve`)
   */
  readonly chunkedPrefill?: boolean;
}

/**
 * TensorRT-LLM behind its own OpenAI-compatible server, `trtllm-serve`, with the PyTorch backend.
 *
 * Triton serves the same library, but its OpenAI-compatible front end has to be cloned and installed in the TensorRT-LLM image
 * when it starts (`python/openai/README.md` of Triton 26.07), and without it Triton speaks another protocol than the other
 * engines here. `trtllm-serve` needs neither a model repository nor a build of the engine, and can run in Triton's image.
 *
 * Number formats are read from the checkpoint. How it ends was not verified, so SIGTERM is held back until requests in flight
 * have had their time. The image is made for root; the engine runs as user 1000 here, which is not verified either.
 *
 * @see https://nvidia.github.io/TensorRT-LLM/commands/trtllm-serve/trtllm-serve.html
 *
 * @example
 * new TensorRtLlmEngine({ image: EngineImage.fromReference('nvcr.io/nvidia/tensorrt-llm/release:1.3.0') });
 */
export class TensorRtLlmEngine implements IInferenceEngine {
  private readonly version?: string;

  public constructor(private readonly props: TensorRtLlmEngineProps) {
    const { image, version } = props;
    this.version = versionOf(image, version, image.reference.includes('tritonserver') ? /^$/ : undefined);
  }

  public problems(options: InferenceEngineBindOptions): string[] {
    const { maxSequences, maxBatchedTokens, freeMemoryFraction, structuredOutput } = this.props;
    return engineProblems(options, this.props, {
      // `free_gpu_memory_fraction` is a share of what is free beside the weights, so no GPU is shared.
      engine: 'TensorRT-LLM',
      locations: [WeightsLocation.HUB, WeightsLocation.DIRECTORY],
      gpus: 'required',
      groups: false,
      sharesGpu: false,
      compiles: true,
      version: [this.version, OLDEST_VERSION, 'older ones cannot serve a model under a name of choice'],
      counts: {
        maxSequences: [maxSequences, 'it is the size of a batch'],
        maxBatchedTokens: [maxBatchedTokens, 'it is the number of tokens in a step'],
      },
      own: [
        ...shareProblems(
          'freeMemoryFraction',
          freeMemoryFraction,
          '0.9 leaves a tenth of what is free beside the weights',
        ),
        ...(structuredOutput === undefined || GUIDED[structuredOutput] !== undefined
          ? []
          : [
              `engine.structuredOutput: expected xgrammar or guidance, got ${structuredOutput}; TensorRT-LLM knows no other`,
            ]),
      ],
      // A revision of the draft model has no place in the settings: it comes from a directory.
      speculative: { methods: METHODS, revisions: false },
      command: this.command(options),
      commandLine: COMMAND_LINE,
    });
  }

  public bind(options: InferenceEngineBindOptions): InferenceEngineConfig {
    return engineConfig(this.props, this.command(options), {
      command: ['trtllm-serve'],
      // JSON is YAML, and has one way to be written.
      files: { [SETTINGS_FILE]: `${JSON.stringify(this.settings(options), undefined, 2)}\n` },
      // /metrics answers statistics of iterations in JSON; this one is there because of `return_perf_metrics`.
      metricsPath: '/prometheus/metrics',
      userId: 1000,
      drain: EngineDrain.PRE_STOP,
      // The gauge of running requests appears with the first request. HTTP requests and iterations are not counted.
      metrics: {
        timeToFirstToken: 'trtllm_time_to_first_token_seconds',
        interTokenLatency: 'trtllm_time_per_output_token_seconds',
        queueTime: 'trtllm_request_queue_time_seconds',
        requestsWaiting: 'trtllm_num_requests_waiting',
        kvCacheUsage: 'trtllm_kv_cache_utilization',
      },
      syntheticRequest: oneToken(options.servedModelName),
    });
  }

  private command(options: InferenceEngineBindOptions): EngineCommand {
    return { args: this.args(options), environment: pythonEnvironment('trtllm', options) };
  }

  private args({ weights, servedModelName, port }: InferenceEngineBindOptions): string[] {
    return [
      weights.reference,
      '--host=0.0.0.0',
      `--port=${port}`,
      '--backend=pytorch',
      `--served_model_name=${servedModelName}`,
      `--config=/etc/engine/${SETTINGS_FILE}`,
      ...(this.props.trustRemoteCode ? ['--trust_remote_code'] : []),
    ];
  }

  /** Settings of the LLM API. Those that are undefined are left to TensorRT-LLM. */
  private settings(options: InferenceEngineBindOptions): object {
    const { freeMemoryFraction, maxSequences, maxBatchedTokens, prefixCaching, chunkedPrefill, structuredOutput } =
      this.props;
    const cache = { free_gpu_memory_fraction: freeMemoryFraction, enable_block_reuse: prefixCaching };
    return {
      revision: options.weights.location === WeightsLocation.HUB ? options.weights.revision : undefined,
      tensor_parallel_size: tensorParallelSize(options),
      pipeline_parallel_size: options.pipelineParallelSize,
      max_seq_len: longestContext(options),
      max_batch_size: maxSequences,
      max_num_tokens: maxBatchedTokens,
      kv_cache_config: Object.values(cache).some((value) => value !== undefined) ? cache : undefined,
      enable_chunked_prefill: chunkedPrefill,
      guided_decoding_backend: structuredOutput && GUIDED[structuredOutput],
      speculative_config: this.speculative(),
      return_perf_metrics: true,
      enable_iter_perf_stats: true,
    };
  }

  private speculative(): object | undefined {
    const { speculativeDecoding: given } = this.props;
    if (given === undefined) return undefined;
    const { method, tokens, draftModel } = given;
    if (method === SpeculativeMethod.MTP) return { decoding_type: 'MTP', num_nextn_predict_layers: tokens };
    return {
      decoding_type: method === SpeculativeMethod.NGRAM ? 'NGram' : 'Eagle3',
      max_draft_len: tokens,
      speculative_model: draftModel,
    };
  }
}
