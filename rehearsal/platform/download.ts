import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';

const ATTEMPTS = 3;
/** A server that sends nothing for so long is given up. */
const IDLE_TIMEOUT_MS = 60_000;

/** One file to download. */
export interface DownloadOptions {
  readonly address: string;
  /** Written as the bytes arrive; what is there after a failure is incomplete. */
  readonly file: string;
  readonly signal?: AbortSignal;
  /** Told the bytes as they arrive; negative when they are thrown away for another attempt. */
  readonly onBytes?: (count: number) => void;
}

/** Downloads a file, three times at most, and says its SHA-256 in hexadecimal digits. */
export function download(options: DownloadOptions): Promise<string> {
  return attempts(options.address, options.signal, async (body) => {
    const hash = createHash('sha256');
    const file = createWriteStream(options.file);
    let count = 0;
    try {
      await pipeline(async function* () {
        for await (const chunk of body) {
          hash.update(chunk);
          count += chunk.length;
          options.onBytes?.(chunk.length);
          yield chunk;
        }
      }, file);
    } catch (error) {
      options.onBytes?.(-count);
      // A stream that is broken off while it opens its file makes the file all the same, later.
      if (!file.closed) await once(file, 'close');
      throw error;
    }
    return hash.digest('hex');
  });
}

/** Downloads a short text, three times at most. */
export function downloadText(address: string, signal?: AbortSignal): Promise<string> {
  return attempts(address, signal, async (body) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  });
}

type Take<T> = (body: AsyncIterable<Uint8Array>) => Promise<T>;

/** An answer that will not change by asking again. */
class Refusal extends Error {}

async function attempts<T>(address: string, signal: AbortSignal | undefined, take: Take<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request(address, signal, take);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Refusal || attempt === ATTEMPTS)
        throw new Error(`${address}: ${reason(error)}`, { cause: error });
    }
    await pause(attempt * 500, undefined, { signal });
  }
}

async function request<T>(address: string, signal: AbortSignal | undefined, take: Take<T>): Promise<T> {
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(new Error(`no byte for ${IDLE_TIMEOUT_MS / 1000} s`)), IDLE_TIMEOUT_MS);
  try {
    // Compressed on the way, it would not be the file that was published.
    const response = await fetch(address, {
      headers: { 'accept-encoding': 'identity' },
      signal: AbortSignal.any([idle.signal, ...(signal ? [signal] : [])]),
    });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      const said = `${response.status} ${response.statusText}`.trim();
      throw response.status >= 500 || response.status === 429 ? new Error(said) : new Refusal(said);
    }
    return await take(heard(response.body, () => timer.refresh()));
  } finally {
    clearTimeout(timer);
  }
}

async function* heard(body: AsyncIterable<Uint8Array>, onChunk: () => void): AsyncIterable<Uint8Array> {
  for await (const chunk of body) {
    onChunk();
    yield chunk;
  }
}

/** What fetch failed of stands in its cause. */
function reason(error: unknown): string {
  const { message, code, cause } = error as NodeJS.ErrnoException;
  return [message || code || String(error), ...(cause === undefined || cause === null ? [] : [reason(cause)])].join(
    ': ',
  );
}
