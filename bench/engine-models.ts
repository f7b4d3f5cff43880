import type { GatesConfig, ModelConfig } from '../lib/environment/model/model-config';

/** What differs from a model on vLLM: the engine and its image, and the gates that its metrics can answer. */
interface Variant extends Partial<Omit<ModelConfig, 'rollout'>> {
  readonly gates?: Partial<GatesConfig>;
}

/** Every engine of the library. A model without sizes in the catalog has no placement to check. */
const VARIANTS: readonly Variant[] = [
  {},
  { image: 'lmsysorg/sglang:v0.5.23', engine: { name: 'sglang' } },
  {
    image: 'nvcr.io/nvidia/tensorrt-llm/release:1.3.0',
    engine: { name: 'tensorrt-llm' },
    gates: { errorRatio: false, forwardProgress: false, queueTime: { maxRatio: 1.5 } },
  },
  {
    repository: 'Qwen/Qwen3-8B-GGUF',
    image: 'ghcr.io/ggml-org/llama.cpp:server-b11434',
    engine: { name: 'llama-cpp', file: 'Qwen3-8B-Q4_K_M.gguf' },
    accelerator: undefined,
    placement: undefined,
    resources: { cpus: 8, memory: '16Gi' },
    gates: { timeToFirstToken: false, errorRatio: false },
  },
  {
    repository: 'BAAI/bge-m3',
    image: 'ghcr.io/huggingface/text-embeddings-inference:89-1.9',
    engine: { name: 'text-embeddings' },
    maxModelLen: undefined,
    placement: { concurrency: 1 },
    gates: { timeToFirstToken: false, errorRatio: false, forwardProgress: false, queueTime: { maxRatio: 1.5 } },
  },
];

/**
 * As many models as asked for, named by their number.
 *
 * @param model one on vLLM
 * @param engines `vllm` for that one only, `mixed` for each engine in turn
 */
export function modelsOf(model: ModelConfig, count: number, engines: string): ModelConfig[] {
  const variants = engines === 'mixed' ? VARIANTS : VARIANTS.slice(0, 1);
  return Array.from({ length: count }, (_, index) => {
    const { gates, ...variant } = variants[index % variants.length];
    return {
      ...model,
      ...variant,
      name: `model-${index}`,
      rollout: { ...model.rollout, gates: { ...model.rollout.gates, ...gates } },
    };
  });
}
