import { Agent, request } from 'node:https';

/** Answer of the API server. */
export interface ApiAnswer {
  readonly status: number;
  /** Parsed body; undefined when it was not JSON. */
  readonly body: unknown;
  readonly text: string;
}

/** Where and as whom to call the API server. */
export interface ApiClientOptions {
  /** For example `https://127.0.0.1:6443`. */
  readonly url: string;
  readonly token: string;
  /** Certificate authority of the server, PEM. */
  readonly certificateAuthority: string;
}

/** The few calls that the rehearsal makes to the API server by itself, as cluster administrator. */
export class ApiClient {
  private readonly agent: Agent;

  constructor(private readonly options: ApiClientOptions) {
    this.agent = new Agent({ ca: options.certificateAuthority, keepAlive: false });
  }

  /** Any status is an answer; rejects only when there is no answer within 30 s. */
  call(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(`${this.options.url}${path}`, {
        method,
        agent: this.agent,
        timeout: 30_000,
        headers: { authorization: `Bearer ${this.options.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      }, response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, body: parse(text), text });
        });
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${method} ${path} within 30 s`)));
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Creates; an object that already exists is an error, as every other answer but success is. */
  async create(path: string, object: object): Promise<void> {
    const answer = await this.call('POST', path, object);
    if (answer.status >= 300) {
      throw new Error(`create in ${path} was answered ${answer.status}: ${answer.text.trim()}`);
    }
  }

  /** Deletes; an object that does not exist is no error. */
  async delete(path: string): Promise<void> {
    const answer = await this.call('DELETE', path);
    if (answer.status >= 300 && answer.status !== 404) {
      throw new Error(`delete of ${path} was answered ${answer.status}: ${answer.text.trim()}`);
    }
  }

  /** Whether a GET of this path is answered 200. */
  async isOk(path: string): Promise<boolean> {
    return (await this.call('GET', path)).status === 200;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
