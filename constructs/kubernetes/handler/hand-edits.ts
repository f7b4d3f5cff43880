import { FIELD_MANAGER } from '../names';
import { type FieldSet, type KubernetesObject, type ManagedFields } from '../release-document';
import { type KubernetesClient } from './kubernetes-client';
import { referenceTo } from './failure';

/** A person with kubectl, as field managers name it: `kubectl-edit`, `kubectl-patch`, `kubectl-client-side-apply` and so on. */
export function isByHand({ manager, subresource }: ManagedFields): boolean {
  return manager.startsWith('kubectl') && subresource === undefined;
}

/**
 * Makes the fields that a person has set with kubectl the release's own, so that the next apply removes those which the
 * release does not set. Server-side apply by itself would leave them, and a list may then hold both entries.
 *
 * @param live the object with its managed fields
 * @returns whether there were any
 */
export async function takeOverHandEdits(client: KubernetesClient, live: KubernetesObject): Promise<boolean> {
  const { managedFields = [], resourceVersion } = live.metadata;
  const edits = managedFields.filter(isByHand);
  if (edits.length === 0) return false;
  const own = managedFields.find(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply');
  const merged: ManagedFields = {
    manager: FIELD_MANAGER,
    operation: 'Apply',
    apiVersion: own?.apiVersion ?? live.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: [own, ...edits].reduce<FieldSet>((all, entry) => union(all, entry?.fieldsV1 ?? {}), {}),
  };
  const others = managedFields.filter((entry) => entry !== own && !isByHand(entry));
  await client.merge(referenceTo(live), { metadata: { resourceVersion, managedFields: [...others, merged] } });
  return true;
}

function union(one: FieldSet, other: FieldSet): FieldSet {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(keys.map((key) => [key, union(one[key] ?? {}, other[key] ?? {})]));
}
