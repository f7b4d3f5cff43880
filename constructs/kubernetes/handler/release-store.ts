import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { nameByContent } from '../content-names';
import { type DeployTimeValues, type KubernetesObject, type ReleaseDocument, resolveDocument } from '../release-document';
import { type ReleaseRequest } from './request';

/**
 * What is known of a release outside the cluster: what was deployed last, or when it was deleted. It outlives the namespace of the
 * release, which takes the inventory along.
 */
export type ReleaseRecord = ReleasedRecord | DeletedRecord;

/** A release as it was deployed last. */
export interface ReleasedRecord {
  readonly namespace: string;
  readonly name: string;
  readonly owner: string;
  readonly bucket: string;
  readonly key: string;
  readonly values: DeployTimeValues;
  readonly deadlineSeconds: number;
  readonly detached: boolean;
  readonly deleteEverything: boolean;
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

/** The objects of a release are in no bucket any more. */
export class MissingRelease extends Error {
  constructor({ bucket, key }: { readonly bucket: string; readonly key: string }) {
    super(`release asset s3://${bucket}/${key} does not exist, and no copy of it was kept; publish the assets of this revision again`);
  }
}

/** Names a release. */
export interface ReleaseName {
  readonly namespace: string;
  readonly name: string;
}

/** Reads the objects of releases, and keeps a record of each. */
export interface ReleaseSource {
  /**
   * The objects that a request wants.
   *
   * @throws MissingRelease
   */
  load(request: Pick<ReleaseRequest, 'namespace' | 'name' | 'bucket' | 'key' | 'values'>): Promise<KubernetesObject[]>;
  record(release: ReleaseName): Promise<ReleaseRecord | undefined>;
  keep(record: ReleaseRecord): Promise<void>;
  /** Records of all releases, those of deleted ones too. */
  records(): Promise<ReleaseRecord[]>;
}

/** Milliseconds; the client tries three times. */
const REQUEST_TIMEOUT = 5_000;

/**
 * Reads releases from the asset bucket, and keeps a copy of each: `cdk gc` may collect the asset of a release that no
 * template names any more, and a rollback then needs it.
 */
export class ReleaseStore implements ReleaseSource {
  private readonly s3: S3Client;

  /**
   * @param ownBucket where the copies are
   * @param tier name of the tier, whose records lie beside each other
   * @param timeout milliseconds without an answer after which a request counts as failed; the client by itself waits for ever
   */
  constructor(private readonly ownBucket: string, private readonly tier: string, timeout = REQUEST_TIMEOUT) {
    this.s3 = new S3Client({
      forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
      requestHandler: { connectionTimeout: timeout, requestTimeout: timeout, throwOnRequestTimeout: true },
    });
  }

  public async load(request: Pick<ReleaseRequest, 'namespace' | 'name' | 'bucket' | 'key' | 'values'>): Promise<KubernetesObject[]> {
    const document = JSON.parse(await this.read(request)) as ReleaseDocument;
    return nameByContent(resolveDocument(document, request.values));
  }

  public async record(release: ReleaseName): Promise<ReleaseRecord | undefined> {
    const text = await this.get({ Bucket: this.ownBucket, Key: this.recordKey(release) });
    return text === undefined ? undefined : JSON.parse(text) as ReleaseRecord;
  }

  public async keep(record: ReleaseRecord): Promise<void> {
    await this.put({ Bucket: this.ownBucket, Key: this.recordKey(record) }, JSON.stringify(record));
  }

  public async records(): Promise<ReleaseRecord[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.s3.send(new ListObjectsV2Command({ Bucket: this.ownBucket, Prefix: this.prefix, ContinuationToken: token }));
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    const texts = await Promise.all(keys.map((Key) => this.get({ Bucket: this.ownBucket, Key })));
    return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as ReleaseRecord);
  }

  private get prefix(): string {
    return `records/${this.tier}/`;
  }

  private recordKey({ namespace, name }: ReleaseName): string {
    return `${this.prefix}${namespace}/${name}.json`;
  }

  private async read({ namespace, name, bucket, key }: Pick<ReleaseRequest, 'namespace' | 'name' | 'bucket' | 'key'>): Promise<string> {
    const copy = { Bucket: this.ownBucket, Key: `${namespace}/${name}/${key}` };
    const kept = await this.get(copy);
    if (kept !== undefined) return kept;
    // Without the right to list the assets' bucket, S3 answers AccessDenied for a key that does not exist.
    const asset = await this.get({ Bucket: bucket, Key: key }, 'AccessDenied');
    if (asset === undefined) throw new MissingRelease({ bucket, key });
    await this.put(copy, asset);
    return asset;
  }

  private async put(location: { Bucket: string; Key: string }, text: string): Promise<void> {
    await this.s3.send(new PutObjectCommand({ ...location, Body: text, ContentType: 'application/json' }));
  }

  /** @param absent name of a further error that says that there is no such object */
  private async get(location: { Bucket: string; Key: string }, absent?: string): Promise<string | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand(location));
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey || (error as Error).name === absent) return undefined;
      throw error;
    }
  }
}
