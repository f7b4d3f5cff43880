/** Requests in flight at once; the API server's default priority level admits far more. */
export const WIDTH = 16;

/**
 * Runs a task for each item, a few at a time, and returns the results in the order of the items.
 *
 * Nothing is in flight any more when it returns or throws: a straggler would continue writing after the caller has given up.
 *
 * @param mayContinue asked before each item but the first few; after `false` no further item is begun, and the results are those
 * of the items before
 * @param width how many are in flight at once
 * @throws the first error of a task; items not yet begun are left
 */
export async function inParallel<T, R>(
  items: readonly T[],
  task: (item: T) => Promise<R>,
  mayContinue: () => boolean = () => true,
  width = WIDTH,
): Promise<R[]> {
  const results: R[] = [];
  const errors: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && errors.length === 0 && (next < width || mayContinue())) {
      const index = next++;
      try {
        results[index] = await task(items[index]);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
  return results;
}
