import { givenSeconds, wholeSecondsProblems } from '../checks/durations';
import { isUnresolved } from '../checks/unresolved';
import { type EngineMetrics } from '../models/engine-metrics';
import { type ScalingSchedule } from './model-autoscaling';
import { type ResolvedAutoscaling } from './resolved-autoscaling';
import { type ScalingContext } from './scaling-context';

/** Longest stabilization window of a HorizontalPodAutoscaler, seconds. */
const MAX_WINDOW = 3600;

/** Longest period of a scaling policy of a HorizontalPodAutoscaler, seconds. */
export const MAX_POLICY_PERIOD = 1800;

/** What is wrong with the scaling of a model, one problem per line; empty when nothing is. */
export function scalingProblems(scaling: ResolvedAutoscaling, context: ScalingContext): string[] {
  const unknown = unknownNumbers(scaling, context);
  if (unknown.length > 0) return unknown;
  return [
    ...boundProblems(scaling, context),
    ...targetProblems(scaling),
    ...metricProblems(scaling, context.metrics),
    ...windowProblems(scaling, context),
    ...scaling.schedules.flatMap((schedule, index) =>
      scheduleProblems(schedule, scaling, `autoscaling.schedules[${index}]`),
    ),
  ];
}

/** Targets become text and windows are worked out from them, which a deploy-time value cannot. */
function unknownNumbers(scaling: ResolvedAutoscaling, { replicas: own }: ScalingContext): string[] {
  const numbers: [string, unknown][] = [
    ...Object.entries(scaling).map(([prop, value]): [string, unknown] => [`autoscaling.${prop}`, value]),
    ...scaling.schedules.map(({ replicas }, index): [string, unknown] => [
      `autoscaling.schedules[${index}].replicas`,
      replicas,
    ]),
  ];
  return numbers
    .filter(([, value]) => typeof value === 'number' && isUnresolved(value) && value !== own)
    .map(
      ([prop]) =>
        `${prop}: expected a number known at synth with autoscaling, got a deploy-time value; give the number itself`,
    );
}

function boundProblems(
  { minReplicas, maxReplicas, requestQueue, fallbackReplicas }: ResolvedAutoscaling,
  { replicas }: ScalingContext,
): string[] {
  const problems = [
    ...whole('autoscaling.minReplicas', minReplicas, 0, 'it is the fewest replicas'),
    ...whole('autoscaling.maxReplicas', maxReplicas, 1, 'it is the most replicas'),
  ];
  if (problems.length > 0) return problems;
  if (minReplicas > maxReplicas)
    return [
      `autoscaling.minReplicas: expected at most maxReplicas (${maxReplicas}), got ${minReplicas}; exchange them`,
    ];
  if (minReplicas === 0 && requestQueue === undefined) {
    problems.push(
      'autoscaling.minReplicas: expected at least 1 without a request queue, got 0; nothing would keep the requests that come while there is no replica, name the queue or gateway that does in requestQueue',
    );
  }
  if (minReplicas > 0 && requestQueue !== undefined) {
    problems.push(
      `autoscaling.requestQueue: expected none beside minReplicas ${minReplicas}, got ${JSON.stringify(requestQueue.name)}; remove it or set minReplicas to 0`,
    );
  }
  const within = (prop: string, value: number | undefined) => {
    const least = Math.max(1, minReplicas);
    if (
      value === undefined ||
      isUnresolved(value) ||
      (Number.isInteger(value) && value >= least && value <= maxReplicas)
    )
      return;
    problems.push(
      `${prop}: expected a whole number from ${least} to ${maxReplicas}, as autoscaling allows, got ${value}; choose one in between or change minReplicas and maxReplicas`,
    );
  };
  within('replicas', replicas);
  if (fallbackReplicas !== replicas) within('autoscaling.fallbackReplicas', fallbackReplicas);
  return problems;
}

function targetProblems({
  waitingPerReplica,
  kvCacheUsage,
  runningPerReplica,
  requestQueue,
}: ResolvedAutoscaling): string[] {
  const problems: string[] = [];
  for (const [prop, value] of Object.entries({ waitingPerReplica, runningPerReplica })) {
    if (value !== undefined && !(value > 0 && Number.isFinite(value)))
      problems.push(`autoscaling.${prop}: expected more than 0, got ${value}; it is a number of requests`);
  }
  if (kvCacheUsage !== undefined && !(kvCacheUsage > 0 && kvCacheUsage <= 1)) {
    problems.push(
      `autoscaling.kvCacheUsage: expected more than 0 and at most 1, got ${kvCacheUsage}; 0.7 is 70 % of the cache`,
    );
  }
  if (requestQueue && !requestQueue.name?.trim())
    problems.push(
      'autoscaling.requestQueue.name: expected what queues the requests, got nothing; its alert names it as the place to look',
    );
  if (requestQueue && !requestQueue.queuedRequestsQuery?.trim())
    problems.push(
      'autoscaling.requestQueue.queuedRequestsQuery: expected PromQL, got nothing; give the query of the requests that are queued',
    );
  return problems;
}

