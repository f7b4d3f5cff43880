import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSameProcess, startOf } from './process-table';

/** A lock that one process of this machine holds at a time. */
export interface LockOptions {
  /** The lock file; it exists while the lock is held. */
  readonly path: string;
  /** What the lock guards, for messages. */
  readonly what: string;
  readonly log: (line: string) => void;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

interface Holder {
  readonly pid: number;
  readonly started: string;
}

/**
 * Does the work while holding the lock, and waits for the lock first.
 *
 * A lock whose process no longer exists (a killed run) is taken over, and this is said.
 */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(options);
  try {
    return await work();
  } finally {
    rmSync(options.path, { force: true });
  }
}

async function acquire(options: LockOptions): Promise<void> {
  mkdirSync(dirname(options.path), { recursive: true });
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? '' };
  for (let said = false; ;) {
    options.signal?.throwIfAborted();
    try {
      writeFileSync(options.path, JSON.stringify(mine), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
    }
    const holder = read(options.path);
    if (holder && !isSameProcess(holder.pid, holder.started)) {
      takeAway(options, holder);
      continue;
    }
    if (!said) {
      options.log(`waiting for ${options.what}: process ${holder?.pid ?? '(starting)'} is making them; lock ${options.path}`);
      said = true;
    }
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}

/** Of several processes that see the same stale lock, the rename lets one through. */
function takeAway(options: LockOptions, stale: Holder): void {
  const aside = `${options.path}.${process.pid}`;
  try {
    renameSync(options.path, aside);
  } catch {
    return; // another process was faster
  }
  const moved = read(aside);
  if (moved && (moved.pid !== stale.pid || moved.started !== stale.started)) {
    renameSync(aside, options.path); // it was not the stale one any more
    return;
  }
  rmSync(aside, { force: true });
  options.log(`took over ${options.what}: the lock of process ${stale.pid} was left by a run that was killed`);
}

function read(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined; // being written, or just removed
  }
}
