import { type ReleaseTier } from './release-tier';

/**
 * Where things lie in the bucket of releases. Everything of a tier lies below its own prefix, which no other tier can write to.
 *
 * Shared by the construct and the handler, so nothing here may import aws-cdk-lib or do I/O.
 */

/** Names a release. */
export interface ReleaseName {
  readonly namespace: string;
  readonly name: string;
}

/** Prefix of everything that a tier keeps. */
export function tierPrefix(tier: ReleaseTier): string {
  return `${tier}/`;
}

/** Prefix of the records of a tier. */
export function recordsPrefix(tier: ReleaseTier): string {
  return `${tierPrefix(tier)}records/`;
}

/** Key of the record of a release. */
export function recordKey(tier: ReleaseTier, { namespace, name }: ReleaseName): string {
  return `${recordsPrefix(tier)}${namespace}/${name}.json`;
}

/** Key of the copy of an asset that a release was applied from. */
export function copyKey(tier: ReleaseTier, { namespace, name }: ReleaseName, sha256: string): string {
  return `${tierPrefix(tier)}copies/${namespace}/${name}/${sha256}.json`;
}
