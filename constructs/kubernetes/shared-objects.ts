import { inventoryName } from './contract/inventory';

/** What one release holds in the cluster. */
export interface HeldObjects {
  /** Where the release is, for errors. */
  readonly name: string;
  /** Rendered objects, and its inventory. */
  readonly objects: readonly unknown[];
}

interface NamedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: unknown; readonly namespace?: unknown };
}

/** The ConfigMap in which a release keeps its inventory, in a namespace that must exist before it. */
export function inventoryObject(release: { readonly releaseName: string; readonly namespace: string }): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: release.namespace, name: inventoryName(release.releaseName) },
  };
}

/**
 * Objects that more than one release holds, one line each: whichever is deployed later is refused. Names that only the deployment knows
 * are not compared.
 */
export function sharedObjects(releases: readonly HeldObjects[]): string[] {
  const holders = new Map<string, { readonly text: string; readonly names: string[] }>();
  for (const { name: release, objects } of releases) {
    for (const { apiVersion, kind, metadata } of objects as NamedObject[]) {
      const { namespace, name } = metadata;
      if (typeof name !== 'string' || (namespace !== undefined && typeof namespace !== 'string')) continue;
      const text = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
      const key = `${apiVersion.split('/').slice(0, -1).join('/')} ${text}`;
      const holder = holders.get(key) ?? { text, names: [] };
      holder.names.push(release);
      holders.set(key, holder);
    }
  }
  return [...holders.values()]
    .filter(({ names }) => names.length > 1)
    .map(
      ({ text, names }) =>
        `${names.join(', ')}: expected objects of their own, got ${text} in each; leave it to one of them, or rename one`,
    );
}
