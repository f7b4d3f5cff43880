import { type Duration } from 'aws-cdk-lib';

/** Stands for a time that is known only at deploy time; no duration is negative. */
const DEPLOY_TIME = -1;

/** A duration in seconds, fractions with it, for the checks below: what cannot be converted has a report by the option's own name. */
export function secondsOf(duration: Duration): number {
  return duration.isUnresolved() ? DEPLOY_TIME : duration.toMilliseconds({ integral: false }) / 1000;
}

/**
 * What is wrong with a time of whole seconds; empty when nothing is.
 *
 * @param option the option, as its user wrote it
 * @param seconds its value by {@link secondsOf}
 * @param least least value, seconds
 * @param is what the time is, or what to do
 */
export function wholeSecondsProblems(option: string, seconds: number, least: number, is: string): string[] {
  return Number.isInteger(seconds) && seconds >= least
    ? []
    : [`${option}: expected a whole number of seconds from ${least}, got ${givenSeconds(seconds)}; ${is}`];
}

/** Seconds, as errors give them. */
export function givenSeconds(seconds: number): string {
  return seconds < 0 ? 'a deploy-time value' : String(seconds);
}
