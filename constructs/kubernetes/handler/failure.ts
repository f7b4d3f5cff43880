import { type KubernetesObject } from '../release-document';
import { type ObjectReference } from './cluster-client';

/** A failure that waiting does not mend; its message is one line a person can act on. */
export class ReleaseFailure extends Error {}

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
