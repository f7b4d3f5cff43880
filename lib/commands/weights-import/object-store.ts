import { createHash } from 'node:crypto';
import { type CompletedPart, type S3 } from '@aws-sdk/client-s3';
import type { WeightsFile, WeightsObject } from './manifest';

/** Most parts of an object are 10,000. */
const MAX_PARTS = 9_000;

/** Parts of one file on their way at once. */
const IN_FLIGHT = 4;

/** Where and how objects are kept. */
export interface ObjectStoreOptions {
  readonly client: S3;
  readonly bucket: string;
  /**
   * Bytes of a part; smaller files are uploaded in one.
   *
   * @default 64 MiB, more where a file would have too many parts
   */
  readonly partSize?: number;
}

/** An object that was put, and the SHA-256 of its bytes. */
export type PutResult = Pick<WeightsFile, 'sha256' | 'object'>;

/** Puts objects whose bytes are checked on their way, by us and with a SHA-256 of each part by S3. */
export class ObjectStore {
  constructor(private readonly options: ObjectStoreOptions) {}

  /** The object of a key, if it was put with these bytes by an import before. */
  async find(key: string, size: number, sha256: string): Promise<WeightsObject | undefined> {
    try {
      const head = await this.head(key);
      return head.ContentLength === size && head.Metadata?.sha256 === sha256 ? objectOf(key, head) : undefined;
    } catch (error) {
      if ((error as { name?: string }).name === 'NotFound') return undefined;
      throw error;
    }
  }

  /** Puts bytes that are at hand. */
  async put(key: string, bytes: Uint8Array, contentType?: string): Promise<PutResult> {
    const digest = createHash('sha256').update(bytes).digest();
    const checksum = digest.toString('base64');
    const sha256 = digest.toString('hex');
    const answer = await this.options.client.putObject({
      Bucket: this.options.bucket,
      Key: key,
      Body: bytes,
      ContentType: contentType,
      ChecksumSHA256: checksum,
      Metadata: { sha256 },
    });
    return { sha256, object: await this.kept(key, answer.VersionId, checksum) };
  }

  /**
   * Puts a stream without keeping it whole. Nobody sees the object before its bytes were found right.
   *
   * @param expected what the bytes must turn out to be
   * @throws when the bytes are not the expected ones; nothing is left then.
   */
  async putStream(
    key: string,
    stream: AsyncIterable<Uint8Array>,
    expected: Pick<WeightsFile, 'size' | 'sha256'>,
  ): Promise<PutResult> {
    const { client, bucket } = this.options;
    const { sha256 } = expected;
    const partSize = Math.max(this.options.partSize ?? 64 * 1024 * 1024, Math.ceil(expected.size / MAX_PARTS));
    const object = { Bucket: bucket, Key: key };
    const metadata = { ChecksumAlgorithm: 'SHA256', Metadata: { sha256 } } as const;
    const { UploadId } = await client.createMultipartUpload({ ...object, ...metadata });
    const upload = { ...object, UploadId };
    const flying = new Set<Promise<void>>();
    try {
      const whole = createHash('sha256');
      const parts: Required<Pick<CompletedPart, 'PartNumber' | 'ETag' | 'ChecksumSHA256'>>[] = [];
      const failures: unknown[] = [];
      let size = 0;
      for await (const part of partsOf(stream, partSize)) {
        size += part.length;
        if (size > expected.size || failures.length > 0) break;
        whole.update(part);
        const entry = {
          PartNumber: parts.length + 1,
          ETag: '',
          ChecksumSHA256: createHash('sha256').update(part).digest('base64'),
        };
        parts.push(entry);
        const { PartNumber, ChecksumSHA256 } = entry;
        const landed: Promise<void> = client
          .uploadPart({ ...upload, PartNumber, Body: part, ChecksumSHA256 })
          .then(
            ({ ETag = '' }) => {
              entry.ETag = ETag;
            },
            (error: unknown) => {
              failures.push(error);
            },
          )
          .finally(() => flying.delete(landed));
        flying.add(landed);
        if (flying.size >= IN_FLIGHT) await Promise.race(flying);
      }
      await Promise.all(flying);
      if (failures.length > 0) throw failures[0];
      if (size !== expected.size)
        throw new Error(
          `${key}: expected ${expected.size} bytes, got ${size > expected.size ? 'more' : size}; the hub delivered something else, try again`,
        );
      const actual = whole.digest('hex');
      if (actual !== sha256)
        throw new Error(
          `${key}: expected SHA-256 ${sha256}, got ${actual}; the hub delivered something else, try again`,
        );
      const { VersionId } = await client.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: parts } });
      const composite = createHash('sha256')
        .update(Buffer.concat(parts.map(({ ChecksumSHA256 }) => Buffer.from(ChecksumSHA256, 'base64'))))
        .digest('base64');
      return { sha256, object: await this.kept(key, VersionId, `${composite}-${parts.length}`) };
    } catch (error) {
      await Promise.all(flying);
      // What cannot be given up now, the bucket gives up after a day; the first failure is the one to report.
      await client.abortMultipartUpload(upload).catch(() => undefined);
      throw error;
    }
  }

  private head(key: string, version?: string) {
    const { client, bucket } = this.options;
    return client.headObject({ Bucket: bucket, Key: key, VersionId: version, ChecksumMode: 'ENABLED' });
  }

  /** What S3 keeps must be what was sent. */
  private async kept(key: string, version: string | undefined, checksum: string): Promise<WeightsObject> {
    const object = objectOf(key, await this.head(key, version));
    if (object.checksumSha256 === checksum) return object;
    throw new Error(
      `${key}: expected the S3 checksum ${checksum}, got ${object.checksumSha256}; the object was not stored as it was sent, import again`,
    );
  }
}

function objectOf(
  key: string,
  { VersionId, ChecksumSHA256 }: { VersionId?: string; ChecksumSHA256?: string },
): WeightsObject {
  if (VersionId === undefined || VersionId === 'null')
    throw new Error(`${key}: expected a version of the object, got none; turn on versioning of the bucket`);
  if (ChecksumSHA256 === undefined)
    throw new Error(`${key}: expected a SHA-256 checksum kept by S3, got none; import into a bucket of Amazon S3`);
  return { versionId: VersionId, checksumSha256: ChecksumSHA256 };
}

/** Cuts a stream into parts of one size; the last may be shorter. */
async function* partsOf(stream: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    for (let rest = chunk; rest.length > 0; ) {
      const taken = rest.subarray(0, size - length);
      chunks.push(taken);
      length += taken.length;
      rest = rest.subarray(taken.length);
      if (length === size) {
        yield Buffer.concat(chunks);
        chunks = [];
        length = 0;
      }
    }
  }
  if (length > 0) yield Buffer.concat(chunks);
}
