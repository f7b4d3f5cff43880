import { fitLine, median } from '../../bench/statistics';

test('the median is the middle, whatever the order', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow('samples: expected at least one, got none');
});

test('a line through points on a line is that line', () => {
  const { slope, intercept, r2 } = fitLine([
    [1, 12],
    [50, 110],
    [100, 210],
  ]);
  expect(slope).toBeCloseTo(2);
  expect(intercept).toBeCloseTo(10);
  expect(r2).toBeCloseTo(1);
});

test('a line through points on a curve says how badly it fits', () => {
  expect(
    fitLine([
      [0, 0],
      [1, 1],
      [2, 4],
      [3, 9],
      [4, 16],
    ]).r2,
  ).toBeLessThan(0.95);
});

test('points above each other have no slope', () => {
  expect(() =>
    fitLine([
      [1, 1],
      [1, 2],
    ]),
  ).toThrow('expected at least two with different x');
});
