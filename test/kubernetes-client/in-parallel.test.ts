import { inParallel, WIDTH } from '../../kubernetes-client/in-parallel';

const items = Array.from({ length: 3 * WIDTH }, (_, index) => index);

test('the results are in the order of the items', async () => {
  const results = await inParallel(items, async (item) => {
    await new Promise((resolve) => setTimeout(resolve, (items.length - item) / 10));
    return item * 2;
  });
  expect(results).toEqual(items.map((item) => item * 2));
});

test('an error comes only when nothing is in flight any more, and nothing is begun after it', async () => {
  let inFlight = 0;
  const begun: number[] = [];
  const all = inParallel(items, async (item) => {
    begun.push(item);
    inFlight++;
    await new Promise((resolve) => setTimeout(resolve, item === 0 ? 1 : 20));
    inFlight--;
    if (item === 0) throw new Error('refused');
  });
  await expect(all).rejects.toThrow('refused');
  expect(inFlight).toBe(0);
  expect(begun).toEqual(items.slice(0, WIDTH));
});

test('when time is up, the first few are done all the same, and the rest is left', async () => {
  expect(
    await inParallel(
      items,
      (item) => Promise.resolve(item),
      () => false,
    ),
  ).toEqual(items.slice(0, WIDTH));
  expect(
    await inParallel(
      items.slice(0, 2),
      (item) => Promise.resolve(item),
      () => false,
    ),
  ).toEqual([0, 1]);
});
