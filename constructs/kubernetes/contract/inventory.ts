import { INVENTORY_LABEL } from './names';
import { type KubernetesObject } from './release-document';

/** What the handler keeps of a release in the cluster, as far as others may read it. */
export interface ReleaseInventory {
  /** Account, region, stack name and logical id. */
  readonly owner: string;
  /** What is being applied, or has failed; absent when the last deployment ended well. */
  readonly attempt?: object;
  /** Digest of the release that was deployed last, healthy or detached. */
  readonly released?: string;
  /** Healthy releases, newest first. */
  readonly history: readonly { readonly digest: string }[];
}

/** Name of the ConfigMap that holds the inventory of a release, and of its Lease. */
export function inventoryName(release: string): string {
  return `release-${release}`;
}

/**
 * The inventory that a ConfigMap holds.
 *
 * @throws when it holds none.
 */
export function inventoryIn({ metadata, data }: KubernetesObject): ReleaseInventory {
  const expected = `ConfigMap ${metadata.namespace}/${metadata.name}: expected the inventory of a release`;
  if (metadata.labels?.[INVENTORY_LABEL] === undefined) {
    throw new Error(
      `${expected}, got an object without the label ${INVENTORY_LABEL}; it is somebody else's, rename it or choose another name for the release`,
    );
  }
  try {
    return JSON.parse((data as { inventory: string }).inventory) as ReleaseInventory;
  } catch {
    throw new Error(`${expected}, got text that is none; it was edited manually, take it from a backup`);
  }
}
