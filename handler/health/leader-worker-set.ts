import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type KubernetesClient } from '../../kubernetes-client/kubernetes-client';
import { inParallel } from '../../kubernetes-client/in-parallel';
import { holds } from '../../kubernetes-client/objects';
import { type PodIssue, refusalByEvents, worstIssueOf } from '../../kubernetes-client/pod-issue';
import { podHealth } from './pods';
import { type Expectation, HEALTHY, progressing, type HealthStatus } from './health-status';

/** Label that the controller gives every pod: the name of its LeaderWorkerSet. */
const SET_NAME_LABEL = 'leaderworkerset.sigs.k8s.io/name';

interface PodSpec {
  readonly containers?: readonly {
    readonly name: string;
    readonly image?: string;
    readonly args?: readonly string[];
  }[];
}
interface LeaderWorkerSetSpec {
  readonly replicas?: number;
  readonly leaderWorkerTemplate?: {
    readonly leaderTemplate?: { readonly spec?: PodSpec };
    readonly workerTemplate?: { readonly spec?: PodSpec };
  };
}
interface LeaderWorkerSetStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
}

/**
 * Health of a LeaderWorkerSet (leaderworkerset.x-k8s.io/v1, controller 0.9 or newer, which says what generation it has seen): every group
 * is of the new revision and has all its pods ready, and none of the groups that were added for the time of the update is left.
 */
export async function leaderWorkerSetHealth(
  client: KubernetesClient,
  live: KubernetesObject,
  expected: Expectation,
): Promise<HealthStatus> {
  const { generation, name, namespace } = live.metadata;
  const {
    observedGeneration,
    replicas = 0,
    readyReplicas = 0,
    updatedReplicas = 0,
  } = (live.status ?? {}) as LeaderWorkerSetStatus;
  const spec = live.spec as LeaderWorkerSetSpec;
  const wanted = spec.replicas ?? 1;
  if (observedGeneration !== generation)
    return progressing('its controller has not seen it yet; is the LeaderWorkerSet controller running?');
  if (
    updatedReplicas >= wanted &&
    readyReplicas >= wanted &&
    replicas <= wanted &&
    holds(live, 'Available') &&
    !holds(live, 'UpdateInProgress')
  )
    return HEALTHY;

  const pods = await client.list('v1', 'Pod', namespace, { labelSelector: `${SET_NAME_LABEL}=${name}` });
  // A group of the revision before may be unhealthy itself, which is no reason against its successor.
  const issue = worstIssueOf(pods.filter((pod) => isOfTemplate(pod, spec))) ?? (await refused(client, live, expected));
  const health = podHealth(
    issue,
    { available: readyReplicas, updated: updatedReplicas >= wanted && replicas <= wanted },
    expected,
  );
  if (health) return health;
  return progressing(
    replicas > wanted
      ? `has ${replicas - wanted} groups more than ${wanted} left`
      : `has ${updatedReplicas} of ${wanted} groups updated and ${readyReplicas} ready`,
  );
}

/** Pods that were refused: the controller makes a StatefulSet for the leaders, of its own name, and one for the workers of each group. */
async function refused(
  client: KubernetesClient,
  live: KubernetesObject,
  expected: Expectation,
): Promise<PodIssue | undefined> {
  const { name, namespace } = live.metadata;
  const sets = await client.list('apps/v1', 'StatefulSet', namespace, { labelSelector: `${SET_NAME_LABEL}=${name}` });
  const issues = await inParallel(sets, (set) => refusalByEvents(client, set, expected));
  return issues.find((issue) => issue?.fatal) ?? issues.find((issue) => issue !== undefined);
}

/**
 * Whether a pod runs what the templates say now; the hash that the controller knows revisions by is in no status. Containers that a
 * webhook has added to the pod do not count.
 */
function isOfTemplate(
  pod: KubernetesObject,
  { leaderWorkerTemplate: { leaderTemplate, workerTemplate } = {} }: LeaderWorkerSetSpec,
): boolean {
  const run = new Set((pod.spec as PodSpec).containers?.map(signature));
  return [leaderTemplate, workerTemplate].some(
    (template) => template?.spec?.containers?.every((container) => run.has(signature(container))) ?? false,
  );
}

function signature({ name, image, args }: NonNullable<PodSpec['containers']>[number]): string {
  return JSON.stringify([name, image, args]);
}
