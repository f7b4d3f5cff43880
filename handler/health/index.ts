import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type KubernetesClient } from '../../kubernetes-client/kubernetes-client';
import { conditionsOf, groupOf, holds, referenceTo } from '../../kubernetes-client/objects';
import { conditionHealth, hasConditions } from './conditions';
import { jobHealth, removedJobHealth } from './job';
import { leaderWorkerSetHealth } from './leader-worker-set';
import { rolloutHealth } from './rollout';
import { type Expectation, failed, HEALTHY, progressing, type HealthStatus } from './health-status';
import { daemonSetHealth, deploymentHealth, statefulSetHealth } from './workloads';

export { type Expectation, type HealthStatus } from './health-status';

type HealthCheck = (
  client: KubernetesClient,
  live: KubernetesObject,
  expected: Expectation,
) => HealthStatus | Promise<HealthStatus>;

/** Kinds that are judged before the next wave is applied, because it needs them. */
const CHECKS: Readonly<Record<string, HealthCheck>> = {
  'argoproj.io/Rollout': rolloutHealth,
  'leaderworkerset.x-k8s.io/LeaderWorkerSet': leaderWorkerSetHealth,
  'apps/Deployment': deploymentHealth,
  'apps/StatefulSet': statefulSetHealth,
  'apps/DaemonSet': daemonSetHealth,
  'batch/Job': jobHealth,
  '/Namespace': (_, live) => namespaceHealth(live),
  'apiextensions.k8s.io/CustomResourceDefinition': (_, live) =>
    holds(live, 'Established') ? HEALTHY : progressing('is not established'),
  'apiregistration.k8s.io/APIService': (_, live) => apiServiceHealth(live),
  '/PersistentVolumeClaim': (_, live) =>
    (live.status as { phase?: string } | undefined)?.phase === 'Lost' ? failed('lost its volume') : HEALTHY,
};

/** When an object is judged: before the next wave, with all others at the end, or never, because it is healthy once it is applied. */
export function assessedAt(object: Pick<KubernetesObject, 'apiVersion' | 'kind'>): 'wave' | 'end' | 'never' {
  if (checkOf(object)) return 'wave';
  // Who writes its conditions may come with a later wave of the same release.
  return hasConditions(object) ? 'end' : 'never';
}

/** Health of one object of a release; see {@link assessedAt} for those that have any. */
export async function healthOf(
  client: KubernetesClient,
  object: KubernetesObject,
  live: KubernetesObject | undefined,
  expected: Expectation,
): Promise<HealthStatus> {
  const check = checkOf(object);
  if (live && check) return check(client, live, expected);
  if (live) return hasConditions(object) ? conditionHealth(live, expected.now) : HEALTHY;
  return check === jobHealth
    ? removedJobHealth(client, referenceTo(object), expected)
    : { ...progressing('does not exist'), missing: true };
}

function checkOf({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): HealthCheck | undefined {
  return CHECKS[`${groupOf(apiVersion)}/${kind}`];
}

function namespaceHealth(live: KubernetesObject): HealthStatus {
  const { phase } = (live.status ?? {}) as { phase?: string };
  return phase === 'Active' ? HEALTHY : progressing(`is ${phase ?? 'new'}`);
}

function apiServiceHealth(live: KubernetesObject): HealthStatus {
  const { status, message } = conditionsOf(live).find(({ type }) => type === 'Available') ?? {};
  return status === 'True' ? HEALTHY : progressing(`is not Available${message ? `: ${message}` : ''}`);
}
