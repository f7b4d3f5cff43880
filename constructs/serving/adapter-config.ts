import { isUnresolved } from '../checks/unresolved';
import { type LoraAdapter } from './inference-engine';
import { type ModelAdapter } from './model-adapter';

interface AdapterConfig {
  readonly baseModel: string;
  readonly rank: number;
}

/** The adapters as an engine is told of them; what cannot be read is reported by {@link adapterProblems}. */
export function boundAdapters(adapters: readonly ModelAdapter[]): LoraAdapter[] {
  return adapters.map(({ name, path, adapterConfig }) => {
    const config = readConfig(adapterConfig);
    return { name, path, ...(typeof config === 'string' ? {} : { rank: config.rank }) };
  });
}

/**
 * What is wrong with the configurations of a model's adapters, one line a problem; empty when nothing is. Names and paths are
 * the engine's to judge.
 *
 * @param repository base model: its repository on the hub, or where its weights are
 */
export function adapterProblems(adapters: readonly ModelAdapter[], repository: string): string[] {
  return adapters.flatMap(({ adapterConfig }, index) => {
    const prop = `adapters[${index}].adapterConfig`;
    if (isUnresolved(adapterConfig)) return [`${prop}: expected the text of adapter_config.json, got a deploy-time value; an adapter for another base model could not be told`];
    const config = readConfig(adapterConfig);
    if (typeof config === 'string') return [`${prop}: expected ${config}; give the file as it was published`];
    // Weights in a directory or a bucket have no name to compare with.
    if (isUnresolved(repository) || repository.startsWith('/') || repository.includes('://') || config.baseModel === repository) return [];
    return [`${prop}: expected base_model_name_or_path ${JSON.stringify(repository)}, got ${JSON.stringify(config.baseModel)}; the adapter was trained for another model, serve that one or leave the adapter out`];
  });
}

/** Adapters that come from a hub, where no revision of them can be named; one line each. */
export function unpinnedAdapters(adapters: readonly ModelAdapter[] = []): string[] {
  return adapters.flatMap(({ path }, index) => (isUnresolved(path) || path.startsWith('/')
    ? []
    : [`adapters[${index}].path: expected a directory in the container where revisions are pinned, got ${JSON.stringify(path)}; an engine cannot be told the revision of an adapter on the hub, put it beside the weights`]));
}

/** The part of an adapter's configuration that is used, or what was expected of it. */
function readConfig(text: string): AdapterConfig | string {
  let config: { base_model_name_or_path?: unknown; r?: unknown; peft_type?: unknown } | null;
  try {
    config = JSON.parse(text) as typeof config;
  } catch (error) {
    return `JSON, got ${(error as Error).message}`;
  }
  if (typeof config !== 'object' || config === null) return `a JSON object, got ${JSON.stringify(config)}`;
  const { base_model_name_or_path: baseModel, r: rank, peft_type: kind = 'LORA' } = config;
  if (typeof baseModel !== 'string' || baseModel === '') return `base_model_name_or_path, got ${JSON.stringify(baseModel)}`;
  if (kind !== 'LORA') return `peft_type "LORA", got ${JSON.stringify(kind)}`;
  if (typeof rank !== 'number' || !Number.isInteger(rank) || rank < 1) return `a whole rank r from 1, got ${JSON.stringify(rank)}`;
  return { baseModel, rank };
}
