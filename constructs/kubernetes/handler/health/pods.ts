import { POD_TEMPLATE_HASH_LABEL } from '../../names';
import { type KubernetesObject } from '../../release-document';
import { type ClusterClient } from '../cluster-client';
import { type Condition } from './verdict';

/** What keeps the pods of one revision from being ready. */
export interface PodTrouble {
  /** True when waiting does not mend it. */
  readonly fatal: boolean;
  /** Milliseconds since the epoch from which no node has had room for the pod; absent when that is not the trouble. */
  readonly unscheduledSince?: number;
  readonly reason: string;
}

/** Restarts after which a container counts as crash-looping rather than unlucky. */
const CRASHES = 3;

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: { waiting?: { reason?: string; message?: string } };
  readonly lastState?: { terminated?: { exitCode?: number; reason?: string; message?: string } };
}

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: Condition[];
  readonly initContainerStatuses?: ContainerStatus[];
  readonly containerStatuses?: ContainerStatus[];
}

/** Looks at the ReplicaSet and the pods of one pod-template hash. */
export async function troubleOf(client: ClusterClient, namespace: string | undefined, hash: string): Promise<PodTrouble | undefined> {
  const selector = `${POD_TEMPLATE_HASH_LABEL}=${hash}`;
  const [replicaSets, pods] = await Promise.all([
    client.list('apps/v1', 'ReplicaSet', namespace, selector),
    client.list('v1', 'Pod', namespace, selector),
  ]);
  const refused = replicaSets.flatMap((replicaSet) => (replicaSet.status as { conditions?: Condition[] } | undefined)?.conditions ?? [])
    .find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  // A quota frees itself as old pods go; every other refusal stays.
  if (refused) return { fatal: !/exceeded quota/.test(refused.message ?? ''), reason: `its pods are refused: ${refused.message}` };
  return worstTroubleOf(pods);
}

/** What keeps some of these pods from being ready: first of all what waiting does not mend. */
export function worstTroubleOf(pods: readonly KubernetesObject[]): PodTrouble | undefined {
  const troubles = pods.map(troubleOfPod).filter((trouble) => trouble !== undefined);
  return troubles.find(({ fatal }) => fatal) ?? troubles.find(({ unscheduledSince }) => unscheduledSince === undefined) ?? troubles[0];
}

function troubleOfPod(pod: KubernetesObject): PodTrouble | undefined {
  const { phase, conditions, initContainerStatuses = [], containerStatuses = [] } = (pod.status ?? {}) as PodStatus;
  const name = `pod ${pod.metadata.name}`;
  const unscheduled = conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled) {
    return { fatal: false, unscheduledSince: Date.parse(unscheduled.lastTransitionTime ?? ''), reason: `${name} cannot be scheduled: ${unscheduled.message}` };
  }
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const { waiting } = container.state ?? {};
    const ended = container.lastState?.terminated;
    if (waiting?.reason === 'CrashLoopBackOff') {
      const exit = ended ? ` (${ended.reason ?? 'exit'} ${ended.exitCode ?? ''}${ended.message ? `: ${ended.message}` : ''})` : '';
      return {
        fatal: container.restartCount >= CRASHES,
        reason: `${name}: container ${container.name} crashed ${container.restartCount} times${exit}`,
      };
    }
    if (waiting?.reason && waiting.reason !== 'ContainerCreating' && waiting.reason !== 'PodInitializing') {
      return { fatal: waiting.reason === 'InvalidImageName', reason: `${name}: container ${container.name} waits: ${waiting.reason} ${waiting.message ?? ''}`.trim() };
    }
  }
  if (phase === 'Running' && containerStatuses.some(({ ready }) => !ready)) {
    return { fatal: false, reason: `${name} is running but not ready` };
  }
  return phase === 'Pending' ? { fatal: false, reason: `${name} is starting` } : undefined;
}
