import type { EngineImage } from '../../../constructs/models';
import {
  type IInferenceEngine, LlamaCppEngine, type LlamaCppEngineProps, SglangEngine, type SglangEngineProps, TensorRtLlmEngine, type TensorRtLlmEngineProps,
  TextEmbeddingsEngine, type TextEmbeddingsEngineProps, VllmEngine, type VllmEngineProps,
} from '../../../constructs/serving';

/** One engine and its settings; the image and the longest context are the model's. */
export type EngineConfig =
  | { readonly vllm: Omit<VllmEngineProps, ModelsOwn> }
  | { readonly sglang: Omit<SglangEngineProps, ModelsOwn> }
  | { readonly tensorRtLlm: Omit<TensorRtLlmEngineProps, ModelsOwn> }
  | { readonly llamaCpp: Omit<LlamaCppEngineProps, ModelsOwn> }
  | { readonly textEmbeddings: Omit<TextEmbeddingsEngineProps, ModelsOwn> };

type ModelsOwn = 'image' | 'maxModelLen';

/** Whether an engine compiles kernels, which a compile cache keeps. */
export function compiles(config: EngineConfig = { vllm: {} }): boolean {
  return 'vllm' in config || 'sglang' in config || 'tensorRtLlm' in config;
}

/** The engine of a model. */
export function engineOf(config: EngineConfig = { vllm: {} }, image: EngineImage, maxModelLen?: number): IInferenceEngine {
  const own = { image, maxModelLen };
  if ('sglang' in config) return new SglangEngine({ ...config.sglang, ...own });
  if ('tensorRtLlm' in config) return new TensorRtLlmEngine({ ...config.tensorRtLlm, ...own });
  if ('llamaCpp' in config) return new LlamaCppEngine({ ...config.llamaCpp, ...own });
  if ('textEmbeddings' in config) return new TextEmbeddingsEngine({ ...config.textEmbeddings, image });
  return new VllmEngine({ ...config.vllm, ...own });
}
