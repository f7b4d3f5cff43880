/**
 * Looks again and again, one look at a time; one that fails is made up for by the next.
 *
 * @returns what ends it, and waits for the last look
 */
export function lookEvery(milliseconds: number, look: () => Promise<unknown>): () => Promise<void> {
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= look()
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        looking = undefined;
      });
  }, milliseconds);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
