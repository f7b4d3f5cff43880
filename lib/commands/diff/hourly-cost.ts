import { Accelerator } from '../../../constructs/gpu/accelerator';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { ACCELERATOR_LABEL } from '../../../constructs/nodes/node-names';

/** What the accelerators of a model cost, USD/h; `most` is above `least` where the number of replicas follows the load. */
export interface HourlyCost {
  readonly least: number;
  readonly most: number;
}

/** Resources that an accelerator's devices are counted by. */
const DEVICES = ['nvidia.com/gpu', 'aws.amazon.com/neuron'];

interface PodSpec {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly containers?: readonly { readonly resources?: { readonly limits?: Readonly<Record<string, string>> } }[];
}
interface ScaledObjectSpec {
  readonly scaleTargetRef: { readonly kind?: string; readonly name: string };
  readonly minReplicaCount?: number;
  readonly maxReplicaCount?: number;
}
interface WorkloadSpec {
  readonly replicas?: number;
  readonly template?: { readonly spec: PodSpec };
  readonly leaderWorkerTemplate?: { readonly size?: number; readonly workerTemplate: { readonly spec: PodSpec } };
}

/**
 * What the replicas of a workload cost on demand, by its share of each instance's devices; undefined where the instance type,
 * its price or the number of replicas is not known.
 *
 * @param objects all objects of its release, with its autoscaler if it has one
 */
export function hourlyCostOf(workload: KubernetesObject, objects: readonly KubernetesObject[]): HourlyCost | undefined {
  const pod = podSpecOf(workload.spec as WorkloadSpec);
  const podCost = pod && hourlyCostOfPod(pod);
  const pods = podsOf(workload, objects);
  return podCost === undefined || pods === undefined
    ? undefined
    : { least: pods.least * podCost, most: pods.most * podCost };
}

/**
 * Fewest and most pods of a workload; undefined where the number of replicas is not known.
 *
 * @param objects all objects of its release, with its autoscaler if it has one
 */
export function podsOf(
  workload: KubernetesObject,
  objects: readonly KubernetesObject[],
): { least: number; most: number } | undefined {
  const { replicas, leaderWorkerTemplate } = workload.spec as WorkloadSpec;
  const scaler = scalerOf(workload, objects);
  const { minReplicaCount: least = replicas, maxReplicaCount: most = replicas } = (scaler?.spec ??
    {}) as Partial<ScaledObjectSpec>;
  if (typeof least !== 'number' || typeof most !== 'number') return undefined;
  const size = leaderWorkerTemplate?.size ?? 1;
  return { least: least * size, most: most * size };
}

/** Devices that a pod of a workload asks for. */
export function devicesOf({ spec }: KubernetesObject): number {
  const pod = podSpecOf(spec as WorkloadSpec);
  return pod ? devicesOfPod(pod) : 0;
}

/** What scales a workload, among the objects of its release. */
export function scalerOf(
  workload: KubernetesObject,
  objects: readonly KubernetesObject[],
): KubernetesObject | undefined {
  return objects.find(({ kind, metadata, spec }) => {
    if (kind !== 'ScaledObject' || metadata.namespace !== workload.metadata.namespace) return false;
    const { scaleTargetRef } = spec as ScaledObjectSpec;
    return scaleTargetRef.kind === workload.kind && scaleTargetRef.name === workload.metadata.name;
  });
}

function hourlyCostOfPod(pod: PodSpec): number | undefined {
  const instanceType = pod.nodeSelector?.[ACCELERATOR_LABEL];
  if (instanceType === undefined || Accelerator.problemOf(instanceType)) return undefined;
  const { gpus, hourlyUsd } = Accelerator.fromInstanceType(instanceType);
  const devices = devicesOfPod(pod);
  return hourlyUsd === undefined || devices === 0 ? undefined : (hourlyUsd * devices) / gpus;
}

function devicesOfPod({ containers = [] }: PodSpec): number {
  return containers
    .flatMap(({ resources }) => DEVICES.map((device) => Number(resources?.limits?.[device] ?? 0)))
    .reduce((sum, count) => sum + count, 0);
}

/** Instance type whose nodes a workload selects. */
export function acceleratorOf({ spec }: KubernetesObject): string | undefined {
  return podSpecOf(spec as WorkloadSpec)?.nodeSelector?.[ACCELERATOR_LABEL];
}

function podSpecOf({ template, leaderWorkerTemplate }: WorkloadSpec): PodSpec | undefined {
  return leaderWorkerTemplate?.workerTemplate.spec ?? template?.spec;
}
