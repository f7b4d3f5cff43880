/** Whether an object does what it was applied for. */
export interface Verdict {
  readonly state: 'healthy' | 'progressing' | 'failed';
  /** Why it is not healthy, in one line without the object's name. */
  readonly reason: string;
  /** The reason is what a person would look at: remembered, in case a failure comes without an explanation. */
  readonly telling?: boolean;
  /** The failure does not say where it came from. */
  readonly unexplained?: boolean;
}

export const HEALTHY: Verdict = { state: 'healthy', reason: '' };

export function progressing(reason: string): Verdict {
  return { state: 'progressing', reason };
}

/** Not healthy yet, for a reason that a person would look at. */
export function troubled(reason: string): Verdict {
  return { state: 'progressing', reason, telling: true };
}

export function failed(reason: string): Verdict {
  return { state: 'failed', reason };
}

/** Failed, and the object itself no longer says why. */
export function failedUnexplained(reason: string): Verdict {
  return { state: 'failed', reason, unexplained: true };
}

/** A condition in an object's status. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  /** RFC 3339. */
  readonly lastTransitionTime?: string;
}
