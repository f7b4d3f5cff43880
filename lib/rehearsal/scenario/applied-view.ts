import { FIELD_MANAGER, POD_TEMPLATE_HASH_LABEL } from '../../../constructs/kubernetes/names';
import { type KubernetesObject } from '../../../constructs/kubernetes/release-document';

type Fields = { [key: string]: Fields };

/**
 * What of a live object the release handler has applied, by the server's own record of field owners.
 *
 * Two releases are the same in what they apply exactly when these views are equal, whatever controllers have added.
 */
export function appliedView(live: KubernetesObject): unknown {
  const { managedFields = [] } = live.metadata as { managedFields?: { manager: string; operation: string; fieldsV1: Fields }[] };
  const entry = managedFields.find(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply');
  return entry ? project(live, entry.fieldsV1) : undefined;
}

function project(value: unknown, fields: Fields): unknown {
  const keys = Object.keys(fields).filter((key) => key !== '.');
  if (keys.length === 0) return withoutHash(value);
  if (Array.isArray(value)) {
    return keys.map((key) => project(find(value, key), fields[key]));
  }
  const map = value as Record<string, unknown>;
  return Object.fromEntries(keys.filter((key) => key.startsWith('f:')).map((key) => [key.slice(2), project(map[key.slice(2)], fields[key])]));
}

/** An element of a list by its key (`k:{…}`), its value (`v:…`) or its index (`i:…`). */
function find(list: unknown[], key: string): unknown {
  const text = key.slice(2);
  if (key.startsWith('k:')) {
    const wanted = Object.entries(JSON.parse(text) as object);
    return list.find((item) => wanted.every(([name, value]) => (item as Record<string, unknown>)[name] === value));
  }
  if (key.startsWith('v:')) return list.find((item) => JSON.stringify(item) === text);
  return list[Number(text)];
}

/** The handler hands the hash in a Service's selector on as it finds it: the selector is one field, and the hash is Argo's. */
function withoutHash(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(POD_TEMPLATE_HASH_LABEL in value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== POD_TEMPLATE_HASH_LABEL));
}
