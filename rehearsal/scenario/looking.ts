import { setTimeout as pause } from 'node:timers/promises';
import { isTransient } from '../../kubernetes-client/kubernetes-client';

/**
 * Looks again and again, one look at a time; one that fails is made up for by the next.
 *
 * @returns what ends it, and waits for the last look
 */
export function lookEvery(milliseconds: number, look: () => Promise<unknown>): () => Promise<void> {
  let looking: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    looking ??= look()
      .catch(() => undefined)
      .finally(() => {
        looking = undefined;
      });
  }, milliseconds);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}

/** Waits until a check answers something; an API server that is out of reach for a moment is no answer. */
export async function until<T>(
  what: string,
  seconds: number,
  check: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      const answer = await check();
      if (answer) return answer;
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await pause(200);
  }
}
