import { scalingProblems } from '../autoscaling/scaling-problems';
import { routingProblems } from '../routing/routing-problems';
import { EngineImage } from '../models/engine-image';
import { adapterProblems } from './adapter-config';
import { type ModelChartProps } from './model-chart-props';
import { groupProblems } from './model-group';
import { DRAIN_SLACK_SECONDS, engineOptions, type ModelSettings, replicaRange, rolloutSubject, routingSubject, scalingSubject, settingsOf } from './model-settings';
import { neededCacheMib, weightsOnDiskMib } from './model-storage';
import { modelWeightsProblems } from './model-weights-pod';
import { podAdditions } from './pod-additions';
import { isUnresolved } from '../checks/unresolved';

/** Longest model name: a pod's name, `<model>-<10 of the template's hash>-<5>`, is a host name of at most 63 characters. */
const MAX_NAME = 46;

/** What is wrong with a model, one line a problem; empty when nothing is. */
export function problemsOf(settings: ModelSettings): string[] {
  return [
    ...nameProblems(settings),
    ...numberProblems(settings),
    ...diskProblems(settings),
    ...drainProblems(settings),
    ...configProblems(settings),
    ...variableProblems(settings),
    ...acceleratorProblems(settings),
    ...EngineImage.problemsOf(settings.engineConfig.image),
    ...settings.engine.problems(engineOptions(settings, settings.shutdownTimeoutSeconds)),
    ...rolloutProblems(settings),
    ...autoscalingProblems(settings),
    ...modelWeightsProblems(settings),
    ...groupProblems(settings),
    ...routingProblems(settings.routing, routingSubject(settings)),
    ...adapterProblems(settings.adapters, settings.repository),
  ];
}

/** Time that a rollout of a model takes when nothing goes wrong, seconds. */
export function plannedRolloutSeconds(props: ModelChartProps): number {
  const settings = settingsOf(props);
  return settings.rollout._plan.plannedSeconds(rolloutSubject(settings, replicaRange(settings).most));
}

/** A rollout may start at any number of replicas that autoscaling allows; both ends are looked at. */
function rolloutProblems(settings: ModelSettings): string[] {
  const { least, most } = replicaRange(settings);
  return [...new Set([least, most, settings.replicas].flatMap((replicas) => settings.rollout._plan.problems(rolloutSubject(settings, replicas))))];
}

function autoscalingProblems(settings: ModelSettings): string[] {
  if (!settings.autoscaling) return [];
  const problems = scalingProblems(settings.autoscaling, scalingSubject(settings));
  if (settings.rollout.detached) {
    problems.push('rollout.detached: expected a rollout that the deployment waits for beside autoscaling, got a detached one; scaling is paused while it lasts and nobody would take it up again, remove detached or autoscaling');
  }
  if (settings.rollout._plan.render(rolloutSubject(settings)).strategy.canary?.dynamicStableScale) {
    problems.push('rollout.dynamicStableScale: expected none beside autoscaling, got it; an autoscaler that scales after an abort brings the aborted canary back (argo-rollouts #4973), remove one');
  }
  return problems;
}

function nameProblems({ model, namespace }: ModelSettings): string[] {
  const problems: string[] = [];
  // The name becomes that of a Service, which unlike other names has to start with a letter.
  if (!isUnresolved(model) && (!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(model) || model.length > MAX_NAME)) {
    problems.push(`model: expected lower-case letters, digits and hyphens, a letter first, at most ${MAX_NAME} characters, got ${JSON.stringify(model)}; rename it, it becomes the name of a Service and of pods`);
  }
  if (!isUnresolved(namespace) && (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(namespace) || namespace.length > 63)) {
    problems.push(`namespace: expected a DNS label of at most 63 characters, got ${JSON.stringify(namespace)}; use the name of an existing namespace`);
  }
  return problems;
}

