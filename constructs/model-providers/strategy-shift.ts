import { Duration } from 'aws-cdk-lib';
import { givenSeconds } from '../checks/durations';
import { isUnresolved } from '../checks/unresolved';
import { type Judgement, TooFewRequests } from '../rollout/judgement';
import { type ResolvedCanary } from '../rollout/resolved-canary';
import { type ResolvedJudgement, resolveJudgement } from '../rollout/resolved-judgement';
import { type ResolvedBlueGreen, type StrategyOptions } from '../rollout/strategy-plan';
import { type EndpointShift, EndpointShiftKind, unknownToSageMaker, waitProblems } from './endpoint-shift';

/** Options of a canary that have no counterpart at SageMaker, and why. */
const NO_COUNTERPART = {
  trafficSplit: 'the endpoint itself splits its traffic, leave it out',
  maxSurge: 'a second fleet of the same size is started, leave it out or use RolloutStrategy.rolling',
  minPodsPerReplicaSet: 'there are no pods, leave it out',
  dynamicStableScale: 'the old fleet keeps its size until the end, leave it out',
  abortScaleDownDelay: 'the new fleet ends at once when an alarm fires, leave it out',
};

/** A strategy, as SageMaker rolls out an endpoint, with what cannot be done there. */
export function endpointShift({ kind, options }: StrategyOptions, instances: number): EndpointShift {
  switch (kind) {
    case 'canary':
      return canaryShift(options, instances);
    case 'rolling':
      return rollingShift(options, instances);
    case 'blueGreen':
      return blueGreenShift(options);
  }
}

/** A canary, as a blue/green deployment of SageMaker. */
function canaryShift(options: ResolvedCanary, instances: number): EndpointShift {
  const { steps, gates = [], judgement, scaleDownDelaySeconds } = options;
  const weights = steps.map(({ weight }) => weight);
  const holds = steps.map(({ holdSeconds }) => holdSeconds);
  const linear = steps.length > 1;
  return {
    kind: linear ? EndpointShiftKind.LINEAR : EndpointShiftKind.CANARY,
    size: weights[0],
    steps: linear ? Math.ceil(100 / weights[0]) : 2,
    waitSeconds: holds[0],
    terminationWaitSeconds: scaleDownDelaySeconds,
    gates,
    judgement: judgementOf(judgement),
    problems: [
      ...(steps.length === 0
        ? ['steps: expected at least one, got none; use RolloutStrategy.blueGreen to shift all at once']
        : sizeProblems(weights, instances)),
      ...(linear ? linearProblems(weights, holds) : []),
      ...[...new Set(holds.flatMap((hold) => waitProblems('steps hold', hold)))],
      ...waitProblems('scaleDownDelay', scaleDownDelaySeconds),
      ...(steps.some(({ canaryReplicas }) => canaryReplicas !== undefined)
        ? [
            'steps canaryReplicas: expected nothing for a SageMaker endpoint, got a value; the weight is the share of the new fleet, leave it out',
          ]
        : []),
      ...unavailableProblems(options),
      ...(options.detached
        ? [
            'detached: expected false for a SageMaker endpoint, got true; CloudFormation waits until the endpoint is in service',
          ]
        : []),
      ...unknownToSageMaker({ ...options, abortScaleDownDelay: options.abortScaleDownDelaySeconds }, NO_COUNTERPART),
    ],
  };
}

/** A rolling update, batch by batch. */
function rollingShift(options: ResolvedCanary, instances: number): EndpointShift {
  const { gates = [], judgement, maxSurge: size = 1 } = options;
  const known = !isUnresolved(instances);
  const most = Math.floor(instances / 2);
  const problems: string[] = [];
  if (known && instances < 2) {
    problems.push(
      `rollout: expected at least 2 instances for batches of half of them or less, got ${instances}; use RolloutStrategy.blueGreen`,
    );
  } else if (!Number.isInteger(size) || size < 1 || (known && (size > most || size < instances * 0.05))) {
    problems.push(
      `maxSurge: expected ${known ? `${Math.max(1, Math.ceil(instances * 0.05))} to ${most} of ${instances} instances` : 'at least 1'} (5 % to 50 %), got ${size}; it is the size of SageMaker's batches`,
    );
  }
  return {
    kind: EndpointShiftKind.ROLLING,
    size,
    steps: known ? Math.ceil(instances / size) : undefined,
    gates,
    judgement: judgementOf(judgement),
    problems: [...problems, ...unavailableProblems(options)],
  };
}

/** A switch, as a blue/green deployment of SageMaker that shifts all traffic at once. */
function blueGreenShift(options: ResolvedBlueGreen): EndpointShift {
  const { scaleDownDelaySeconds, gates = [], judgement } = options;
  return {
    kind: EndpointShiftKind.ALL_AT_ONCE,
    steps: 1,
    terminationWaitSeconds: scaleDownDelaySeconds,
    gates,
    judgement: judgementOf(judgement),
    problems: [
      ...waitProblems('scaleDownDelay', scaleDownDelaySeconds),
      ...unknownToSageMaker(options, { previewReplicas: 'the new fleet has the size of the old one, leave it out' }),
    ],
  };
}

function unavailableProblems({ maxUnavailable }: ResolvedCanary): string[] {
  return maxUnavailable
    ? [
        `maxUnavailable: expected 0 for a SageMaker endpoint, got ${maxUnavailable}; no instance ends before its successor serves`,
      ]
    : [];
}

function sizeProblems(weights: readonly number[], instances: number): string[] {
  const [first] = weights;
  const least = weights.length > 1 ? 10 : 1;
  if (!Number.isInteger(first) || first < least || first > 50) {
    return [
      `steps[0].weight: expected ${least} to 50, got ${first}; SageMaker's ${weights.length > 1 ? 'steps are of 10 % to 50 %' : 'canary is at most half'} of the fleet`,
    ];
  }
  return !isUnresolved(instances) && (instances * first) / 100 < 1
    ? [
        `steps[0].weight: expected a share that is at least one instance, got ${first} % of ${instances}; raise the weight or the instances, or use RolloutStrategy.blueGreen`,
      ]
    : [];
}

function linearProblems(weights: readonly number[], holds: readonly number[]): string[] {
  const [size] = weights;
  const expected = Array.from({ length: Math.ceil(100 / size) - 1 }, (_, index) => size * (index + 1));
  const problems: string[] = [];
  if (weights.length !== expected.length || weights.some((weight, index) => weight !== expected[index])) {
    problems.push(
      `steps: expected one step, or steps of one size up to the last before 100 % (${expected.length > 0 && expected.length < 10 ? expected.join(', ') : 'such as 25, 50, 75'}), got ${weights.join(', ')}; SageMaker knows a canary of one step, and equal steps`,
    );
  }
  if (new Set(holds).size > 1)
    problems.push(
      `steps hold: expected the same at every step, got ${holds.map(givenSeconds).join(', ')} seconds; SageMaker waits equally long after each`,
    );
  return problems;
}

/** Alarms look at less than gates do, which compare, and SageMaker continues unless one fires. */
function judgementOf(judgement: Judgement = {}): ResolvedJudgement {
  const { window = Duration.minutes(2), tooFewRequests = TooFewRequests.PASS } = judgement;
  return resolveJudgement({ ...judgement, window, tooFewRequests });
}
