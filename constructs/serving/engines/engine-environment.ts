/**
 * Variables of an engine that is written in Python. The root file system belongs to root: everything that the engine writes goes
 * to the cache. USER is needed where the image has no user of that number: PyTorch asks for its name (vllm #44548).
 */
export function pythonEnvironment(engine: string, cacheDirectory: string): { [name: string]: string } {
  return {
    HOME: cacheDirectory,
    USER: engine,
    HF_HOME: `${cacheDirectory}/huggingface`,
    TRITON_CACHE_DIR: `${cacheDirectory}/triton`,
    TORCHINDUCTOR_CACHE_DIR: `${cacheDirectory}/inductor`,
  };
}
