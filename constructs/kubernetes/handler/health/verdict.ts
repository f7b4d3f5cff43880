/** Whether an object does what it was applied for. */
export interface Verdict {
  readonly state: 'healthy' | 'progressing' | 'failed';
  /** Why it is not healthy, in one line without the object's name. */
  readonly reason: string;
}

export const HEALTHY: Verdict = { state: 'healthy', reason: '' };

export function progressing(reason: string): Verdict {
  return { state: 'progressing', reason };
}

export function failed(reason: string): Verdict {
  return { state: 'failed', reason };
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
