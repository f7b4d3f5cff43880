import { scalingProblems } from '../autoscaling/scaling-problems';
import { httpAddressProblems } from '../checks/http-address';
import { givenSeconds } from '../checks/durations';
import { givenMebibytes } from '../checks/sizes';
import { isUnresolved } from '../checks/unresolved';
import { MAX_DEADLINE_SECONDS } from '../kubernetes/contract/names';
import { imageReferenceProblems } from '../models/engine-image';
import { modelNameProblems } from '../models/names';
import { routingProblems } from '../routing/routing-problems';
import { storedWeightsProblems } from '../weights/stored-weights-problems';
import { adapterProblems, unpinnedAdapters } from './adapter-config';
import { groupProblems } from './model-group';
import { type ModelCaller, type ModelOptions } from './model-options';
import { resourceProblems } from './model-resources';
import { neededCacheMib, weightsOnDiskMib } from './model-storage';
import { modelWeightsProblems } from './model-weights-pod';
import { podAdditions } from './pod-additions';
import { type ResolvedModel } from './resolved-model';
import { timingProblems } from '../models/resolved-timings';

/** Least memory of an engine beside the GPU, and least disk for its weights, MiB. */
const LEAST_MIB = 1024;

/** Key of a Kubernetes label: a name, behind a domain and a slash where it belongs to one. */
const LABEL_KEY = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

/** Value of a Kubernetes label. */
const LABEL_VALUE = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

/** What is wrong with a model, one problem per line; empty when nothing is. */
export function modelProblems(options: ModelOptions, model: ResolvedModel, engineProblems: string[]): string[] {
  return [
    ...new Set([
      ...imageProblems(options, model),
      ...resourceProblems(options),
      ...modelNameProblems('modelName', model.model),
      ...namespaceProblems(model),
      ...numberProblems(options, model),
      ...timingProblems(model),
      ...diskProblems(model),
      ...configProblems(model),
      ...model.callers.flatMap((caller, index) => callerProblems(`callers[${index}]`, caller)),
      ...variableProblems(model),
      ...acceleratorProblems(model),
      ...imageReferenceProblems(model.engine.image, options.requireDigest),
      ...engineProblems,
      ...contextProblems(options),
      ...rolloutProblems(model),
      ...autoscalingProblems(model),
      ...modelWeightsProblems(model),
      ...groupProblems(model),
      ...(model.endpointPicker ? routingProblems(model.endpointPicker, model) : []),
      ...adapterProblems(model.adapters, model.repository),
      ...deadlineProblems(model),
      ...httpAddressProblems('prometheusAddress', model.prometheusAddress),
    ]),
  ];
}

/** An image that the options give twice, and where `requireDigest` asks for it what is not pinned. */
function imageProblems(
  { image, engine, requireDigest }: ModelOptions,
  { weights, repository, revision, adapters }: ResolvedModel,
): string[] {
  const twice =
    image !== undefined && engine !== undefined
      ? [`image: expected no image beside an engine, got ${JSON.stringify(image)}; give the engine its image`]
      : [];
  return requireDigest
    ? [
        ...twice,
        ...(weights ? storedWeightsProblems(weights, { repository, revision, requireDigest }) : []),
        ...unpinnedAdapters(adapters),
      ]
    : twice;
}

/** A rollout may start at any number of replicas that autoscaling allows; both ends are looked at. */
function rolloutProblems(model: ResolvedModel): string[] {
  const {
    replicas,
    replicaRange: { least, most },
  } = model;
  return [least, most, replicas].flatMap((count) =>
    model.rollout._plan.problems({ ...model, replicas: count }).map((problem) => `rollout.${problem}`),
  );
}

function autoscalingProblems(model: ResolvedModel): string[] {
  if (!model.autoscaling) return [];
  const problems = scalingProblems(model.autoscaling, model);
  if (model.rollout.detached) {
    problems.push(
      'rollout.detached: expected a rollout that the deployment waits for beside autoscaling, got a detached one; scaling is paused while it lasts and nobody would take it up again, remove detached or autoscaling',
    );
  }
  if (model.rollout._plan.render(model).strategy.canary?.dynamicStableScale) {
    problems.push(
      'rollout.dynamicStableScale: expected none beside autoscaling, got it; an autoscaler that scales after an abort brings the aborted canary back (argo-rollouts #4973), remove one',
    );
  }
  return problems;
}

