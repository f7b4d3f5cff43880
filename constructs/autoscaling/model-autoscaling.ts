import { type Duration } from 'aws-cdk-lib';

/** Replicas that a model has at least, from one time to another. */
export interface ScalingSchedule {
  /** Start, as a cron expression of five fields, such as `0 7 * * 1-5`. */
  readonly start: string;

  /** End, as a cron expression of five fields. */
  readonly end: string;

  /** Time zone of both, as the IANA database names it, such as `Europe/Berlin`. */
  readonly timezone: string;

  /** Replicas that there are at least in between. */
  readonly replicas: number;
}

/** What queues requests while a model has no replica. */
export interface RequestQueue {
  /** Name of the queue or gateway that holds the requests; people read it in alerts. */
  readonly name: string;

  /** PromQL of the requests that it has queued for this model: one number, 0 when there are none, never nothing. */
  readonly queuedRequestsQuery: string;
}

/**
 * When a model gets more replicas, and when fewer.
 *
 * Every trigger is a total over all replicas and a target for one of them, so that the number of replicas follows from the
 * work and not from how many there are. The trigger that asks for the most replicas counts.
 */
export interface ModelAutoscaling {
  /** Fewest replicas. 0 needs `requestQueue`. */
  readonly minReplicas: number;

  /** Most replicas. */
  readonly maxReplicas: number;

  /**
   * Requests that may wait for a place in the batch, for each replica.
   *
   * @default 5
   */
  readonly waitingPerReplica?: number;

  /**
   * Share of the key/value cache that may be taken, of each replica, from 0 to 1.
   *
   * @default 0.7
   */
  readonly kvCacheUsage?: number;

  /**
   * Requests that may be worked on at once, for each replica. It keeps busy replicas whose queue is empty and whose requests
   * are short.
   *
   * @default - not looked at
   */
  readonly runningPerReplica?: number;

  /**
   * Times at which there are more replicas, whatever the load.
   *
   * @default - none
   */
  readonly schedules?: ScalingSchedule[];

  /**
   * What queues requests while there is no replica, such as a gateway or a message queue.
   *
   * @default - nothing: at least one replica is there
   */
  readonly requestQueue?: RequestQueue;

  /**
   * Time for which fewer replicas must have been enough before one goes, in whole seconds; at least the time that a replica may
   * take to drain, at most an hour.
   *
   * @default - 5 minutes, or the time to drain if that is longer
   */
  readonly scaleDownWindow?: Duration;

  /**
   * Time between two looks at the load, in whole seconds.
   *
   * @default Duration.seconds(15)
   */
  readonly pollingInterval?: Duration;

  /**
   * Replicas while the load cannot be read, unless there are more already: nothing is scaled down blindly.
   *
   * @default - the replicas of the model
   */
  readonly fallbackReplicas?: number;
}
