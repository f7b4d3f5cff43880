import type { EngineImage } from '../../../constructs/models';
import {
  type IInferenceEngine,
  LlamaCppEngine,
  type LlamaCppEngineProps,
  SglangEngine,
  type SglangEngineProps,
  TensorRtLlmEngine,
  type TensorRtLlmEngineProps,
  TextEmbeddingsEngine,
  type TextEmbeddingsEngineProps,
  VllmEngine,
  type VllmEngineProps,
} from '../../../constructs/serving';

/** One engine and its settings; the image is the model's. */
export type EngineConfig =
  | { readonly vllm: Omit<VllmEngineProps, 'image'> }
  | { readonly sglang: Omit<SglangEngineProps, 'image'> }
  | { readonly tensorRtLlm: Omit<TensorRtLlmEngineProps, 'image'> }
  | { readonly llamaCpp: Omit<LlamaCppEngineProps, 'image'> }
  | { readonly textEmbeddings: Omit<TextEmbeddingsEngineProps, 'image'> };

/** Whether an engine compiles kernels, which a compile cache keeps. */
export function compiles(config: EngineConfig = { vllm: {} }): boolean {
  return 'vllm' in config || 'sglang' in config || 'tensorRtLlm' in config;
}

/** The engine of a model. */
export function engineOf(config: EngineConfig = { vllm: {} }, image: EngineImage): IInferenceEngine {
  if ('sglang' in config) return new SglangEngine({ ...config.sglang, image });
  if ('tensorRtLlm' in config) return new TensorRtLlmEngine({ ...config.tensorRtLlm, image });
  if ('llamaCpp' in config) return new LlamaCppEngine({ ...config.llamaCpp, image });
  if ('textEmbeddings' in config) return new TextEmbeddingsEngine({ ...config.textEmbeddings, image });
  return new VllmEngine({ ...config.vllm, image });
}
