import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { describeStep, type RolloutObject, stepsOf } from '../rollout/rollout-object';
import { type ReleaseSnapshot } from './assembly';
import { acceleratorOf, type HourlyCost, hourlyCostOf, scalerOf } from './hourly-cost';
import type { ModelPlans } from './model-plans';
import { diffFields } from './object-diff';

/** What a deployment will do to one Rollout, or to the groups of one LeaderWorkerSet. */
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
  /** How good a judge its gates are, as text; absent without a canary. */
  readonly gateQuality?: string;
  /** Proof that the model fits, and its cold start, as text; absent where no new pods start or its sizes are not known. */
  readonly placement?: string;
  /** Instance type that it runs on now, whose nodes are gone before its pods are replaced. */
  readonly lostNodes?: string;
  /** What its accelerators cost on demand, before and after; either is absent where it is not known. */
  readonly cost: { readonly before?: HourlyCost; readonly after?: HourlyCost };
}

/** Full weight in words; a plan that bakes names it itself. */
const FULL = '100 %';

/**
 * What the Rollouts and groups of a release will do: a canary where the pods of a Rollout change, else nothing of the kind.
 *
 * @param plans what was worked out for the models
 */
export function forecastCanaries(
  before: ReleaseSnapshot | undefined,
  after: ReleaseSnapshot,
  plans: ModelPlans,
): CanaryForecast[] {
  return after.applied
    .filter(({ kind }) => kind === 'Rollout' || kind === 'LeaderWorkerSet')
    .map((workload) => {
      const { namespace = '', name } = workload.metadata;
      const previous = before?.applied.find(
        ({ kind, metadata }) =>
          kind === workload.kind && metadata.namespace === workload.metadata.namespace && metadata.name === name,
      );
      const cost = {
        before: previous && hourlyCostOf(previous, before!.applied),
        after: hourlyCostOf(workload, after.applied),
      };
      const base = {
        rollout: `${namespace}/${name}`,
        deadlineSeconds: after.deadlineSeconds,
        canary: false,
        steps: [],
        cost,
      };
      const placement = plans.placement(name);
      if (!previous)
        return {
          ...base,
          placement,
          forecast: 'first revision: no steps and no gates, its pods need only become ready',
        };
      if (diffFields(podsOf(previous), podsOf(workload)).length === 0)
        return { ...base, forecast: unchanged(previous, workload, scalerOf(workload, after.applied) !== undefined) };
      const type = acceleratorOf(previous);
      const lostNodes =
        type !== undefined && type !== acceleratorOf(workload) && !plans.hasNodes(type) ? type : undefined;
      const changing = { ...base, placement, lostNodes, plannedSeconds: plans.rolloutSeconds(name) };
      const steps = isRollout(workload) ? stepsOf(workload).map(describeStep) : [];
      if (steps.length === 0) {
        const order = isRollout(workload) ? 'one after the other' : 'group after group';
        return { ...changing, forecast: `pods change: replaced ${order}, without steps` };
      }
      return {
        ...changing,
        canary: true,
        forecast: 'pods change: canary',
        steps: steps.includes(FULL) ? steps : [...steps, FULL],
        gateQuality: plans.gateQuality(name),
      };
    });
}

function isRollout(object: KubernetesObject): object is RolloutObject {
  return object.kind === 'Rollout';
}

interface WorkloadSpec {
  readonly replicas?: number;
  readonly strategy?: unknown;
  readonly template?: unknown;
  readonly leaderWorkerTemplate?: unknown;
}

function podsOf({ spec }: KubernetesObject): unknown {
  const { template, leaderWorkerTemplate } = spec as WorkloadSpec;
  return template ?? leaderWorkerTemplate;
}

function unchanged(before: KubernetesObject, after: KubernetesObject, followsLoad: boolean): string {
  const [from, to] = [before.spec, after.spec] as [WorkloadSpec, WorkloadSpec];
  const now = followsLoad
    ? '; its replicas stay, they follow the load'
    : `; scaled from ${from.replicas} to ${to.replicas} replicas`;
  const scaled = from.replicas === to.replicas ? '' : now;
  const strategy =
    diffFields(from.strategy, to.strategy).length > 0 ? '; its new steps count from the next revision on' : '';
  return `no canary: pods unchanged${scaled}${strategy}`;
}
