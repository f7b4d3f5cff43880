import { createHash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { nameByContent } from '../constructs/kubernetes/contract/content-names';
import { copyKey, recordKey, recordsPrefix, type ReleaseName } from '../constructs/kubernetes/contract/release-bucket';
import {
  type KubernetesObject,
  type ReleaseDocument,
  resolveDocument,
} from '../constructs/kubernetes/contract/release-document';
import { type ReleaseTier } from '../constructs/kubernetes/contract/release-tier';
import { type ReleaseRequest } from './request';

/**
 * What is known of a release outside the cluster: what was deployed last, or when it was deleted. It outlives the namespace of the
 * release, which takes the inventory along.
 */
export type ReleaseRecord = ReleasedRecord | DeletedRecord;

/** Whether a release was not deleted since. */
export function isReleased(record: ReleaseRecord | undefined): record is ReleasedRecord {
  return record !== undefined && 'owner' in record;
}

/** What a record keeps of a request. */
const RECORDED = [
  'namespace',
  'name',
  'owner',
  'bucket',
  'key',
  'sha256',
  'values',
  'deadlineSeconds',
  'detached',
  'deleteEverything',
] as const;

type Recorded = Pick<ReleaseRequest, (typeof RECORDED)[number]>;

/** What a record keeps of a request, or had kept of one. */
export function recordedOf(request: Recorded): Recorded {
  return Object.fromEntries(RECORDED.map((key) => [key, request[key]])) as unknown as Recorded;
}

/** A release as it was deployed last. */
export interface ReleasedRecord extends Recorded {
  /** Digest of the objects. */
  readonly digest: string;
  /** Revisions of the models in it. */
  readonly revisions: readonly string[];
  /** When its deployment ended, milliseconds since the epoch. */
  readonly releasedAt: number;
}

/** A release that is no more. */
export interface DeletedRecord {
  readonly namespace: string;
  readonly name: string;
  /** Start of the request that deleted it, milliseconds since the epoch. Requests from before have no right to begin any more. */
  readonly deletedAt: number;
}

/** What a release is applied from. */
export type ReleaseReference = Pick<ReleaseRequest, 'namespace' | 'name' | 'bucket' | 'key' | 'sha256' | 'values'>;

/** The objects of a release are in no bucket any more, or what is there is not what the release was made of. */
export class UnusableRelease extends Error {}

/** Reads the objects of releases, and keeps a record of each. */
export interface ReleaseSource {
  /**
   * The objects that a request wants.
   *
   * @throws UnusableRelease
   */
  load(release: ReleaseReference): Promise<KubernetesObject[]>;
  record(release: ReleaseName): Promise<ReleaseRecord | undefined>;
  keep(record: ReleaseRecord): Promise<void>;
  /** Records of all releases, those of deleted ones too. */
  records(): Promise<ReleaseRecord[]>;
}

/** The objects of a release as it was deployed last; none where they cannot be had any more. */
export async function objectsOf(source: ReleaseSource, record: ReleasedRecord): Promise<KubernetesObject[]> {
  try {
    return await source.load(record);
  } catch (error) {
    if (error instanceof UnusableRelease) return [];
    throw error;
  }
}

interface Location {
  readonly Bucket: string;
  readonly Key: string;
}

/** Milliseconds; the client tries three times. */
export const REQUEST_TIMEOUT = 5_000;

/**
 * Reads releases from the asset bucket, and keeps a copy of each: `cdk gc` may collect the asset of a release that no
 * template names any more, and a rollback then needs it.
 */
export class ReleaseStore implements ReleaseSource {
  private readonly s3: S3Client;

  /**
   * @param ownBucket where the copies are
   * @param tier whose copies and records they are
   * @param timeout milliseconds without an answer after which a request counts as failed; the client by itself waits forever
   */
  constructor(
    private readonly ownBucket: string,
    private readonly tier: ReleaseTier,
    timeout = REQUEST_TIMEOUT,
  ) {
    this.s3 = new S3Client({
      forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
      requestHandler: { connectionTimeout: timeout, requestTimeout: timeout, throwOnRequestTimeout: true },
    });
  }

  public async load(release: ReleaseReference): Promise<KubernetesObject[]> {
    const document = JSON.parse(await this.read(release)) as ReleaseDocument;
    return nameByContent(resolveDocument(document, release.values));
  }

  public async record(release: ReleaseName): Promise<ReleaseRecord | undefined> {
    const text = await this.get({ Bucket: this.ownBucket, Key: recordKey(this.tier, release) });
    return text === undefined ? undefined : (JSON.parse(text) as ReleaseRecord);
  }

  public async keep(record: ReleaseRecord): Promise<void> {
    await this.put({ Bucket: this.ownBucket, Key: recordKey(this.tier, record) }, JSON.stringify(record));
  }

  public async records(): Promise<ReleaseRecord[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.s3.send(
        new ListObjectsV2Command({
          Bucket: this.ownBucket,
          Prefix: recordsPrefix(this.tier),
          ContinuationToken: token,
        }),
      );
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    const texts = await Promise.all(keys.map((Key) => this.get({ Bucket: this.ownBucket, Key })));
    return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as ReleaseRecord);
  }

  private async read({ namespace, name, bucket, key, sha256 }: ReleaseReference): Promise<string> {
    const copy = { Bucket: this.ownBucket, Key: copyKey(this.tier, { namespace, name }, sha256) };
    const kept = await this.get(copy);
    if (kept !== undefined) return genuine(copy, kept, sha256, 'and try again: the asset is copied anew');
    const location = { Bucket: bucket, Key: key };
    const asset = genuine(
      location,
      await this.getAsset(location),
      sha256,
      'and publish the assets of this revision again',
    );
    await this.put(copy, asset);
    return asset;
  }

  private async getAsset(location: Location): Promise<string> {
    const remedy = 'and no copy of it was kept; publish the assets of this revision again';
    try {
      const asset = await this.get(location);
      if (asset !== undefined) return asset;
    } catch (error) {
      if ((error as Error).name !== 'AccessDenied') throw error;
      // Without the right to list the assets' bucket, S3 answers the same for a key that does not exist.
      throw new UnusableRelease(
        `release asset ${urlOf(location)} does not exist, or the handler may not read it or use its key (${(error as Error).message}), ${remedy}`,
      );
    }
    throw new UnusableRelease(`release asset ${urlOf(location)} does not exist, ${remedy}`);
  }

  private async put(location: Location, text: string): Promise<void> {
    await this.s3.send(new PutObjectCommand({ ...location, Body: text, ContentType: 'application/json' }));
  }

  /** @returns undefined when there is no such object */
  private async get(location: Location): Promise<string | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand(location));
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}

/** @throws UnusableRelease when a text is not what it should be */
function genuine(location: Location, text: string, expected: string, remedy: string): string {
  const got = createHash('sha256').update(text).digest('hex');
  if (got === expected) return text;
  throw new UnusableRelease(
    `${urlOf(location)} was altered: expected SHA-256 ${expected}, got ${got}; nothing of it was applied. Find out who wrote it, delete it, ${remedy}`,
  );
}

function urlOf({ Bucket, Key }: Location): string {
  return `s3://${Bucket}/${Key}`;
}
