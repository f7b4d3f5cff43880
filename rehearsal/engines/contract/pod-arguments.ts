import { basename, dirname } from 'node:path';
import { EngineImage } from '../../../constructs/models/engine-image';
import { LlamaCppEngine, VllmEngine } from '../../../constructs/serving/engines';
import {
  type IInferenceEngine,
  type InferenceEngineBindOptions,
  type InferenceEngineConfig,
  WeightsLocation,
} from '../../../constructs/serving/inference-engine';
import { type EngineName, type InstalledEngine } from '../installed-engine';

/** What a pod's arguments depend on here. */
export interface PodArgumentsOptions {
  readonly port: number;
  /** Directory of the weights. */
  readonly weights: string;
  readonly shutdownTimeoutSeconds: number;
  readonly cacheDirectory: string;
}

/** How the library runs this engine in a pod. */
export function podOf(
  { engine, version, model }: Pick<InstalledEngine, 'engine' | 'version' | 'model'>,
  options: PodArgumentsOptions,
): InferenceEngineConfig {
  const subject: InferenceEngineBindOptions = {
    weights: { location: WeightsLocation.DIRECTORY, reference: options.weights },
    servedModelName: 'chat',
    gpus: engine === 'vllm' ? 1 : 0,
    maxModelLen: engine === 'vllm' ? 2048 : 8192,
    port: options.port,
    shutdownTimeoutSeconds: options.shutdownTimeoutSeconds,
    cacheDirectory: options.cacheDirectory,
  };
  return ENGINES[engine](version, model).bind(subject);
}

/** Directory that stands for the model's in a pod. */
export function weightsDirectory({ engine, model }: Pick<InstalledEngine, 'engine' | 'model'>): string {
  return engine === 'vllm' ? model : dirname(model);
}

const ENGINES: { readonly [engine in EngineName]: (version: string, model: string) => IInferenceEngine } = {
  vllm: (version) => new VllmEngine({ image: EngineImage.fromReference(`vllm/vllm-openai:v${version}`) }),
  'llama-cpp': (version, model) =>
    new LlamaCppEngine({
      image: EngineImage.fromReference(`ghcr.io/ggml-org/llama.cpp:server-${version}`),
      file: basename(model),
      maxSequences: 4,
      threads: 2,
    }),
};
