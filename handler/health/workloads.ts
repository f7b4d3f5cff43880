import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type KubernetesClient } from '../../kubernetes-client/kubernetes-client';
import { conditionsOf } from '../../kubernetes-client/objects';
import { type PodIssue, podIssueOf, refusalByEvents, worstIssueOf } from '../../kubernetes-client/pod-issue';
import { podHealth } from './pods';
import {
  type Expectation,
  failed,
  CONTINUES,
  HEALTHY,
  progressing,
  progressingBecause,
  type HealthStatus,
} from './health-status';

/** Labels by which the controllers of Kubernetes distinguish the pods of one revision from those of others. */
const POD_TEMPLATE_HASH = 'pod-template-hash';
const CONTROLLER_REVISION_HASH = 'controller-revision-hash';
const POD_TEMPLATE_GENERATION = 'pod-template-generation';

/** Annotation of a DaemonSet that counts the changes of its pod template, as the label of its pods does. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** Annotation that a Deployment and its present ReplicaSet have in common. */
const REVISION = 'deployment.kubernetes.io/revision';

interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly updateRevision?: string;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
}

interface WorkloadSpec {
  readonly replicas?: number;
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
}

/** What the workloads of Kubernetes itself have in common. */
interface Progress {
  readonly wanted: number;
  readonly updated: number;
  /** Pods that are to be of the new revision. @default - as many as wanted */
  readonly wantedUpdated?: number;
  readonly available: number;
  /** Pods of revisions before that are left. */
  readonly old: number;
  readonly what: 'pods' | 'replicas';
}

export async function deploymentHealth(
  client: KubernetesClient,
  live: KubernetesObject,
  expected: Expectation,
): Promise<HealthStatus> {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = statusOf(live);
  const wanted = specOf(live).replicas ?? 1;
  const progress: Progress = {
    wanted,
    updated: updatedReplicas,
    available: availableReplicas,
    old: replicas - updatedReplicas,
    what: 'replicas',
  };
  return progressHealth(live, progress, expected, async () => {
    const stuck = conditionsOf(live).find(
      ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
    );
    const issue = await deploymentIssue(client, live, expected);
    return { issue, stuck: stuck && `made no progress: ${stuck.message}` };
  });
}

export async function statefulSetHealth(
  client: KubernetesClient,
  live: KubernetesObject,
  expected: Expectation,
): Promise<HealthStatus> {
  const { updatedReplicas = 0, availableReplicas = 0, updateRevision } = statusOf(live);
  const wanted = specOf(live).replicas ?? 1;
  const { type, rollingUpdate } = specOf(live).updateStrategy ?? {};
  const wantedUpdated = type === 'OnDelete' ? 0 : Math.max(0, wanted - (rollingUpdate?.partition ?? 0));
  const progress: Progress = {
    wanted,
    updated: updatedReplicas,
    wantedUpdated,
    available: availableReplicas,
    old: 0,
    what: 'replicas',
  };
  return progressHealth(live, progress, expected, async () => {
    const issue = await issueOfRevision(client, live, { [CONTROLLER_REVISION_HASH]: updateRevision }, expected);
    if (issue || updatedReplicas >= wantedUpdated) return { issue };
    // Its controller waits for a pod of the revision before that never becomes ready, and does not replace it (kubernetes#67250).
    return { issue: blocking(await issueOfRevision(client, live, {}, expected)) };
  });
}

export async function daemonSetHealth(
  client: KubernetesClient,
  live: KubernetesObject,
  expected: Expectation,
): Promise<HealthStatus> {
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = statusOf(live);
  const wantedUpdated = specOf(live).updateStrategy?.type === 'OnDelete' ? 0 : desiredNumberScheduled;
  const progress: Progress = {
    wanted: desiredNumberScheduled,
    updated: updatedNumberScheduled,
    wantedUpdated,
    available: numberAvailable,
    old: 0,
    what: 'pods',
  };
  const generation = live.metadata.annotations?.[TEMPLATE_GENERATION] ?? String(live.metadata.generation);
  return progressHealth(live, progress, expected, async () => ({
    issue: await issueOfRevision(client, live, { [POD_TEMPLATE_GENERATION]: generation }, expected),
  }));
}

async function progressHealth(
  live: KubernetesObject,
  { wanted, updated, wantedUpdated = wanted, available, old, what }: Progress,
  expected: Expectation,
  look: () => Promise<{ readonly issue?: PodIssue; readonly stuck?: string }>,
): Promise<HealthStatus> {
  if (statusOf(live).observedGeneration !== live.metadata.generation)
    return progressing('its controller has not seen it yet');
  if (updated >= wantedUpdated && available >= wanted && old <= 0) return HEALTHY;
  const { issue, stuck } = await look();
  const health = podHealth(issue, { available, updated: updated >= wantedUpdated && old <= 0 }, expected);
  if (health && health.state !== 'progressing') return health;
  if (stuck) {
    const reason = issue ? `${stuck}: ${issue.reason}` : stuck;
    // What was stable before is not taken back for pods that do not come: nothing better is known.
    if (expected.stableBefore) return available > 0 ? CONTINUES : progressingBecause(reason);
    return failed(reason);
  }
  const has = `has ${available} of ${wanted} ${what} available`;
  return health ? { ...health, reason: `${has}: ${health.reason}` } : progressing(has);
}

async function deploymentIssue(
  client: KubernetesClient,
  live: KubernetesObject,
  { now }: Expectation,
): Promise<PodIssue | undefined> {
  const { namespace, annotations, uid } = live.metadata;
  const replicaSets = await client.list('apps/v1', 'ReplicaSet', namespace, { labelSelector: selectorOf(live) });
  const present = replicaSets.find(
    ({ metadata }) => metadata.annotations?.[REVISION] === annotations?.[REVISION] && isOwnedBy(metadata, uid),
  );
  const hash = present?.metadata.labels?.[POD_TEMPLATE_HASH];
  return hash === undefined
    ? undefined
    : podIssueOf(client, namespace, selectorOf(live, { [POD_TEMPLATE_HASH]: hash }), now);
}

async function issueOfRevision(
  client: KubernetesClient,
  live: KubernetesObject,
  revision: Record<string, string | undefined>,
  expected: Expectation,
): Promise<PodIssue | undefined> {
  const pods = await client.list('v1', 'Pod', live.metadata.namespace, { labelSelector: selectorOf(live, revision) });
  return worstIssueOf(pods) ?? refusalByEvents(client, live, expected);
}

/** A pod of the revision before that keeps its successor from coming; it fails nothing by itself. */
function blocking(issue: PodIssue | undefined): PodIssue | undefined {
  return (
    issue && {
      ...issue,
      fatal: false,
      reason: `${issue.reason}; delete that pod if it is of an earlier revision, its StatefulSet waits for it`,
    }
  );
}

function isOwnedBy(metadata: object, uid: string | undefined): boolean {
  const { ownerReferences = [] } = metadata as { ownerReferences?: readonly { uid: string }[] };
  return ownerReferences.some((owner) => owner.uid === uid);
}

function selectorOf(live: KubernetesObject, more: Record<string, string | undefined> = {}): string {
  return Object.entries({ ...specOf(live).selector?.matchLabels, ...more })
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
}

function specOf(live: KubernetesObject): WorkloadSpec {
  return live.spec ?? {};
}

function statusOf(live: KubernetesObject): WorkloadStatus {
  return live.status ?? {};
}
