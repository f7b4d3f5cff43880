import { type KubernetesObject } from '../../release-document';
import { type ClusterClient } from '../cluster-client';
import { failedGate } from './analysis';
import { type PodTrouble, troubleOf } from './pods';
import { type Condition, failed, failedUnexplained, GOES_ON, HEALTHY, progressing, troubled, type Verdict } from './verdict';

/** How a Rollout is to be judged. */
export interface RolloutExpectation {
  /** Its pod template was stable before: promote it in full, and do not hold a rollback up for want of capacity. */
  readonly promote: boolean;
  /** The deployment returns when the first step has passed. */
  readonly detached: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface RolloutStatus {
  readonly observedGeneration?: string;
  readonly phase?: string;
  readonly message?: string;
  readonly abort?: boolean;
  readonly promoteFull?: boolean;
  readonly currentPodHash?: string;
  readonly stableRS?: string;
  readonly currentStepIndex?: number;
  readonly availableReplicas?: number;
  readonly conditions?: Condition[];
  readonly pauseConditions?: { reason: string }[];
  readonly canary?: { weights?: { canary?: { weight?: number } } };
}

/** Milliseconds after which a pod that no node has room for is not just waiting for another one to drain. */
const PATIENCE_FOR_CAPACITY = 60_000;

/** Health of an Argo Rollout. `stableRS` alone says nothing: it does not change while a canary is aborted. */
export async function rolloutHealth(client: ClusterClient, rollout: KubernetesObject, expected: RolloutExpectation): Promise<Verdict> {
  const status = (rollout.status ?? {}) as RolloutStatus;
  const { namespace, generation } = rollout.metadata as { namespace?: string; generation?: number };
  if (status.observedGeneration !== String(generation)) return progressing('its controller has not seen it yet; is argo-rollouts running?');

  const invalid = status.conditions?.find(({ type, status: value }) => type === 'InvalidSpec' && value === 'True');
  if (invalid) return failed(`is invalid: ${invalid.message}`);
  const hash = status.currentPodHash ?? '';
  if (status.abort) {
    const gate = await failedGate(client, namespace, hash);
    // Its pods are gone by now, and with them what kept them from being ready.
    return gate ? failed(`was aborted: ${gate}`) : failedUnexplained('was aborted: it made no progress in time, or a person aborted it');
  }

  const promoted = hash !== '' && hash === status.stableRS;
  if (promoted && status.phase === 'Healthy' && (status.canary?.weights?.canary?.weight ?? 0) === 0) return HEALTHY;
  if (expected.detached && (status.currentStepIndex ?? 0) >= 1) return GOES_ON;

  const trouble = hash === '' ? undefined : await troubleOf(client, namespace, hash);
  if (expected.promote && hash !== '' && !promoted) {
    if (!status.promoteFull) return { ...progressing('is being promoted in full'), promote: true };
    if (lacksCapacity(trouble, expected.now) && (status.availableReplicas ?? 0) > 0) return GOES_ON;
  }
  if (status.phase === 'Degraded') return trouble ? failed(trouble.reason) : failedUnexplained(status.message ?? 'is degraded');
  if (trouble?.fatal) return failed(trouble.reason);
  if ((rollout.spec as { paused?: boolean } | undefined)?.paused) return progressing('is paused by a person; resume or abort it');
  if (status.pauseConditions?.some(({ reason }) => reason === 'CanaryPauseStep')) return progressing('holds a canary step');
  return trouble ? troubled(trouble.reason) : progressing(status.message ?? 'is progressing');
}

/** Whether the controller may move requests between the revisions of a Rollout now. */
export function isShiftingTraffic(rollout: KubernetesObject): boolean {
  const { abort, currentPodHash = '', stableRS = '', canary } = (rollout.status ?? {}) as RolloutStatus;
  if ((canary?.weights?.canary?.weight ?? 0) > 0) return true;
  return !abort && stableRS !== '' && currentPodHash !== stableRS;
}

function lacksCapacity(trouble: PodTrouble | undefined, now: number): boolean {
  return trouble?.unscheduledSince !== undefined && now - trouble.unscheduledSince >= PATIENCE_FOR_CAPACITY;
}
