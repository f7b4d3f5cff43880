import { HealthGate, RolloutStrategy, TooFewRequests } from '../../constructs/rollout';
import type { EnvironmentConfig, ModelConfig } from '../environment';

/** The rollout of a model, from the data of its environment. */
export function rolloutOf(model: ModelConfig, environment: EnvironmentConfig): RolloutStrategy {
  const { rollout } = model;
  const { gates } = rollout;
  return RolloutStrategy.canary({
    steps: rollout.steps.map(({ weight, holdSeconds }) => ({ weight, holdSeconds })),
    maxSurge: rollout.maxSurge,
    gates: [
      HealthGate.timeToFirstToken({ maxRatio: gates.timeToFirstTokenRatio }),
      HealthGate.errorRatio({ maxDifference: gates.errorRatioDifference }),
      HealthGate.forwardProgress(),
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

/** Address of Prometheus in a cluster of others; undefined where it is the platform's own. */
export function prometheusAddress({ cluster }: EnvironmentConfig): string | undefined {
  return 'existing' in cluster ? cluster.existing.prometheusAddress : undefined;
}
