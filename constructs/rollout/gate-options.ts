import { type Duration } from 'aws-cdk-lib';

/** Options of the gate that sends a request itself. */
export interface SyntheticRequestOptions {
  /**
   * Time within which the answer must be there, in whole seconds; at most half of the judgement's interval, because no other gate is
   * judged while the request waits. The fourth request in a row without an answer aborts.
   *
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;
}

/** Options of gates on a latency. */
export interface LatencyGateOptions {
  /**
   * Highest ratio of the canary's latency to the stable revision's.
   *
   * @default 1.5
   */
  readonly maxRatio?: number;

  /**
   * Quantile that is compared, from 0 to 1. The engine's histogram buckets are wide (0.1 s to 0.25 s is one of them), so a
   * quantile near a bucket's edge may jump to twice its value; the mean has no such steps.
   *
   * @default - the mean
   */
  readonly quantile?: number;

  /**
   * The stable revision's latency counts as at least this, so that a large ratio of two negligible times is no regression.
   *
   * @default - 10 ms for time to first token, 1 ms for inter-token latency, 100 ms for queue time
   */
  readonly floor?: Duration;
}

/** Options of gates on the share of requests that fail. */
export interface ErrorGateOptions {
  /**
   * Highest difference between the canary's share and the stable revision's, from 0 to 1.
   *
   * @default - 0.02 for errors, 0.05 for unfinished answers
   */
  readonly maxDifference?: number;
}

/** Service level of a model, which its alarms watch too. */
export interface ModelObjectives {
  /**
   * 95th percentile of the time to first token.
   *
   * @default - not watched
   */
  readonly timeToFirstToken?: Duration;

  /**
   * Share of requests answered with a server error, 0 to 1.
   *
   * @default - not watched
   */
  readonly errorRatio?: number;
}
