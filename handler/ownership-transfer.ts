import { RELEASE_ANNOTATION } from '../constructs/kubernetes/contract/names';
import { type ReleaseName } from '../constructs/kubernetes/contract/release-bucket';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { WAVES, waveOf } from '../constructs/kubernetes/contract/waves';
import { applyObjects } from './apply';
import { referenceTo } from '../kubernetes-client/objects';
import { identityOf, ReleaseFailure, Superseded } from './failure';
import { inParallel } from '../kubernetes-client/in-parallel';
import { type Inventory } from './inventory';
import { type ObjectReference } from '../kubernetes-client/kubernetes-client';
import { inventoriesOf, isListed } from './object-owners';
import { isReleased, objectsOf } from './release-store';
import { type Session } from './session';

/**
 * Returns objects to the releases that they were acquired from, in the state that those releases declare. An object that yet another
 * release has acquired since is left alone, and so is one that its former release no longer lists.
 *
 * @param references objects of the release; those that were acquired from another one are returned
 */
export async function returnToFormerReleases(
  session: Session,
  inventory: Inventory,
  references: readonly ObjectReference[],
): Promise<void> {
  const { client, release } = session;
  const acquired = Object.entries(acquiredAmong(inventory, references) ?? {});
  if (acquired.length === 0) return;
  const inventories = await inventoriesOf(
    client,
    acquired.map(([, to]) => to),
  );
  const given = await inParallel(references, async (reference) => {
    const to = inventory.acquiredFrom?.[identityOf(reference)];
    const former = to === undefined ? undefined : inventories.get(to);
    if (to === undefined || !former || former === 'unreadable' || !isListed(reference, former)) return [];
    const metadata = await client.findMetadata(reference);
    const holder = metadata?.annotations?.[RELEASE_ANNOTATION];
    // A handler that ended here has given it back, and not made it what it was.
    if (holder === to && !former.attempt) return [{ identity: identityOf(reference), to }];
    if (metadata === undefined || holder !== release) return [];
    await client.merge(reference, {
      metadata: { resourceVersion: metadata.resourceVersion, annotations: { [RELEASE_ANNOTATION]: to } },
    });
    return [{ identity: identityOf(reference), to }];
  });
  const releases = [...new Set(given.flat().map(({ to }) => to))];
  for (const to of releases) {
    const [namespace, name] = to.split('/');
    const wanted = given
      .flat()
      .filter((object) => object.to === to)
      .map(({ identity }) => identity);
    await restore(session, { namespace, name }, (object) => wanted.includes(identityOf(referenceTo(object))));
  }
}

/** Which of some objects were acquired from another release, and from which; undefined when none was. */
export function acquiredAmong(
  { acquiredFrom = {} }: Inventory,
  references: readonly ObjectReference[],
): Inventory['acquiredFrom'] {
  const acquired = references.map(identityOf).filter((identity) => acquiredFrom[identity] !== undefined);
  return acquired.length === 0
    ? undefined
    : Object.fromEntries(acquired.map((identity) => [identity, acquiredFrom[identity]]));
}

/**
 * Applies objects of a release as it was deployed last, in the order of waves, and waits for nothing: what they were before they were acquired
 * is what was healthy. A release of which no record can be read is left as it is, until its own next deployment.
 *
 * @param isWanted which objects of the release
 * @param owner whose release it has to be, if that matters
 */
export async function restore(
  session: Session,
  release: ReleaseName,
  isWanted: (object: KubernetesObject) => boolean,
  owner?: string,
): Promise<void> {
  const { source } = session.dependencies;
  const record = await source.record(release);
  if (!isReleased(record) || (owner !== undefined && record.owner !== owner)) return;
  const objects = await objectsOf(source, record);
  for (let wave = 0; wave < WAVES.length; wave++) {
    try {
      await applyObjects(
        session.client,
        objects.filter((object) => waveOf(object) === wave && isWanted(object)),
        {
          release: objects,
          owner: `${release.namespace}/${release.name}`,
          accessMayCome: true,
          mayContinue: () => true,
          fence: () => session.fence(),
        },
      );
    } catch (error) {
      // What the cluster refuses of another release is no reason not to return this one.
      if (!(error instanceof ReleaseFailure) || error instanceof Superseded) throw error;
    }
  }
}
