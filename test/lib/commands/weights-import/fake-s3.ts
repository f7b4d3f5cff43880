import { createHash } from 'node:crypto';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A version of an object. */
interface Version {
  readonly bytes: Buffer;
  readonly versionId: string;
  readonly checksum: string;
  readonly sha256?: string;
}

interface Upload {
  readonly sha256?: string;
  readonly parts: Map<number, Buffer>;
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64');

/**
 * One versioned bucket, on loopback. Like S3 it refuses bytes whose SHA-256 is not the one that came with them, and keeps the
 * checksum of an object of several parts as that of the checksums of its parts.
 */
export class FakeS3 {
  static async start(): Promise<FakeS3> {
    const store = new FakeS3();
    await new Promise<void>((resolve) => store.server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  readonly objects = new Map<string, Version[]>();
  /** Uploads that were begun and neither finished nor given up. */
  readonly uploads = new Map<string, Upload>();
  /** Methods and keys of what was written. */
  readonly writes: string[] = [];
  /** Whether the bucket keeps versions. */
  versioned = true;
  /** Number of a part that is refused. */
  refusedPart?: number;
  private count = 0;

  private readonly server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => this.answer(request, Buffer.concat(chunks), response));
  });

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The latest version of an object. */
  latest(key: string): Version | undefined {
    return this.objects.get(key)?.at(-1);
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }

  private answer(
    { method = '', url = '', headers }: http.IncomingMessage,
    body: Buffer,
    response: http.ServerResponse,
  ): void {
    const { pathname, searchParams } = new URL(url, 'http://s3');
    const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
    const uploadId = searchParams.get('uploadId') ?? '';
    const digest = headers['x-amz-meta-sha256'] as string | undefined;
    if (method !== 'HEAD') this.writes.push(`${method} ${key}`);
    if (method === 'HEAD') {
      const found = this.latest(key);
      return void (
        found
          ? response.writeHead(200, {
              ...this.describe(found),
              'content-length': found.bytes.length,
              ...(found.sha256 ? { 'x-amz-meta-sha256': found.sha256 } : {}),
            })
          : response.writeHead(404)
      ).end();
    }
    if (method === 'POST' && searchParams.has('uploads')) {
      const id = `upload-${++this.count}`;
      this.uploads.set(id, { sha256: digest, parts: new Map() });
      return void response.end(
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    if (method === 'DELETE') {
      this.uploads.delete(uploadId);
      return void response.writeHead(204).end();
    }
    if (method === 'POST') {
      const { sha256: own, parts } = this.uploads.get(uploadId)!;
      this.uploads.delete(uploadId);
      const bytes = [...parts].sort(([one], [other]) => one - other).map(([, part]) => part);
      const composite = sha256(Buffer.concat(bytes.map((part) => createHash('sha256').update(part).digest())));
      const version = this.keep(key, {
        bytes: Buffer.concat(bytes),
        checksum: `${composite}-${bytes.length}`,
        sha256: own,
      });
      return void response
        .writeHead(200, this.versionOf(version))
        .end(`<CompleteMultipartUploadResult><Key>${key}</Key></CompleteMultipartUploadResult>`);
    }
    if (headers['x-amz-checksum-sha256'] !== sha256(body)) {
      return void response
        .writeHead(400)
        .end(
          '<Error><Code>BadDigest</Code><Message>The SHA256 you specified did not match the calculated checksum.</Message></Error>',
        );
    }
    if (uploadId && Number(searchParams.get('partNumber')) === this.refusedPart) {
      return void response
        .writeHead(403)
        .end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
    }
    if (uploadId) {
      this.uploads.get(uploadId)!.parts.set(Number(searchParams.get('partNumber')), body);
      return void response.writeHead(200, { etag: `"${sha256(body)}"` }).end();
    }
    response
      .writeHead(200, this.versionOf(this.keep(key, { bytes: body, checksum: sha256(body), sha256: digest })))
      .end();
  }

  private keep(key: string, version: Omit<Version, 'versionId'>): Version {
    const kept = { ...version, versionId: `version-${++this.count}` };
    this.objects.set(key, [...(this.objects.get(key) ?? []), kept]);
    return kept;
  }

  private describe(version: Version): Record<string, string> {
    return { ...this.versionOf(version), 'x-amz-checksum-sha256': version.checksum };
  }

  private versionOf({ versionId }: Version): Record<string, string> {
    return this.versioned ? { 'x-amz-version-id': versionId } : {};
  }
}
