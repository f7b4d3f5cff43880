import { type Condition } from '../../constructs/kubernetes/contract/live-objects';
import { FIELD_MANAGER } from '../../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { groupOf } from '../../kubernetes-client/objects';
import { failed, HEALTHY, progressing, progressingBecause, type HealthStatus } from './health-status';

/** Conditions by which controllers say that an object does what it is for, as kstatus and the Gateway API name them. */
const POSITIVE = new Set(['Ready', 'Accepted', 'Programmed', 'Available', 'ResolvedRefs']);

/** Groups of the API server itself, whose objects say by other means how they are, or have nothing to say. */
const BUILT_IN =
  /^(apps|autoscaling|batch|policy|(admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|internal\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage|storagemigration)\.k8s\.io)$/;

/** Conditions without which an object of a kind does nothing: until its controller has written them, it is not healthy. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  'cert-manager.io/Certificate': ['Ready'],
  'cert-manager.io/ClusterIssuer': ['Ready'],
  'cert-manager.io/Issuer': ['Ready'],
  'eks.amazonaws.com/NodeClass': ['Ready'],
  'external-secrets.io/ClusterSecretStore': ['Ready'],
  'external-secrets.io/ExternalSecret': ['Ready'],
  'external-secrets.io/PushSecret': ['Ready'],
  'external-secrets.io/SecretStore': ['Ready'],
  'gateway.networking.k8s.io/Gateway': ['Accepted', 'Programmed'],
  'gateway.networking.k8s.io/GatewayClass': ['Accepted'],
  'karpenter.k8s.aws/EC2NodeClass': ['Ready'],
  'karpenter.sh/NodePool': ['Ready'],
  'keda.sh/ScaledJob': ['Ready'],
  'keda.sh/ScaledObject': ['Ready'],
  'monitoring.coreos.com/Prometheus': ['Available'],
};

/** Kinds that say for each of their parents, such as a Gateway, whether it has taken them, and the conditions that it then writes. */
const BY_PARENT: Readonly<Record<string, readonly string[]>> = {
  'gateway.networking.k8s.io/GRPCRoute': ['Accepted', 'ResolvedRefs'],
  'gateway.networking.k8s.io/HTTPRoute': ['Accepted', 'ResolvedRefs'],
  'gateway.networking.k8s.io/TCPRoute': ['Accepted', 'ResolvedRefs'],
  'gateway.networking.k8s.io/TLSRoute': ['Accepted', 'ResolvedRefs'],
  'inference.networking.k8s.io/InferencePool': ['Accepted'],
};

/** Milliseconds after a change in which conditions that name no generation may still be about what was before. */
const UNSEEN = 5_000;

interface ConditionedStatus {
  readonly observedGeneration?: number | string;
  /** Of External Secrets: generation and digest of what was synced last, as `<generation>-<digest>`. */
  readonly syncedResourceVersion?: string;
  readonly conditions?: readonly Condition[] | null;
  readonly parents?:
    | readonly { readonly conditions?: readonly Condition[] | null; readonly parentRef?: ParentRef }[]
    | null;
}

interface ParentRef {
  readonly name?: string;
  readonly namespace?: string;
  readonly sectionName?: string;
  readonly port?: number;
}

/** True for a kind that says by conditions whether it works: those of controllers, not of the API server itself. */
export function hasConditions({ apiVersion }: Pick<KubernetesObject, 'apiVersion'>): boolean {
  const group = groupOf(apiVersion);
  return group !== '' && !BUILT_IN.test(group);
}

/**
 * Health of an object by the conditions that its controller writes, after the rules of kstatus: a condition of an earlier generation
 * says nothing, `Stalled` is final, and what has no condition at all is healthy, unless its kind is known for one.
 *
 * @param now milliseconds since the epoch
 */
