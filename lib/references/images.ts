import { type Stack } from 'aws-cdk-lib';
import { KubernetesRelease } from '../../constructs/kubernetes';
import type { Controller } from '../../constructs/controllers';

/** What is checked. */
export interface ImagesInput {
  /** Controllers that the first stack installs. */
  readonly controllers: readonly Controller[];
  /** Stacks with releases. */
  readonly stacks: readonly Stack[];
}

/** Images of controllers and releases that no digest pins, one line each: their tags may mean something else tomorrow. */
export function imagesWithoutDigest({ controllers, stacks }: ImagesInput): string[] {
  const users = new Map<string, string[]>();
  const add = (image: string, user: string): void => void users.set(image, [...(users.get(image) ?? []), user]);
  for (const { facts } of controllers)
    facts.images.forEach(({ reference }) => add(reference, `the chart ${facts.chart}`));
  for (const release of stacks.flatMap((stack) => KubernetesRelease.allIn(stack))) {
    imagesOf(release.objects).forEach((image) => add(image, `the release ${release.releaseName}`));
  }
  return [...users]
    .filter(([image]) => !/@sha256:[0-9a-f]{64}$/.test(image))
    .map(
      ([image, who]) =>
        `images.digests: expected the digest of ${image} in ${[...new Set(who)].join(', ')}, got none; add what this prints: docker buildx imagetools inspect ${image} --format '{{.Manifest.Digest}}', or: crane digest ${image}`,
    );
}

/** Images of all containers, wherever a pod's spec stands. */
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
