import { type KubernetesObject } from '../../constructs/kubernetes/release-document';
import { describeStep, type RolloutObject, stepsOf } from '../rollout/rollout-object';
import { type ReleaseSnapshot } from './assembly';
import { diffFields } from './object-diff';

/** What a deployment will do to one Rollout. */
export interface CanaryForecast {
  readonly rollout: string;
  readonly canary: boolean;
  /** In words. */
  readonly forecast: string;
  /** Steps of the canary in words; empty without one. */
  readonly steps: readonly string[];
  /** Time that the rollout takes when nothing goes wrong, seconds. Absent without a canary, or when it is not known. */
  readonly plannedSeconds?: number;
  readonly deadlineSeconds: number;
}

/**
 * What the Rollouts of a release will do: a canary where the pods change, else nothing.
 *
 * @param plannedSeconds planned length of a model's rollout, by the model's name
 */
export function forecastCanaries(
  before: ReleaseSnapshot | undefined, after: ReleaseSnapshot, plannedSeconds: (model: string) => number | undefined,
): CanaryForecast[] {
  return rolloutsOf(after).map((rollout) => {
    const { namespace = '', name } = rollout.metadata;
    const base = { rollout: `${namespace}/${name}`, deadlineSeconds: after.deadlineSeconds, canary: false, steps: [] };
    const previous = before && rolloutsOf(before).find(({ metadata }) => metadata.namespace === rollout.metadata.namespace && metadata.name === name);
    if (!previous) return { ...base, forecast: 'first revision: no steps and no gates, its pods need only become ready' };
    if (diffFields(templateOf(previous), templateOf(rollout)).length === 0) return { ...base, forecast: unchanged(previous, rollout) };
    const steps = stepsOf(rollout).map(describeStep);
    const planned = plannedSeconds(name);
    if (steps.length === 0) return { ...base, forecast: 'pods change: replaced one after the other, without steps', plannedSeconds: planned };
    return { ...base, canary: true, forecast: 'pods change: canary', steps: [...steps, '100 %'], plannedSeconds: planned };
  });
}

function rolloutsOf({ applied }: ReleaseSnapshot): RolloutObject[] {
  return applied.filter((object): object is RolloutObject => object.kind === 'Rollout');
}

function templateOf(rollout: KubernetesObject): unknown {
  return (rollout.spec as { template?: unknown }).template;
}

function unchanged(before: RolloutObject, after: RolloutObject): string {
  const scaled = before.spec.replicas !== after.spec.replicas ? `; scaled from ${before.spec.replicas} to ${after.spec.replicas} replicas` : '';
  const strategy = diffFields(before.spec.strategy, after.spec.strategy).length > 0 ? '; its new steps count from the next revision on' : '';
  return `no canary: pods unchanged${scaled}${strategy}`;
}
