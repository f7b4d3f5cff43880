import { HealthGate, RolloutStrategy, TooFewRequests } from '../../../constructs/rollout';
import type { EnvironmentConfig } from '../environment-config';
import type { ModelConfig } from './model-config';

/** The rollout of a model, from the data of its environment. */
export function rolloutOf(model: ModelConfig, environment: EnvironmentConfig): RolloutStrategy {
  const { rollout } = model;
  const { gates } = rollout;
  const { timeToFirstTokenSeconds, errorRatio } = model.objectives;
  // The controller of groups knows neither steps nor gates; steps that are given are reported by rolloutProblems.
  if ((model.nodesPerReplica ?? 1) > 1) return RolloutStrategy.rolling({ maxSurge: rollout.maxSurge });
  const unfinished = gates.unfinishedAnswersDifference ?? ('vllm' in (model.engine ?? { vllm: {} }) ? undefined : false);
  return RolloutStrategy.canary({
    steps: rollout.steps.map(({ weight, holdSeconds }) => ({ weight, holdSeconds })),
    maxSurge: rollout.maxSurge,
    bakeSeconds: rollout.bakeSeconds,
    // What an engine does not tell its gates, it does not tell of its objectives. Those that cannot be are reported by themselves.
    objectives: {
      timeToFirstTokenSeconds: gates.timeToFirstTokenRatio !== false && timeToFirstTokenSeconds > 0 ? timeToFirstTokenSeconds : undefined,
      errorRatio: gates.errorRatioDifference !== false && errorRatio > 0 && errorRatio <= 1 ? errorRatio : undefined,
    },
    gates: [
      ...(gates.syntheticRequestSeconds === false ? [] : [HealthGate.syntheticRequest({ timeoutSeconds: gates.syntheticRequestSeconds })]),
      ...(gates.timeToFirstTokenRatio === false ? [] : [HealthGate.timeToFirstToken({ maxRatio: gates.timeToFirstTokenRatio })]),
      ...(gates.errorRatioDifference === false ? [] : [HealthGate.errorRatio({ maxDifference: gates.errorRatioDifference })]),
      ...(unfinished === false ? [] : [HealthGate.unfinishedAnswers({ maxDifference: unfinished })]),
      ...(gates.queueTimeRatio === undefined ? [] : [HealthGate.queueTime({ maxRatio: gates.queueTimeRatio })]),
      ...(gates.forwardProgress ?? true ? [HealthGate.forwardProgress()] : []),
    ],
    judgement: {
      warmUpSeconds: gates.warmUpSeconds,
      windowSeconds: gates.windowSeconds,
      intervalSeconds: gates.intervalSeconds,
      minimumRequests: gates.minRequests,
      patienceSeconds: gates.patienceSeconds,
      tooFewRequests: gates.tooFewRequests === 'fail' ? TooFewRequests.FAIL : TooFewRequests.PASS,
      prometheusAddress: prometheusAddress(environment),
    },
  });
}

/** What is wrong with how a model is rolled out, beside what its strategy says itself. */
export function rolloutProblems({ nodesPerReplica = 1, rollout }: ModelConfig): string[] {
  return nodesPerReplica > 1 && rollout.steps.length > 0
    ? [`rollout.steps: expected none for a model on several nodes, got ${rollout.steps.length}; its groups are replaced one after the other, without a canary`]
    : [];
}

/** Address of Prometheus in a cluster of others; undefined where it is the platform's own. */
export function prometheusAddress({ cluster }: EnvironmentConfig): string | undefined {
  return 'existing' in cluster ? cluster.existing.prometheusAddress : undefined;
}
