/** Properties of `ImageSources`. */
export interface ImageSourcesProps {
  /**
   * Digests, as `sha256:…`, by the image as `<registry>/<repository>:<tag>`. Registries list them:
   * `docker buildx imagetools inspect <image>`, or `crane digest <image>`.
   *
   * @default - none: images are pinned by their tags
   */
  readonly digests?: { [image: string]: string };

  /**
   * Where images come from instead of their own registries, by the registry or the beginning of the path: with
   * `quay.io: '111111111111.dkr.ecr.us-east-1.amazonaws.com/quay'`, a pull-through cache of Amazon ECR is asked for those of quay.io.
   *
   * @default - their own registries
   */
  readonly mirrors?: { [registry: string]: string };
}

const IMAGE = /^[a-z0-9][a-z0-9.-]*[.:][a-z0-9.:-]*(\/[a-z0-9][a-z0-9._-]*)+:\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const PREFIX = /^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9][a-z0-9._-]*)*$/;

/**
 * Where images that others publish come from, and what pins them. It applies to what this library chooses: images of controllers
 * and of helpers of models.
 *
 * @example
 * const images = new ImageSources({ mirrors: { 'quay.io': '111111111111.dkr.ecr.us-east-1.amazonaws.com/quay' } });
 */
export class ImageSources {
  private readonly digests: { [image: string]: string };
  private readonly mirrors: { [registry: string]: string };

  /** @throws when digests or mirrors are malformed; the error lists every problem. */
  constructor(props: ImageSourcesProps = {}) {
    const problems = imageSourcesProblems(props);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    this.digests = props.digests ?? {};
    this.mirrors = props.mirrors ?? {};
  }

  /**
   * The image as pods name it: from its mirror, and with its digest where one is known. A digest that the image has already stays.
   *
   * @param image `<registry>/<repository>:<tag>`, with or without a digest
   */
  public reference(image: string): string {
    const [tagged, own] = image.split('@');
    const mirrored = this.mirrored(tagged);
    const digest = own ?? this.digests[tagged] ?? this.digests[mirrored];
    return digest === undefined ? mirrored : `${mirrored}@${digest}`;
  }

  private mirrored(image: string): string {
    const [registry] = Object.keys(this.mirrors)
      .filter((prefix) => image.startsWith(`${prefix}/`))
      .sort((left, right) => right.length - left.length);
    return registry === undefined ? image : this.mirrors[registry] + image.slice(registry.length);
  }
}

/** What is wrong with digests and mirrors, one problem per line. */
export function imageSourcesProblems(props: ImageSourcesProps): string[] {
  return [
    ...Object.entries(props.digests ?? {}).flatMap(([image, digest]) => [
      ...(IMAGE.test(image)
        ? []
        : [
            `digests: expected images as <registry>/<repository>:<tag>, got "${image}"; write the registry too, docker.io for those of Docker Hub`,
          ]),
      ...(DIGEST.test(digest)
        ? []
        : [
            `digests: expected sha256:<64 hexadecimal digits> of ${image}, got "${digest}"; docker buildx imagetools inspect ${image} prints it`,
          ]),
    ]),
    ...Object.entries(props.mirrors ?? {}).flatMap(([registry, mirror]) =>
      [registry, mirror]
        .filter((prefix) => !PREFIX.test(prefix))
        .map(
          (prefix) =>
            `mirrors: expected registries, with or without a path, got "${prefix}"; write them like quay.io and 111111111111.dkr.ecr.us-east-1.amazonaws.com/quay`,
        ),
    ),
  ];
}
