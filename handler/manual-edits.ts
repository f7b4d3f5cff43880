import { FIELD_MANAGER } from '../constructs/kubernetes/contract/names';
import {
  type FieldSet,
  type KubernetesObject,
  type ManagedFields,
} from '../constructs/kubernetes/contract/release-document';
import { type KubernetesClient } from '../kubernetes-client/kubernetes-client';
import { referenceTo } from '../kubernetes-client/objects';

/** A person with kubectl, as field managers name it: `kubectl-edit`, `kubectl-patch`, `kubectl-client-side-apply` and so on. */
export function isManualEdit({ manager, subresource }: ManagedFields): boolean {
  return manager.startsWith('kubectl') && subresource === undefined;
}

/** Manager of what was there when the first apply came; an apply finds none where somebody has reset who manages the fields. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

/** Kinds that people may change manually, and whose fields in the spec nobody but they and a release sets. */
const CHANGED_BY_PEOPLE = new Set(['Rollout', 'ScaledObject']);

/**
 * Makes the fields that a person has set with kubectl the release's own, so that the next apply removes those which the
 * release does not set. Server-side apply by itself would leave them, and a list may then hold both entries. The same goes for what
 * was there before somebody reset its managed fields.
 *
 * @param live the object with its managed fields
 * @returns whether there were any
 */
export async function takeOverManualEdits(client: KubernetesClient, live: KubernetesObject): Promise<boolean> {
  const { managedFields = [], resourceVersion } = live.metadata;
  const edits = managedFields.filter(
    (entry) => isManualEdit(entry) || (entry.manager === BEFORE_FIRST_APPLY && CHANGED_BY_PEOPLE.has(live.kind)),
  );
  if (edits.length === 0) return false;
  const own = managedFields.find(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply');
  const merged: ManagedFields = {
    manager: FIELD_MANAGER,
    operation: 'Apply',
    apiVersion: own?.apiVersion ?? live.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: [own, ...edits].reduce<FieldSet>(
      (all, entry) =>
        union(all, entry?.manager === BEFORE_FIRST_APPLY ? withoutControllers(entry) : (entry?.fieldsV1 ?? {})),
      {},
    ),
  };
  const others = managedFields.filter((entry) => entry !== own && !edits.includes(entry));
  await client.merge(referenceTo(live), { metadata: { resourceVersion, managedFields: [...others, merged] } });
  return true;
}

/** Without what controllers have put there, which would be missed: their finalizers, and the owners by whose end the object goes. */
function withoutControllers({ fieldsV1 = {} }: ManagedFields): FieldSet {
  const kept = Object.entries(fieldsV1['f:metadata'] ?? {}).filter(
    ([field]) => !['f:finalizers', 'f:ownerReferences'].includes(field),
  );
  return { ...fieldsV1, 'f:metadata': Object.fromEntries(kept) };
}

function union(one: FieldSet, other: FieldSet): FieldSet {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(keys.map((key) => [key, union(one[key] ?? {}, other[key] ?? {})]));
}
