import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type MakingOptions, withLock } from './file-lock';

/** Something that takes long, and is kept between runs. */
export interface CacheOptions extends MakingOptions {
  /** The user's cache folder of this project. */
  readonly cacheDirectory: string;
}

/** A folder of the cache that is made once for each content, and is complete or absent. */
export interface CachedFolder extends Pick<CacheOptions, 'cacheDirectory'> {
  /** How the folder's name begins, for example `emulator`. */
  readonly name: string;
  /** Everything that decides what is made; what was made of another content stays beside it. */
  readonly content: readonly (string | Buffer)[];
  /** Whether what was made still works. @default - it does */
  readonly usable?: (folder: string) => boolean;
}

/** How the folder is made where it is absent. */
export interface MakeOnceOptions extends CachedFolder, MakingOptions {
  /** What is in it, in the plural, for messages. */
  readonly what: string;
  /** Fills the empty folder, which cannot be moved later. */
  readonly make: (folder: string) => Promise<void>;
}

const COMPLETE = 'complete';

/** The folder if it is complete. */
export function madeBefore(options: CachedFolder): string | undefined {
  const home = homeOf(options);
  const complete = join(home, COMPLETE);
  const folder = existsSync(complete) ? join(home, readFileSync(complete, 'utf8')) : undefined;
  return folder !== undefined && (options.usable?.(folder) ?? existsSync(folder)) ? folder : undefined;
}

/** The folder, which is made first where it is absent. */
export async function makeOnce(options: MakeOnceOptions): Promise<string> {
  const home = homeOf(options);
  return (
    madeBefore(options) ??
    withLock({ ...options, path: `${home}.lock` }, async () => {
      const found = madeBefore(options);
      if (found !== undefined) return found;
      const remove = (): void => rmSync(home, { recursive: true, force: true, maxRetries: 2 });
      // What a killed run left; its programs may still be writing there, hence a folder of its own for each attempt.
      remove();
      mkdirSync(home, { recursive: true });
      const attempt = mkdtempSync(join(home, 'made-'));
      try {
        await options.make(attempt);
      } catch (error) {
        remove();
        options.signal?.throwIfAborted();
        throw error;
      }
      // Written last: it says which attempt is complete.
      writeFileSync(join(home, COMPLETE), basename(attempt));
      return attempt;
    })
  );
}

/**
 * Makes something in a folder below the one that it is moved into when it is complete, and says how far it is meanwhile.
 *
 * @param prefix of the names of such folders; those of runs that were killed are removed
 */
export async function inWorkFolder(
  { target, prefix, everyMs, say }: { target: string; prefix: string; everyMs: number; say: () => void },
  work: (folder: string) => Promise<void>,
): Promise<void> {
  mkdirSync(target, { recursive: true });
  for (const left of readdirSync(target).filter((name) => name.startsWith(prefix)))
    rmSync(join(target, left), { recursive: true, force: true });
  const folder = mkdtempSync(join(target, prefix));
  const tick = setInterval(say, everyMs);
  try {
    await work(folder);
  } finally {
    clearInterval(tick);
    rmSync(folder, { recursive: true, force: true });
  }
}

function homeOf({ cacheDirectory, name, content }: CachedFolder): string {
  return join(cacheDirectory, `${name}-${digestOf(content)}`);
}

/** Tells contents apart, in the name of a folder. */
export function digestOf(content: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  content.forEach((each) => hash.update(each));
  return hash.digest('hex').slice(0, 16);
}
