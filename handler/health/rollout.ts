import { type RolloutStatus } from '../../constructs/kubernetes/contract/live-objects';
import { FIRST_STEP_ANNOTATION, POD_TEMPLATE_HASH_LABEL } from '../../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type KubernetesClient } from '../../kubernetes-client/kubernetes-client';
import { failedGate } from './analysis';
import { podIssueOf } from '../../kubernetes-client/pod-issue';
import { podHealth } from './pods';
import {
  type Expectation,
  failed,
  failedWithoutCause,
  CONTINUES,
  HEALTHY,
  progressing,
  progressingBecause,
  type HealthStatus,
} from './health-status';

/** Milliseconds after the start of a request in which something that a Rollout refers to may not be there yet. */
const INVALID_TIMEOUT = 60_000;

/** Health of an Argo Rollout. `stableRS` alone says nothing: it does not change while a canary is aborted. */
export async function rolloutHealth(
  client: KubernetesClient,
  rollout: KubernetesObject,
  expected: Expectation,
): Promise<HealthStatus> {
  const health = await healthNow(client, rollout, expected);
  // A detached canary that was never promoted begins anew when other pods are taken back. The stable revision serves, as it did when this
  // release was left, so a rollback does not fail with it.
  return health.state === 'failed' && expected.isRollback && !expected.stableBefore && isCanary(rollout)
    ? CONTINUES
    : health;
}

async function healthNow(
  client: KubernetesClient,
  rollout: KubernetesObject,
  expected: Expectation,
): Promise<HealthStatus> {
  const status = (rollout.status ?? {}) as RolloutStatus;
  const { namespace, generation } = rollout.metadata;
  if (status.observedGeneration !== String(generation))
    return progressing('its controller has not seen it yet; is argo-rollouts running?');

  const invalid = status.conditions?.find(({ type, status: value }) => type === 'InvalidSpec' && value === 'True');
  // What it refers to may have been applied a moment before it.
  if (invalid && /not found/.test(invalid.message ?? '') && expected.now - expected.startedAt < INVALID_TIMEOUT)
    return progressingBecause(`is invalid: ${invalid.message}`);
  if (invalid) return failed(`is invalid: ${invalid.message}`);

  const hash = status.currentPodHash ?? '';
  const promoted = hash !== '' && hash === status.stableRS;
  // Argo marks a promoted revision as aborted as well while its pods miss the progress deadline: no canary has ended then.
  if (!promoted && status.abort) return abortHealth(client, rollout, status, expected);
  // As long as the time of the abort stands, the phase is that of the abort.
  if (!promoted && status.abortedAt) return progressing('begins anew after an abort');

  if (promoted && status.phase === 'Healthy' && (status.canary?.weights?.canary?.weight ?? 0) === 0) return HEALTHY;
  // A first deployment has no canary: Argo makes it stable at once, whatever its pods do.
  if (expected.detached && !promoted && hasPassedFirstStep(rollout, status)) return CONTINUES;
  if (expected.stableBefore && hash !== '' && !promoted && !status.promoteFull)
    return { ...progressing('is being promoted in full'), promote: true };

  const issue =
    hash === '' ? undefined : await podIssueOf(client, namespace, `${POD_TEMPLATE_HASH_LABEL}=${hash}`, expected.now);
  // An engine that ends takes what it has counted with it, and answers again before four requests in a row were without an answer.
  if (issue?.hasEnded && !promoted && !expected.stableBefore && !expected.isRollback) return failed(issue.reason);
  const available = status.availableReplicas ?? 0;
  const left = promoted ? (status.replicas ?? 0) - (status.updatedReplicas ?? 0) : 0;
  // Taken back from full weight, pods of the bad revision serve until those of this one are there: they are no reason to end.
  if (left > 0 && !issue?.fatal && issue?.unscheduledSince === undefined)
    return progressing(`${left} pods of another revision are still to be replaced${issue ? `: ${issue.reason}` : ''}`);
  const health = podHealth(issue, { available, updated: promoted }, expected);
  if (health && health.state !== 'progressing') return health;
  if (status.phase === 'Degraded') {
    // What was stable before is not taken back for pods that do not come: nothing better is known.
    if (expected.stableBefore)
      return available > 0 ? CONTINUES : progressing(issue?.reason ?? status.message ?? 'is degraded');
    return issue ? failed(issue.reason) : failedWithoutCause(status.message ?? 'is degraded');
  }
  return pauseOf(rollout, status) ?? health ?? progressing(status.message ?? 'is progressing');
}

async function abortHealth(
  client: KubernetesClient,
  rollout: KubernetesObject,
  { abortedAt, currentPodHash = '' }: RolloutStatus,
  { startedAt, isRollback }: Expectation,
): Promise<HealthStatus> {
  // A canary that continued after its deployment may have been aborted since; times of Kubernetes have whole seconds.
  if (abortedAt !== undefined && Date.parse(abortedAt) < Math.floor(startedAt / 1000) * 1000) {
    // The stable revision serves, as it did when this release was left.
    return isRollback
      ? CONTINUES
      : { ...progressing('was aborted before this deployment, and begins anew'), retry: true };
  }
  const gate = await failedGate(client, rollout, currentPodHash, startedAt);
  // Its pods are gone by now, and with them what kept them from being ready.
  return gate
    ? failed(`was aborted: ${gate}`)
    : failedWithoutCause('was aborted: it made no progress in time, or a person aborted it');
}

/** Whether the step that the release names has passed; a Rollout without such a name, or without steps, has none that could. */
function hasPassedFirstStep(
  { metadata: { annotations } }: KubernetesObject,
  { currentStepIndex = 0 }: RolloutStatus,
): boolean {
  const steps = Number(annotations?.[FIRST_STEP_ANNOTATION] ?? NaN);
  return currentStepIndex >= steps;
}

function isCanary({ status }: KubernetesObject): boolean {
  const { currentPodHash = '', stableRS = '' } = (status ?? {}) as RolloutStatus;
  return stableRS !== '' && currentPodHash !== '' && currentPodHash !== stableRS;
}

function pauseOf(rollout: KubernetesObject, { pauseConditions }: RolloutStatus): HealthStatus | undefined {
  if ((rollout.spec as { paused?: boolean } | undefined)?.paused)
    return progressing('is paused by a person; resume or abort it');
  return pauseConditions?.some(({ reason }) => reason === 'CanaryPauseStep')
    ? progressing('holds a canary step')
    : undefined;
}

/** Whether the controller may move requests between the revisions of a Rollout now. */
export function isShiftingTraffic(rollout: KubernetesObject): boolean {
  const { abort, currentPodHash = '', stableRS = '', canary } = (rollout.status ?? {}) as RolloutStatus;
  if ((canary?.weights?.canary?.weight ?? 0) > 0) return true;
  return !abort && stableRS !== '' && currentPodHash !== stableRS;
}
