import { DEFAULT_BAKE_SECONDS } from '../../../constructs/rollout/canary-plan';
import type { EnvironmentConfig } from '../../environment/environment-config';
import type { ModelConfig } from '../../environment/model/model-config';
import { rolloutOf } from '../../environment/model/model-rollout';
import { modelServiceOptions } from '../../environment/model/model-service-options';

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
  readonly patienceSeconds: number;
  readonly toleratedFailures: number;
  readonly tooFewRequests: 'pass' | 'fail';
  /** Limits of gates; absent where there is no such gate. */
  readonly timeToFirstTokenRatio?: number;
  readonly errorRatioDifference?: number;
  readonly unfinishedAnswersDifference?: number;
  readonly forwardProgress: boolean;
  readonly syntheticRequest: boolean;
}

/** Defaults of the library that no option of a model overrides. */
const LIBRARY = { startupBudgetSeconds: 1200, scrapeIntervalSeconds: 15, toleratedFailures: 1, unfinishedAnswersDifference: 0.05, bakeSeconds: DEFAULT_BAKE_SECONDS };

/** How a model's gates judge; undefined where nothing is compared: without steps. */
export function judgedRolloutOf(model: ModelConfig, environment: EnvironmentConfig): JudgedRollout | undefined {
  const { rollout: { steps, gates, maxSurge, bakeSeconds = LIBRARY.bakeSeconds }, replicas, engine = { vllm: {} } } = model;
  if (steps.length === 0 || (model.nodesPerReplica ?? 1) > 1) return undefined;
  const { timings = {} } = modelServiceOptions(model, environment);
  const weights = rolloutOf(model, environment).effectiveWeights(replicas);
  const unfinished = gates.unfinishedAnswersDifference ?? ('vllm' in engine && LIBRARY.unfinishedAnswersDifference);
  return {
    replicas,
    atOnce: Math.max(1, maxSurge),
    expectedStartupSeconds: timings.expectedStartup?.toSeconds() ?? (timings.startupBudget?.toSeconds() ?? LIBRARY.startupBudgetSeconds) / 2,
    steps: weights.map(({ canaryReplicas, stableReplicas }, index) => ({ canaryReplicas, stableReplicas, holdSeconds: steps[index].holdSeconds })),
    bakeSeconds,
    scrapeIntervalSeconds: model.scrapeIntervalSeconds ?? LIBRARY.scrapeIntervalSeconds,
    intervalSeconds: gates.intervalSeconds,
    windowSeconds: gates.windowSeconds,
    warmUpSeconds: gates.warmUpSeconds,
    minimumRequests: gates.minRequests,
    patienceSeconds: gates.patienceSeconds,
    toleratedFailures: LIBRARY.toleratedFailures,
    tooFewRequests: gates.tooFewRequests,
    timeToFirstTokenRatio: gates.timeToFirstTokenRatio || undefined,
    errorRatioDifference: gates.errorRatioDifference === false ? undefined : gates.errorRatioDifference,
    unfinishedAnswersDifference: unfinished === false ? undefined : unfinished,
    forwardProgress: gates.forwardProgress ?? true,
    syntheticRequest: gates.syntheticRequestSeconds !== false,
  };
}
