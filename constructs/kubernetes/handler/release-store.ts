import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { nameByContent } from '../content-names';
import { type KubernetesObject, type ReleaseDocument, resolveDocument } from '../release-document';
import { type ReleaseRequest } from './request';

/** Reads the release that a request wants. */
export interface ReleaseSource {
  load(request: ReleaseRequest): Promise<KubernetesObject[]>;
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
   * @param timeout milliseconds without an answer after which a request counts as failed; the client by itself waits for ever
   */
  constructor(private readonly ownBucket: string, timeout = REQUEST_TIMEOUT) {
    this.s3 = new S3Client({
      forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
      requestHandler: { connectionTimeout: timeout, requestTimeout: timeout, throwOnRequestTimeout: true },
    });
  }

  public async load(request: ReleaseRequest): Promise<KubernetesObject[]> {
    const document = JSON.parse(await this.read(request)) as ReleaseDocument;
    return nameByContent(resolveDocument(document, request.values));
  }

  private async read(request: ReleaseRequest): Promise<string> {
    const copy = { Bucket: this.ownBucket, Key: `${request.namespace}/${request.name}/${request.key}` };
    const kept = await this.get(copy);
    if (kept !== undefined) return kept;
    const asset = await this.get({ Bucket: request.bucket, Key: request.key });
    if (asset === undefined) {
      throw new Error(`release asset s3://${request.bucket}/${request.key} does not exist, and no copy of it was kept; publish the assets of this revision again`);
    }
    await this.s3.send(new PutObjectCommand({ ...copy, Body: asset, ContentType: 'application/json' }));
    return asset;
  }

  private async get(location: { Bucket: string; Key: string }): Promise<string | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand(location));
      return await Body?.transformToString();
    } catch (error) {
      // Without the right to list a bucket, S3 answers AccessDenied for a key that does not exist.
      if (error instanceof NoSuchKey || (error as Error).name === 'AccessDenied') return undefined;
      throw error;
    }
  }
}
