import { failedGate, judgementOf } from '../../../handler/health/analysis';
import { type KubernetesClient } from '../../../kubernetes-client/kubernetes-client';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';

const SINCE = Date.parse('2026-01-01T00:00:00Z');
const ROLLOUT: KubernetesObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'chat', namespace: 'models' },
  status: { currentPodHash: 'b' },
};

interface Result {
  readonly name: string;
  readonly phase: string;
  readonly dryRun?: boolean;
  readonly successful?: number;
  readonly measurements?: object[];
}

/** A cluster with analyses of one revision. */
function withRuns(
  ...runs: {
    readonly type?: string;
    readonly metrics?: object[];
    readonly results: Result[];
    readonly phase?: string;
    readonly at?: string;
  }[]
): KubernetesClient {
  return {
    list: () =>
      Promise.resolve(
        runs.map(
          (
            {
              type = 'Step',
              metrics = [{ consecutiveSuccessLimit: 1 }],
              results,
              phase = 'Successful',
              at = '2026-01-01T00:01:00Z',
            },
            index,
          ) => ({
            apiVersion: 'argoproj.io/v1alpha1',
            kind: 'AnalysisRun',
            metadata: {
              name: `run-${index}`,
              namespace: 'models',
              creationTimestamp: at,
              labels: { 'rollout-type': type },
            },
            spec: { metrics },
            status: { phase, metricResults: results },
          }),
        ),
      ),
  } as unknown as KubernetesClient;
}

describe('what the gates of a promoted revision have said', () => {
  const judgement = (...runs: Parameters<typeof withRuns>) => judgementOf(withRuns(...runs), ROLLOUT, SINCE);

  test.each<[string, Parameters<typeof withRuns>, string]>([
    ['no analysis at all', [], 'no gate was asked: no pods have changed, or there was no revision to compare with'],
    [
      'only those of an earlier attempt',
      [{ results: [{ name: 'requests', phase: 'Failed', dryRun: true }], at: '2025-12-31T23:59:00Z' }],
      'no gate was asked: no pods have changed, or there was no revision to compare with',
    ],
    [
      'gates within their limits',
      [{ results: [{ name: 'error-ratio', phase: 'Successful', successful: 1, dryRun: true }] }],
      'every gate was judged',
    ],
    [
      'a gate that was judged at a later step',
      [
        { results: [{ name: 'error-ratio', phase: 'Failed', dryRun: true }] },
        { results: [{ name: 'error-ratio', phase: 'Successful', successful: 1, dryRun: true }] },
      ],
      'every gate was judged',
    ],
    [
      'gates that had too few requests and were forgiven',
      [
        {
          results: [
            { name: 'synthetic-request', phase: 'Successful', successful: 1 },
            { name: 'requests', phase: 'Failed', dryRun: true },
            { name: 'error-ratio', phase: 'Failed', dryRun: true },
          ],
        },
      ],
      'promoted without a verdict of error-ratio, requests: too few requests',
    ],
    [
      'a watch that ended with the rollout has judged nothing',
      [
        { results: [{ name: 'error-ratio', phase: 'Failed', dryRun: true }] },
        {
          type: 'Background',
          metrics: [{ failureCondition: 'result[0] > 1' }],
          results: [{ name: 'error-ratio', phase: 'Successful' }],
        },
      ],
      'promoted without a verdict of error-ratio: too few requests',
    ],
    [
      'a verdict that a person ended',
      [
        {
          results: [
            { name: 'synthetic-request', phase: 'Successful', successful: 2 },
            { name: 'error-ratio', phase: 'Successful' },
            { name: 'requests', phase: 'Failed', dryRun: true },
          ],
        },
      ],
      'promoted without a verdict of requests: too few requests; promoted without a verdict of error-ratio: a person ended the step',
    ],
    [
      'a step that a person ended, and a later one that was judged',
      [
        { results: [{ name: 'error-ratio', phase: 'Successful' }] },
        { results: [{ name: 'error-ratio', phase: 'Successful', successful: 1 }] },
      ],
      'every gate was judged',
    ],
    [
      'a bake that measured nothing but that there was too little',
      [
        { results: [{ name: 'error-ratio', phase: 'Successful', successful: 1, dryRun: true }] },
        {
          metrics: [{ failureCondition: 'result[0] > 1' }],
          results: [
            { name: 'error-ratio', phase: 'Successful', measurements: [{ value: '[-1]' }, { value: '[-1]' }] },
            { name: 'unfinished-answers', phase: 'Successful', measurements: [{ value: '[-1]' }, { value: '[0]' }] },
          ],
        },
      ],
      'promoted without a verdict of error-ratio at full weight: too few requests',
    ],
  ])('%s', async (_, runs, said) => {
    expect(await judgement(...runs)).toBe(said);
  });
});

test('a canary that continues after its deployment has not been judged', async () => {
  expect(await judgementOf(withRuns(), { ...ROLLOUT, status: { currentPodHash: 'b', stableRS: 'a' } }, SINCE)).toBe(
    'it continues after the deployment',
  );
});

describe('why an analysis failed', () => {
  test('a request of a gate that was not answered is told as that, not as a measurement that failed', async () => {
    const message = 'Post "http://chat-canary.models.svc:8000/v1/completions": context deadline exceeded';
    const failure = (provider: object) =>
      failedGate(
        withRuns({
          phase: 'Error',
          metrics: [{ name: 'synthetic-request', provider }],
          results: [{ name: 'synthetic-request', phase: 'Error', measurements: [{ phase: 'Error', message }] }],
        }),
        ROLLOUT,
        'b',
        SINCE,
      );
    expect(await failure({ web: {} })).toBe(`metric synthetic-request got no answer: ${message}`);
    expect(await failure({ prometheus: {} })).toBe(`metric synthetic-request could not be measured: ${message}`);
  });
});
