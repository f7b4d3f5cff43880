import { FIELD_MANAGER, RELEASE_ANNOTATION } from '../constructs/kubernetes/contract/names';
import {
  type FieldSet,
  type Json,
  type KubernetesObject,
  type ManagedFields,
} from '../constructs/kubernetes/contract/release-document';
import { type FieldDrift, type ObjectDrift } from '../constructs/kubernetes/contract/release-operations';
import { annotated } from './apply';
import { referenceTo } from '../kubernetes-client/objects';
import { nameOf, oneLine } from './failure';
import { FieldOwners } from './field-owners';
import { isManualEdit } from './manual-edits';
import { inParallel } from '../kubernetes-client/in-parallel';
import { isAccessRefused, isStatus, type KubernetesClient, messageOf } from '../kubernetes-client/kubernetes-client';
import { inventoryOf, isListed } from './object-owners';

/** Fields of an object that one answer names. */
const FIELDS = 20;

/** Characters of a value that an answer holds. */
const VALUE = 500;

/** What the server alone writes. */
const SERVERS = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp'];

/**
 * Compares objects of a release with those of the cluster: has the server apply each as a release does, without storing it, and sees
 * what that would change. Fields that others own are left to them here too.
 *
 * @param release the release, as `<namespace>/<name>`
 * @returns the objects that differ
 */
export async function driftOf(
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
  release: string,
): Promise<ObjectDrift[]> {
  const owners = await FieldOwners.read(client, objects, objects);
  const drifts = await inParallel(objects, async (object): Promise<ObjectDrift | undefined> => {
    try {
      return await driftOfOne(client, object, owners, release);
    } catch (error) {
      // One object that cannot be compared hides no other.
      return {
        object: nameOf(object),
        state: 'changed',
        problem: `was not compared: ${oneLine(messageOf(error), 300)}`,
      };
    }
  });
  return drifts.filter((drift) => drift !== undefined);
}

async function driftOfOne(
  client: KubernetesClient,
  object: KubernetesObject,
  owners: FieldOwners,
  release: string,
): Promise<ObjectDrift | undefined> {
  const live = await client.find(referenceTo(object));
  // A Job may have gone by its time to live, and is not run again.
  if (!live) return object.kind === 'Job' ? undefined : { object: nameOf(object), state: 'missing' };
  const holder = live.metadata.annotations?.[RELEASE_ANNOTATION];
  if (holder !== undefined && holder !== release && (await isHeldBy(client, holder, object)))
    return { object: nameOf(object), state: 'taken', takenBy: holder };
  const { fields, problem } = await fieldDrifts(client, await owners.keep(annotated(object, release)), live);
  if (fields.length === 0 && !problem) return undefined;
  const shown = fields.slice(0, FIELDS).map((field) => shortened(field, object.kind === 'Secret'));
  return {
    object: nameOf(object),
    state: 'changed',
    problem,
    fields: shown,
    more: fields.length > FIELDS ? fields.length - FIELDS : undefined,
  };
}

/** Whether a release, as `<namespace>/<name>`, still lists an object. */
async function isHeldBy(client: KubernetesClient, release: string, object: KubernetesObject): Promise<boolean> {
  const inventory = await inventoryOf(client, release);
  return inventory === 'unreadable' || (inventory !== undefined && isListed(referenceTo(object), inventory));
}

/** A value as it fits into an answer; what a Secret holds is in none. */
function shortened({ path, ...values }: FieldDrift, isSecret: boolean): FieldDrift {
  const excerpt = (value: Json): Json => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (isSecret) return '(not shown)';
    return text.length <= VALUE ? value : `${text.slice(0, VALUE)}… (${Buffer.byteLength(text)} bytes)`;
  };
  return { path, ...Object.fromEntries(Object.entries(values).map(([side, value]) => [side, excerpt(value)])) };
}

