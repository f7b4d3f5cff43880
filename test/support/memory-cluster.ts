import {
  ApiError,
  type KubernetesClient,
  type ListOptions,
  type ObjectReference,
} from '../../kubernetes-client/kubernetes-client';
import { type KubernetesObject, type ObjectMetadata } from '../../constructs/kubernetes/contract/release-document';

type Fields = { [field: string]: unknown };

/** What a request does to the cluster. */
export interface Call {
  readonly verb: 'find' | 'list' | 'apply' | 'create' | 'replace' | 'merge' | 'remove';
  /** As in `ConfigMap models/chat`. */
  readonly object: string;
}

/**
 * An API server in memory, as far as the handler knows one: versions of objects and their conflicts, generations, server-side apply with
 * one manager, deletion with finalizers, namespaces that take their objects along. Admission and schemas are the real server's.
 */
export class MemoryCluster implements KubernetesClient {
  /** Milliseconds since the epoch. */
  public now = Date.parse('2026-01-01T00:00:00Z');
  /** Called before each request; what it throws is the server's answer. */
  public intercept: (call: Call) => void | Promise<void> = () => {};

  private readonly objects = new Map<string, KubernetesObject>();
  private readonly applied = new Map<string, KubernetesObject>();
  private version = 0;

  constructor(namespaces: readonly string[] = ['models']) {
    namespaces.forEach((name) =>
      this.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, status: { phase: 'Active' } }),
    );
  }

  /** All objects, as they are. */
  public all(): KubernetesObject[] {
    return structuredClone([...this.objects.values()]);
  }

  /** @param namespace empty for an object that is in none */
  public get<T = KubernetesObject>(kind: string, name: string, namespace = 'models'): T {
    const found = this.peek(kind, name, namespace);
    if (!found) throw new Error(`${kind} ${name} does not exist`);
    return found as T;
  }

  public peek(kind: string, name: string, namespace = 'models'): KubernetesObject | undefined {
    return structuredClone(
      [...this.objects.values()].find(
        (object) =>
          object.kind === kind && object.metadata.name === name && (object.metadata.namespace ?? '') === namespace,
      ),
    );
  }

  /** Puts an object there as it is, with what the server adds. */
  public put(object: KubernetesObject): KubernetesObject {
    return this.store(structuredClone(object), undefined);
  }

  /** Changes an object as its controller would. */
  public change(kind: string, name: string, change: (object: KubernetesObject) => void, namespace = 'models'): void {
    const object = this.get(kind, name, namespace);
    const before = structuredClone(object);
    change(object);
    this.store(object, before);
  }

  public setStatus(kind: string, name: string, status: Fields, namespace = 'models'): void {
    this.change(
      kind,
      name,
      (object) => {
        object.status = { ...(object.status as Fields), ...status };
      },
      namespace,
    );
  }

  /** Deletes as a person would, without asking anybody. */
  public delete(kind: string, name: string, namespace = 'models'): void {
    this.erase(this.get(kind, name, namespace));
  }

  /** Deletes a namespace and all that is in it at once. */
  public deleteNamespace(name: string): void {
    for (const [key, object] of this.objects) if (object.metadata.namespace === name) this.objects.delete(key);
    for (const [key, object] of this.applied) if (object.metadata.namespace === name) this.applied.delete(key);
    this.objects.delete(keyOf({ apiVersion: 'v1', kind: 'Namespace', name }));
  }

  public async find(reference: ObjectReference): Promise<KubernetesObject | undefined> {
    await this.called('find', reference);
    return structuredClone(this.objects.get(keyOf(reference)));
  }

  public async findMetadata(reference: ObjectReference): Promise<ObjectMetadata | undefined> {
    return (await this.find(reference))?.metadata;
  }

  public async list(
    apiVersion: string,
    kind: string,
    namespace?: string,
    { labelSelector, fieldSelector }: ListOptions = {},
  ): Promise<KubernetesObject[]> {
    await this.called('list', { kind, name: '', namespace });
    const labels = termsOf(labelSelector);
    const fields = termsOf(fieldSelector);
    return structuredClone(
      [...this.objects.values()].filter(
        (object) =>
          object.kind === kind &&
          groupOf(object.apiVersion) === groupOf(apiVersion) &&
          (namespace === undefined || object.metadata.namespace === namespace) &&
          labels.every(([label, value]) => object.metadata.labels?.[label] === value) &&
          fields.every(
            ([path, value]) =>
              String(
                path.split('.').reduce<unknown>((node, field) => (node as Fields | undefined)?.[field], object),
              ) === value,
          ),
      ),
    );
  }

  public async apply(
    object: KubernetesObject,
    { dryRun = false }: { dryRun?: boolean } = {},
  ): Promise<KubernetesObject> {
    await this.called('apply', { ...object, ...object.metadata });
    const key = keyOf({ ...object, ...object.metadata });
    const live = this.objects.get(key);
    this.checkVersion(object, live);
    this.checkNamespace(object);
    const mine = structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: undefined } });
    const merged = live ? mergeApplied(live, this.applied.get(key), mine) : mine;
    if (dryRun) return structuredClone(merged);
    this.applied.set(key, mine);
    return this.store(merged, live);
  }

  public async create(object: KubernetesObject): Promise<KubernetesObject> {
    await this.called('create', { ...object, ...object.metadata });
    this.checkNamespace(object);
    if (this.objects.has(keyOf({ ...object, ...object.metadata })))
      throw new ApiError(409, { message: `${object.kind} "${object.metadata.name}" already exists` });
    return this.store(structuredClone(object), undefined);
  }

  public async replace(object: KubernetesObject): Promise<KubernetesObject> {
    await this.called('replace', { ...object, ...object.metadata });
    const live = this.objects.get(keyOf({ ...object, ...object.metadata }));
    if (!live) throw new ApiError(404, { message: `"${object.metadata.name}" not found` });
    this.checkVersion(object, live);
    return this.store({ ...structuredClone(object), metadata: { ...live.metadata, ...object.metadata } }, live);
  }

  public async merge(
    reference: ObjectReference,
    change: { metadata?: object; [field: string]: unknown },
  ): Promise<void> {
    await this.called('merge', reference);
    const live = this.objects.get(keyOf(reference));
    if (!live) throw new ApiError(404, { message: `"${reference.name}" not found` });
    this.checkVersion({ metadata: change.metadata }, live);
    const metadata = { ...change.metadata, resourceVersion: undefined };
    this.store(mergePatch(live, { ...change, metadata }) as KubernetesObject, live);
  }

  public async remove(reference: ObjectReference, options: { asRead?: KubernetesObject } = {}): Promise<void> {
    await this.called('remove', reference);
    const live = this.objects.get(keyOf(reference));
    if (!live) return;
    if (options.asRead) this.checkVersion(options.asRead, live);
    this.erase(live);
  }

  private async called(
    verb: Call['verb'],
    { kind, namespace, name }: Omit<ObjectReference, 'apiVersion'>,
  ): Promise<void> {
    await this.intercept({ verb, object: `${kind} ${namespace ? `${namespace}/` : ''}${name}` });
  }

  private checkVersion(
    { metadata }: { readonly metadata?: Partial<ObjectMetadata> },
    live: KubernetesObject | undefined,
  ): void {
    const { resourceVersion } = metadata ?? {};
    if (resourceVersion !== undefined && resourceVersion !== live?.metadata.resourceVersion)
      throw new ApiError(409, { message: 'the object has been modified' });
  }

  private checkNamespace({ metadata: { namespace } }: KubernetesObject): void {
    if (namespace === undefined) return;
    const live = this.objects.get(keyOf({ apiVersion: 'v1', kind: 'Namespace', name: namespace }));
    if (!live) throw new ApiError(404, { message: `namespaces "${namespace}" not found` });
    if (live.metadata.deletionTimestamp)
      throw new ApiError(403, {
        message: `forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      });
  }

  private store(object: KubernetesObject, live: KubernetesObject | undefined): KubernetesObject {
    const key = keyOf({ ...object, ...object.metadata });
    const isSameSpec = live && JSON.stringify(sorted(live.spec)) === JSON.stringify(sorted(object.spec));
    if (live && JSON.stringify(sorted(live)) === JSON.stringify(sorted(object))) return structuredClone(live);
    const stored: KubernetesObject = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: live?.metadata.uid ?? `uid-${++this.version}`,
        creationTimestamp:
          live?.metadata.creationTimestamp ?? object.metadata.creationTimestamp ?? new Date(this.now).toISOString(),
        resourceVersion: String(++this.version),
        generation: live ? (live.metadata.generation ?? 1) + (isSameSpec ? 0 : 1) : 1,
      },
    };
    const { finalizers } = stored.metadata as { finalizers?: string[] };
    if (stored.metadata.deletionTimestamp && !finalizers?.length) this.forget(stored);
    else this.objects.set(key, stored);
    return structuredClone(stored);
  }

  private erase(live: KubernetesObject): void {
    const { finalizers } = live.metadata as { finalizers?: string[] };
    if (finalizers?.length)
      this.store(
        { ...live, metadata: { ...live.metadata, deletionTimestamp: new Date(this.now).toISOString() } },
        live,
      );
    else this.forget(live);
  }

  private forget(live: KubernetesObject): void {
    const key = keyOf({ ...live, ...live.metadata });
    this.objects.delete(key);
    this.applied.delete(key);
  }
}

function keyOf({ apiVersion, kind, namespace = '', name }: ObjectReference): string {
  return [groupOf(apiVersion), kind, namespace, name].join(' ');
}

function groupOf(apiVersion: string): string {
  return apiVersion.split('/').slice(0, -1).join('/');
}

function termsOf(selector: string | undefined): [string, string][] {
  return (selector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .map((term) => term.split('=') as [string, string]);
}

/** Server-side apply: what the manager has set before and does not set any more goes, the rest of the live object stays. */
function mergeApplied(live: unknown, before: unknown, now: unknown): never {
  if (!isMap(live) || !isMap(now)) return structuredClone(now) as never;
  const merged: Fields = { ...live };
  for (const field of Object.keys(isMap(before) ? before : {})) if (!(field in now)) delete merged[field];
  for (const [field, value] of Object.entries(now)) {
    if (value !== undefined)
      merged[field] = mergeApplied(live[field], isMap(before) ? before[field] : undefined, value);
  }
  return merged as never;
}

/** RFC 7396. */
function mergePatch(live: unknown, change: unknown): unknown {
  if (!isMap(change)) return structuredClone(change);
  const merged: Fields = { ...(isMap(live) ? live : {}) };
  for (const [field, value] of Object.entries(change)) {
    if (value === null) delete merged[field];
    else if (value !== undefined) merged[field] = mergePatch(merged[field], value);
  }
  return merged;
}

function isMap(node: unknown): node is Fields {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

function sorted(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(sorted);
  if (!isMap(node)) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, sorted(value)]),
  );
}
