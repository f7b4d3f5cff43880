import { HealthGate, type Judgement, RolloutStrategy } from '../../../constructs/rollout';
import type { EnvironmentConfig } from '../environment-config';
import type { ModelConfig } from './model-config';

/** The rollout of a model, from the data of its environment. */
export function rolloutOf(model: ModelConfig, environment: EnvironmentConfig): RolloutStrategy {
  const { rollout } = model;
  const { steps, maxSurge, bakeSeconds, gates, judgement } = rollout;
  const { timeToFirstTokenSeconds, errorRatio } = model.objectives;
  // The controller of groups knows neither steps nor gates; steps that are given are reported by rolloutProblems.
  if ((model.nodes ?? 1) > 1) return RolloutStrategy.rolling({ maxSurge });
  const { unfinishedAnswers = 'vllm' in (model.engine ?? { vllm: {} }) ? {} : false, syntheticRequest = {}, forwardProgress = true } = gates;
  return RolloutStrategy.canary({
    steps: [...steps],
    maxSurge,
    bakeSeconds,
    // What an engine does not tell its gates, it does not tell of its objectives. Those that cannot be are reported by themselves.
    objectives: {
      timeToFirstTokenSeconds: gates.timeToFirstToken !== false && timeToFirstTokenSeconds > 0 ? timeToFirstTokenSeconds : undefined,
      errorRatio: gates.errorRatio !== false && errorRatio > 0 && errorRatio <= 1 ? errorRatio : undefined,
    },
    gates: [
      syntheticRequest && HealthGate.syntheticRequest(syntheticRequest),
      gates.timeToFirstToken && HealthGate.timeToFirstToken(gates.timeToFirstToken),
      gates.errorRatio && HealthGate.errorRatio(gates.errorRatio),
      unfinishedAnswers && HealthGate.unfinishedAnswers(unfinishedAnswers),
      gates.queueTime && HealthGate.queueTime(gates.queueTime),
      forwardProgress && HealthGate.forwardProgress(),
    ].filter((gate) => gate instanceof HealthGate),
    judgement: { ...judgement as Judgement | undefined, prometheusAddress: prometheusAddress(environment) },
  });
}

/** What is wrong with how a model is rolled out, beside what its strategy says itself. */
export function rolloutProblems({ nodes = 1, rollout }: ModelConfig): string[] {
  return nodes > 1 && rollout.steps.length > 0
    ? [`rollout.steps: expected none for a model on several nodes, got ${rollout.steps.length}; its groups are replaced one after the other, without a canary`]
    : [];
}

/** Address of Prometheus in a cluster of others; undefined where it is the platform's own. */
export function prometheusAddress({ cluster }: EnvironmentConfig): string | undefined {
  return 'existing' in cluster ? cluster.existing.prometheusAddress : undefined;
}
