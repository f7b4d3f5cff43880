import { Duration, Size } from 'aws-cdk-lib';
import { Accelerator } from '../constructs/gpu/accelerator';
import { EngineImage } from '../constructs/models';
import { MODEL_NAMESPACE } from '../constructs/platform/names';
import { type ModelCaller, ModelService, type ModelServiceOptions, VllmEngine } from '../constructs/serving';
import type { CallerConfig, EnvironmentConfig, ModelConfig } from './environment';
import { rolloutOf } from './model-rollout';

/** Names that the data of an environment has for properties of `ModelService`, where they differ. */
const CONFIG_NAMES = {
  'model\\.': '',
  'model:': 'name:',
  'gpus:': 'gpusPerReplica:',
  'steps': 'rollout.steps',
  'gates': 'rollout.gates',
  'maxSurge:': 'rollout.maxSurge:',
  'terminationGracePeriodSeconds:': 'drain.gracePeriodSeconds:',
  'shutdownTimeoutSeconds:': 'drain.shutdownSeconds:',
  'preStopSeconds:': 'drain.preStopSeconds:',
  'cacheSizeMib:': 'cacheSizeGib, in MiB:',
};

/** How `ModelService` serves a model of an environment. */
export function modelServiceOptions(model: ModelConfig, environment: EnvironmentConfig): ModelServiceOptions {
  return options(model, environment, EngineImage.fromReference(model.image), Accelerator.fromInstanceType(model.instanceType));
}

/** What `ModelService` would refuse, one line a problem. Image and instance type have checks of their own. */
export function modelProblems(model: ModelConfig, environment: EnvironmentConfig): string[] {
  // What is wrong with these two must not hide what is wrong with the rest.
  const image = EngineImage.fromReference(EngineImage.problemsOf(model.image).length > 0 ? 'engine:v0.18.1' : model.image);
  const accelerator = Accelerator.problemOf(model.instanceType) ? Accelerator.P5_48XLARGE : Accelerator.fromInstanceType(model.instanceType);
  return ModelService.problemsOf(options(model, environment, image, accelerator))
    .map((problem) => Object.entries(CONFIG_NAMES).reduce((text, [prop, name]) => text.replace(new RegExp(`^${prop}`), name), problem));
}

function options(model: ModelConfig, environment: EnvironmentConfig, image: EngineImage, accelerator: Accelerator): ModelServiceOptions {
  return {
    namespace: MODEL_NAMESPACE,
    modelName: model.name,
    model: { repository: model.repository, revision: model.revision },
    engine: new VllmEngine({ image, maxModelLen: model.maxModelLength }),
    accelerator,
    gpus: model.gpusPerReplica ?? accelerator.gpus,
    replicas: model.replicas,
    cacheSize: model.cacheSizeGib === undefined ? undefined : Size.mebibytes(model.cacheSizeGib * 1024),
    hubTokenSecretName: model.hubTokenSecretName,
    callers: model.callers?.map(callerOf),
    rollout: rolloutOf(model, environment),
    deadline: model.rollout.deadlineMinutes === undefined ? undefined : Duration.minutes(model.rollout.deadlineMinutes),
    timings: {
      startupBudget: Duration.minutes(model.startupBudgetMinutes),
      capacityBudget: seconds(model.capacityBudgetSeconds),
      expectedStartup: seconds(model.expectedStartupSeconds),
      probePeriod: seconds(model.probePeriodSeconds),
      scrapeInterval: seconds(model.scrapeIntervalSeconds),
      preStop: seconds(model.drain?.preStopSeconds),
      shutdownTimeout: seconds(model.drain?.shutdownSeconds),
      terminationGracePeriod: seconds(model.drain?.gracePeriodSeconds),
    },
  };
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
