import { givenSeconds } from '../checks/durations';
import { type HealthGate } from '../rollout/health-gate';
import { type ResolvedJudgement } from '../rollout/resolved-judgement';

/** How SageMaker shifts the traffic of an endpoint from one fleet of instances to the next. */
export enum EndpointShiftKind {
  /** All at once, with the old fleet kept for a while. */
  ALL_AT_ONCE = 'ALL_AT_ONCE',
  /** A share first, then the rest. */
  CANARY = 'CANARY',
  /** Step after step of one size. */
  LINEAR = 'LINEAR',
  /** Batch after batch, without a second fleet. */
  ROLLING = 'ROLLING',
}

/** Longest wait between steps, and before the old fleet ends, seconds; the service's own limit. */
export const LONGEST_WAIT_SECONDS = 3600;

/** A rollout, as SageMaker carries it out. */
export interface EndpointShift {
  readonly kind: EndpointShiftKind;
  /** Size of a step or of the canary: percent, or for batches a number of instances; undefined when all goes at once. */
  readonly size?: number;
  /** Steps until all traffic is on the new fleet; undefined while the instances are a deploy-time value. */
  readonly steps?: number;
  /** Time between steps, seconds; undefined where the strategy gives none. */
  readonly waitSeconds?: number;
  /** Time that the old fleet stays after the last step, seconds. */
  readonly terminationWaitSeconds?: number;
  readonly gates: readonly HealthGate[];
  readonly judgement: ResolvedJudgement;
  /** What of the strategy SageMaker cannot do, one problem per line. */
  readonly problems: readonly string[];
}

/** What is wrong with a wait, one line; empty when nothing is. */
export function waitProblems(prop: string, seconds: number | undefined): string[] {
  return seconds === undefined || (Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST_WAIT_SECONDS)
    ? []
    : [
        `${prop}: expected a whole number of seconds from 0 to ${LONGEST_WAIT_SECONDS}, got ${givenSeconds(seconds)}; SageMaker waits an hour at most`,
      ];
}

/** Options that only another engine of rollouts knows, one line for each that is given. */
export function unknownToSageMaker(options: object, why: Readonly<Record<string, string>>): string[] {
  return Object.entries(why)
    .filter(([prop]) => (options as Record<string, unknown>)[prop] !== undefined)
    .map(([prop, reason]) => `${prop}: expected nothing for a SageMaker endpoint, got a value; ${reason}`);
}
