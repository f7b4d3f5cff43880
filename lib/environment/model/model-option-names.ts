import type { EnvironmentConfig } from '../environment-config';
import type { OptionNames } from '../option-names';
import { nodeTypeOf } from '../nodes/node-types';
import type { ModelConfig } from './model-config';

/** Options of `ModelService` that a model has by other names, or in other places of the model. */
const MODEL = {
  modelName: 'name',
  tensorParallelSize: 'gpus',
  accelerator: 'instanceType',
  // Where an engine cannot load from.
  weights: 'weights.delivery',
  'weights.path': 'weights.path',
  'weights.manifestSha256': 'weights.manifestSha256',
  'weights.bytes': 'weights.bytes',
  'weights.verifyImage': 'weights.verifyImage',
  'rollout.maxSurge, maxUnavailable': 'rollout.maxSurge',
};

/** Options of `ModelService` that a model has from its environment. */
const ENVIRONMENT = {
  'weights.storageCidrs': 'weightsBucket.storageCidrs',
  'weights.endpointUrl': 'weightsBucket.endpointUrl',
  'weights.fetchImage': 'weightsBucket.fetchImage',
  prometheusAddress: 'cluster.existing.prometheusAddress',
};

/** Where the data of an environment says what `ModelService` is told of a model. */
export function modelOptionNames(model: ModelConfig, environment: EnvironmentConfig): OptionNames {
  const { name, instanceType = '' } = model;
  const [[kind, settings]] = Object.entries<object>(model.engine ?? { vllm: {} });
  const engine = Object.fromEntries(
    [...Object.keys(settings), 'gpuMemoryUtilization'].map((option) => [option, `engine.${kind}.${option}`]),
  );
  const own = { ...MODEL, ...engine, 'engine version': `engine.${kind}.version` };
  const sharing = nodeTypeOf(environment, instanceType).timeSlices === undefined ? 'gpuParts' : 'timeSlices';
  return {
    ...Object.fromEntries(Object.entries(own).map(([option, place]) => [option, `models.${name}.${place}`])),
    ...ENVIRONMENT,
    gpuSharing: `cluster.create.nodes.types["${instanceType}"].${sharing}`,
  };
}

/** Where a model says what `Placement` is told, below the model. */
export function placementOptionNames({ engine = { vllm: {} } }: ModelConfig): OptionNames {
  const [kind] = Object.keys(engine);
  return {
    accelerator: 'instanceType',
    contextTokens: 'maxModelLen',
    replicas: 'replicas',
    tensorParallel: 'gpus',
    'tensorParallel (draft)': 'gpus',
    pipelineParallel: 'nodes',
    maxNodes: 'nodes',
    gpuMemoryUtilization: `engine.${kind}.gpuMemoryUtilization`,
    maxBatchedTokens: `engine.${kind}.maxBatchedTokens`,
    quantization: `engine.${kind}.quantization`,
    'draft.weightBytes': 'placement.draftWeightBytes',
    'draft.model': `engine.${kind}.speculativeDecoding.draftModel`,
    'draft.precision': `engine.${kind}.speculativeDecoding.draftModel`,
    multiTokenPrediction: `engine.${kind}.speculativeDecoding.method`,
  };
}
