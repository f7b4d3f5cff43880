import { ACTS } from '../../../rehearsal/acts';
import { ENGINE_ACTS, goodRevisions } from '../../../rehearsal/engines-scene';
import { LLAMA_CPP_VERSION, VLLM_VERSION } from '../../../rehearsal/engines-scene/real-models';
import { type RecordedVerdicts, verdictsOf } from '../../../rehearsal/engines-scene/verdicts';
import { FAULTS } from '../../../rehearsal/faults';
import { type ActReport } from '../../../rehearsal/report/types';
import { type Act, type Expectation } from '../../../rehearsal/scenario/act';
import recorded from './engine-verdicts.json';

// Acts are read here and not played; Jest cannot load the client, an ES module.
jest.mock('@kubernetes/client-node', () => ({ KubernetesObjectApi: class {}, ApiException: class {} }));

/** Written by `npm run rehearse -- --engines real`. */
const { verdicts, engines } = recorded as RecordedVerdicts;

function expectationOf(acts: readonly Act[], engine: string): Expectation | undefined {
  return acts.map(({ expects }) => expects).find((expects) => expects?.engine === engine);
}

test('there is a verdict of every fault of the engines that the scene plays with', () => {
  expect(engines).toEqual({ vllm: VLLM_VERSION, 'llama-cpp': LLAMA_CPP_VERSION });
  expect(verdicts.map(({ engine }) => engine)).toEqual(ENGINE_ACTS.flatMap(({ expects }) => expects?.engine ?? []));
});

describe.each(verdicts.map((verdict) => [verdict.engine, verdict] as const))(
  'real engines: %s',
  (engine, { outcome, reason }) => {
    test('ended as the act promises', () => {
      const expects = expectationOf(ENGINE_ACTS, engine);
      expect(expects?.outcome).toBe(outcome);
      if (expects?.reason) expect(reason).toMatch(expects.reason);
    });

    test('simulated engines are promised the same end, for a reason of the same kind', () => {
      const expects = expectationOf([...ACTS, ...FAULTS], engine);
      expect(expects?.outcome).toBe(outcome);
      if (expects?.reason) expect(reason).toMatch(expects.reason);
    });
  },
);

test('the verdicts of a report, without the acts that ship nothing and those that failed', () => {
  const act = (verdict?: ActReport['verdict'], passed = true): ActReport => ({ verdict, passed }) as ActReport;
  expect(
    verdictsOf({
      startedAt: '2026-11-29T18:00:00Z',
      acts: [
        act(),
        act({ engine: 'hanging', outcome: 'promoted' }, false),
        act({ engine: 'slow', outcome: 'aborted' }),
      ],
    }),
  ).toEqual({
    recorded: '2026-11-29',
    engines: { vllm: VLLM_VERSION, 'llama-cpp': LLAMA_CPP_VERSION },
    verdicts: [{ engine: 'slow', outcome: 'aborted' }],
  });
});

test.each([
  ['faults', ENGINE_ACTS],
  ['good revisions', goodRevisions(10)],
])('acts with %s are numbered in their order', (_, acts) => {
  expect(acts.map(({ id }) => id)).toEqual(acts.map((__, index) => `act-${index + 1}`));
});
