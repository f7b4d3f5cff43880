import { Duration, Size } from 'aws-cdk-lib';
import { Accelerator } from '../../constructs/gpu/accelerator';
import { sharedMemoryMib } from '../../constructs/gpu/node-share';
import type { EnvironmentConfig } from './environment-config';
import type { ModelConfig } from './model/model-config';
import type { NodesConfig, NodeTypeConfig } from './nodes/node-config';

/** Result of checking the numbers of an environment that become durations and sizes. */
export interface CheckedAmounts {
  /** What is wrong, one line a problem: `<path>: expected …, got …; what to do`. */
  readonly problems: string[];
  /** The environment with every wrong number left out or replaced, for the checks of everything else. */
  readonly usable: EnvironmentConfig;
}

/** Replaces a wrong amount of memory, GiB: enough for an engine on any number of GPUs, so that nothing more is reported for it. */
const ENOUGH_MEMORY_GIB = 64;

/** How far a number of seconds may be from a whole one: 4.1 * 60 is 245.99999999999997. */
const TOLERANCE = 1e-6;

/** Returns `expected …, got …; what to do` for a wrong number, else undefined. */
type Check = (value: number) => string | undefined;

/**
 * Checks the numbers of an environment that become a `Duration` or a `Size`. The CDK itself throws at a wrong one, without a path and
 * before anything else is checked.
 */
export function checkAmounts(environment: EnvironmentConfig): CheckedAmounts {
  const problems: string[] = [];
  const report = (path: string): Validate => (option, value, check) => {
    const problem = value === undefined ? undefined : check(value);
    if (problem !== undefined) problems.push(`${path}.${option}: ${problem}`);
    return problem === undefined ? value : undefined;
  };
  const models = environment.models.map((model) => usableModel(model, report(`models.${model.name}`)));
  if (!('create' in environment.cluster) || !environment.cluster.create.nodes) return { problems, usable: { ...environment, models } };
  const { create } = environment.cluster;
  const nodes = usableNodes(environment.cluster.create.nodes, (type) => report(`cluster.create.nodes.types["${type}"]`));
  return { problems, usable: { ...environment, models, cluster: { create: { ...create, nodes } } } };
}

/** Minutes as a duration of whole seconds. Fractions of a minute are allowed, fractions of a second are rounded. */
export function ofMinutes(minutes: number): Duration {
  return Duration.seconds(Math.round(minutes * 60));
}

/** GiB as a size, rounded down to a whole MiB. */
export function ofGib(gib: number): Size {
  return Size.mebibytes(Math.floor(gib * 1024));
}

/** Returns a number that passes its check. Reports any other, and returns undefined. */
type Validate = (option: string, value: number | undefined, check: Check) => number | undefined;

function usableModel(model: ModelConfig, validate: Validate): ModelConfig {
  const { drain, resources, rollout } = model;
  const drainTimes = drain && [
    validate('drain.preStopSeconds', drain.preStopSeconds, seconds),
    validate('drain.shutdownSeconds', drain.shutdownSeconds, seconds),
    validate('drain.gracePeriodSeconds', drain.gracePeriodSeconds, seconds),
  ];
  return {
    ...model,
    resources: resources && { ...resources, memoryGib: validate('resources.memoryGib', resources.memoryGib, memory(model)) ?? ENOUGH_MEMORY_GIB },
    cacheSizeGib: validate('cacheSizeGib', model.cacheSizeGib, cache),
    startupBudgetMinutes: validate('startupBudgetMinutes', model.startupBudgetMinutes, minutes),
    expectedStartupSeconds: validate('expectedStartupSeconds', model.expectedStartupSeconds, seconds),
    capacityBudgetSeconds: validate('capacityBudgetSeconds', model.capacityBudgetSeconds, seconds),
    scrapeIntervalSeconds: validate('scrapeIntervalSeconds', model.scrapeIntervalSeconds, seconds),
    probePeriodSeconds: validate('probePeriodSeconds', model.probePeriodSeconds, seconds),
    traffic: validate('traffic.requestsPerSecond', model.traffic?.requestsPerSecond, traffic) === undefined ? undefined : model.traffic,
    rollout: { ...rollout, deadlineMinutes: validate('rollout.deadlineMinutes', rollout.deadlineMinutes, minutes) },
    // Its times are checked against each other, so one that is wrong leaves nothing to check.
    drain: drainTimes?.every((time) => time !== undefined) ? drain : undefined,
  };
}

function usableNodes(nodes: NodesConfig, reportOf: (type: string) => Validate): NodesConfig {
  const usable = ([instanceType, type]: [string, NodeTypeConfig]): [string, NodeTypeConfig] => {
    const validate = reportOf(instanceType);
    return [instanceType, {
      ...type,
      drainMinutes: validate('drainMinutes', type.drainMinutes, minutes),
      // Not a duration, but nodes are counted with it.
      warmReplicas: validate('warmReplicas', type.warmReplicas, replicas),
    }];
  };
  return nodes.types === undefined ? nodes : { ...nodes, types: Object.fromEntries(Object.entries(nodes.types).map(usable)) };
}

/** The least value of each is checked by the library. */
function seconds(value: number): string | undefined {
  return Number.isInteger(value) && value >= 0 ? undefined : `expected a time in whole seconds, got ${value}; write the number of seconds`;
}

function minutes(value: number): string | undefined {
  const inSeconds = value * 60;
  return value > 0 && Math.abs(inSeconds - Math.round(inSeconds)) < TOLERANCE
    ? undefined
    : `expected more than 0 minutes that make whole seconds, got ${value}; 0.5 is half a minute`;
}

function replicas(value: number): string | undefined {
  return Number.isInteger(value) && value >= 0 ? undefined : `expected a whole number from 0, got ${value}; it is a number of replicas`;
}

function traffic(value: number): string | undefined {
  return value > 0 && Number.isFinite(value) ? undefined : `expected more than 0 requests a second, got ${value}; it is what the gates of a rollout judge by`;
}

function cache(value: number): string | undefined {
  return value >= 1 && Number.isFinite(value) ? undefined : `expected at least 1 GiB, got ${value}; it holds the weights, give their size and more`;
}

/** The engine needs memory beside the shared memory of its GPUs. */
function memory({ instanceType, gpusPerReplica }: ModelConfig): Check {
  const listed = instanceType !== undefined && Accelerator.problemOf(instanceType) === undefined;
  const gpus = listed ? gpusPerReplica ?? Accelerator.fromInstanceType(instanceType).gpus : 0;
  const shared = sharedMemoryMib(gpus) / 1024;
  return (value) => (value >= 1 + shared && Number.isFinite(value)
    ? undefined
    : `expected at least ${1 + shared} GiB (${shared} of them are shared memory), got ${value}; an engine needs more than 1 GiB beside the GPU`);
}
