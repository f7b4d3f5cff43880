import type { EnvironmentConfig } from '../environment-config';
import type { OptionNames } from '../option-names';
import { nodeTypeOf } from '../nodes/node-types';
import type { ModelConfig } from './model-config';

/** Options of `ModelService` that a model has by other names, or in other places of the model. */
const MODEL = {
  'model': 'name',
  'model.repository': 'repository',
  'model.revision': 'revision',
  'accelerator': 'instanceType',
  'gpus': 'gpusPerReplica',
  'tensorParallelSize': 'gpusPerReplica',
  'nodes': 'nodesPerReplica',
  'cacheSizeMib': 'cacheSizeGib',
  'cpus': 'resources.cpus',
  'maxModelLen': 'maxModelLength',
  'preStopSeconds': 'drain.preStopSeconds',
  'shutdownTimeoutSeconds': 'drain.shutdownSeconds',
  'terminationGracePeriodSeconds': 'drain.gracePeriodSeconds',
  // Where an engine cannot load from.
  'weights': 'weights.delivery',
  'weights.path': 'weights.path',
  'weights.manifestSha256': 'weights.manifestSha256',
  'weights.bytes': 'weights.bytes',
  'weights.verifyImage': 'weights.verifyImage',
  'deadline': 'rollout.deadlineMinutes',
  'steps': 'rollout.steps',
  'maxSurge': 'rollout.maxSurge',
  'maxSurge, maxUnavailable': 'rollout.maxSurge',
  'gates time-to-first-token': 'rollout.gates.timeToFirstTokenRatio',
  'gates time-to-first-token: maxRatio': 'rollout.gates.timeToFirstTokenRatio',
  'gates error-ratio': 'rollout.gates.errorRatioDifference',
  'gates error-ratio: maxDifference': 'rollout.gates.errorRatioDifference',
  'gates unfinished-answers': 'rollout.gates.unfinishedAnswersDifference',
  'gates unfinished-answers: maxDifference': 'rollout.gates.unfinishedAnswersDifference',
  'gates synthetic-request': 'rollout.gates.syntheticRequestSeconds',
  'gates synthetic-request: timeoutSeconds': 'rollout.gates.syntheticRequestSeconds',
  'bakeSeconds': 'rollout.bakeSeconds',
  'gates queue-time': 'rollout.gates.queueTimeRatio',
  'gates queue-time: maxRatio': 'rollout.gates.queueTimeRatio',
  'gates forward-progress': 'rollout.gates.forwardProgress',
  'judgement': 'rollout.gates',
  'judgement.minimumRequests': 'rollout.gates.minRequests',
};

/** Options of `ModelService` that a model has from its environment. */
const ENVIRONMENT = {
  'weights.storageCidrs': 'weightsBucket.storageCidrs',
  'weights.endpointUrl': 'weightsBucket.endpointUrl',
  'weights.fetchImage': 'weightsBucket.fetchImage',
  'judgement.prometheusAddress': 'cluster.existing.prometheusAddress',
};

/** Where the data of an environment says what `ModelService` is told of a model. */
export function modelOptionNames(model: ModelConfig, environment: EnvironmentConfig): OptionNames {
  const { name, instanceType = '' } = model;
  const [[kind, settings]] = Object.entries<object>(model.engine ?? { vllm: {} });
  const engine = Object.fromEntries([...Object.keys(settings), 'gpuMemoryUtilization'].map((option) => [option, `engine.${kind}.${option}`]));
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
    'accelerator': 'instanceType',
    'contextTokens': 'maxModelLength',
    'replicas': 'replicas',
    'tensorParallel': 'gpusPerReplica',
    'tensorParallel (draft)': 'gpusPerReplica',
    'pipelineParallel': 'nodesPerReplica',
    'maxNodes': 'nodesPerReplica',
    'gpuMemoryUtilization': `engine.${kind}.gpuMemoryUtilization`,
    'maxBatchedTokens': `engine.${kind}.maxBatchedTokens`,
    'quantization': `engine.${kind}.quantization`,
    'draft.weightBytes': 'placement.draftWeightBytes',
    'draft.model': `engine.${kind}.speculativeDecoding.draftModel`,
    'draft.precision': `engine.${kind}.speculativeDecoding.draftModel`,
    'multiTokenPrediction': `engine.${kind}.speculativeDecoding.method`,
  };
}
