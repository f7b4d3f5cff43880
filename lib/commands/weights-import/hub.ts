import { ReadableStream } from 'node:stream/web';

/** A file as the hub lists it. */
export interface HubFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Object id in git: of the bytes, or of the pointer where the file lies in large-file storage. */
  readonly blobId: string;
  /** SHA-256 of the bytes, for files in large-file storage. */
  readonly sha256?: string;
}

/** A repository at one commit. */
export interface HubModel {
  readonly commit: string;
  /** License of the model card; undefined when it declares none. */
  readonly license?: string;
  readonly files: readonly HubFile[];
}

/** How to reach the hub. */
export interface HubOptions {
  /** @default 'https://huggingface.co' */
  readonly endpoint?: string;
  /**
   * Access token, for models that ask for one.
   *
   * @default - none
   */
  readonly token?: string;
}

interface ModelAnswer {
  readonly sha: string;
  readonly cardData?: { readonly license?: string | string[]; readonly license_name?: string };
  readonly siblings: readonly {
    readonly rfilename: string;
    readonly size: number;
    readonly blobId: string;
    readonly lfs?: { readonly sha256: string } | null;
  }[];
}

/** The model hub, as far as an import needs it. */
export class Hub {
  private readonly endpoint: string;

  constructor(private readonly options: HubOptions = {}) {
    this.endpoint = (options.endpoint ?? 'https://huggingface.co').replace(/\/$/, '');
  }

  /** What a repository holds at a commit. */
  async describe(repository: string, commit: string): Promise<HubModel> {
    const answer = await this.get(`/api/models/${repository}/revision/${commit}?blobs=true`);
    const { sha, cardData, siblings } = (await answer.json()) as ModelAnswer;
    const { license, license_name: name } = cardData ?? {};
    const declared = Array.isArray(license) ? license.join(' AND ') : license;
    return {
      commit: sha,
      license: declared === 'other' ? (name ?? declared) : declared,
      files: siblings.map(({ rfilename, size, blobId, lfs }) => ({
        path: rfilename,
        size,
        blobId,
        sha256: lfs?.sha256,
      })),
    };
  }

  /** The bytes of a file at a commit. */
  async download(repository: string, commit: string, path: string): Promise<ReadableStream<Uint8Array>> {
    const answer = await this.get(
      `/${repository}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`,
    );
    if (answer.body === null) throw new Error(`hub: expected the bytes of ${path}, got an empty answer; try again`);
    return answer.body as ReadableStream<Uint8Array>;
  }

  /** Redirects lead to storage elsewhere; `fetch` does not take the token there. */
  private async get(path: string): Promise<Response> {
    const { token } = this.options;
    const answer = await fetch(`${this.endpoint}${path}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    if (answer.ok) return answer;
    const advice =
      answer.status === 401 || answer.status === 403
        ? "accept the model's terms on its page, and set HF_TOKEN to a token that may read it"
        : 'look whether repository and commit exist';
    throw new Error(`hub: expected ${path.split('?')[0]}, got ${answer.status} ${answer.statusText}; ${advice}`);
  }
}
