import { createHash } from 'node:crypto';
import type { HubFile } from './hub';

/**
 * Passes the bytes of a file on, and holds them against what the hub lists.
 *
 * @throws at the end, when they are others; never after more than the listed size.
 */
export async function* checkedBytes(file: HubFile, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const [algorithm, expected, hash] =
    file.sha256 === undefined
      ? (['git object id', file.blobId, createHash('sha1').update(`blob ${file.size}\0`)] as const)
      : (['SHA-256', file.sha256, createHash('sha256')] as const);
  let length = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    length += chunk.length;
    if (length > file.size) break;
    yield chunk;
  }
  const actual = hash.digest('hex');
  if (expected !== actual)
    throw new Error(
      `${file.path}: expected the ${algorithm} ${expected}, got ${actual}; the hub delivered something else, try again`,
    );
}
