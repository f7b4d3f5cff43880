/** Images of all containers, wherever a pod's spec stands. Those that only the deployment knows are left out. */
export function imagesOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(imagesOf);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => [
    ...(/^(init|ephemeral)?containers$/i.test(key) && Array.isArray(value)
      ? value
          .map(({ image }: { image?: unknown }) => image)
          .filter((image): image is string => typeof image === 'string')
      : []),
    ...imagesOf(value),
  ]);
}
