import { Size } from 'aws-cdk-lib';
import { boundAdapters } from '../../../constructs/serving/adapter-config';
import type { EnvironmentConfig } from '../environment-config';
import type { ModelConfig } from './model-config';
import { knownSizes, placementOf } from './model-placement';

/** Bytes of a number of an adapter: many are published in 32 bits. */
const ADAPTER_NUMBER = 4;

/** Inputs and outputs of the matrices of a layer together, for each of the hidden size: attention, and a feed-forward part of up to five times it. Assumed. */
const LAYER_WIDTHS = 24;

/**
 * Size of the weights on the disk of a pod: the model's as it is published, and those of a draft model and of adapters that come from the
 * hub. Undefined where nothing is known: a GGUF file, or a model whose sizes are not.
 */
export function weightsSizeOf(model: ModelConfig, environment: EnvironmentConfig): Size | undefined {
  const checkpoint = checkpointBytes(model, environment);
  const bytes = model.weights?.bytes ?? (checkpoint && checkpoint * downloadedCopies(model));
  // A size that cannot be has a report of its own.
  return bytes === undefined || !(bytes > 0)
    ? undefined
    : Size.mebibytes(Math.ceil((bytes + adapterBytes(model)) / 1024 ** 2));
}

/** The files of the repository: what lies in memory, but for numbers that the engine makes smaller when it loads them. */
function checkpointBytes(model: ModelConfig, environment: EnvironmentConfig): number | undefined {
  if (model.engine?.name === 'llama-cpp') return undefined;
  const sizes = knownSizes(model);
  const plan = placementOf(model, environment);
  const published =
    plan && plan.facts.memory.weights.toBytes() * plan.facts.tensorParallel * plan.facts.pipelineParallel;
  // Weights that are published as they were trained have 16 bits, whatever becomes of them in memory.
  return sizes && sizes.publishedPrecision === undefined ? Math.max(2 * sizes.parameters, published ?? 0) : published;
}

/**
 * How often the weights are downloaded. Repositories of Mistral have them twice, as `consolidated*` and `model-*`. vLLM takes the former only where
 * there are any (`_prepare_weights` of its `default_loader.py`), and an import one of them; SGLang takes `*.safetensors`, and has no flag against it.
 */
function downloadedCopies({ repository, engine, weights }: ModelConfig): number {
  return engine?.name === 'sglang' && weights === undefined && repository.startsWith('mistralai/') ? 2 : 1;
}

function adapterBytes(model: ModelConfig): number {
  const sizes = knownSizes(model);
  if (sizes === undefined) return 0;
  return boundAdapters(model.adapters ?? [])
    .filter(({ path }) => !path.startsWith('/'))
    .reduce((sum, { rank = 0 }) => sum + ADAPTER_NUMBER * rank * LAYER_WIDTHS * sizes.hiddenSize * sizes.layers, 0);
}
