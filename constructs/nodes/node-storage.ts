/** Images of two revisions of an engine, unpacked, and those of daemons, GiB. */
const IMAGES_GIB = 60;

/** Share of a disk from which the kubelet removes images that no container uses. */
const FULL = 0.85;

/** Least volume of a node, and that of nodes of which nothing is said, GiB. */
export const MIN_VOLUME_GIB = 200;

/** What images and pods of a node take at most, with the room that the kubelet keeps free, GiB. Pods find no place where less is there. */
export function nodeStorageGib(podsGib: number): number {
  // Amounts that cannot be have reports of their own.
  return Math.max(IMAGES_GIB, Math.ceil((IMAGES_GIB + podsGib) / FULL / 10) * 10);
}
