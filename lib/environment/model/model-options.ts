import { Duration, Size } from 'aws-cdk-lib';
import { secondsOf } from '../../../constructs/checks/durations';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { EngineImage, imageReferenceProblems } from '../../../constructs/models/engine-image';
import { MODEL_NAMESPACE } from '../../../constructs/models/names';
import type { ModelTimings } from '../../../constructs/models';
import { modelNameProblems } from '../../../constructs/models/names';
import type { ModelOptions } from '../../../constructs/serving';
import { resolveModel } from '../../../constructs/serving/resolve-model';
import type { ResolvedModel } from '../../../constructs/serving/resolved-model';
import type { EnvironmentConfig } from '../environment-config';
import { createdCluster, nodeTypeOf, provisioningKind, sharingOf } from '../nodes/node-types';
import { once } from '../once';
import { durationOf, sizeOf, withDurations } from '../plain-data';
import { engineOf } from './engine-config';
import { coldStartOf, keepsKernels } from './model-cold-start';
import type { ModelConfig } from './model-config';
import { weightsSizeOf } from './model-disk';
import { placementOf } from './model-placement';
import { prometheusAddress, rolloutOf } from './model-rollout';
import { routingOf } from './model-routing';
import { weightsOf } from './model-weights';

/** What became of the data of a model. */
interface ModelOutcome {
  readonly options: ModelOptions;
  readonly model: ResolvedModel;
  readonly problems: string[];
}

/** In the place of a size that cannot be read: enough for an engine on any number of GPUs, so that nothing more is reported for it. */
const ENOUGH_MEMORY = Size.gibibytes(64);

const OUTCOMES = new WeakMap<ModelConfig, WeakMap<EnvironmentConfig, ModelOutcome>>();

/** How `ModelService` serves a model of an environment. */
export function modelOptions(model: ModelConfig, environment: EnvironmentConfig): ModelOptions {
  return outcomeOf(model, environment).options;
}

/** A model of an environment with every default. */
export function resolvedModel(model: ModelConfig, environment: EnvironmentConfig): ResolvedModel {
  return outcomeOf(model, environment).model;
}

/** What `ModelService` would refuse, one problem per line. Source, image and instance type have checks of their own. */
export function modelProblems(model: ModelConfig, environment: EnvironmentConfig): string[] {
  return outcomeOf(model, environment).problems;
}

function outcomeOf(model: ModelConfig, environment: EnvironmentConfig): ModelOutcome {
  return once(
    once(OUTCOMES, model, () => new WeakMap<EnvironmentConfig, ModelOutcome>()),
    environment,
    () => {
      const wrong: string[] = [];
      const options = optionsOf(model, environment, wrong);
      const resolution = resolveModel(options);
      return {
        options,
        model: resolution.model,
        problems: [...wrong, ...resolution.problems].map((problem) => `models.${model.name}.${problem}`),
      };
    },
  );
}

/**
 * The options of a model. What cannot be read of them is left out or replaced, so that it hides nothing of the rest.
 *
 * @param problems gets what cannot be read
 */
function optionsOf(model: ModelConfig, environment: EnvironmentConfig, problems: string[]): ModelOptions {
  const { autoscaling, resources } = model;
  const image = EngineImage.fromReference(
    imageReferenceProblems(model.image).length > 0 ? 'engine:v0.32.0' : model.image,
  );
  const accelerator =
    model.accelerator === undefined
      ? undefined
      : Accelerator.problemOf(model.accelerator)
        ? Accelerator.P5_48XLARGE
        : Accelerator.fromInstanceType(model.accelerator);
  return {
    namespace: MODEL_NAMESPACE,
    modelName: modelNameProblems('name', model.name).length > 0 ? 'model' : model.name,
    model: { repository: model.repository, revision: model.revision },
    engine: engineOf(model, image),
    maxModelLen: model.maxModelLen,
    ...placeOf(model, environment, accelerator),
    compileCache: keepsKernels(model, environment),
    requireDigest: environment.requirePins,
    resources: resources && {
      cpus: resources.cpus,
      memory: sizeOf('resources.memory', resources.memory, problems) ?? ENOUGH_MEMORY,
    },
    replicas: model.replicas,
    autoscaling: autoscaling && {
      ...withDurations('autoscaling', autoscaling, ['scaleDownWindow', 'pollingInterval'], problems),
      schedules: autoscaling.schedules && [...autoscaling.schedules],
    },
    adapters: model.adapters && [...model.adapters],
    routing: routingOf(model.routing, environment, problems),
    weights: weightsOf(model.weights, environment),
    weightsSize: weightsSizeOf(model, environment),
    cacheSize: sizeOf('cacheSize', model.cacheSize, problems),
    hubTokenSecretName: model.hubTokenSecretName,
    imagePullSecrets: model.imagePullSecrets && [...model.imagePullSecrets],
    callers: model.callers && [...model.callers],
    rollout: rolloutOf(model, problems),
    prometheusAddress: prometheusAddress(environment),
    deadline: durationOf('deadline', model.deadline, problems),
    timings: timingsOf(model, environment, problems),
  };
}

/** Those that are given, and what is estimated of a cold start where its budget is not given. */
function timingsOf(model: ModelConfig, environment: EnvironmentConfig, problems: string[]): ModelTimings {
  const { timings = {} } = model;
  const times: ModelTimings = withDurations(
    'timings',
    timings,
    Object.keys(timings) as (keyof ModelTimings)[],
    problems,
  );
  const coldStart = coldStartOf(model, environment);
  // Nodes that are there at all times have the time that the library gives them.
  const onDemand = createdCluster(environment) !== undefined && provisioningKind(environment) !== 'managed-groups';
  const { capacityBudget = coldStart?.capacityBudget } = times;
  return {
    ...(coldStart && !times.startupBudget
      ? { startupBudget: coldStart.startupBudget, expectedStartup: coldStart.expectedStartup }
      : {}),
    // A node is expected to take half of its budget, as a start is.
    ...(onDemand && capacityBudget
      ? { capacityBudget, expectedNodeWait: Duration.seconds(Math.ceil(secondsOf(capacityBudget) / 2)) }
      : {}),
    ...times,
  };
}

/** By the placement, where the sizes of the model are known. */
function placeOf(
  model: ModelConfig,
  environment: EnvironmentConfig,
  accelerator?: Accelerator,
): Pick<ModelOptions, 'placement' | 'accelerator' | 'gpus' | 'gpuSharing' | 'nodes'> {
  const gpuSharing = accelerator && sharingOf(nodeTypeOf(environment, accelerator.instanceType));
  const placement = placementOf(model, environment);
  return placement ? { placement, gpuSharing } : { accelerator, gpus: model.gpus, gpuSharing, nodes: model.nodes };
}
