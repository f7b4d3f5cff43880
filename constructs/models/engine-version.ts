import { isUnresolved } from '../checks/unresolved';
import { type EngineImage } from './engine-image';

/** Version of an engine: as it was given, or as the image's tag gives it. */
export function versionOf(
  image: EngineImage,
  given: string | undefined,
  tag = /^v?(\d+\.\d+(?:\.\d+)?)/,
): string | undefined {
  return given ?? tag.exec(image.tag ?? '')?.[1];
}

/** What is wrong with the version of an engine. */
export function versionProblems(
  image: EngineImage,
  version: string | undefined,
  engine: string,
  oldest: string,
  why: string,
): string[] {
  const { tag, digest, reference } = image;
  if (version === undefined) {
    // An image without either is refused as such; its version is the smaller problem.
    const named = tag !== undefined || digest !== undefined || isUnresolved(reference);
    return named
      ? [
          `engine.version: expected a version of ${engine}, got an image without one in its tag (${shown(image)}); give the engine its version`,
        ]
      : [];
  }
  return isUnresolved(version) || atLeast(version, oldest)
    ? []
    : [`engine.version: expected ${engine} ${oldest} or newer, got ${version}; ${why}`];
}

/** Whether a version is another one or newer. */
export function atLeast(version: string, oldest: string): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  const difference =
    oldest
      .split('.')
      .map((part, index) => (parts[index] ?? 0) - Number(part))
      .find((value) => value !== 0) ?? 0;
  return difference >= 0;
}

/** The address of an ECR repository is known only to the deployment; its tag is not. */
function shown({ reference, tag, digest }: EngineImage): string {
  if (!isUnresolved(reference)) return reference;
  if (tag !== undefined) return `a deploy-time value with the tag "${tag}"`;
  return digest === undefined ? 'a deploy-time value' : `a deploy-time value with the digest ${digest}`;
}
