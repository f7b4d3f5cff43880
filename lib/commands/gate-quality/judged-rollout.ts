import type { TooFewRequests } from '../../../constructs/rollout';
import { CanaryPlan } from '../../../constructs/rollout/canary-plan';
import { resolveJudgement } from '../../../constructs/rollout/resolved-judgement';
import type { EnvironmentConfig } from '../../environment/environment-config';
import type { ModelConfig } from '../../environment/model/model-config';
import { resolvedModel } from '../../environment/model/model-options';

/** Gates that compare the canary with the stable revision. */
export const COMPARED = ['time-to-first-token', 'error-ratio', 'refused-requests', 'unfinished-answers'] as const;
/** Gates that are simulated. */
export const GATES = [...COMPARED, 'forward-progress', 'synthetic-request'] as const;
export type Gate = (typeof GATES)[number];

/** A step of a canary, in replicas. */
export interface JudgedStep {
  readonly canaryReplicas: number;
  readonly stableReplicas: number;
  readonly holdSeconds: number;
}

/** What a simulation needs to know of a rollout: its steps, and how and when its gates judge. Times are seconds. */
export interface JudgedRollout {
  readonly replicas: number;
  /** Replicas that are replaced at once. */
  readonly atOnce: number;
  readonly expectedStartupSeconds: number;
  readonly steps: readonly JudgedStep[];
  readonly bakeSeconds: number;
  readonly scrapeIntervalSeconds: number;
  readonly intervalSeconds: number;
  readonly windowSeconds: number;
  readonly warmUpSeconds: number;
  readonly minimumRequests: number;
  readonly minimumRequestsTimeoutSeconds: number;
  readonly failureLimit: number;
  readonly tooFewRequests: `${TooFewRequests}`;
  /** Limits of gates; absent where there is no such gate. */
  readonly limits: Readonly<Partial<Record<Gate, number>>>;
}

/** How a model's gates judge; undefined where nothing is compared: without steps. */
export function judgedRolloutOf(config: ModelConfig, environment: EnvironmentConfig): JudgedRollout | undefined {
  const { replicas, rollout, expectedStartupSeconds, scrapeIntervalSeconds } = resolvedModel(config, environment);
  const plan = rollout._plan;
  if (!(plan instanceof CanaryPlan) || plan.options.steps.length === 0) return undefined;
  const { steps, gates = [], judgement } = plan.options;
  return {
    ...resolveJudgement(judgement),
    replicas,
    atOnce: Math.max(1, plan.maxSurge),
    expectedStartupSeconds,
    scrapeIntervalSeconds,
    steps: plan.weights(replicas).map(({ canaryReplicas, stableReplicas }, index) => ({
      canaryReplicas,
      stableReplicas,
      holdSeconds: steps[index].holdSeconds,
    })),
    bakeSeconds: plan.options.bakeSeconds,
    limits: Object.fromEntries(gates.map(({ name, limit }) => [name, limit])),
  };
}
