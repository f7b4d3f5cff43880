export { CpuArchitecture } from './cpu-architecture';
export * from './engine-props';
export * from './llama-cpp-engine';
export * from './sglang-engine';
export { SpeculativeMethod, type SpeculativeDecoding } from './speculative-decoding';
export * from './tensorrt-llm-engine';
export * from './text-embeddings-engine';
export { VllmEngine, type VllmEngineProps } from './vllm-engine';
