import { Duration } from 'aws-cdk-lib';
import type { EnvironmentConfig } from '../environment-config';
import { httpAddressProblems } from '../../../constructs/checks/http-address';
import {
  type CanaryStep,
  HealthGate,
  type Judgement,
  type LatencyGateOptions,
  RolloutStrategy,
} from '../../../constructs/rollout';
import { durationOf, type PlainData, withDurations } from '../plain-data';
import { engineConfigOf } from './engine-config';
import type { ModelConfig } from './model-config';

/** In the place of a hold that cannot be read: long enough for a verdict, so that nothing more is reported for it. */
const UNREAD_HOLD = { hold: Duration.minutes(10) };

/**
 * The rollout of a model, from the data of its environment.
 *
 * @param problems gets what cannot be read
 */
export function rolloutOf(model: ModelConfig, problems: string[]): RolloutStrategy {
  const { rollout } = model;
  const { steps, maxSurge, bakeTime, gates, judgement } = rollout;
  const { timeToFirstToken, errorRatio } = model.objectives;
  // The controller of groups knows neither steps nor gates; steps that are given are reported by rolloutProblems.
  if ((model.nodes ?? 1) > 1) return RolloutStrategy.rolling({ maxSurge });
  const {
    refusedRequests = gates.errorRatio && {},
    unfinishedAnswers = engineConfigOf(model).name === 'vllm' ? {} : false,
    syntheticRequest = {},
    forwardProgress = true,
  } = gates;
  const limit = durationOf('objectives.timeToFirstToken', timeToFirstToken, []);
  const latency = (gate: 'timeToFirstToken' | 'queueTime', options: PlainData<LatencyGateOptions>) =>
    withDurations(`rollout.gates.${gate}`, options, ['floor'], problems);
  return RolloutStrategy.canary({
    steps: stepsOf(steps, problems),
    maxSurge,
    bakeTime: durationOf('rollout.bakeTime', bakeTime, problems),
    // What an engine does not export for its gates, it does not export for its objectives. Those that cannot be are reported by themselves.
    objectives: {
      timeToFirstToken: gates.timeToFirstToken !== false && limit?.toMilliseconds() !== 0 ? limit : undefined,
      errorRatio: gates.errorRatio !== false && errorRatio > 0 && errorRatio <= 1 ? errorRatio : undefined,
    },
    gates: [
      syntheticRequest &&
        HealthGate.syntheticRequest(
          withDurations('rollout.gates.syntheticRequest', syntheticRequest, ['timeout'], problems),
        ),
      gates.timeToFirstToken && HealthGate.timeToFirstToken(latency('timeToFirstToken', gates.timeToFirstToken)),
      gates.errorRatio && HealthGate.errorRatio(gates.errorRatio),
      refusedRequests && HealthGate.refusedRequests(refusedRequests),
      unfinishedAnswers && HealthGate.unfinishedAnswers(unfinishedAnswers),
      gates.queueTime && HealthGate.queueTime(latency('queueTime', gates.queueTime)),
      forwardProgress && HealthGate.forwardProgress(),
    ].filter((gate) => gate instanceof HealthGate),
    judgement: judgementOf(judgement, problems),
  });
}

/**
 * The steps of a canary.
 *
 * @param problems gets what cannot be read
 */
export function stepsOf(steps: ModelConfig['rollout']['steps'], problems: string[]): CanaryStep[] {
  return steps.map((step, index) => ({
    ...(step.hold && UNREAD_HOLD),
    ...withDurations(`rollout.steps[${index}]`, step, ['hold'], problems),
  }));
}

/** Members of enums are written by their values. */
export function judgementOf(judgement: ModelConfig['rollout']['judgement'] = {}, problems: string[]): Judgement {
  return withDurations(
    'rollout.judgement',
    judgement,
    ['warmUp', 'window', 'interval', 'minimumRequestsTimeout'],
    problems,
  ) as Judgement;
}

/** What is wrong with how a model is rolled out, beside what its strategy says itself. */
export function rolloutProblems({ nodes = 1, rollout }: ModelConfig): string[] {
  return nodes > 1 && rollout.steps.length > 0
    ? [
        `rollout.steps: expected none for a model on several nodes, got ${rollout.steps.length}; its groups are replaced one after the other, without a canary`,
      ]
    : [];
}

/** Address of Prometheus in a cluster of others; undefined where it is the platform's own. */
export function prometheusAddress({ cluster }: EnvironmentConfig): string | undefined {
  const address = 'existing' in cluster ? cluster.existing.prometheusAddress : undefined;
  // A wrong one has a report of its own.
  return address === undefined || httpAddressProblems('', address).length > 0 ? undefined : address;
}
