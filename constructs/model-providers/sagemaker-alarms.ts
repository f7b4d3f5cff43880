import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { wholeSecondsProblems } from '../checks/durations';
import { type EndpointShift, EndpointShiftKind } from './endpoint-shift';
import { type HealthGate } from '../rollout/health-gate';
import { TooFewRequests } from '../rollout/judgement';
import { type ResolvedJudgement } from '../rollout/resolved-judgement';

/** Namespace of the metrics of requests. */
export const SAGEMAKER_NAMESPACE = 'AWS/SageMaker';

/** Most alarms that can guard one deployment. */
const MOST_ALARMS = 10;

/** What guards the deployments of an endpoint. */
export interface EndpointGuard {
  readonly shift: EndpointShift;
  /** Longest acceptable time to first token. */
  readonly timeToFirstToken?: Duration;
  /** Alarms of others. */
  readonly alarms: readonly cloudwatch.IAlarm[];
}

/** Time that an alarm on a gate needs to fire, seconds. */
export function bakeSeconds(judgement: ResolvedJudgement): number {
  return periodSeconds(judgement) * (judgement.failureLimit + 1);
}

/** What is wrong with the guard of an endpoint, one problem per line; empty when nothing is. */
export function guardProblems({ shift, timeToFirstToken, alarms }: EndpointGuard): string[] {
  const { gates, judgement } = shift;
  const problems = gates.flatMap((gate) => [...gate._problems(), ...gateProblems(gate, timeToFirstToken)]);
  const limit = timeToFirstToken?.toSeconds({ integral: false });
  if (limit !== undefined && !(limit > 0 && Number.isFinite(limit)))
    problems.push(`timeToFirstToken: expected more than 0 s, got ${limit} s; Duration.seconds(2) is two seconds`);
  if (timeToFirstToken !== undefined && !gates.some(({ name }) => name === 'time-to-first-token')) {
    problems.push(
      'timeToFirstToken: expected a gate on the time to first token beside it, got none; add HealthGate.timeToFirstToken() to the strategy',
    );
  }
  if (judgement.tooFewRequests === TooFewRequests.FAIL && gates.length > 0) {
    problems.push(
      'judgement.tooFewRequests: expected PASS for a SageMaker endpoint, got FAIL; SageMaker continues unless an alarm fires, and too few requests fire none',
    );
  }
  problems.push(
    ...wholeSecondsProblems('judgement.window', judgement.windowSeconds, 1, 'it is the width of the judged window'),
  );
  for (const prop of ['failureLimit', 'minimumRequests'] as const) {
    const { [prop]: value } = judgement;
    if (!Number.isInteger(value) || value < 0)
      problems.push(`judgement.${prop}: expected a whole number from 0, got ${value}; correct it`);
  }
  if (gates.length + alarms.length > MOST_ALARMS) {
    problems.push(
      `alarms: expected at most ${MOST_ALARMS} with those of the gates, got ${gates.length + alarms.length}; combine some into a composite alarm`,
    );
  }
  return problems.length > 0 || shift.problems.length > 0 ? problems : waitedOut(shift);
}

/** An alarm for each gate. */
export function gateAlarms(
  scope: Construct,
  guard: EndpointGuard,
  endpointName: string,
  configName: string,
): cloudwatch.Alarm[] {
  const { gates, judgement } = guard.shift;
  return gates.map(
    (gate) =>
      new cloudwatch.Alarm(scope, gate.name === 'error-ratio' ? 'ErrorRatio' : 'TimeToFirstToken', {
        alarmDescription:
          gate.name === 'error-ratio'
            ? `More than ${gate.limit * 100} % of the requests to the new fleet of ${endpointName} are answered with a server error`
            : `95 of 100 streams of ${endpointName} should begin within ${guard.timeToFirstToken!.toSeconds({ integral: false })} s`,
        metric:
          gate.name === 'error-ratio'
            ? errorRatio(endpointName, configName, judgement)
            : firstChunk(endpointName, judgement),
        threshold:
          gate.name === 'error-ratio' ? gate.limit : guard.timeToFirstToken!.toMilliseconds({ integral: false }) * 1000,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: judgement.failureLimit + 1,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      }),
  );
}

/** The metric counts 1 for an error and 0 for any other answer, so its average is the ratio. The dimension of the configuration is the new fleet alone. */
function errorRatio(endpointName: string, configName: string, judgement: ResolvedJudgement): cloudwatch.MathExpression {
  const of = (metricName: string, statistic: string) =>
    new cloudwatch.Metric({
      namespace: SAGEMAKER_NAMESPACE,
      metricName,
      statistic,
      dimensionsMap: { EndpointName: endpointName, VariantName: VARIANT, EndpointConfigName: configName },
    });
  return new cloudwatch.MathExpression({
    label: 'share of requests',
    expression: `IF(requests >= ${judgement.minimumRequests}, errors, 0)`,
    usingMetrics: {
      requests: of('Invocations', cloudwatch.Stats.SUM),
      errors: of('Invocation5XXErrors', cloudwatch.Stats.AVERAGE),
    },
    period: Duration.seconds(periodSeconds(judgement)),
  });
}

/** The dimension of the configuration is not documented for this metric, so both fleets count. */
function firstChunk(endpointName: string, judgement: ResolvedJudgement): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: SAGEMAKER_NAMESPACE,
    metricName: 'FirstChunkModelLatency',
    statistic: cloudwatch.Stats.percentile(95),
    dimensionsMap: { EndpointName: endpointName, VariantName: VARIANT },
    period: Duration.seconds(periodSeconds(judgement)),
  });
}

/** The one variant of an endpoint; its name may not change between configurations. */
export const VARIANT = 'AllTraffic';

function periodSeconds({ windowSeconds }: ResolvedJudgement): number {
  return Math.ceil(windowSeconds / 60) * 60;
}

function gateProblems({ name, limit, _path }: HealthGate, timeToFirstToken?: Duration): string[] {
  if (name === 'error-ratio') return [];
  if (name === 'time-to-first-token') {
    return timeToFirstToken === undefined
      ? [
          `timeToFirstToken: expected a time for the gate time-to-first-token, got none; an alarm cannot compare with the old fleet (${limit} times its time), so it needs a fixed limit`,
        ]
      : [];
  }
  return [
    `${_path}: expected a gate that SageMaker has a metric for (error-ratio, time-to-first-token), got ${name}; drop it for this endpoint, or guard it by an alarm of your own`,
  ];
}

/** An alarm that needs longer to fire than SageMaker waits guards nothing. */
function waitedOut({ kind, gates, judgement, waitSeconds, terminationWaitSeconds = 0 }: EndpointShift): string[] {
  const needed = bakeSeconds(judgement);
  if (gates.length === 0 || kind === EndpointShiftKind.ROLLING) return [];
  const [prop, given] =
    kind === EndpointShiftKind.ALL_AT_ONCE
      ? ['scaleDownDelay', terminationWaitSeconds]
      : ['steps hold', waitSeconds ?? 0];
  return given >= needed
    ? []
    : [
        `${prop}: expected at least the ${needed} s that an alarm needs to fire (window times tolerated failures and one), got ${given} s; wait longer or shorten the window`,
      ];
}
