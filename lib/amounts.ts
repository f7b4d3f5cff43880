import { Duration, Size } from 'aws-cdk-lib';
import { Accelerator } from '../constructs/gpu/accelerator';
import { sharedMemoryMib } from '../constructs/gpu/node-share';
import type { EnvironmentConfig } from './environment';
import type { ModelConfig } from './model/model-config';
import type { NodesConfig, NodeTypeConfig } from './nodes/node-config';

/** What was found when the numbers of an environment were checked that become durations and sizes. */
export interface CheckedAmounts {
  /** What is wrong, one line a problem. */
  readonly problems: string[];
  /** The environment without the wrong ones, so that they hide nothing else that is wrong. */
  readonly usable: EnvironmentConfig;
}

/** Memory in the place of a wrong one, GiB: any engine of any number of GPUs may have it. */
const ENOUGH_MEMORY_GIB = 64;

/** How far a number of seconds may be from a whole one, because 1.1 minutes are no exact binary number. */
const TOLERANCE = 1e-6;

/** `expected …, got …; …` of a number that cannot be, else undefined. */
type Check = (value: number) => string | undefined;

/**
 * Checks the numbers of an environment that become durations and sizes of the CDK, which throws at wrong ones by itself: without a
 * path, and before anything else is checked.
 */
export function checkAmounts(environment: EnvironmentConfig): CheckedAmounts {
  const problems: string[] = [];
  const report = (path: string) => (option: string, value: number | undefined, check: Check): number | undefined => {
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

/** A duration in minutes; fractions that make whole seconds are minutes too. */
export function ofMinutes(minutes: number): Duration {
  return Duration.seconds(Math.round(minutes * 60));
}

/** A size in GiB, down to a whole MiB. */
export function ofGib(gib: number): Size {
  return Size.mebibytes(Math.floor(gib * 1024));
}

/** Reports a wrong number; undefined in its place. */
type Right = (option: string, value: number | undefined, check: Check) => number | undefined;

function usableModel(model: ModelConfig, right: Right): ModelConfig {
  const { drain, resources, rollout } = model;
  const drainTimes = drain && [
    right('drain.preStopSeconds', drain.preStopSeconds, seconds),
    right('drain.shutdownSeconds', drain.shutdownSeconds, seconds),
    right('drain.gracePeriodSeconds', drain.gracePeriodSeconds, seconds),
  ];
  return {
    ...model,
    resources: resources && { ...resources, memoryGib: right('resources.memoryGib', resources.memoryGib, memory(model)) ?? ENOUGH_MEMORY_GIB },
    cacheSizeGib: right('cacheSizeGib', model.cacheSizeGib, cache),
    startupBudgetMinutes: right('startupBudgetMinutes', model.startupBudgetMinutes, minutes),
    expectedStartupSeconds: right('expectedStartupSeconds', model.expectedStartupSeconds, seconds),
    capacityBudgetSeconds: right('capacityBudgetSeconds', model.capacityBudgetSeconds, seconds),
    scrapeIntervalSeconds: right('scrapeIntervalSeconds', model.scrapeIntervalSeconds, seconds),
    probePeriodSeconds: right('probePeriodSeconds', model.probePeriodSeconds, seconds),
    rollout: { ...rollout, deadlineMinutes: right('rollout.deadlineMinutes', rollout.deadlineMinutes, minutes) },
    // Its times are judged together.
    drain: drainTimes?.every((time) => time !== undefined) ? drain : undefined,
  };
}

function usableNodes(nodes: NodesConfig, reportOf: (type: string) => Right): NodesConfig {
  const usable = ([instanceType, type]: [string, NodeTypeConfig]): [string, NodeTypeConfig] => {
    const right = reportOf(instanceType);
    return [instanceType, {
      ...type,
      drainMinutes: right('drainMinutes', type.drainMinutes, minutes),
      // Volumes and nodes are counted with it.
      warmReplicas: right('warmReplicas', type.warmReplicas, replicas),
    }];
  };
  return nodes.types === undefined ? nodes : { ...nodes, types: Object.fromEntries(Object.entries(nodes.types).map(usable)) };
}

/** How few a time may be is the library's to say. */
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
