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
import { DEFAULT_ENGINE } from '../../../constructs/serving/resolve-model';
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

const ENGINES: { readonly [Name in EngineConfig['name']]: new (props: never) => IInferenceEngine } = {
  vllm: VllmEngine,
  sglang: SglangEngine,
  'tensorrt-llm': TensorRtLlmEngine,
  'llama-cpp': LlamaCppEngine,
  'text-embeddings': TextEmbeddingsEngine,
};

const NAMES = Object.keys(ENGINES) as EngineConfig['name'][];

/** A model, of which only the engine is looked at. */
interface Served {
  readonly engine?: EngineConfig;
}

/** The engine of a model: the library's default where it names none. */
export function engineConfigOf({ engine }: Served): EngineConfig {
  return engine ?? ({ name: NAMES.find((name) => ENGINES[name] === DEFAULT_ENGINE) } as EngineConfig);
}

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
export function engineWordProblems(path: string, engine: EngineConfig | undefined): string[] {
  if (engine === undefined) return [];
  const valueAt = (setting: string) =>
    setting.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], engine);
  return [
    ...wordProblem(`${path}.name`, NAMES, engine.name ?? ''),
    ...CHOICES.flatMap(([setting, words]) => wordProblem(`${path}.${setting}`, words, valueAt(setting))),
  ];
}

/** Whether an engine compiles kernels, which a compile cache keeps. */
export function compiles(model: Served): boolean {
  return ['vllm', 'sglang', 'tensorrt-llm'].includes(engineConfigOf(model).name);
}

/** The engine of a model. */
export function engineOf(model: Served, image: EngineImage): IInferenceEngine {
  const { name, ...settings } = engineConfigOf(model);
  return new ENGINES[name]({ ...settings, image } as never);
}
