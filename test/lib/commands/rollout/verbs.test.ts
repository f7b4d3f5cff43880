import { actOf, type Verb } from '../../../../lib/commands/rollout/verbs';
import { canary } from './fixture';

const STABLE = { currentPodHash: 'aaa', pauseConditions: undefined, controllerPause: false, currentStepIndex: 6 };
const ABORTED = { abort: true, pauseConditions: undefined, controllerPause: false, currentStepIndex: 0 };
const ANALYZING = { pauseConditions: undefined, controllerPause: false, currentStepIndex: 2 };

describe('what a verb writes', () => {
  test.each<[string, Verb, Parameters<typeof canary>, boolean, object]>([
    ['pause', 'pause', [], false, { spec: { paused: true } }],
    ['resume after a pause', 'resume', [{}, true], false, { spec: { paused: false } }],
    ['resume after an abort', 'resume', [ABORTED], false, { status: { abort: false } }],
    ['promote a hold', 'promote', [], false, { status: { pauseConditions: null }, exact: true }],
    [
      'promote a hold that a person paused',
      'promote',
      [{}, true],
      false,
      { spec: { paused: false }, status: { pauseConditions: null }, exact: true },
    ],
    [
      'promote past an analysis',
      'promote',
      [ANALYZING],
      false,
      { status: { pauseConditions: null, currentStepIndex: 3 }, exact: true },
    ],
    [
      'promote past an inconclusive analysis',
      'promote',
      [{ currentStepIndex: 2, canary: { currentStepAnalysisRunStatus: { status: 'Inconclusive' } } }],
      false,
      { status: { pauseConditions: null, controllerPause: false, currentStepIndex: 3 }, exact: true },
    ],
    ['promote in full', 'promote', [], true, { status: { promoteFull: true } }],
    [
      'promote in full what a person paused',
      'promote',
      [{}, true],
      true,
      { spec: { paused: false }, status: { promoteFull: true } },
    ],
    ['abort', 'abort', [], false, { status: { abort: true } }],
  ])('%s', (_, verb, rollout, full, expected) => {
    const { message, ...written } = actOf(verb, canary(...rollout), full);
    expect(written).toEqual(expected);
    expect(message).not.toBe('');
  });

  test('names the step that comes next', () => {
    expect(actOf('promote', canary()).message).toBe('promoted past a hold; step 3 of 6 (verdict) is next');
    expect(actOf('promote', canary({ ...ANALYZING, currentStepIndex: 5 })).message).toBe(
      'promoted past step 6 of 6 (verdict); no step is left',
    );
  });
});

describe('what a verb refuses', () => {
  test.each<[Verb, Parameters<typeof canary>, RegExp]>([
    ['pause', [{}, true], /paused already/],
    ['pause', [ABORTED], /was aborted/],
    ['resume', [STABLE], /neither paused nor aborted/],
    ['resume', [], /holds a step of its plan; `promote`/],
    ['promote', [ABORTED], /`resume` starts the canary again/],
    ['promote', [STABLE], /nothing to promote/],
    ['promote', [{ ...ANALYZING, currentStepIndex: 6 }], /no step left/],
    ['abort', [ABORTED], /aborted already/],
    ['abort', [STABLE], /nothing to abort/],
    ['abort', [{ stableRS: '' }], /no earlier revision/],
  ])('%s %j', (verb, rollout, reason) => {
    expect(() => actOf(verb, canary(...rollout))).toThrow(reason);
  });
});
