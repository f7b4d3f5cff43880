import { EngineImage } from '../../../../constructs/models/engine-image';
import {
  LlamaCppEngine,
  type LlamaCppEngineProps,
  SglangEngine,
  type SglangEngineProps,
  SpeculativeMethod,
  StructuredOutputBackend,
  TensorRtLlmEngine,
  type TensorRtLlmEngineProps,
  TextEmbeddingsEngine,
  type TextEmbeddingsEngineProps,
  VllmEngine,
  type VllmEngineProps,
  WeightQuantization,
} from '../../../../constructs/serving/engines';
import { type InferenceEngineBindOptions, WeightsLocation } from '../../../../constructs/serving/inference-engine';

export const COMMIT = 'b968826d9c46dd6066d109eabc6255188de91218';

export const image = (reference: string) => EngineImage.fromReference(reference);

export const vllm = (props: Partial<VllmEngineProps> = {}) =>
  new VllmEngine({ image: image('vllm/vllm-openai:v0.32.0'), ...props });
export const sglang = (props: Partial<SglangEngineProps> = {}) =>
  new SglangEngine({ image: image('lmsysorg/sglang:v0.5.23'), ...props });
export const tensorRtLlm = (props: Partial<TensorRtLlmEngineProps> = {}) =>
  new TensorRtLlmEngine({ image: image('nvcr.io/nvidia/tensorrt-llm/release:1.3.0'), ...props });
export const llamaCpp = (props: Partial<LlamaCppEngineProps> = {}) =>
  new LlamaCppEngine({
    image: image('registry.example/llama-server:server-b11434'),
    file: 'qwen3-8b-q4_k_m.gguf',
    ...props,
  });
export const textEmbeddings = (props: Partial<TextEmbeddingsEngineProps> = {}) =>
  new TextEmbeddingsEngine({ image: image('registry.example/embeddings:89-1.9'), ...props });

/** A model on the hub, on one GPU. */
export function subject(overrides: Partial<InferenceEngineBindOptions> = {}): InferenceEngineBindOptions {
  return {
    weights: { location: WeightsLocation.HUB, reference: 'Qwen/Qwen3-8B', revision: COMMIT },
    servedModelName: 'chat',
    gpus: 1,
    port: 8000,
    shutdownTimeoutSeconds: 60,
    cacheDirectory: '/cache',
    ...overrides,
  };
}

export const directory: Partial<InferenceEngineBindOptions> = {
  weights: { location: WeightsLocation.DIRECTORY, reference: '/weights/chat' },
};
export const bucket: Partial<InferenceEngineBindOptions> = {
  weights: { location: WeightsLocation.S3, reference: 's3://weights/chat' },
};

/** A pod of a replica of two nodes, with 8 GPUs each. */
export const pod = (worker: boolean): Partial<InferenceEngineBindOptions> => ({
  gpus: 8,
  pipelineParallelSize: 2,
  group: { nodes: 2, leaderAddress: '$(LWS_LEADER_ADDRESS)', nodeRank: '$(LWS_WORKER_INDEX)', worker },
});

export const adapters: Partial<InferenceEngineBindOptions> = {
  adapters: [
    { name: 'sql', path: '/adapters/sql', rank: 64 },
    { name: 'tone', path: 'acme/tone' },
  ],
};

/** Every way of speculative decoding. */
export const speculative = [
  { method: SpeculativeMethod.NGRAM, tokens: 4 },
  { method: SpeculativeMethod.MTP, tokens: 1 },
  { method: SpeculativeMethod.EAGLE3, tokens: 3, draftModel: '/draft' },
  { method: SpeculativeMethod.DRAFT_MODEL, tokens: 5, draftModel: 'Qwen/Qwen3-0.6B', draftRevision: COMMIT },
];

export const backends = [
  StructuredOutputBackend.XGRAMMAR,
  StructuredOutputBackend.GUIDANCE,
  StructuredOutputBackend.OUTLINES,
];
export const formats = [
  WeightQuantization.FP8,
  WeightQuantization.INT8,
  WeightQuantization.AWQ,
  WeightQuantization.GPTQ,
  WeightQuantization.NVFP4,
];