export function conditionHealth(live: KubernetesObject, now = Date.now()): HealthStatus {
  const kind = `${groupOf(live.apiVersion)}/${live.kind}`;
  const { generation } = live.metadata;
  const {
    observedGeneration,
    syncedResourceVersion = '',
    conditions,
    parents,
  } = (live.status ?? {}) as ConditionedStatus;
  if (observedGeneration !== undefined && generation !== undefined && Number(observedGeneration) !== generation)
    return progressing('its controller has not seen it yet');

  const given = conditions ?? [];
  const stalled = given.find(({ type, status }) => type === 'Stalled' && status === 'True');
  if (stalled) return failed(`is stalled${said(stalled)}`);
  const reconciling = given.find(({ type, status }) => type === 'Reconciling' && status === 'True');
  if (reconciling) return progressing(`is reconciling${said(reconciling)}`);

  const parentConditions = BY_PARENT[kind];
  if (!parentConditions) {
    const tells = given.some(({ type }) => POSITIVE.has(type));
    const synced = /^\d+(?=-)/.exec(syncedResourceVersion)?.[0];
    const tellsGeneration =
      [observedGeneration, synced].some((each) => each !== undefined) ||
      given.some((condition) => condition.observedGeneration !== undefined);
    if (tells && !tellsGeneration && isChangedSince(live, now - UNSEEN))
      return progressing('its controller may not have seen it yet');
    const health = positive(given, REQUIRED[kind] ?? [], generation, '');
    // What could not be synced keeps the version before, and says by its condition why.
    return health.state === 'healthy' &&
      synced !== undefined &&
      generation !== undefined &&
      Number(synced) !== generation
      ? progressing('its controller has not seen it yet')
      : health;
  }
  const wanted = (live.spec as { parentRefs?: readonly ParentRef[] } | undefined)?.parentRefs;
  // A parent that it has left may have left its entry.
  const present = (parents ?? []).filter(
    ({ parentRef }) => wanted?.some((reference) => isSameParent(reference, parentRef)) ?? true,
  );
  const missing = wanted?.find((reference) => !present.some(({ parentRef }) => isSameParent(reference, parentRef)));
  if (present.length === 0 || missing)
    return progressingBecause(
      `is not Accepted: ${missing ? `${missing.name} has not` : 'no parent has'} taken it; is the Gateway there, and a controller for it?`,
    );
  const assessments = present.map((parent) =>
    positive(parent.conditions ?? [], parentConditions, generation, ` by ${parent.parentRef?.name ?? 'its parent'}`),
  );
  return assessments.find(({ state }) => state !== 'healthy') ?? HEALTHY;
}

function positive(
  conditions: readonly Condition[],
  required: readonly string[],
  generation: number | undefined,
  by: string,
): HealthStatus {
  const isPresent = ({ observedGeneration }: Condition): boolean =>
    observedGeneration === undefined || generation === undefined || observedGeneration === generation;
  const found = conditions.filter(({ type }) => POSITIVE.has(type));
  const outdated = found.find((condition) => !isPresent(condition));
  if (outdated) return progressing(`is not ${outdated.type}${by}: its controller has not seen it yet`);
  const bad = found.find(({ status }) => status !== 'True');
  if (bad) return progressingBecause(`is not ${bad.type}${by}${said(bad)}`);
  const absent = required.find((type) => !found.some((condition) => condition.type === type));
  return absent === undefined ? HEALTHY : progressing(`is not ${absent}${by} yet; is its controller running?`);
}

/** Whether a release has changed an object since a moment; what an apply leaves as it is keeps its time. */
function isChangedSince({ metadata: { managedFields = [] } }: KubernetesObject, moment: number): boolean {
  const { time } =
    managedFields.find(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply') ?? {};
  return time !== undefined && Date.parse(time) > moment;
}

function isSameParent(one: ParentRef, other: ParentRef | undefined): boolean {
  return (
    one.name === other?.name &&
    one.sectionName === other?.sectionName &&
    one.port === other?.port &&
    (one.namespace === undefined || other?.namespace === undefined || one.namespace === other.namespace)
  );
}

function said({ reason, message }: Condition): string {
  const words = [reason, message].filter((word) => word).join(': ');
  return words === '' ? '' : `: ${words}`;
}
