import { RELEASE_ANNOTATION } from '../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import {
  type KubernetesClient,
  isAccessRefused,
  isStatus,
  type ObjectReference,
} from '../kubernetes-client/kubernetes-client';
import { referenceTo } from '../kubernetes-client/objects';
import { identityOf, nameOf } from './failure';
import { inParallel } from '../kubernetes-client/in-parallel';
import { type Inventory, readInventory } from './inventory';
import { type ReleaseRequest } from './request';

/** An object that another living release holds. */
export interface HeldObject {
  readonly reference: ObjectReference;
  /** The release that holds it, as `<namespace>/<name>`. */
  readonly release: string;
  /** Owner of that release; absent where this identity may not read it. */
  readonly owner?: string;
}

/** Objects that one reason lists; CloudFormation cuts a reason off at about 1,000 characters. */
const LISTED = 8;

/**
 * Objects of a release that belong to another one.
 *
 * An object belongs to the release that its annotation names, as long as that release's inventory lists it. A release that
 * is gone, or has dropped the object without removing it, holds it no more; one of the same construct has been renamed.
 */
export async function heldByOthers(
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
  request: ReleaseRequest,
): Promise<HeldObject[]> {
  const own = `${request.namespace}/${request.name}`;
  const marked = (
    await inParallel(objects, async (object) => {
      const metadata = await client.findMetadata(referenceTo(object));
      return { reference: referenceTo(object), release: metadata?.annotations?.[RELEASE_ANNOTATION] };
    })
  ).filter((object): object is HeldObject => object.release !== undefined && object.release !== own);

  const inventories = await inventoriesOf(
    client,
    marked.map(({ release }) => release),
  );
  return marked.flatMap(({ reference, release }) => {
    const inventory = inventories.get(release);
    if (inventory === 'unreadable') return [{ reference, release }];
    if (!inventory || inventory.owner === request.owner) return [];
    return isListed(reference, inventory) ? [{ reference, release, owner: inventory.owner }] : [];
  });
}

/** Whether an inventory names an object. */
export function isListed(reference: ObjectReference, { objects }: Inventory): boolean {
  return objects.some((object) => identityOf(object) === identityOf(reference));
}

/** What releases hold, by their names. */
export async function inventoriesOf(
  client: KubernetesClient,
  releases: readonly string[],
): Promise<Map<string, Awaited<ReturnType<typeof inventoryOf>>>> {
  const each = await inParallel(
    [...new Set(releases)],
    async (release) => [release, await inventoryOf(client, release)] as const,
  );
  return new Map(each);
}

/** What a release holds, as `<namespace>/<name>`; one that this identity may not read counts as living. */
export async function inventoryOf(
  client: KubernetesClient,
  release: string,
): Promise<Inventory | 'unreadable' | undefined> {
  const [namespace, name] = release.split('/');
  try {
    return await readInventory(client, namespace, name);
  } catch (error) {
    if (isStatus(error, 403) && isAccessRefused(error)) return 'unreadable';
    throw error;
  }
}

/** Why a release cannot be applied, in one line that lists each object and its owner. */
export function describeHeld(held: readonly HeldObject[]): string {
  const listed = held.slice(0, LISTED);
  const releases = [...new Set(listed.map(({ release }) => release))].map((release) => {
    const objects = listed.filter((object) => object.release === release);
    return `${objects.map(({ reference }) => nameOf(reference)).join(', ')} to release ${release}${objects[0].owner ? ` of ${objects[0].owner}` : ''}`;
  });
  const rest = held.length - listed.length;
  return (
    `objects of this release belong to others: ${releases.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}; ` +
    'remove them there and deploy that first, or set adopt to take them over'
  );
}
