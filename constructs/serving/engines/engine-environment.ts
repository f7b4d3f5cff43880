import { type InferenceEngineBindOptions } from '../inference-engine';

/**
 * Variables of an engine that is written in Python. The root file system belongs to root: everything that the engine writes goes
 * to the cache. USER is needed where the image has no user of that number: PyTorch asks for its name (vllm #44548).
 *
 * Kernels go to the directory that other replicas have too, where there is one; FlashInfer, which vLLM and SGLang use, is told it as well.
 */
export function pythonEnvironment(engine: string, { cacheDirectory, compileCacheDirectory = cacheDirectory }: InferenceEngineBindOptions): { [name: string]: string } {
  return {
    HOME: cacheDirectory,
    USER: engine,
    HF_HOME: `${cacheDirectory}/huggingface`,
    TRITON_CACHE_DIR: `${compileCacheDirectory}/triton`,
    TORCHINDUCTOR_CACHE_DIR: `${compileCacheDirectory}/inductor`,
    ...(compileCacheDirectory === cacheDirectory ? {} : { FLASHINFER_WORKSPACE_BASE: `${compileCacheDirectory}/flashinfer` }),
  };
}