function numberProblems(settings: ModelSettings): string[] {
  const least: { [prop in keyof ModelSettings]?: [number, string] } = {
    replicas: [1, 'a model without a replica answers nobody'],
    // An engine that tells its devices may need none.
    gpus: [settings.engineConfig.devices === undefined ? 1 : 0, 'give the number of GPUs of a replica'],
    nodes: [1, 'it is the number of nodes of a replica'],
    cpus: [1, 'an engine needs a CPU of its own'],
    memoryMib: [1024, 'an engine needs more than 1 GiB beside the GPU'],
    sharedMemoryMib: [64, 'it is the size of /dev/shm in MiB'],
    cacheSizeMib: [1024, 'it holds the weights, give their size in MiB and more'],
    startupBudgetSeconds: [1, 'it is the longest time from the start of the container until the model answers'],
    capacityBudgetSeconds: [0, 'it is the longest time until a node with a free GPU is there'],
    expectedStartupSeconds: [0, 'it is the time that a new replica is expected to take until it is ready'],
    probePeriodSeconds: [1, 'it is the time between two readiness probes'],
    preStopSeconds: [0, 'it is the time in which load balancers stop sending'],
    shutdownTimeoutSeconds: [1, 'with 0 the engine aborts the requests in flight'],
    scrapeIntervalSeconds: [1, 'it is the time between two scrapes'],
  };
  return Object.entries(least).flatMap(([prop, [minimum, advice]]) => {
    const value = settings[prop as keyof ModelSettings] as number;
    return isUnresolved(value) || (Number.isInteger(value) && value >= minimum)
      ? []
      : [`${prop}: expected a whole number from ${minimum}, got ${value}; ${advice}`];
  });
}

/** A pod that writes more than its cache holds is evicted, at every start. */
function diskProblems(settings: ModelSettings): string[] {
  const { cacheSizeMib, weightsMib } = settings;
  const onDisk = [cacheSizeMib, weightsMib].some(isUnresolved) ? 0 : weightsOnDiskMib(settings);
  const needed = neededCacheMib(onDisk);
  return cacheSizeMib >= needed || !Number.isInteger(cacheSizeMib)
    ? []
    : [`cacheSizeMib: expected at least ${Math.ceil(needed / 1024)} GiB for weights of ${(onDisk / 1024).toFixed(1)} GiB, got ${cacheSizeMib / 1024} GiB; `
      + 'the pod would be evicted while it downloads, raise it, leave it out, or stream imported weights'];
}

function acceleratorProblems({ accelerator, gpus }: ModelSettings): string[] {
  return accelerator === undefined && !isUnresolved(gpus) && gpus > 0
    ? [`accelerator: expected the instance type of ${gpus} GPUs, got none; name it, or serve the model on CPUs with gpus 0`]
    : [];
}

function drainProblems({ preStopSeconds, shutdownTimeoutSeconds, terminationGracePeriodSeconds }: ModelSettings): string[] {
  if ([preStopSeconds, shutdownTimeoutSeconds, terminationGracePeriodSeconds].some(isUnresolved)) return [];
  if (!Number.isInteger(terminationGracePeriodSeconds)) {
    return [`terminationGracePeriodSeconds: expected a whole number, got ${terminationGracePeriodSeconds}; it is the time in seconds until the pod is killed`];
  }
  const needed = preStopSeconds + shutdownTimeoutSeconds + DRAIN_SLACK_SECONDS;
  return terminationGracePeriodSeconds >= needed
    ? []
    : [
      `terminationGracePeriodSeconds: expected at least ${needed} (${preStopSeconds} until the engine is told, ${shutdownTimeoutSeconds} for requests in flight, ${DRAIN_SLACK_SECONDS} to end), `
      + `got ${terminationGracePeriodSeconds}; requests in flight would be cut off, lengthen it or shorten the drain`,
    ];
}

/** A variable that is named twice is refused by the API server, or the one of the user would hide the chart's. */
function variableProblems(settings: ModelSettings): string[] {
  const added = podAdditions(settings).flatMap(({ environment = [] }) => environment.map(({ name }) => name));
  return added.filter((name) => Object.hasOwn(settings.engineConfig.environment, name))
    .map((name) => `environment: expected no variable that the pod sets, got ${name}; leave it out`);
}

function configProblems({ configFiles, hubTokenSecretName, imagePullSecrets }: ModelSettings): string[] {
  const secret = hubTokenSecretName === undefined || isSecretName(hubTokenSecretName)
    ? []
    : [`hubTokenSecretName: expected the name of a Secret, got ${JSON.stringify(hubTokenSecretName)}; name one in the model's namespace, never the token itself`];
  const registries = imagePullSecrets.flatMap((name, index) => (isSecretName(name)
    ? []
    : [`imagePullSecrets[${index}]: expected the name of a Secret, got ${JSON.stringify(name)}; name one in the model's namespace, never the credentials themselves`]));
  return [...secret, ...registries, ...Object.keys(configFiles)
    .filter((name) => !isUnresolved(name) && !/^[-._a-zA-Z0-9]{1,253}$/.test(name))
    .map((name) => `configFiles: expected names of letters, digits, '-', '_' and '.', got ${JSON.stringify(name)}; they become keys of a ConfigMap`)];
}

function isSecretName(name: string): boolean {
  return isUnresolved(name) || (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name) && name.length <= 253);
}
