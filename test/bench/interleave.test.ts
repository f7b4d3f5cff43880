import { interleave } from '../../bench/interleave';

test('measures in turn, and back', async () => {
  const order: string[] = [];
  const measure = (name: string) => async () => Promise.resolve(order.push(name));
  const samples = await interleave(3, { a: measure('a'), b: measure('b') });
  expect(order).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
  expect(samples).toEqual({ a: [1, 4, 5], b: [2, 3, 6] });
});
