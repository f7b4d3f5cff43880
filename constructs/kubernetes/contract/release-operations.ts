import { type Json } from './release-document';
import { type ReleaseTier } from './release-tier';

/**
 * What people may ask the handler of releases beside CloudFormation, and what it answers.
 *
 * Shared by the construct, the handler and the tools, so nothing here may import aws-cdk-lib or do I/O.
 */

/** Name of the Lambda function that carries out operations on the releases of a tier. */
export function operationsFunctionName(clusterName: string, tier: ReleaseTier): string {
  return `${clusterName}-${tier}-operations`.slice(-64);
}

/** What the function is invoked with. */
export type ReleaseOperation =
  /**
   * Lists the releases of the tier: answers `ReleaseSummary[]`. With `recordsOnly` it goes by what was recorded alone and does not ask the
   * cluster, so that it answers also while the cluster does not: every state is then `unknown`.
   */
  | { readonly operation: 'list'; readonly recordsOnly?: boolean }
  /** Compares a release with the live objects: answers `ObjectDrift[]`, empty when there is none. */
  | { readonly operation: 'drift'; readonly namespace: string; readonly name: string }
  /**
   * One tick of putting a release back: answers a `ReapplyTick`. It is invoked again with the same `id`, and with the `startedAt` of the
   * first answer, until it is complete or has failed.
   */
  | {
      readonly operation: 'reapply';
      readonly namespace: string;
      readonly name: string;
      /** Unique for each time somebody asks. */
      readonly id: string;
      /** As the first tick has answered; absent for the first. The clock of whoever asks does not count. */
      readonly startedAt?: number;
    };

/** A release as it was deployed last. */
export interface ReleaseSummary {
  readonly namespace: string;
  readonly name: string;
  readonly tier: ReleaseTier;
  /** Account, region, stack name and logical id: `arn:aws:cloudformation:<region>:<account>:stack/<stack>/<logical id>`. */
  readonly owner: string;
  /** Digest of the objects. */
  readonly digest: string;
  /** Revisions of the models in it, as their labels say. */
  readonly revisions: readonly string[];
  /** When its deployment ended, RFC 3339. */
  readonly releasedAt: string;
  /** `deploying` while a request of CloudFormation or of a person is under way; `unknown` when nobody could look. */
  readonly state: 'healthy' | 'unhealthy' | 'deploying' | 'unknown';
  /** Why it is not healthy, or why nobody could look, in one line. */
  readonly reason?: string;
}

/** How a live object differs from the release. */
export interface ObjectDrift {
  /** As in `Rollout models/chat`. */
  readonly object: string;
  /** `taken`: it belongs to another release by now, and is left to it. */
  readonly state: 'missing' | 'changed' | 'taken';
  /** The release that has taken it, as `<namespace>/<name>`. */
  readonly takenBy?: string;
  /** Fields that differ, of an object that was changed; the first of them, where there are many. */
  readonly fields?: readonly FieldDrift[];
  /** Number of further fields that differ. */
  readonly more?: number;
  /** Why an object that was changed could not be compared field by field, in one line. */
  readonly problem?: string;
}

/** How one field differs. */
export interface FieldDrift {
  /** As in `spec.ports[0].port`. */
  readonly path: string;
  /** What the release says; absent when the release does not set it. */
  readonly released?: Json;
  /** What the cluster holds; absent when the field is gone. */
  readonly live?: Json;
}

/** How far putting a release back has come. */
export interface ReapplyTick {
  /** When the first tick began, by the clock of the function, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly complete: boolean;
  /** What is waited for, in one line. */
  readonly waitingFor?: string;
  /** Why it has failed, in one line; nothing more comes. */
  readonly failure?: string;
}