function namespaceProblems({ namespace }: ResolvedModel): string[] {
  return isUnresolved(namespace) || (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(namespace) && namespace.length <= 63)
    ? []
    : [
        `namespace: expected a DNS label of at most 63 characters, got ${JSON.stringify(namespace)}; use the name of an existing namespace`,
      ];
}

function numberProblems(
  { maxModelLen, resources, gpus: givenGpus }: ModelOptions,
  {
    replicas,
    accelerator,
    gpus,
    nodes,
    cpus,
    memoryMib,
    sharedMemoryMib,
    cacheSizeMib,
    weightsMib,
    engine: { devices },
  }: ResolvedModel,
): string[] {
  const whole = (option: string, value: number, least: number, advice: string) =>
    isUnresolved(value) || (Number.isInteger(value) && value >= least)
      ? []
      : [`${option}: expected a whole number from ${least}, got ${value}; ${advice}`];
  return [
    ...(weightsMib !== undefined && weightsMib < 0
      ? [
          'weightsSize: expected a size that is known at synth, got a deploy-time value; leave it out, or give the size itself',
        ]
      : []),
    ...whole('replicas', replicas, 1, 'a model without a replica answers nobody'),
    // An engine that states its devices may need none.
    ...(accelerator === undefined && givenGpus === undefined
      ? deviceProblems(devices)
      : whole('gpus', gpus, devices === undefined ? 1 : 0, 'give the number of GPUs of a replica')),
    ...whole('nodes', nodes, 1, 'it is the number of nodes of a replica'),
    ...(maxModelLen === undefined ? [] : whole('maxModelLen', maxModelLen, 1, 'it is the longest context in tokens')),
    ...whole('resources.cpus', cpus, 1, 'an engine needs a CPU of its own'),
    ...(resources === undefined || memoryMib >= LEAST_MIB
      ? []
      : [
          `resources.memory: expected at least ${givenMebibytes(LEAST_MIB + sharedMemoryMib)} (${givenMebibytes(sharedMemoryMib)} of them shared memory), got ${givenMebibytes(memoryMib + sharedMemoryMib)}; an engine needs more than 1 GiB beside the GPU`,
        ]),
    ...(Number.isInteger(cacheSizeMib) && cacheSizeMib >= LEAST_MIB
      ? []
      : [
          `cacheSize: expected at least 1 GiB in whole MiB, got ${givenMebibytes(cacheSizeMib)}; it holds the weights, give their size and more`,
        ]),
  ];
}

/** Nothing was said of GPUs: the engine has to run without. */
function deviceProblems(devices: ResolvedModel['engine']['devices']): string[] {
  return devices === undefined
    ? [
        'accelerator: expected an instance type with GPUs, which the engine needs, got none; name it, or serve the model by an engine that runs on CPUs, such as LlamaCppEngine',
      ]
    : [];
}

/** The keys and values of a longer context have no room that was counted. */
function contextProblems({ maxModelLen, placement }: ModelOptions): string[] {
  const planned = placement?.facts.maxModelLen;
  return maxModelLen === undefined ||
    planned === undefined ||
    [maxModelLen, planned].some(isUnresolved) ||
    maxModelLen <= planned
    ? []
    : [
        `maxModelLen: expected at most the ${planned} tokens of the placement, got ${maxModelLen}; serve a shorter context, or plan the placement with maxModelLen ${maxModelLen}`,
      ];
}

/** A pod that writes more than its cache holds is evicted, at every start. */
function diskProblems(model: ResolvedModel): string[] {
  const { cacheSizeMib } = model;
  const onDisk = weightsOnDiskMib(model);
  const needed = neededCacheMib(onDisk);
  return cacheSizeMib >= needed || !(Number.isInteger(cacheSizeMib) && cacheSizeMib >= LEAST_MIB)
    ? []
    : [
        `cacheSize: expected at least ${Math.ceil(needed / 1024)} GiB for weights of ${(onDisk / 1024).toFixed(1)} GiB, got ${cacheSizeMib / 1024} GiB; ` +
          'the pod would be evicted while it downloads, raise it, leave it out, or stream imported weights',
      ];
}

