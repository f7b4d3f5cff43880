import { type InferenceEngineBindOptions, type InferenceEngineConfig } from '../inference-engine';
import { type CommonEngineProps } from './engine-props';

/** What an engine's properties give to its container, before what the user adds. */
export interface EngineCommand {
  /** Arguments of the engine's program. */
  readonly args: readonly string[];
  /** Variables of the container. */
  readonly environment: { readonly [name: string]: string };
}

/** What only the engine knows; its paths where they are not the usual ones. */
export type OwnEngineConfig = Omit<
  InferenceEngineConfig,
  'image' | 'args' | 'environment' | 'healthPath' | 'metricsPath'
> &
  Partial<Pick<InferenceEngineConfig, 'healthPath' | 'metricsPath'>>;

/** How an engine is run: what it gives itself, what the user adds, and what is the same for all engines. */
export function engineConfig(
  { image, environment, extraArgs = [] }: CommonEngineProps,
  own: EngineCommand,
  config: OwnEngineConfig,
): InferenceEngineConfig {
  return {
    image: image.reference,
    args: [...own.args, ...extraArgs],
    environment: { ...own.environment, ...environment },
    healthPath: '/health',
    metricsPath: '/metrics',
    ...config,
  };
}

/** What engines for CPUs and GPUs need that are no Python program and whose image is made for root. */
export function nativeConfig({
  gpus,
}: InferenceEngineBindOptions): Pick<InferenceEngineConfig, 'python' | 'userId' | 'devices'> {
  return { python: false, userId: 1000, devices: gpus > 0 ? { 'nvidia.com/gpu': gpus } : {} };
}

/**
 * Variables of an engine that is written in Python. The root file system belongs to root: everything that the engine writes goes
 * to the cache. USER is needed where the image has no user of that number: PyTorch asks for its name (vllm #44548).
 *
 * Kernels go to the directory that other replicas have too, where there is one; FlashInfer, which vLLM and SGLang use, is told it as well.
 */
export function pythonEnvironment(
  engine: string,
  { cacheDirectory, compileCacheDirectory = cacheDirectory }: InferenceEngineBindOptions,
): { [name: string]: string } {
  return {
    HOME: cacheDirectory,
    USER: engine,
    HF_HOME: `${cacheDirectory}/huggingface`,
    TRITON_CACHE_DIR: `${compileCacheDirectory}/triton`,
    TORCHINDUCTOR_CACHE_DIR: `${compileCacheDirectory}/inductor`,
    ...(compileCacheDirectory === cacheDirectory
      ? {}
      : { FLASHINFER_WORKSPACE_BASE: `${compileCacheDirectory}/flashinfer` }),
  };
}