/** A trigger on a metric that the engine does not export would never scale anything. */
function metricProblems(
  { waitingPerReplica, kvCacheUsage, runningPerReplica }: ResolvedAutoscaling,
  metrics: EngineMetrics,
): string[] {
  const asked: [keyof EngineMetrics, number | undefined, string][] = [
    ['requestsWaiting', waitingPerReplica, 'waitingPerReplica'],
    ['kvCacheUsage', kvCacheUsage, 'kvCacheUsage'],
    ['requestsRunning', runningPerReplica, 'runningPerReplica'],
  ];
  const problems = asked
    .filter(([metric, target]) => target !== undefined && metrics[metric] === undefined)
    .map(
      ([metric, , prop]) =>
        `autoscaling.${prop}: expected an engine that exports ${metric}, got one that does not; leave it out or use another engine`,
    );
  if (
    problems.length === 0 &&
    metrics.requestsWaiting === undefined &&
    metrics.kvCacheUsage === undefined &&
    runningPerReplica === undefined
  ) {
    problems.push(
      'autoscaling: expected an engine that exports requestsWaiting or kvCacheUsage, got one that exports neither; set runningPerReplica or use another engine',
    );
  }
  return problems;
}

function windowProblems(scaling: ResolvedAutoscaling, context: ScalingContext): string[] {
  const problems: string[] = [];
  const { terminationGracePeriodSeconds: drainSeconds } = context;
  const { scaleDownWindowSeconds, pollingIntervalSeconds } = scaling;
  problems.push(
    ...wholeSecondsProblems(
      'autoscaling.pollingInterval',
      pollingIntervalSeconds,
      1,
      'it is the time between two looks at the load',
    ),
  );
  if (drainSeconds > MAX_POLICY_PERIOD) {
    problems.push(
      `timings.terminationGracePeriod: expected at most ${MAX_POLICY_PERIOD} seconds with autoscaling, got ${drainSeconds}; an autoscaler cannot be slowed to one replica in a longer time, shorten the drain`,
    );
  } else if (
    !Number.isInteger(scaleDownWindowSeconds) ||
    scaleDownWindowSeconds < drainSeconds ||
    scaleDownWindowSeconds > MAX_WINDOW
  ) {
    problems.push(
      `autoscaling.scaleDownWindow: expected a whole number of seconds from ${drainSeconds} (the time to drain) to ${MAX_WINDOW}, got ${givenSeconds(scaleDownWindowSeconds)}; ` +
        'a shorter one takes replicas away faster than they drain',
    );
  }
  return problems;
}

function scheduleProblems(
  { start, end, timezone, replicas }: ScalingSchedule,
  { minReplicas, maxReplicas }: ResolvedAutoscaling,
  prop: string,
): string[] {
  const problems: string[] = [];
  for (const [name, value] of Object.entries({ start, end })) {
    if (!isUnresolved(value) && !/^\S+( \S+){4}$/.test(value))
      problems.push(
        `${prop}.${name}: expected a cron expression of five fields, got ${JSON.stringify(value)}; 0 7 * * 1-5 is seven o'clock on working days`,
      );
  }
  if (!isUnresolved(start) && start === end)
    problems.push(`${prop}.end: expected another time than start, got the same; the schedule would never apply`);
  if (!isUnresolved(timezone) && !isTimeZone(timezone))
    problems.push(
      `${prop}.timezone: expected a name of the IANA database, got ${JSON.stringify(timezone)}; use one such as Europe/Berlin`,
    );
  if (!Number.isInteger(replicas) || replicas <= minReplicas || replicas > maxReplicas) {
    problems.push(
      `${prop}.replicas: expected a whole number above minReplicas (${minReplicas}) and at most maxReplicas (${maxReplicas}), got ${replicas}; otherwise it changes nothing or is cut off`,
    );
  }
  return problems;
}

function whole(prop: string, value: number, least: number, advice: string): string[] {
  return Number.isInteger(value) && value >= least
    ? []
    : [`${prop}: expected a whole number from ${least}, got ${value}; ${advice}`];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