function acceleratorProblems({ accelerator, gpus }: ResolvedModel): string[] {
  return accelerator === undefined && !isUnresolved(gpus) && gpus > 0
    ? [
        `accelerator: expected the instance type of ${gpus} GPUs, got none; name it, or serve the model on CPUs with gpus 0`,
      ]
    : [];
}

/** A variable that is named twice is refused by the API server, or the one of the user would hide the chart's. */
function variableProblems(model: ResolvedModel): string[] {
  const added = podAdditions(model).flatMap(({ environment = [] }) => environment.map(({ name }) => name));
  return added
    .filter((name) => Object.hasOwn(model.engine.environment, name))
    .map((name) => `engine.environment: expected no variable that the pod sets, got ${name}; leave it out`);
}

function configProblems({ configFiles, hubTokenSecretName, imagePullSecrets }: ResolvedModel): string[] {
  const secret =
    hubTokenSecretName === undefined || isSecretName(hubTokenSecretName)
      ? []
      : [
          `hubTokenSecretName: expected the name of a Secret, got ${JSON.stringify(hubTokenSecretName)}; name one in the model's namespace, never the token itself`,
        ];
  const registries = imagePullSecrets.flatMap((name, index) =>
    isSecretName(name)
      ? []
      : [
          `imagePullSecrets[${index}]: expected the name of a Secret, got ${JSON.stringify(name)}; name one in the model's namespace, never the credentials themselves`,
        ],
  );
  return [
    ...secret,
    ...registries,
    ...Object.keys(configFiles)
      .filter((name) => !isUnresolved(name) && !/^[-._a-zA-Z0-9]{1,253}$/.test(name))
      .map(
        (name) =>
          `configFiles: expected names of letters, digits, '-', '_' and '.', got ${JSON.stringify(name)}; they become keys of a ConfigMap`,
      ),
  ];
}

/**
 * What is wrong with the labels of a caller.
 *
 * @param path of the caller, as the user wrote it
 */
export function callerProblems(path: string, caller: ModelCaller): string[] {
  return (['namespaceLabels', 'podLabels'] as const).flatMap((option) =>
    Object.entries(caller[option] ?? {})
      .filter(([key, value]) => ![key, value].some(isUnresolved) && !(LABEL_KEY.test(key) && LABEL_VALUE.test(value)))
      .map(
        ([key, value]) =>
          `${path}.${option}: expected labels as Kubernetes has them, got "${key}: ${value}"; letters, digits, '-', '_' and '.', such as app: web`,
      ),
  );
}

function isSecretName(name: string): boolean {
  return isUnresolved(name) || (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name) && name.length <= 253);
}

function deadlineProblems({ deadlineSeconds, plannedRolloutSeconds, rollout, replicaRange }: ResolvedModel): string[] {
  if (!Number.isInteger(deadlineSeconds) || deadlineSeconds < 1 || deadlineSeconds > MAX_DEADLINE_SECONDS) {
    return [
      `deadline: expected 1 second to ${timeText(MAX_DEADLINE_SECONDS)} in whole seconds, got ${deadlineSeconds < 0 ? givenSeconds(deadlineSeconds) : timeText(deadlineSeconds)}; CloudFormation ends a custom resource after an hour`,
    ];
  }
  // A time that cannot be comes from numbers that have reports of their own.
  return rollout.detached || plannedRolloutSeconds < deadlineSeconds || !Number.isInteger(plannedRolloutSeconds)
    ? []
    : [
        `rollout: expected less than the deadline of ${timeText(deadlineSeconds)}, got ${timeText(plannedRolloutSeconds)} (holds, the start of each replica and, with an expectedNodeWait, the wait for nodes); shorten the holds, raise maxSurge, set timings.expectedStartup to what you measured${replicaRange.least === replicaRange.most ? ', or set detached' : ''}`,
      ];
}

function timeText(seconds: number): string {
  if (!Number.isInteger(seconds) || seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} minute${minutes === 1 ? '' : 's'}${seconds % 60 === 0 ? '' : ` ${seconds % 60} seconds`}`;
}
