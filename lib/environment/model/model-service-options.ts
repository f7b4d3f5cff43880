import { Duration } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { EngineImage } from '../../../constructs/models';
import { MODEL_NAMESPACE } from '../../../constructs/platform/names';
import { type ModelCaller, ModelService, type ModelServiceOptions } from '../../../constructs/serving';
import { ofGib, ofMinutes } from '../amounts';
import type { EnvironmentConfig } from '../environment-config';
import { underPathOfUser } from '../option-names';
import type { CallerConfig, ModelConfig } from './model-config';
import { createdCluster, nodeTypeOf, provisioningKind, sharingOf } from '../nodes/node-types';
import { engineOf } from './engine-config';
import { coldStartOf, keepsKernels } from './model-cold-start';
import { weightsSizeOf } from './model-disk';
import { modelOptionNames } from './model-option-names';
import { placementOf } from './model-placement';
import { prometheusAddress, rolloutOf } from './model-rollout';
import { routingOf } from './routing-config';
import { weightsOf } from './weights-config';

/** Time until a pod of a model is killed, seconds. */
export function gracePeriodSeconds(model: ModelConfig, environment: EnvironmentConfig): number {
  return ModelService.terminationGracePeriod(checkedOptions(model, environment)).toSeconds();
}

/** How `ModelService` serves a model of an environment. */
export function modelServiceOptions(model: ModelConfig, environment: EnvironmentConfig): ModelServiceOptions {
  return options(model, environment, EngineImage.fromReference(model.image), model.instanceType === undefined ? undefined : Accelerator.fromInstanceType(model.instanceType));
}

/** What `ModelService` would refuse, one line a problem. Image and instance type have checks of their own. */
export function modelProblems(model: ModelConfig, environment: EnvironmentConfig): string[] {
  const names = modelOptionNames(model, environment);
  return ModelService.problemsOf(checkedOptions(model, environment)).map((problem) => underPathOfUser(problem, names, `models.${model.name}`));
}

/** As {@link modelServiceOptions}; what is wrong with image and instance type does not hide what is wrong with the rest. */
function checkedOptions(model: ModelConfig, environment: EnvironmentConfig): ModelServiceOptions {
  const image = EngineImage.fromReference(EngineImage.problemsOf(model.image).length > 0 ? 'engine:v0.32.0' : model.image);
  const { instanceType } = model;
  const accelerator = instanceType && (Accelerator.problemOf(instanceType) ? Accelerator.P5_48XLARGE : Accelerator.fromInstanceType(instanceType));
  return options(model, environment, image, accelerator || undefined);
}

function options(model: ModelConfig, environment: EnvironmentConfig, image: EngineImage, accelerator?: Accelerator): ModelServiceOptions {
  const { autoscaling, resources } = model;
  const coldStart = coldStartOf(model, environment);
  // Nodes that are there at all times have the time that the library gives them.
  const onDemand = createdCluster(environment) !== undefined && provisioningKind(environment) !== 'managed-groups';
  return {
    namespace: MODEL_NAMESPACE,
    modelName: model.name,
    model: { repository: model.repository, revision: model.revision },
    engine: engineOf(model.engine, image, model.maxModelLength),
    ...whereOf(model, environment, accelerator),
    compileCache: keepsKernels(model, environment),
    requireDigest: environment.requirePins,
    resources: resources && { cpus: resources.cpus, memory: ofGib(resources.memoryGib) },
    replicas: model.replicas,
    autoscaling: autoscaling && { ...autoscaling, prometheusAddress: autoscaling.prometheusAddress ?? prometheusAddress(environment) },
    adapters: model.adapters && [...model.adapters],
    routing: routingOf(model.routing, environment),
    weights: weightsOf(model.weights, environment),
    weightsSize: weightsSizeOf(model, environment),
    cacheSize: model.cacheSizeGib === undefined ? undefined : ofGib(model.cacheSizeGib),
    hubTokenSecretName: model.hubTokenSecretName,
    imagePullSecrets: model.imagePullSecrets && [...model.imagePullSecrets],
    callers: model.callers?.map(callerOf),
    rollout: rolloutOf(model, environment),
    deadline: model.rollout.deadlineMinutes === undefined ? undefined : ofMinutes(model.rollout.deadlineMinutes),
    timings: {
      startupBudget: model.startupBudgetMinutes === undefined ? seconds(coldStart?.startupBudgetSeconds) : ofMinutes(model.startupBudgetMinutes),
      capacityBudget: seconds(model.capacityBudgetSeconds ?? (onDemand ? coldStart?.capacityBudgetSeconds : undefined)),
      expectedStartup: seconds(model.expectedStartupSeconds ?? (model.startupBudgetMinutes === undefined ? coldStart?.expectedStartupSeconds : undefined)),
      probePeriod: seconds(model.probePeriodSeconds),
      scrapeInterval: seconds(model.scrapeIntervalSeconds),
      preStop: seconds(model.drain?.preStopSeconds),
      shutdownTimeout: seconds(model.drain?.shutdownSeconds),
      terminationGracePeriod: seconds(model.drain?.gracePeriodSeconds),
    },
  };
}

/** By the placement, where the sizes of the model are known. */
function whereOf(model: ModelConfig, environment: EnvironmentConfig, accelerator?: Accelerator): Pick<ModelServiceOptions, 'placement' | 'accelerator' | 'gpus' | 'gpuSharing' | 'nodes'> {
  const gpuSharing = accelerator && sharingOf(nodeTypeOf(environment, accelerator.instanceType));
  const placement = placementOf(model, environment);
  return placement ? { placement, gpuSharing } : { accelerator, gpus: model.gpusPerReplica ?? accelerator?.gpus, gpuSharing, nodes: model.nodesPerReplica };
}

function callerOf({ namespace, podLabels }: CallerConfig): ModelCaller {
  return {
    ...(namespace === undefined ? {} : { namespaceLabels: { 'kubernetes.io/metadata.name': namespace } }),
    ...(podLabels === undefined ? {} : { podLabels }),
  };
}

function seconds(value: number | undefined): Duration | undefined {
  return value === undefined ? undefined : Duration.seconds(value);
}
