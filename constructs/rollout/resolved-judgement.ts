import { secondsOf, wholeSecondsProblems } from '../checks/durations';
import { type Judgement, TooFewRequests } from './judgement';

/** Least value, default, both in seconds, and what the time is. */
type Rule = readonly [least: number, fallback: number, is: string];

const TIMES = {
  warmUp: [0, 120, 'it is the age from which a pod is judged'],
  window: [1, 300, 'it is the width of the judged window'],
  interval: [1, 30, 'it is the time between two measurements'],
  minimumRequestsTimeout: [0, 600, 'it is the time to wait for the minimum of requests'],
} as const satisfies { readonly [Option in keyof Judgement]: Rule };

type Times = keyof typeof TIMES;

/** Failed queries in a row that are tolerated where it is not said: five minutes at ten seconds, in which a pod of Prometheus is replaced and reads its log. */
const DEFAULT_CONSECUTIVE_ERROR_LIMIT = 30;

/** A judgement with every default, and its times in seconds. */
export type ResolvedJudgement = Required<Omit<Judgement, Times>> & {
  readonly [Option in Times as `${Option}Seconds`]: number;
};

/** Resolves a judgement. Fractions stay, for {@link judgementTimeProblems}. */
export function resolveJudgement(judgement: Judgement = {}): ResolvedJudgement {
  return {
    warmUpSeconds: timeOf(judgement, 'warmUp'),
    windowSeconds: timeOf(judgement, 'window'),
    intervalSeconds: timeOf(judgement, 'interval'),
    minimumRequestsTimeoutSeconds: timeOf(judgement, 'minimumRequestsTimeout'),
    minimumRequests: judgement.minimumRequests ?? 50,
    tooFewRequests: judgement.tooFewRequests ?? TooFewRequests.FAIL,
    failureLimit: judgement.failureLimit ?? 1,
    consecutiveErrorLimit: judgement.consecutiveErrorLimit ?? DEFAULT_CONSECUTIVE_ERROR_LIMIT,
  };
}

/** What is wrong with the times of a judgement, one problem per line. */
export function judgementTimeProblems(judgement: ResolvedJudgement): string[] {
  return Object.entries(TIMES).flatMap(([option, [least, , is]]) =>
    wholeSecondsProblems(`judgement.${option}`, judgement[`${option as Times}Seconds`], least, is),
  );
}

/**
 * Time without progress from which a pod is stuck, seconds. The measurements that are tolerated come after it has been seen, and its series
 * two scrapes late: all of it takes one window and one interval.
 */
export function stuckSeconds(
  judgement: Pick<ResolvedJudgement, 'windowSeconds' | 'intervalSeconds' | 'failureLimit'>,
  scrapeIntervalSeconds: number,
): number {
  const { windowSeconds, intervalSeconds, failureLimit } = judgement;
  return Math.max(
    4 * scrapeIntervalSeconds,
    windowSeconds - failureLimit * intervalSeconds - 2 * scrapeIntervalSeconds,
  );
}

function timeOf(judgement: Judgement, option: Times): number {
  const { [option]: time } = judgement;
  return time === undefined ? TIMES[option][1] : secondsOf(time);
}
