import { describeStep, plannedWeight, secondsOf } from '../../../../lib/commands/rollout/rollout-object';
import { canary } from './fixture';

test.each([
  [0, 25],
  [1, 25],
  [2, 25],
  [3, 50],
  [5, 50],
  [6, 100],
])('the plan at step %d is %d %%', (currentStepIndex, weight) => {
  expect(plannedWeight(canary({ currentStepIndex }))).toBe(weight);
});

test('the plan is 0 % after an abort and 100 % after the promotion', () => {
  expect(plannedWeight(canary({ abort: true }))).toBe(0);
  expect(plannedWeight(canary({ stableRS: 'bbb', currentStepIndex: 0 }))).toBe(100);
});

test.each<[string | number, number | undefined]>([
  ['60', 60],
  [30, 30],
  ['18s', 18],
  ['1m30s', 90],
  ['1h', 3600],
  ['soon', undefined],
  ['5 m', undefined],
])('%s is %s seconds', (duration, seconds) => {
  expect(secondsOf(duration)).toBe(seconds);
});

test.each([
  [{ setWeight: 5 }, '5 %'],
  [{ pause: {} }, 'hold until promoted'],
  [{ pause: { duration: 60 } }, 'hold 60s'],
  [{ setCanaryScale: { replicas: 2 } }, '2 canary replicas'],
  [{ analysis: {} }, 'verdict'],
])('%j reads %s', (step, text) => {
  expect(describeStep(step)).toBe(text);
});
