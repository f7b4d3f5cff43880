import type { EngineImage } from '../../../constructs/models';
import {
  EmbeddingPooling,
  EmbeddingPrecision,
  CpuArchitecture,
  type IInferenceEngine,
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
} from '../../../constructs/serving';
import type { PlainData } from '../plain-data';
import { wordProblem } from '../words';

/** An engine by its name, and its settings; the image is the model's. */
export type EngineConfig =
  | NamedEngine<'vllm', VllmEngineProps>
  | NamedEngine<'sglang', SglangEngineProps>
  | NamedEngine<'tensorrt-llm', TensorRtLlmEngineProps>
  | NamedEngine<'llama-cpp', LlamaCppEngineProps>
  | NamedEngine<'text-embeddings', TextEmbeddingsEngineProps>;

type NamedEngine<Name extends string, Props> = { readonly name: Name } & PlainData<Omit<Props, 'image'>>;

/** The engine of a model that names none. */
export const DEFAULT_ENGINE: EngineConfig = { name: 'vllm' };

const ENGINES: { readonly [Name in EngineConfig['name']]: new (props: never) => IInferenceEngine } = {
  vllm: VllmEngine,
  sglang: SglangEngine,
  'tensorrt-llm': TensorRtLlmEngine,
  'llama-cpp': LlamaCppEngine,
  'text-embeddings': TextEmbeddingsEngine,
};

/** Settings that are choices, of whichever engine has them. */
const CHOICES: readonly (readonly [setting: string, words: readonly string[]])[] = [
  ['architecture', Object.values(CpuArchitecture)],
  ['quantization', Object.values(WeightQuantization)],
  ['structuredOutput', Object.values(StructuredOutputBackend)],
  ['speculativeDecoding.method', Object.values(SpeculativeMethod)],
  ['precision', Object.values(EmbeddingPrecision)],
  ['pooling', Object.values(EmbeddingPooling)],
];

/** Words of an engine that mean nothing, one problem per line. */
export function engineWordProblems(path: string, engine: EngineConfig = DEFAULT_ENGINE): string[] {
  const valueAt = (setting: string) =>
    setting.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], engine);
  return [
    ...wordProblem(`${path}.name`, Object.keys(ENGINES), engine.name ?? ''),
    ...CHOICES.flatMap(([setting, words]) => wordProblem(`${path}.${setting}`, words, valueAt(setting))),
  ];
}

/** Whether an engine compiles kernels, which a compile cache keeps. */
export function compiles({ name }: EngineConfig = DEFAULT_ENGINE): boolean {
  return name === 'vllm' || name === 'sglang' || name === 'tensorrt-llm';
}

/** The engine of a model. */
export function engineOf({ name, ...settings }: EngineConfig = DEFAULT_ENGINE, image: EngineImage): IInferenceEngine {
  return new ENGINES[name]({ ...settings, image } as never);
}
