import type { TooFewRequests } from '../../../constructs/rollout';
import { CanaryPlan } from '../../../constructs/rollout/canary-plan';
import { resolveJudgement } from '../../../constructs/rollout/resolved-judgement';
import type { EnvironmentConfig } from '../../environment/environment-config';
import type { ModelConfig } from '../../environment/model/model-config';
import { resolvedModel } from '../../environment/model/model-options';

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
  readonly timeToFirstTokenRatio?: number;
  readonly errorRatioDifference?: number;
  readonly refusedRequestsDifference?: number;
  readonly unfinishedAnswersDifference?: number;
  readonly forwardProgress: boolean;
  readonly syntheticRequest: boolean;
}

/** How a model's gates judge; undefined where nothing is compared: without steps. */
export function judgedRolloutOf(config: ModelConfig, environment: EnvironmentConfig): JudgedRollout | undefined {
  const { replicas, rollout, expectedStartupSeconds, scrapeIntervalSeconds } = resolvedModel(config, environment);
  const plan = rollout._plan;
  if (!(plan instanceof CanaryPlan) || plan.options.steps.length === 0) return undefined;
  const { steps, gates = [], judgement } = plan.options;
  const limitOf = (gate: string) => gates.find(({ name }) => name === gate)?.limit;
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
    timeToFirstTokenRatio: limitOf('time-to-first-token'),
    errorRatioDifference: limitOf('error-ratio'),
    refusedRequestsDifference: limitOf('refused-requests'),
    unfinishedAnswersDifference: limitOf('unfinished-answers'),
    forwardProgress: limitOf('forward-progress') !== undefined,
    syntheticRequest: limitOf('synthetic-request') !== undefined,
  };
}
