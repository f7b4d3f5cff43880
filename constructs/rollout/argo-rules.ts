import { type ArgoCanary } from './argo-types';

/** A combination of fields that Argo Rollouts refuses, ignores, or is known to get wrong. */
interface ArgoRule {
  /** Whether the strategy breaks the rule. */
  readonly broken: (canary: ArgoCanary) => boolean;
  /** `<prop>: expected …, got …; <what to do>`. */
  readonly problem: string;
}

const routed = (canary: ArgoCanary) => canary.trafficRouting !== undefined;

/**
 * Rules of the controller 1.9, on the rendered strategy, so that they hold however it was made.
 *
 * A rule without an issue's number is the controller's own validation, which would leave an admitted Rollout that never starts.
 */
const RULES: readonly ArgoRule[] = [
  {
    broken: (canary) => (canary.maxSurge ?? 1) === 0 && (canary.maxUnavailable ?? 0) === 0,
    problem:
      'maxSurge: expected more than 0 beside maxUnavailable 0, got 0; nothing could ever be replaced, set one of them to 1',
  },
  {
    broken: (canary) => canary.dynamicStableScale === true && !routed(canary),
    problem:
      'dynamicStableScale: expected a traffic split that routes, got a split by replicas; remove it, replicas already shrink as the canary grows',
  },
  {
    broken: (canary) => canary.scaleDownDelaySeconds !== undefined && !routed(canary),
    problem:
      'scaleDownDelay: expected a traffic split that routes, got a split by replicas; remove it, without routing old pods take traffic until they are gone',
  },
  {
    broken: (canary) => canary.abortScaleDownDelaySeconds !== undefined && !routed(canary),
    problem:
      'abortScaleDownDelay: expected a traffic split that routes, got a split by replicas, where it has no effect; remove it',
  },
  {
    broken: (canary) => (canary.steps ?? []).some((step) => step.setCanaryScale !== undefined) && !routed(canary),
    problem:
      'steps canaryReplicas: expected a traffic split that routes, got a split by replicas, where the weight decides the replicas; remove it',
  },
  {
    broken: (canary) => canary.dynamicStableScale === true && canary.scaleDownDelaySeconds !== undefined,
    problem: 'dynamicStableScale: expected no scaleDownDelay beside it, got both; Argo refuses the pair, remove one',
  },
  {
    // argo-rollouts #4841: from 1.9.0 on the weight never returns to 0 after an abort.
    broken: (canary) => canary.dynamicStableScale === true && canary.minPodsPerReplicaSet !== undefined,
    problem:
      'dynamicStableScale: expected no minPodsPerReplicaSet beside it, got both; an abort would leave traffic on the canary (argo-rollouts #4841), remove one',
  },
  {
    // argo-rollouts #4900: its fix is in no release.
    broken: (canary) => canary.dynamicStableScale === true && canary.abortScaleDownDelaySeconds !== undefined,
    problem:
      'dynamicStableScale: expected no abortScaleDownDelay beside it, got both; an abort would deadlock (argo-rollouts #4900), remove one',
  },
  {
    broken: (canary) =>
      routed(canary) &&
      (canary.stableService === undefined ||
        canary.canaryService === undefined ||
        canary.stableService === canary.canaryService),
    problem:
      'trafficSplit: expected two Services to route between, got one; name stable and canary Service differently',
  },
];

/** Rules that a rendered canary breaks, one line a rule. */
export function brokenRules(canary: ArgoCanary): string[] {
  return RULES.filter((rule) => rule.broken(canary)).map((rule) => rule.problem);
}
