import { type RolloutStatus } from '../../../constructs/kubernetes/contract/live-objects';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { BAKE } from '../../../constructs/rollout/analysis';

/** The part of an Argo Rollout (argoproj.io/v1alpha1, controller 1.9) that the verbs read. */
export interface RolloutObject extends KubernetesObject {
  readonly spec: RolloutSpec;
  readonly status?: RolloutStatus;
}

/** What was asked for. */
export interface RolloutSpec {
  readonly replicas?: number;
  /** Set by a person; the controller stops wherever it is. */
  readonly paused?: boolean;
  readonly strategy: {
    readonly canary?: { readonly steps?: readonly RolloutStep[]; readonly trafficRouting?: object };
    readonly blueGreen?: object;
  };
}

/** A step of a canary; exactly one field is set. */
export interface RolloutStep {
  readonly setWeight?: number;
  readonly setCanaryScale?: { readonly replicas?: number; readonly matchTrafficWeight?: boolean };
  readonly pause?: { readonly duration?: string | number };
  readonly analysis?: { readonly templates?: readonly { readonly templateName?: string }[] };
}

/** Steps of the canary; none for other strategies. */
export function stepsOf(rollout: RolloutObject): readonly RolloutStep[] {
  return rollout.spec.strategy.canary?.steps ?? [];
}

/** Whether the revision asked for is the one that serves, so that nothing is rolling out. */
export function isPromoted({ status }: RolloutObject): boolean {
  return status?.currentPodHash !== undefined && status.currentPodHash === status.stableRS;
}

/** Whether its canary was aborted. The controller marks a promoted revision so as well while its pods miss the progress deadline. */
export function isAborted(rollout: RolloutObject): boolean {
  return (rollout.status?.abort ?? false) && !isPromoted(rollout);
}

/** Share of requests that the plan gives the canary now, percent. */
export function plannedWeight(rollout: RolloutObject): number {
  if (isAborted(rollout)) return 0;
  const steps = stepsOf(rollout);
  const index = rollout.status?.currentStepIndex ?? 0;
  if (isPromoted(rollout) || index >= steps.length) return 100;
  return steps.slice(0, index + 1).findLast(({ setWeight }) => setWeight !== undefined)?.setWeight ?? 0;
}

/** A step in words. */
export function describeStep(step: RolloutStep): string {
  if (step.setWeight !== undefined) return `${step.setWeight} %`;
  if (step.pause)
    return step.pause.duration === undefined ? 'hold until promoted' : `hold ${words(step.pause.duration)}`;
  if (step.analysis)
    return (step.analysis.templates ?? []).some(({ templateName = '' }) => templateName.endsWith(`-${BAKE}`))
      ? BAKE
      : 'verdict';
  if (step.setCanaryScale?.matchTrafficWeight) return 'canary replicas by weight';
  if (step.setCanaryScale) return `${step.setCanaryScale.replicas ?? '?'} canary replicas`;
  return Object.keys(step).join(', ');
}

function words(duration: string | number): string {
  return typeof duration === 'number' || /^\d+$/.test(duration) ? `${duration}s` : duration;
}

/** Seconds of a duration as Argo writes it; undefined for one that it would not take either. */
export function secondsOf(duration: string | number): number | undefined {
  if (typeof duration === 'number') return duration;
  if (/^\d+$/.test(duration)) return Number(duration);
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  return parts.length > 0 && parts.map(([part]) => part).join('') === duration
    ? parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit], 0)
    : undefined;
}
