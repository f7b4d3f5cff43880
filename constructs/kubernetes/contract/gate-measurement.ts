/** How the value of a gate and its limit stand in an AnalysisRun: charts write it; the handler, the commands and the rehearsal read it. */

import { type AnalysisMetric, type Measurement } from './live-objects';

/** Value of a gate that has too little to judge. No gate has a negative value otherwise. */
export const NOT_JUDGED = -1;

/** Label by which the controller distinguishes a background analysis from the one of a step. */
export const ANALYSIS_TYPE_LABEL = 'rollout-type';

/** What a value must keep to. */
export interface GateLimit {
  readonly bound: 'most' | 'least';
  readonly value: number;
}

/** What a measurement is called in a condition: Prometheus answers with a vector of one element, the server of a request with a number. */
export type MeasuredBy = 'result[0]' | 'result';

/** Condition of a measurement that is beyond its limit; one that was not judged is not. */
export function beyondLimit(result: MeasuredBy, { bound, value }: GateLimit): string {
  return `${result} ${bound === 'most' ? '>' : '<'} ${value}`;
}

/** Condition of a measurement that was judged and is within its limit. */
export function withinLimit(result: MeasuredBy, { bound, value }: GateLimit): string {
  return bound === 'most' ? `${result} >= 0 && ${result} <= ${value}` : `${result} >= ${value}`;
}

/** The limit that the conditions of a metric set; undefined where they are of another form. */
export function limitOf({ successCondition = '', failureCondition = '' }: AnalysisMetric): GateLimit | undefined {
  const [, within, least] = /(?:^|&&)\s*result(?:\[0\])?\s*([<>])=\s*(\S+)$/.exec(successCondition) ?? [];
  if (within) return { bound: within === '<' ? 'most' : 'least', value: Number(least) };
  const [, beyond, most] = /^result(?:\[0\])?\s*([<>])\s*(\S+)$/.exec(failureCondition) ?? [];
  return beyond ? { bound: beyond === '>' ? 'most' : 'least', value: Number(most) } : undefined;
}

/** The same in words, such as `at most 1.5`. */
export function limitText(metric: AnalysisMetric | undefined): string {
  const { successCondition, failureCondition } = metric ?? {};
  const limit = metric && limitOf(metric);
  return limit
    ? `at ${limit.bound} ${limit.value}`
    : (successCondition ?? (failureCondition ? `not ${failureCondition}` : 'unknown'));
}

/** The number that was measured; undefined when it was none. */
export function numberOf(measurement: Measurement | undefined): number | undefined {
  const text = textOf(measurement);
  return text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

/** What was measured, in words. */
export function valueText(measurement: Measurement | undefined): string {
  const number = numberOf(measurement);
  return number === undefined ? textOf(measurement) : String(Number(number.toPrecision(4)));
}

/** Whether there was enough to judge. */
export function isJudged(measurement: Measurement | undefined): boolean {
  return numberOf(measurement) !== NOT_JUDGED;
}

function textOf(measurement: Measurement | undefined): string {
  return (measurement?.value ?? 'nothing').replace(/^\[([^,]*)\]$/, '$1');
}
