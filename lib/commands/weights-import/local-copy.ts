import { createReadStream, createWriteStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { checkedBytes } from './checked-bytes';
import type { HubFile } from './hub';
import { inParallel } from '../../../kubernetes-client/in-parallel';

/** Files that are fetched at once. */
const FILES_AT_ONCE = 2;

/** Where the bytes of a file come from. */
export type ReadFile = (file: HubFile) => Promise<AsyncIterable<Uint8Array>>;

/** Files in a folder that nobody else may enter. */
export interface LocalCopy {
  /** Holds the files, and nothing else. */
  readonly files: string;
  /** An empty folder beside them. */
  readonly beside: string;
  /** Reads a file of the copy. */
  readonly read: ReadFile;
}

/**
 * Works with a copy of files, which is gone afterwards.
 *
 * @param parent folder in which the copy has a folder of its own
 * @throws when a file has another path, size or digest than a file of the repository can have, or the disk is too small
 */
export async function withLocalCopy<T>(
  files: readonly HubFile[],
  read: ReadFile,
  parent: string,
  work: (copy: LocalCopy) => Promise<T>,
): Promise<T> {
  const outside = files.filter(({ path: name }) => !isInside(name));
  if (outside.length > 0)
    throw new Error(
      outside
        .map(
          ({ path: name }) =>
            `files: expected paths inside the repository, got ${JSON.stringify(name)}; choose another commit`,
        )
        .join('\n'),
    );
  const folder = await fs.mkdtemp(path.join(parent, 'import-weights-'));
  try {
    const copy: LocalCopy = {
      files: path.join(folder, 'files'),
      beside: path.join(folder, 'beside'),
      read: (file) =>
        Promise.resolve(createReadStream(path.join(folder, 'files', file.path), { highWaterMark: 1024 * 1024 })),
    };
    await Promise.all([copy.files, copy.beside].map((each) => fs.mkdir(each)));
    await expectRoom(
      folder,
      files.reduce((sum, { size }) => sum + size, 0),
    );
    const copyOne = async (file: HubFile): Promise<void> => {
      const target = path.join(copy.files, file.path);
      await fs.mkdir(path.dirname(target), { recursive: true });
      // On a disk that does not tell upper from lower case, two files must not become one.
      await pipeline(checkedBytes(file, await read(file)), createWriteStream(target, { flags: 'wx' }));
    };
    await inParallel(files, copyOne, undefined, FILES_AT_ONCE);
    return await work(copy);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

async function expectRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await fs.statfs(folder);
  const free = bavail * bsize;
  if (free < bytes)
    throw new Error(
      `disk: expected ${bytes} bytes free in ${path.dirname(folder)} for a copy of the commit, got ${free}; set TMPDIR to a folder on a larger disk`,
    );
}

function isInside(name: string): boolean {
  return !/[\\\x00-\x1f\x7f]/.test(name) && !name.split('/').some((part) => ['', '.', '..'].includes(part));
}
