import { figure } from '../../bench/figure';

const samples = [50, 60, 70];

test('a figure is the median of its samples beside that of its baseline', () => {
  expect(figure({ what: 'a', unit: 'ms', samples, baseline: { what: 'b', samples: [10, 20, 90] } })).toEqual({
    what: 'a',
    unit: 'ms',
    value: 60,
    samples,
    baseline: { what: 'b', value: 20, samples: [10, 20, 90] },
    ratio: 3,
  });
});

test.each([
  ['ratio', 3, true],
  ['ratio', 2.9, false],
  ['value', 60, true],
  ['value', 59, false],
] as const)('a %s of at most %d: met is %s', (of, atMost, met) => {
  expect(
    figure({ what: 'a', unit: 'ms', samples, baseline: { what: 'b', samples: [20] }, target: { of, atMost } }).target,
  ).toEqual({ of, atMost, met });
});

test('a target that is a ratio is not met without a baseline', () => {
  expect(figure({ what: 'a', unit: 'ms', samples, target: { of: 'ratio', atMost: 100 } }).target?.met).toBe(false);
});
