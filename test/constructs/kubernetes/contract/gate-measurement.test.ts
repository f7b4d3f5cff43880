import {
  beyondLimit,
  isJudged,
  limitOf,
  limitText,
  NOT_JUDGED,
  numberOf,
  valueText,
  withinLimit,
} from '../../../../constructs/kubernetes/contract/gate-measurement';

const measured = (value?: string) => ({ phase: 'Successful', startedAt: '2026-01-01T00:00:00Z', value });

// What charts write is read as it was meant, whoever reads it.
test.each(['result[0]', 'result'] as const)('limits of %s are read back', (result) => {
  for (const limit of [
    { bound: 'most', value: 0.02 },
    { bound: 'least', value: 20 },
  ] as const) {
    expect(limitOf({ name: 'a', failureCondition: beyondLimit(result, limit) })).toEqual(limit);
    expect(limitOf({ name: 'a', successCondition: withinLimit(result, limit) })).toEqual(limit);
  }
});

test.each([
  [{ name: 'a', failureCondition: 'result[0] > 1.5' }, 'at most 1.5'],
  [{ name: 'a', failureCondition: 'result < 1' }, 'at least 1'],
  [{ name: 'a', successCondition: 'result >= 1' }, 'at least 1'],
  [{ name: 'a', successCondition: 'result[0] >= 0 && result[0] <= 0.02' }, 'at most 0.02'],
  [{ name: 'a', successCondition: 'result == 3' }, 'result == 3'],
  [{ name: 'a', failureCondition: 'isNaN(result)' }, 'not isNaN(result)'],
  [{ name: 'a' }, 'unknown'],
])('limit of %j', (metric, limit) => {
  expect(limitText(metric)).toBe(limit);
});

test.each([
  ['[0.123456]', '0.1235', 0.123456, true],
  ['2', '2', 2, true],
  [`[${NOT_JUDGED}]`, '-1', NOT_JUDGED, false],
  ['[]', '', undefined, true],
  ['', '', undefined, true],
  [undefined, 'nothing', undefined, true],
])('value %j', (value, text, number, judged) => {
  expect([valueText(measured(value)), numberOf(measured(value)), isJudged(measured(value))]).toEqual([
    text,
    number,
    judged,
  ]);
});
