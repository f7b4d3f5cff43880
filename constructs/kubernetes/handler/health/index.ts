import { type KubernetesObject } from '../../release-document';
import { type ClusterClient } from '../cluster-client';
import { leaderWorkerSetHealth } from './leader-worker-set';
import { rolloutHealth, type RolloutExpectation } from './rollout';
import { type Condition, failed, HEALTHY, progressing, type Verdict } from './verdict';

export { type Verdict } from './verdict';

interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly phase?: string;
  readonly conditions?: Condition[] | null;
}

type JudgedStatus = WorkloadStatus & { readonly conditions: readonly Condition[] };

const WITH_HEALTH = new Set([
  'Rollout', 'Namespace', 'CustomResourceDefinition', 'APIService', 'ScaledObject', 'Job', 'PersistentVolumeClaim', 'Deployment',
  'StatefulSet', 'DaemonSet', 'LeaderWorkerSet',
]);

/** Whether an object can be anything but healthy once it is applied. */
export function hasHealth(kind: string): boolean {
  return WITH_HEALTH.has(kind);
}

/** Health of one object as the cluster holds it; see {@link hasHealth} for the kinds that have any. */
export async function healthOf(client: ClusterClient, live: KubernetesObject | undefined, expected: RolloutExpectation): Promise<Verdict> {
  if (!live) return progressing('does not exist');
  // A definition that was just created has `conditions: null`.
  const given = (live.status ?? {}) as WorkloadStatus;
  const status = { ...given, conditions: given.conditions ?? [] };
  const { generation } = live.metadata as { generation?: number };
  switch (live.kind) {
    case 'Rollout': return rolloutHealth(client, live, expected);
    case 'LeaderWorkerSet': return leaderWorkerSetHealth(client, live);
    case 'Namespace': return status.phase === 'Active' ? HEALTHY : progressing(`is ${status.phase ?? 'new'}`);
    case 'CustomResourceDefinition': return definitionHealth(status);
    case 'APIService': return conditionHealth(status, 'Available');
    case 'ScaledObject': return conditionHealth(status, 'Ready');
    case 'Job': return jobHealth(status);
    case 'PersistentVolumeClaim': return status.phase === 'Lost' ? failed('lost its volume') : HEALTHY;
    case 'Deployment': return deploymentHealth(live, status, generation);
    case 'StatefulSet': {
      const wanted = (live.spec as { replicas?: number }).replicas ?? 1;
      if (status.observedGeneration !== generation) return progressing('its controller has not seen it yet');
      return (status.updatedReplicas ?? 0) >= wanted && (status.availableReplicas ?? 0) >= wanted
        ? HEALTHY : progressing(`has ${status.availableReplicas ?? 0} of ${wanted} replicas available`);
    }
    case 'DaemonSet': {
      const wanted = status.desiredNumberScheduled ?? 0;
      if (status.observedGeneration !== generation) return progressing('its controller has not seen it yet');
      return (status.updatedNumberScheduled ?? 0) >= wanted && (status.numberAvailable ?? 0) >= wanted
        ? HEALTHY : progressing(`has ${status.numberAvailable ?? 0} of ${wanted} pods available`);
    }
    default: return HEALTHY;
  }
}

function definitionHealth({ conditions }: JudgedStatus): Verdict {
  const refused = conditions.find(({ type, status }) => type === 'NamesAccepted' && status === 'False');
  if (refused) return failed(`was not accepted: ${refused.message}`);
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True') ? HEALTHY : progressing('is not established');
}

function conditionHealth({ conditions }: JudgedStatus, wanted: string): Verdict {
  const condition = conditions.find(({ type }) => type === wanted);
  return condition?.status === 'True' ? HEALTHY : progressing(`is not ${wanted}${condition?.message ? `: ${condition.message}` : ''}`);
}

function jobHealth({ conditions }: JudgedStatus): Verdict {
  const ended = conditions.find(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'));
  if (ended?.type === 'Failed') return failed(`failed: ${ended.message}`);
  return ended ? HEALTHY : progressing('has not completed');
}

function deploymentHealth(live: KubernetesObject, status: JudgedStatus, generation: number | undefined): Verdict {
  const wanted = (live.spec as { replicas?: number }).replicas ?? 1;
  if (status.observedGeneration !== generation) return progressing('its controller has not seen it yet');
  const stuck = status.conditions.find(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded');
  const refused = status.conditions.find(({ type, status: value }) => type === 'ReplicaFailure' && value === 'True');
  if (refused) return failed(`its pods are refused: ${refused.message}`);
  if (stuck) return failed(`made no progress: ${stuck.message}`);
  const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status;
  if (updatedReplicas >= wanted && availableReplicas >= wanted && replicas <= updatedReplicas) return HEALTHY;
  return progressing(`has ${availableReplicas} of ${wanted} replicas available`);
}