async function fieldDrifts(
  client: KubernetesClient,
  object: KubernetesObject,
  live: KubernetesObject,
): Promise<{ readonly fields: FieldDrift[]; readonly problem?: string }> {
  const added = addedManually(object, live);
  try {
    const applied = await client.apply(
      { ...object, metadata: { ...object.metadata, resourceVersion: undefined } },
      { dryRun: true },
    );
    return { fields: [...differences(comparable(live), comparable(applied)), ...added] };
  } catch (error) {
    if (!isStatus(error, 400, 403, 422) || isAccessRefused(error)) throw error;
    const fields = differences(comparable(live), comparable(object), '', true);
    // A webhook that knows no dry run says nothing; and what a person has added may be what makes it invalid, which an apply takes away first.
    const isHarmless =
      /does not support dry run/.test(messageOf(error)) ||
      (live.metadata.managedFields?.some(isManualEdit) && fields.length > 0);
    return isHarmless
      ? { fields: [...fields, ...added] }
      : { fields, problem: `cannot be applied: ${oneLine(messageOf(error), 300)}` };
  }
}

/** What people have added with kubectl and the release does not set: an apply takes it away again. */
function addedManually(object: KubernetesObject, live: KubernetesObject): FieldDrift[] {
  const { managedFields = [] } = live.metadata;
  const own =
    managedFields.find(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply')?.fieldsV1 ?? {};
  const set = new Set(pathsOf(object as unknown as Json));
  return managedFields
    .filter(isManualEdit)
    .flatMap((entry: ManagedFields) => leavesOf(entry.fieldsV1 ?? {}, own, live as unknown as Json, ''))
    .filter(({ path }) => !set.has(path));
}

function pathsOf(node: Json, path = ''): string[] {
  const children = childrenOf(node);
  return children === undefined
    ? [path]
    : [path, ...[...children].flatMap(([key, child]) => pathsOf(child, pathBelow(path, key)))];
}

/** Fields of a set that are not in another one, with their live values. */
function leavesOf(set: FieldSet, without: FieldSet, node: Json | undefined, path: string): FieldDrift[] {
  const children = Object.keys(set).filter((key) => key !== '.');
  if (children.length === 0) return path === '' || node === undefined ? [] : [{ path, live: node }];
  return children.flatMap((key) => {
    const child = childOf(node, key, path);
    const isOwn = without[key] !== undefined && Object.keys(set[key]).filter((each) => each !== '.').length === 0;
    return child === undefined || isOwn ? [] : leavesOf(set[key], without[key] ?? {}, child.node, child.path);
  });
}

/** What a key of a field set names: a field, an item of a list by its keys, or one by its value. */
function childOf(
  node: Json | undefined,
  key: string,
  path: string,
): { readonly node: Json; readonly path: string } | undefined {
  const name = key.slice(2);
  if (key.startsWith('f:')) {
    const value = (node as { [field: string]: Json } | undefined)?.[name];
    return value === undefined ? undefined : { node: value, path: path === '' ? name : `${path}.${name}` };
  }
  if (!Array.isArray(node)) return undefined;
  const wanted = JSON.parse(name) as Json;
  const index = node.findIndex((item) =>
    key.startsWith('k:')
      ? Object.entries(wanted as object).every(([field, value]) => (item as { [field: string]: Json })[field] === value)
      : JSON.stringify(item) === JSON.stringify(wanted),
  );
  return index < 0 ? undefined : { node: node[index], path: `${path}[${index}]` };
}

function comparable({ status: _, metadata, ...rest }: KubernetesObject): Json {
  return {
    ...rest,
    metadata: Object.fromEntries(Object.entries(metadata).filter(([field]) => !SERVERS.includes(field))),
  };
}

/**
 * Where two values differ, by the paths of what is no map or list in at least one of them.
 *
 * @param onlyReleased leaves out what the release does not set
 */
function differences(
  live: Json | undefined,
  released: Json | undefined,
  path = '',
  onlyReleased = false,
): FieldDrift[] {
  if (JSON.stringify(live) === JSON.stringify(released) || (onlyReleased && released === undefined)) return [];
  const [one, other] = [live, released].map(childrenOf);
  if (!one || !other || Array.isArray(live) !== Array.isArray(released)) {
    return [{ path, ...(released === undefined ? {} : { released }), ...(live === undefined ? {} : { live }) }];
  }
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((key) =>
    differences(one.get(key), other.get(key), pathBelow(path, key), onlyReleased),
  );
}

function pathBelow(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

function childrenOf(node: Json | undefined): Map<string | number, Json> | undefined {
  if (Array.isArray(node)) return new Map(node.map((item, index) => [index, item]));
  return typeof node === 'object' && node !== null ? new Map(Object.entries(node)) : undefined;
}
