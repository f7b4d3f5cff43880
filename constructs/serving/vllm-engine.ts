import { EngineImage } from '../models/engine-image';
import { type IInferenceEngine, type InferenceEngineBindOptions, type InferenceEngineConfig } from './inference-engine';
import { isUnresolved } from '../checks/unresolved';

/** Oldest vLLM that lets requests in flight finish after SIGTERM (`--shutdown-timeout`, vllm #36666). */
const OLDEST_VERSION = '0.18';

/** Properties of `VllmEngine`. */
export interface VllmEngineProps {
  /** Container image with vLLM's OpenAI-compatible server. */
  readonly image: EngineImage;

  /**
   * Version of vLLM in the image, such as `0.18.1`; flags are chosen by it.
   *
   * @default - read from the image's tag
   */
  readonly version?: string;

  /**
   * Longest context that is served, tokens.
   *
   * @default - the model's own
   */
  readonly maxModelLen?: number;

  /**
   * Share of each GPU's memory that vLLM takes for weights and key/value cache, from 0 to 1.
   *
   * @default 0.9
   */
  readonly gpuMemoryUtilization?: number;

  /**
   * Further arguments of `vllm serve`, as they are.
   *
   * @default - none
   */
  readonly extraArgs?: string[];
}

/**
 * vLLM's OpenAI-compatible server.
 *
 * @see https://docs.vllm.ai/en/v0.18.0/cli/serve/
 *
 * @example
 * new VllmEngine({ image: EngineImage.fromReference('vllm/vllm-openai:v0.18.1'), maxModelLen: 8192 });
 */
export class VllmEngine implements IInferenceEngine {
  private readonly version?: string;

  public constructor(private readonly props: VllmEngineProps) {
    this.version = props.version ?? /^v?(\d+\.\d+(?:\.\d+)?)/.exec(props.image.tag ?? '')?.[1];
  }

  public problems(options: InferenceEngineBindOptions): string[] {
    const problems: string[] = [];
    const { maxModelLen, gpuMemoryUtilization = 0.9, extraArgs = [] } = this.props;
    // An image without either is refused as such; its version is the smaller problem.
    const { tag, digest, reference } = this.props.image;
    const named = tag !== undefined || digest !== undefined || isUnresolved(reference);
    if (this.version === undefined && named) {
      problems.push(`engine version: expected a version of vLLM, got an image without one in its tag (${shown(this.props.image)}); give the engine its version`);
    } else if (this.version !== undefined && !atLeast(this.version, OLDEST_VERSION)) {
      problems.push(`engine version: expected vLLM ${OLDEST_VERSION} or newer, got ${this.version}; older ones drop requests in flight when a pod ends`);
    }
    if (maxModelLen !== undefined && !isUnresolved(maxModelLen) && (!Number.isInteger(maxModelLen) || maxModelLen < 1)) {
      problems.push(`maxModelLen: expected a whole number from 1, got ${maxModelLen}; it is the longest context in tokens`);
    }
    if (!isUnresolved(gpuMemoryUtilization) && !(gpuMemoryUtilization > 0 && gpuMemoryUtilization <= 1)) {
      problems.push(`gpuMemoryUtilization: expected more than 0 and at most 1, got ${gpuMemoryUtilization}; 0.9 leaves a tenth of the GPU's memory free`);
    }
    const own = new Set(this.args(options).filter((arg) => arg.startsWith('--')).map(flag));
    for (const arg of extraArgs.filter((extra) => own.has(flag(extra)))) {
      problems.push(`extraArgs: expected no flag that is set already, got ${arg}; set it through the property it comes from`);
    }
    return problems;
  }

  public bind(options: InferenceEngineBindOptions): InferenceEngineConfig {
    return {
      image: this.props.image.reference,
      command: ['vllm', 'serve'],
      args: [...this.args(options), ...(this.props.extraArgs ?? [])],
      environment: {
        // The root file system belongs to root: everything that the engine writes goes to the cache.
        HOME: options.cacheDirectory,
        USER: 'vllm',
        HF_HOME: `${options.cacheDirectory}/huggingface`,
        VLLM_CACHE_ROOT: `${options.cacheDirectory}/vllm`,
        TRITON_CACHE_DIR: `${options.cacheDirectory}/triton`,
        TORCHINDUCTOR_CACHE_DIR: `${options.cacheDirectory}/inductor`,
        VLLM_NO_USAGE_STATS: '1',
      },
      healthPath: '/health',
      metricsPath: '/metrics',
      // The user that the image ships; under an unknown one vLLM crashes at import (vllm #44548).
      userId: 2000,
      metrics: {
        timeToFirstToken: 'vllm:time_to_first_token_seconds',
        interTokenLatency: 'vllm:inter_token_latency_seconds',
        queueTime: 'vllm:request_queue_time_seconds',
        requestsRunning: 'vllm:num_requests_running',
        requestsWaiting: 'vllm:num_requests_waiting',
        kvCacheUsage: 'vllm:kv_cache_usage_perc',
        iterationTokens: 'vllm:iteration_tokens_total',
        httpRequests: 'http_requests_total',
      },
    };
  }

  /** The model is the positional argument: `vllm serve` warns of `--model` and means to drop it. */
  private args(options: InferenceEngineBindOptions): string[] {
    const { maxModelLen, gpuMemoryUtilization = 0.9 } = this.props;
    return [
      options.model,
      `--revision=${options.revision}`,
      `--served-model-name=${options.servedModelName}`,
      `--port=${options.port}`,
      `--tensor-parallel-size=${options.gpus}`,
      ...(maxModelLen === undefined ? [] : [`--max-model-len=${maxModelLen}`]),
      `--gpu-memory-utilization=${gpuMemoryUtilization}`,
      `--shutdown-timeout=${options.shutdownTimeoutSeconds}`,
      '--disable-access-log-for-endpoints=/health,/metrics',
    ];
  }
}

function flag(arg: string): string {
  return arg.split('=')[0].replaceAll('_', '-');
}

function shown(image: EngineImage): string {
  return isUnresolved(image.reference) ? 'a deploy-time value' : image.reference;
}

function atLeast(version: string, oldest: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldest.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
