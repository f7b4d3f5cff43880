import { type Stack } from 'aws-cdk-lib';
import { KubernetesRelease } from '../../constructs/kubernetes';
import { imagesOf } from '../../constructs/kubernetes/images-of';
import type { Controller } from '../../constructs/controllers';
import type { KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { MODEL_NAMESPACE } from '../../constructs/models/names';
import { foreignImageProblems } from '../../constructs/platform/workload-admission';

/** What is checked. */
export interface ImagesInput {
  /** Controllers that the first stack installs. */
  readonly controllers: readonly Controller[];
  /** Stacks with releases. */
  readonly stacks: readonly Stack[];
}

/** Images of pods in the namespace of models that its admission would refuse, one problem per line. */
export function imagesOfForeignRegistries(
  { stacks }: Pick<ImagesInput, 'stacks'>,
  allowedRegistries: readonly string[] | undefined,
): string[] {
  return stacks
    .flatMap((stack) => KubernetesRelease.allIn(stack))
    .flatMap((release) => {
      const objects = (release.objects as KubernetesObject[]).filter(
        ({ metadata }) => metadata.namespace === MODEL_NAMESPACE,
      );
      return foreignImageProblems(release.releaseName, imagesOf(objects), allowedRegistries);
    });
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
