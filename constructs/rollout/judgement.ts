import { type Duration } from 'aws-cdk-lib';

/** The answer to a canary that does not get enough requests to be judged. */
export enum TooFewRequests {
  /** The rollout is aborted: a revision that nobody has seen working is not promoted. */
  FAIL = 'fail',
  /** The rollout goes on: gates that had enough requests have been judged all the same. */
  PASS = 'pass',
}

/** When and how often the gates of a rollout are judged. */
export interface Judgement {
  /**
   * Age from which a pod is judged, in whole seconds. A cold prefix cache looks like a regression.
   *
   * @default Duration.minutes(2)
   */
  readonly warmUp?: Duration;

  /**
   * Width of the window that each measurement looks at, in whole seconds; at least four scrapes.
   *
   * @default Duration.minutes(5)
   */
  readonly window?: Duration;

  /**
   * Time between two measurements, in whole seconds.
   *
   * @default Duration.seconds(30)
   */
  readonly interval?: Duration;

  /**
   * Fewest requests that each revision must have had within the window; with fewer a measurement says nothing.
   *
   * @default 50
   */
  readonly minimumRequests?: number;

  /**
   * How long to wait at the end of each step for the minimum of requests, in whole seconds.
   *
   * @default Duration.minutes(10)
   */
  readonly minimumRequestsTimeout?: Duration;

  /**
   * What to do when that time is over.
   *
   * @default TooFewRequests.FAIL
   */
  readonly tooFewRequests?: TooFewRequests;

  /**
   * Measurements of a gate above its limit that are tolerated over the whole rollout; the next one aborts it.
   *
   * @default 1
   */
  readonly failureLimit?: number;

  /**
   * Failed queries in a row that are tolerated; the next one aborts the rollout. Argo Rollouts repeats a failed query
   * after 10 seconds, whatever the interval: with n the rollout waits for 10 · n seconds, and for twice as long where queries are not
   * refused but run into their timeout of 10 seconds. A verdict does not pass meanwhile, and `minimumRequestsTimeout` does not run.
   *
   * @default 30, which is five minutes: a pod of Prometheus that is replaced is no fault of the revision
   */
  readonly consecutiveErrorLimit?: number;
}
