import { secondsOf, wholeSecondsProblems } from '../checks/durations';
import { type Duration } from 'aws-cdk-lib';
import { type ModelTimings } from './model-timings';

/** The times of a model with every default, seconds. */
export type ResolvedTimings = { readonly [Option in keyof ModelTimings as `${Option}Seconds`]-?: number };

/**
 * Time between the last request and the end of the process, seconds: the engine ends its workers and frees its GPUs. vLLM 0.32.0 took 11 s
 * when idle and 12 s behind the last request, on CPUs; the rest is for larger models. It is no longer, because requests that outlast
 * `shutdownTimeout` hang without an answer until the pod is killed.
 */
const DRAIN_SLACK_SECONDS = 30;

/** Least value, default by the times above, and what the time is. */
type Rule = readonly [least: number, fallback: number | ((times: ResolvedTimings) => number), is: string];

const RULES: { readonly [Option in keyof ModelTimings]-?: Rule } = {
  startupBudget: [1, 1200, 'it is the longest time from the start of the container until the model answers'],
  capacityBudget: [0, 900, 'it is the longest time until a node with a free GPU is there'],
  expectedNodeWait: [0, 0, 'it is the time that a pod is expected to wait for a new node'],
  expectedStartup: [
    0,
    (times) => Math.ceil(times.startupBudgetSeconds / 2),
    'it is the time that a new replica is expected to take until it is ready',
  ],
  probePeriod: [1, 5, 'it is the time between two readiness probes'],
  scrapeInterval: [1, 15, 'it is the time between two scrapes'],
  preStop: [0, 15, 'it is the time in which load balancers stop sending'],
  shutdownTimeout: [1, 60, 'with 0 the engine aborts the requests in flight'],
  terminationGracePeriod: [0, leastGracePeriod, 'it is the time until the pod is killed'],
};

const given = (time: Duration | undefined) => time && secondsOf(time);

/** Fills in the defaults. What cannot be stays, for {@link timingProblems}. */
export function resolveTimings(timings: ModelTimings = {}): ResolvedTimings {
  return Object.entries(RULES).reduce<Record<string, number>>(
    (times, [option, [, fallback]]) => ({
      ...times,
      [`${option}Seconds`]:
        given(timings[option as keyof ModelTimings]) ??
        (typeof fallback === 'number' ? fallback : fallback(times as unknown as ResolvedTimings)),
    }),
    {},
  ) as unknown as ResolvedTimings;
}

/** What is wrong with the times of a model, one problem per line. */
export function timingProblems(times: ResolvedTimings): string[] {
  const wrong = Object.entries(RULES).flatMap(([option, [least, , is]]) =>
    wholeSecondsProblems(`timings.${option}`, times[`${option as keyof ModelTimings}Seconds`], least, is),
  );
  const { preStopSeconds, shutdownTimeoutSeconds, terminationGracePeriodSeconds } = times;
  if (wrong.length > 0) return wrong;
  return terminationGracePeriodSeconds >= leastGracePeriod(times)
    ? []
    : [
        `timings.terminationGracePeriod: expected at least ${leastGracePeriod(times)} seconds (${preStopSeconds} until the engine is told, ${shutdownTimeoutSeconds} for requests in flight, ${DRAIN_SLACK_SECONDS} to end), ` +
          `got ${terminationGracePeriodSeconds}; requests in flight would be cut off, lengthen it or shorten the drain`,
      ];
}

function leastGracePeriod({ preStopSeconds, shutdownTimeoutSeconds }: ResolvedTimings): number {
  return preStopSeconds + shutdownTimeoutSeconds + DRAIN_SLACK_SECONDS;
}
