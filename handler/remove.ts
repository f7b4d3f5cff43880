import { RELEASE_ANNOTATION } from '../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { WAVES, waveOf } from '../constructs/kubernetes/contract/waves';
import { type KubernetesClient, isStatus, type ObjectReference } from '../kubernetes-client/kubernetes-client';
import { isTerminating, referenceTo } from '../kubernetes-client/objects';
import { identityOf } from './failure';
import { hasConditions } from './health/conditions';
import { inParallel } from '../kubernetes-client/in-parallel';

/** Kinds whose removal destroys data or everything inside them. */
const KEPT = new Set(['Namespace', 'CustomResourceDefinition', 'PersistentVolume', 'PersistentVolumeClaim']);

/**
 * Removes objects, routes first and CRDs last; a wave is gone, with its pods drained, before the next one goes.
 *
 * @param owner the release, as `<namespace>/<name>`: an object that another release has applied since is left alone
 * @param everything also remove namespaces, CRDs and volumes
 * @returns the objects that are still there and will go; empty when all is done
 */
export async function removeObjects(
  client: KubernetesClient,
  references: readonly ObjectReference[],
  owner: string,
  everything: boolean,
): Promise<ObjectReference[]> {
  for (let wave = WAVES.length - 1; wave >= 0; wave--) {
    const workloads = WAVES[wave] === 'workloads';
    const members = await remaining(
      client,
      references.filter((reference) => waveOf(reference) === wave),
      owner,
      everything,
    );
    // Whoever serves the finalizers of custom resources may be among the workloads.
    const served = workloads && members.length > 0 ? await withFinalizers(client, references, owner, everything) : [];
    const going = served.length > 0 ? served : members;
    // A workload stays until its pods have drained, so that what they need stays as long as they do.
    await inParallel(
      going.filter((live) => !isTerminating(live)),
      (live) => removeAsRead(client, live, workloads && served.length === 0),
    );
    if (going.length > 0) return going.map(referenceTo);
  }
  return [];
}

/** Custom resources of earlier waves that do not go without their controller. */
async function withFinalizers(
  client: KubernetesClient,
  references: readonly ObjectReference[],
  owner: string,
  everything: boolean,
): Promise<KubernetesObject[]> {
  const custom = references.filter(
    (reference) => hasConditions(reference) && WAVES[waveOf(reference)] === 'configuration',
  );
  const live = await remaining(client, custom, owner, everything);
  return live.filter(({ metadata }) => (metadata.finalizers?.length ?? 0) > 0);
}

/** What is still there of objects that are to be removed; see {@link removeObjects}. */
export async function remaining(
  client: KubernetesClient,
  references: readonly ObjectReference[],
  owner: string,
  everything: boolean,
): Promise<KubernetesObject[]> {
  const found = await inParallel(
    references.filter(({ kind }) => everything || !KEPT.has(kind)),
    (reference) => client.find(reference),
  );
  return found.filter((live) => live?.metadata.annotations?.[RELEASE_ANNOTATION] === owner) as KubernetesObject[];
}

/** Removes an object, unless it has changed since it was read: it may be another release's by now, so it is looked at again. */
async function removeAsRead(client: KubernetesClient, live: KubernetesObject, dependentsFirst: boolean): Promise<void> {
  try {
    await client.remove(referenceTo(live), { dependentsFirst, asRead: live });
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
}

/** What in `before` is not in `after`. */
export function leftOver(before: readonly ObjectReference[], after: readonly ObjectReference[]): ObjectReference[] {
  const kept = new Set(after.map(identityOf));
  return before.filter((reference) => !kept.has(identityOf(reference)));
}

/** All objects of both, each once. */
export function union(one: readonly ObjectReference[], other: readonly ObjectReference[]): ObjectReference[] {
  return [...one, ...leftOver(other, one)];
}
