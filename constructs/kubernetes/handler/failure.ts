import { type KubernetesObject } from '../release-document';
import { type ObjectReference } from './cluster-client';

/** A failure that waiting does not mend; its message is one line a person can act on. */
export class ReleaseFailure extends Error {}

/** The request is no longer the one that the release belongs to; nothing may be written on its behalf. */
export class Superseded extends ReleaseFailure {
  /** @param by id of the newer request, or `none` when the release was deleted */
  constructor(by: string) {
    super(by === 'none' ? 'superseded: the release was deleted' : `superseded by the newer request ${by}`);
  }
}

/** Something that stands in the way now and may pass by itself; it becomes a failure with the deadline. */
export class Obstacle extends Error {}

/** How many problems one reason names; CloudFormation cuts a reason off at about 1,000 characters. */
const NAMED = 3;

/** One line from several problems. */
export function summarize(problems: readonly string[]): string {
  const rest = problems.length - NAMED;
  return problems.slice(0, NAMED).join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}

/** How a reason names an object: `Rollout models/chat`. */
export function nameOf(object: KubernetesObject | ObjectReference): string {
  const { name, namespace } = 'metadata' in object ? object.metadata as { name: string; namespace?: string } : object;
  return `${object.kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

export function referenceTo(object: KubernetesObject): ObjectReference {
  const { apiVersion, kind, metadata: { name, namespace } } = object;
  return { apiVersion, kind, name, namespace };
}

/** Tells objects apart. Versions of one API name the same object. */
export function identityOf(reference: ObjectReference): string {
  return `${reference.apiVersion.split('/').slice(0, -1).join()} ${nameOf(reference)}`.trim();
}

/** True for an object that is being deleted: what is applied to it goes with it. */
export function isTerminating(object: KubernetesObject): boolean {
  return (object.metadata as { deletionTimestamp?: string }).deletionTimestamp !== undefined;
}
