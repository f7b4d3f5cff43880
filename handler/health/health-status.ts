/** Whether an object does what it was applied for. */
export interface HealthStatus {
  readonly state: 'healthy' | 'progressing' | 'failed';
  /** Why it is not healthy, in one line without the object's name. */
  readonly reason: string;
  /** The reason is what a person would look at: remembered, in case a failure comes without an explanation. */
  readonly noteworthy?: boolean;
  /** Good enough for the deployment to end, but pods of the revision before may still serve, and need what theirs needed. */
  readonly continues?: boolean;
  /** The Rollout is to be promoted in full now. */
  readonly promote?: boolean;
  /** The Rollout was aborted before this request: its canary is to begin anew. */
  readonly retry?: boolean;
  /** The object is not there. */
  readonly missing?: boolean;
  /** The failure does not say where it came from. */
  readonly causeUnknown?: boolean;
}

/** What is known of the deployment that an object is judged for. */
export interface Expectation {
  /**
   * The pod template was stable before, so that this is a rollback, or a deployment that leaves the pods as they are: what keeps single
   * pods from being ready does not come from it, and neither can a rollback fix it.
   */
  readonly stableBefore: boolean;
  /** The release is wanted as it was deployed last, as by a rollback. */
  readonly isRollback: boolean;
  /** A deployment ends when the first step of its canary has passed. */
  readonly detached: boolean;
  /** Start of the request, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export const HEALTHY: HealthStatus = { state: 'healthy', reason: '' };

/** Good enough for the deployment to end; the rollout continues by itself. */
export const CONTINUES: HealthStatus = { ...HEALTHY, continues: true };

export function progressing(reason: string): HealthStatus {
  return { state: 'progressing', reason };
}

/** Not healthy yet, for a reason that a person would look at. */
export function progressingBecause(reason: string): HealthStatus {
  return { state: 'progressing', reason, noteworthy: true };
}

export function failed(reason: string): HealthStatus {
  return { state: 'failed', reason };
}

/** Failed, and the object itself no longer says why. */
export function failedWithoutCause(reason: string): HealthStatus {
  return { state: 'failed', reason, causeUnknown: true };
}
