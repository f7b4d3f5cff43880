import { createHash } from 'node:crypto';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file of a repository on the hub. */
export interface HubContent {
  readonly bytes: Buffer;
  /** Whether it lies in large-file storage, as weights do. */
  readonly large?: boolean;
  /** Bytes that the hub lists, if not as many as there are. */
  readonly listedSize?: number;
}

/** A hub with one repository at one commit. */
export interface FakeHubOptions {
  readonly repository: string;
  readonly commit: string;
  readonly files: Readonly<Record<string, HubContent>>;
  readonly cardData?: object;
  /** Token without which it gives nothing. */
  readonly token?: string;
  /** What it delivers instead of the bytes that it lists. */
  readonly spoil?: (path: string, bytes: Buffer) => Buffer;
}

/** Speaks as much of the hub's HTTP API as an import uses, on loopback; large files come by a redirect to another server. */
export class FakeHub {
  static async start(options: FakeHubOptions): Promise<FakeHub> {
    const hub = new FakeHub(options);
    await Promise.all([listen(hub.hub), listen(hub.storage)]);
    return hub;
  }

  /** Paths that were asked for. */
  readonly requests: string[] = [];
  /** Whether the storage behind the hub was ever sent the hub's token. */
  tokenReachedStorage = false;

  private readonly hub = http.createServer((request, response) => this.answer(request, response));
  private readonly storage = http.createServer((request, response) => {
    this.tokenReachedStorage ||= request.headers.authorization !== undefined;
    this.deliver(decodeURIComponent(request.url!.slice(1)), response);
  });

  private constructor(private readonly options: FakeHubOptions) {}

  get endpoint(): string {
    return address(this.hub);
  }

  async stop(): Promise<void> {
    await Promise.all(
      [this.hub, this.storage].map(
        (server) =>
          new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
          }),
      ),
    );
  }

  private answer({ url = '', headers }: http.IncomingMessage, response: http.ServerResponse): void {
    const { repository, commit, files, token } = this.options;
    this.requests.push(url);
    if (token !== undefined && headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end();
    if (url === `/api/models/${repository}/revision/${commit}?blobs=true`)
      return void response.end(JSON.stringify(this.model()));
    const prefix = `/${repository}/resolve/${commit}/`;
    const path = decodeURIComponent(url.slice(prefix.length));
    if (!url.startsWith(prefix) || !(path in files)) return void response.writeHead(404).end();
    if (files[path].large)
      return void response.writeHead(302, { location: `${address(this.storage)}/${encodeURIComponent(path)}` }).end();
    this.deliver(path, response);
  }

  private model(): object {
    const { commit, files, cardData } = this.options;
    return {
      sha: commit,
      cardData,
      siblings: Object.entries(files).map(([path, { bytes, large, listedSize = bytes.length }]) => ({
        rfilename: path,
        size: listedSize,
        blobId: large
          ? createHash('sha1').update(`pointer to ${path}`).digest('hex')
          : createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'),
        ...(large
          ? { lfs: { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, pointerSize: 134 } }
          : {}),
      })),
    };
  }

  private deliver(path: string, response: http.ServerResponse): void {
    const { files, spoil = (_, bytes) => bytes } = this.options;
    response.end(spoil(path, files[path].bytes));
  }
}

function listen(server: http.Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function address(server: http.Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
