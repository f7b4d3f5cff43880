import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { lock } from 'proper-lockfile';

/** Milliseconds after which a lock that its process no longer renews counts as left by a run that was killed. */
const STALE = 30_000;

/** Something that takes long. */
export interface MakingOptions {
  readonly log: (line: string) => void;
  /** Ends it, or the wait for another run's. */
  readonly signal?: AbortSignal;
}

/** A lock that one process of this machine holds at a time. */
export interface LockOptions extends MakingOptions {
  /** The lock, a folder that exists while it is held. */
  readonly path: string;
  /** What the lock guards, for messages. */
  readonly what: string;
}

/** Does the work while holding the lock, and waits for the lock first. A lock that a killed run has left is taken over. */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await acquire(options);
  try {
    return await work();
  } finally {
    // One that was lost was said to be.
    await release().catch(() => undefined);
  }
}

async function acquire({ path, what, log, signal }: LockOptions): Promise<() => Promise<void>> {
  mkdirSync(dirname(path), { recursive: true });
  for (let said = false; ; ) {
    signal?.throwIfAborted();
    try {
      return await lock(path, {
        lockfilePath: path,
        realpath: false,
        stale: STALE,
        onCompromised: ({ message }) => log(`the lock of ${what} was lost: ${message}`),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    if (!said)
      log(
        `waiting for ${what}: another run is making them, or was killed less than ${STALE / 1000} s ago; lock ${path}`,
      );
    said = true;
    await setTimeout(500);
  }
}
