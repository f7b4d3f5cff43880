import { isDeepStrictEqual } from 'node:util';
import diff from 'microdiff';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';

/** What happens to one object. */
export interface ObjectChange {
  readonly change: 'added' | 'removed' | 'changed';
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Fields that differ; empty for objects that are added or removed. */
  readonly fields: readonly FieldChange[];
}

/** What happens to one field. */
export interface FieldChange {
  /** For example `spec.template.spec.containers[engine].image`. */
  readonly path: string;
  /** Absent when the field is added. */
  readonly from?: unknown;
  /** Absent when the field is removed. */
  readonly to?: unknown;
}

/** The changes from one set of objects to another: added and changed ones in their new order, then removed ones. */
export function diffObjects(before: readonly KubernetesObject[], after: readonly KubernetesObject[]): ObjectChange[] {
  const old = new Map(before.map((object) => [identityOf(object), object]));
  const now = new Set(after.map(identityOf));
  return [
    ...after.flatMap((object): ObjectChange[] => {
      const previous = old.get(identityOf(object));
      if (!previous) return [{ change: 'added', ...headOf(object), fields: [] }];
      const fields = diffFields(previous, object);
      return fields.length > 0 ? [{ change: 'changed', ...headOf(object), fields }] : [];
    }),
    ...before
      .filter((object) => !now.has(identityOf(object)))
      .map((object): ObjectChange => ({ change: 'removed', ...headOf(object), fields: [] })),
  ];
}

/** The fields that differ between two values. */
export function diffFields(before: unknown, after: unknown): FieldChange[] {
  const fields = diff({ value: keyed(before) }, { value: keyed(after) }).map(
    (difference): FieldChange => ({
      path: difference.path
        .slice(1)
        .reduce<string>(
          (path, key) => (String(key).startsWith('[') || path === '' ? `${path}${key}` : `${path}.${key}`),
          '',
        ),
      ...(difference.type === 'CREATE' ? {} : { from: plain(difference.oldValue) }),
      ...(difference.type === 'REMOVE' ? {} : { to: plain(difference.value) }),
    }),
  );
  if (fields.length > 0 || isDeepStrictEqual(before, after)) return fields;
  return [{ path: '(order of list items)', from: before, to: after }];
}

/** The object's API group without the version: an object of a newer version is the same object. */
function identityOf({ apiVersion, kind, metadata: { namespace, name } }: KubernetesObject): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return JSON.stringify([group, kind, namespace, name]);
}

function headOf({ apiVersion, kind, metadata: { namespace, name } }: KubernetesObject) {
  return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/**
 * Lists as maps, so that one item more does not change all that follow it: items by their name, flags of a command line by
 * the part before `=`, everything else by its position.
 */
function keyed(node: unknown): unknown {
  if (Array.isArray(node)) {
    const keys = node.map((item, index) => keyOf(item) ?? index);
    const unique = new Set(keys).size === keys.length;
    return Object.fromEntries(node.map((item, index) => [`[${unique ? keys[index] : index}]`, keyed(item)]));
  }
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, keyed(value)]));
}

function keyOf(item: unknown): string | undefined {
  if (typeof item === 'string') return /^--[^=]+/.exec(item)?.[0];
  const { name } = (item ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name : undefined;
}

/** Lists again, where {@link keyed} made maps. */
function plain(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node);
  if (entries.length > 0 && entries.every(([key]) => key.startsWith('[')))
    return entries.map(([, value]) => plain(value));
  return Object.fromEntries(entries.map(([key, value]) => [key, plain(value)]));
}
