import { type Condition } from '../constructs/kubernetes/contract/live-objects';
import { AWS_IDENTITY_MISSING } from '../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { type KubernetesClient } from './kubernetes-client';
import { conditionsOf } from './objects';

/** What keeps the pods of one revision from being ready. */
export interface PodIssue {
  /** True when waiting does not fix it. */
  readonly fatal: boolean;
  /** Milliseconds since the epoch from which no node has had room for the pod; absent when that is not the issue. */
  readonly unscheduledSince?: number;
  /** Whether a container of the pod has served and ended; what becomes of it says nothing better of its revision. */
  readonly hasEnded?: boolean;
  /** When the pod was created, milliseconds since the epoch; absent where there is none. */
  readonly createdAt?: number;
  readonly reason: string;
}

/** Restarts after which a container counts as crash-looping rather than unlucky. */
const CRASHES = 3;

/** Milliseconds for which something may be in the way of pods that passes by itself, as a webhook that starts or a pod that drains. */
export const PASSING_TIMEOUT = 60_000;

/** Refusals of pods that free themselves, as pods of before go. */
const PASSES = /exceeded quota/;

/** Refusals of pods by what they are: whoever asks again gets the same answer. */
const STAYS = /violates PodSecurity|denied (the )?request/;

/** Among them, the one that is meant to pass. */
const COMES = new RegExp(AWS_IDENTITY_MISSING);

/** How a container ended. */
interface ContainerEnd {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly startedAt?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: { waiting?: { reason?: string; message?: string } };
  readonly lastState?: { terminated?: ContainerEnd };
}

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: Condition[];
  readonly initContainerStatuses?: ContainerStatus[];
  readonly containerStatuses?: ContainerStatus[];
}

interface Event {
  readonly reason?: string;
  readonly message?: string;
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
}

/**
 * Looks at the ReplicaSet and the pods of one revision.
 *
 * @param labelSelector selects what belongs to the revision
 * @param now milliseconds since the epoch
 */
export async function podIssueOf(
  client: KubernetesClient,
  namespace: string | undefined,
  labelSelector: string,
  now: number,
): Promise<PodIssue | undefined> {
  const [replicaSets, pods] = await Promise.all([
    client.list('apps/v1', 'ReplicaSet', namespace, { labelSelector }),
    client.list('v1', 'Pod', namespace, { labelSelector }),
  ]);
  const refused = replicaSets
    .flatMap(conditionsOf)
    .find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  return (
    (refused && refusal(refused.message ?? 'no message', Date.parse(refused.lastTransitionTime ?? ''), now)) ??
    worstIssueOf(pods)
  );
}

/**
 * Pods that were refused to a controller which says so in events alone, as those of StatefulSets, DaemonSets and Jobs do.
 *
 * @param since milliseconds since the epoch; what was refused before then is of an earlier revision
 */
export async function refusalByEvents(
  client: KubernetesClient,
  owner: KubernetesObject,
  { startedAt, now }: { readonly startedAt: number; readonly now: number },
): Promise<PodIssue | undefined> {
  const events = await eventsOf(client, owner, startedAt);
  const refused = events.filter(({ reason }) => reason === 'FailedCreate').at(-1);
  if (!refused) return undefined;
  const first = Math.max(startedAt, Date.parse(refused.firstTimestamp ?? refused.eventTime ?? '') || now);
  return refusal(refused.message ?? 'no message', first, now);
}

/** Events of an object since a moment, oldest first. */
export async function eventsOf(
  client: KubernetesClient,
  { kind, metadata: { name, namespace, uid } }: Pick<KubernetesObject, 'kind' | 'metadata'>,
  since: number,
): Promise<Event[]> {
  const fieldSelector = [
    `involvedObject.kind=${kind}`,
    `involvedObject.name=${name}`,
    ...(uid ? [`involvedObject.uid=${uid}`] : []),
  ].join(',');
  const events = (await client.list('v1', 'Event', namespace, { fieldSelector })) as unknown as Event[];
  const timed = events.map((event) => ({ event, at: Date.parse(event.lastTimestamp ?? event.eventTime ?? '') }));
  // Times of events have whole seconds.
  return timed
    .filter(({ at }) => at >= Math.floor(since / 1000) * 1000)
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event);
}

function refusal(message: string, since: number, now: number): PodIssue {
  const fatal =
    (STAYS.test(message) && !COMES.test(message)) || (!PASSES.test(message) && now - since >= PASSING_TIMEOUT);
  return { fatal, reason: `its pods are refused: ${message}` };
}

/** What keeps some of these pods from being ready: first of all what waiting does not fix. */
export function worstIssueOf(pods: readonly KubernetesObject[]): PodIssue | undefined {
  const issues = pods.flatMap((pod) => {
    const issue = issueOfPod(pod);
    return issue === undefined ? [] : [{ ...issue, createdAt: Date.parse(pod.metadata.creationTimestamp ?? '') }];
  });
  return (
    issues.find(({ fatal }) => fatal) ??
    issues.find(({ hasEnded }) => hasEnded) ??
    issues.find(({ unscheduledSince }) => unscheduledSince === undefined) ??
    issues[0]
  );
}

function issueOfPod(pod: KubernetesObject): PodIssue | undefined {
  const { phase, conditions, initContainerStatuses = [], containerStatuses = [] } = (pod.status ?? {}) as PodStatus;
  const name = `pod ${pod.metadata.name}`;
  const unscheduled = conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled) {
    return {
      fatal: false,
      unscheduledSince: Date.parse(unscheduled.lastTransitionTime ?? ''),
      reason: `${name} cannot be scheduled: ${unscheduled.message}`,
    };
  }
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const { waiting } = container.state ?? {};
    const ended = container.lastState?.terminated;
    const hasEnded = hasServed(container, conditions);
    if (waiting?.reason === 'CrashLoopBackOff') {
      return {
        fatal: container.restartCount >= CRASHES,
        hasEnded,
        reason: `${name}: container ${container.name} crashed ${container.restartCount} times${ended ? ` (${endOf(ended)})` : ''}`,
      };
    }
    if (hasEnded) {
      return {
        fatal: false,
        hasEnded,
        reason: `${name}: container ${container.name} ended while it served (${endOf(ended!)})`,
      };
    }
    if (waiting?.reason && waiting.reason !== 'ContainerCreating' && waiting.reason !== 'PodInitializing') {
      return {
        fatal: waiting.reason === 'InvalidImageName',
        reason: `${name}: container ${container.name} waits: ${waiting.reason} ${waiting.message ?? ''}`.trim(),
      };
    }
  }
  if (phase === 'Running' && containerStatuses.some(({ ready }) => !ready)) {
    return { fatal: false, reason: `${name} is running but not ready` };
  }
  return phase === 'Pending' ? { fatal: false, reason: `${name} is starting` } : undefined;
}

/** Whether the run of a container that has ended was ready before: the pod has ceased to be ready since that run began. */
function hasServed({ ready, lastState }: ContainerStatus, conditions: readonly Condition[] = []): boolean {
  const began = Date.parse(lastState?.terminated?.startedAt ?? '');
  const notReady = conditions.find(({ type, status }) => type === 'Ready' && status === 'False');
  return !ready && Date.parse(notReady?.lastTransitionTime ?? '') > began;
}

/** A server that ends with 0 has failed all the same: vLLM does when its engine process dies. */
function endOf({ exitCode, reason = 'exit', message }: ContainerEnd): string {
  const how = exitCode === 0 ? 'ended by itself with exit code 0' : `${reason} ${exitCode ?? ''}`.trim();
  return message ? `${how}: ${message}` : how;
}
