import { isUnresolved } from '../checks/unresolved';
import { imageReferenceProblems } from '../models/engine-image';
import { FETCH_IMAGE } from './weights-pod';
import { type StoredWeights } from './stored-weights';

/** Widest range that may stand for S3, as the length of its prefix. */
const WIDEST = 8;

/** What a model is, as far as its weights must fit. */
export interface WeightsContext {
  /** Repository of the model on the hub. */
  readonly repository: string;
  /** Revision of the model. */
  readonly revision: string;
  /** Whether images must be pinned by a digest. */
  readonly requireDigest?: boolean;
}

/** How pods reach the bucket of imported weights. */
type WeightsStorage = Pick<StoredWeights, 'endpointUrl' | 'fetchImage'> & { readonly storageCidrs: readonly string[] };

/** What is wrong with a reference to imported weights, one problem per line; empty when nothing is. */
export function storedWeightsProblems(weights: StoredWeights, context: WeightsContext): string[] {
  return [
    ...pathProblems(weights, context),
    ...(isUnresolved(weights.manifestSha256) || /^[0-9a-f]{64}$/.test(weights.manifestSha256)
      ? []
      : [
          `weights.manifestSha256: expected 64 hexadecimal digits, got ${JSON.stringify(weights.manifestSha256)}; copy what import-weights printed`,
        ]),
    ...(weights.bytes === undefined ||
    isUnresolved(weights.bytes) ||
    (Number.isInteger(weights.bytes) && weights.bytes >= 1)
      ? []
      : [`weights.bytes: expected a whole number from 1, got ${weights.bytes}; copy what import-weights printed`]),
    ...weightsStorageProblems('weights', weights, context.requireDigest),
    ...(weights.verifyImage === undefined
      ? []
      : imageReferenceProblems(weights.verifyImage, context.requireDigest, 'weights.verifyImage')),
  ];
}

/**
 * What is wrong with how pods reach the bucket of imported weights, one problem per line.
 *
 * @param path of the object that says it
 */
export function weightsStorageProblems(
  path: string,
  { storageCidrs, endpointUrl, fetchImage = FETCH_IMAGE }: WeightsStorage,
  requireDigest?: boolean,
): string[] {
  return [
    ...rangeProblems(`${path}.storageCidrs`, storageCidrs),
    ...(endpointUrl === undefined || isUnresolved(endpointUrl) || /^https:\/\//.test(endpointUrl)
      ? []
      : [
          `${path}.endpointUrl: expected an https address, got ${JSON.stringify(endpointUrl)}; the bucket refuses what is not encrypted`,
        ]),
    ...imageReferenceProblems(fetchImage, requireDigest, `${path}.fetchImage`),
  ];
}

function pathProblems({ path }: StoredWeights, { repository, revision }: WeightsContext): string[] {
  if ([path, repository, revision].some(isUnresolved)) return [];
  const expected = `${repository}/${revision}/`;
  return path.startsWith(expected) && /^[0-9a-f]{12}$/.test(path.slice(expected.length))
    ? []
    : [
        `weights.path: expected ${expected}<12 hexadecimal digits>, got ${JSON.stringify(path)}; import this revision and copy what import-weights printed`,
      ];
}

function rangeProblems(option: string, ranges: readonly string[]): string[] {
  if (ranges.length === 0) {
    return [
      `${option}: expected the address ranges of S3, got none; give the VPC's range where S3 has an interface endpoint, else the entries of the prefix list com.amazonaws.<region>.s3`,
    ];
  }
  return ranges
    .filter((range) => !isUnresolved(range))
    .flatMap((range) => {
      const groups = /^(?<octets>\d{1,3}(?:\.\d{1,3}){3})\/(?<length>\d{1,2})$/.exec(range)?.groups;
      if (!groups || groups.octets.split('.').some((octet) => Number(octet) > 255) || Number(groups.length) > 32) {
        return [
          `${option}: expected ranges in CIDR notation, got ${JSON.stringify(range)}; write them like 10.0.0.0/16`,
        ];
      }
      return Number(groups.length) >= WIDEST
        ? []
        : [
            `${option}: expected ranges of /${WIDEST} or longer, got ${JSON.stringify(range)}; the hub would be within reach of the engine`,
          ];
    });
}
