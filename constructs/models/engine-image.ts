import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { isUnresolved } from '../checks/unresolved';

/**
 * The grammar of distribution/reference: a host, which has a dot, a port or the name localhost and no underscore, and parts of lower-case
 * letters and digits with single dots, up to two underscores or any number of hyphens between them.
 */
const REFERENCE =
  /^(?<repository>(?:(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:\d+\/))(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/** What is known of a reference that ends in plain text, such as that of an ECR repository: its address is known only to the deployment. */
const KNOWN_END = /\}[^}:@]*(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

function partsOf(reference: string): { readonly tag?: string; readonly digest?: string } | undefined {
  return (isUnresolved(reference) ? KNOWN_END : REFERENCE).exec(reference)?.groups;
}

/**
 * The container image of an inference engine.
 *
 * @example
 * const image = EngineImage.fromReference('vllm/vllm-openai:v0.32.0');
 */
export class EngineImage {
  /**
   * An image by its reference.
   *
   * @throws when the reference is malformed or has neither tag nor digest.
   */
  public static fromReference(reference: string): EngineImage {
    const problems = imageReferenceProblems(reference);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return new EngineImage(reference);
  }

  /**
   * An image in a repository of Amazon ECR. The version of the engine is read from the tag; with a digest, or a tag that does not begin with
   * it, the engine is given its `version`.
   *
   * @param repository nodes pull from it by their role; one of another account has to allow that
   * @param tagOrDigest tag, or digest as `sha256:…`
   * @throws when it is neither, or the tag may move.
   */
  public static fromEcrRepository(repository: IRepository, tagOrDigest: string): EngineImage {
    const separator = tagOrDigest.startsWith('sha256:') ? '@' : ':';
    // Its name may be known only to the deployment.
    const name = isUnresolved(repository.repositoryName) ? 'repository' : repository.repositoryName;
    const problems = imageReferenceProblems(`${name}${separator}${tagOrDigest}`);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return new EngineImage(repository.repositoryUriForTagOrDigest(tagOrDigest));
  }

  /**
   * An image whose problems the caller reports together with others.
   *
   * @internal
   */
  public static _unchecked(reference: string): EngineImage {
    return new EngineImage(reference);
  }

  /** The reference as it was given. */
  public readonly reference: string;

  /** Tag of the image; undefined when it has none or is a deploy-time value. */
  public readonly tag?: string;

  /** Digest of the image, as `sha256:…`; undefined when it has none or is a deploy-time value. */
  public readonly digest?: string;

  private constructor(reference: string) {
    this.reference = reference;
    const { tag, digest } = partsOf(reference) ?? {};
    this.tag = tag;
    this.digest = digest;
  }

  /**
   * This image, if it is pinned by a digest.
   *
   * @throws when it is not.
   */
  public requireDigest(): EngineImage {
    const problems = imageReferenceProblems(this.reference, true);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return this;
  }
}

/**
 * What is wrong with the reference of an image, one problem per line; empty when nothing is. Of a deploy-time value only what ends in plain
 * text is looked at.
 *
 * @param requireDigest whether a digest is asked for, as production does
 * @param option the option, as its user wrote it
 */
export function imageReferenceProblems(reference: string, requireDigest = false, option = 'image'): string[] {
  const parts = partsOf(reference);
  const unresolved = isUnresolved(reference);
  if (unresolved && parts?.tag === undefined) return [];
  const given = unresolved ? `a deploy-time value with the tag "${parts?.tag}"` : JSON.stringify(reference);
  if (!parts)
    return [
      `${option}: expected <repository>:<tag> or <repository>@sha256:<64 hexadecimal digits>, got ${given}; correct the reference`,
    ];
  if (requireDigest && !parts.digest)
    return [
      `${option}: expected a digest, got ${given}; append @sha256:… of the tag, so that a moved tag changes nothing`,
    ];
  if (!parts.tag && !parts.digest)
    return [
      `${option}: expected a tag or a digest, got ${given}; append :<version>, without it every pull may bring another engine`,
    ];
  if (parts.tag === 'latest' && !parts.digest)
    return [`${option}: expected a tag that stays, got ${given}; name a version instead of latest`];
  return [];
}
