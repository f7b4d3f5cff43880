import { type Condition } from '../constructs/kubernetes/contract/live-objects';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { type ObjectReference } from './kubernetes-client';

export function referenceTo(object: KubernetesObject): ObjectReference {
  const {
    apiVersion,
    kind,
    metadata: { name, namespace },
  } = object;
  return { apiVersion, kind, name, namespace };
}

/** The group of the API that a version belongs to; empty for the core one. */
export function groupOf(apiVersion: string): string {
  return apiVersion.split('/').slice(0, -1).join('/');
}

/** True for an object that is being deleted: what is applied to it goes with it. */
export function isTerminating({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** What controllers say of an object; one that was just created may have `conditions: null`. */
export function conditionsOf(object: KubernetesObject | undefined): readonly Condition[] {
  return (object?.status as { conditions?: readonly Condition[] | null } | undefined)?.conditions ?? [];
}

/** Whether a condition of an object is there, and true. */
export function holds(object: KubernetesObject | undefined, condition: string): boolean {
  return conditionsOf(object).some(({ type, status }) => type === condition && status === 'True');
}
