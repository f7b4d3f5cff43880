import { staging } from '../../../../environments/staging';
import { abortedOf, gateQuality, type Kind, promotedOf } from '../../../../lib/commands/gate-quality/gate-quality';
import { COMPARED, type JudgedRollout, judgedRolloutOf } from '../../../../lib/commands/gate-quality/judged-rollout';
import { qualityText } from '../../../../lib/commands/gate-quality/quality-text';
import { Random } from '../../../../lib/commands/gate-quality/random';
import { BOUNDARIES, Trace } from '../../../../lib/commands/gate-quality/recorded-latencies';
import type { Traffic } from '../../../../lib/commands/gate-quality/rollout-simulation';
import { trafficOf } from '../../../../lib/commands/gate-quality/traffic';
import { rolloutOf } from '../../../../lib/environment/model/model-rollout';
import { EngineMetrics } from '../../../../rehearsal/models/engine-metrics';
import { behaviorOf } from '../../../../rehearsal/models/vllm-behavior';
import { render } from '../../../constructs/rollout/subject';

const [chat] = staging.models;

const ROLLOUT: JudgedRollout = {
  replicas: 4,
  atOnce: 1,
  expectedStartupSeconds: 120,
  steps: [{ canaryReplicas: 2, stableReplicas: 2, holdSeconds: 600 }],
  bakeSeconds: 480,
  scrapeIntervalSeconds: 15,
  intervalSeconds: 30,
  windowSeconds: 300,
  warmUpSeconds: 120,
  minimumRequests: 50,
  minimumRequestsTimeoutSeconds: 300,
  failureLimit: 1,
  tooFewRequests: 'fail',
  limits: {
    'time-to-first-token': 1.3,
    'error-ratio': 0.02,
    'refused-requests': 0.1,
    'unfinished-answers': 0.05,
    'forward-progress': 0,
    'synthetic-request': 1,
  },
};
const TRAFFIC: Traffic = {
  requestsPerSecond: 4,
  medianSeconds: 0.4,
  errorRatio: 0.005,
  unfinishedRatio: 0.02,
  mistakeRatio: 0.1,
};
const limits = (changed: JudgedRollout['limits']) => ({ limits: { ...ROLLOUT.limits, ...changed } });

const quality = (rollout: Partial<JudgedRollout> = {}, traffic: Partial<Traffic> = {}) =>
  gateQuality({ ...ROLLOUT, ...rollout }, { ...TRAFFIC, ...traffic });

describe('what is known without a simulation', () => {
  test('without gates everything is promoted', () => {
    const { good, slow, failing, hanging } = quality({ limits: {} });
    expect([good, slow, failing, hanging]).toEqual([1, 2, 3, 4].map(() => ({ promoted: 1 })));
  });

  test('where nothing fails and nothing is slow by chance, no good revision is aborted', () => {
    expect(
      quality(limits({ 'time-to-first-token': undefined }), { errorRatio: 0, unfinishedRatio: 0, mistakeRatio: 0 })
        .good,
    ).toEqual({ promoted: 1 });
  });

  test('a limit far below what chance does aborts every good revision', () => {
    const { good } = quality(
      { limits: { 'error-ratio': -0.5 }, windowSeconds: 60, minimumRequests: 1 },
      { errorRatio: 0.2 },
    );
    expect(good).toEqual({ 'error-ratio': 1 });
  });

  test('without requests a rollout fails or passes, as its strategy says', () => {
    expect(quality({}, { requestsPerSecond: 0.01 }).good).toEqual({ requests: 1 });
    expect(quality({ tooFewRequests: 'pass' }, { requestsPerSecond: 0.01 }).good).toEqual({ promoted: 1 });
  });
});

test('a strategy and a traffic that reach the aims', () => {
  expect(abortedOf(quality())).toBeLessThanOrEqual(0.01);
  for (const kind of ['slow', 'failing', 'hanging'] as const)
    expect(promotedOf(quality(), kind)).toBeLessThanOrEqual(0.05);
});

test.each<[Kind, Partial<JudgedRollout>]>([
  ['slow', limits({ 'time-to-first-token': undefined })],
  ['failing', limits({ 'error-ratio': undefined })],
  [
    'hanging',
    limits({ 'unfinished-answers': undefined, 'forward-progress': undefined, 'synthetic-request': undefined }),
  ],
])('a %s revision is promoted without its gates', (kind, without) => {
  expect(promotedOf(quality(without), kind)).toBeGreaterThan(0.5);
});

test('a replica that hangs after the last step is promoted without a bake', () => {
  expect(promotedOf(quality({ bakeSeconds: 0 }), 'hanging')).toBeGreaterThan(0.2);
});

test('more traffic aborts fewer good revisions', () => {
  const aborted = [1, 4, 16].map((factor) =>
    abortedOf(quality({ windowSeconds: 120, ...limits({ 'error-ratio': 0.01 }) }, { requestsPerSecond: factor * 4 })),
  );
  expect(aborted[0]).toBeGreaterThan(aborted[1]);
  expect(aborted[1]).toBeGreaterThan(aborted[2]);
});

describe('the text', () => {
  test('tells the chances', () => {
    expect(qualityText(ROLLOUT, TRAFFIC)).toMatch(
      /^judged by its gates at 4 requests\/s: aborts [\d.]+ % of good revisions; promotes [\d.]+ % with twice the time to first token, [\d.]+ % with 3 % more errors, [\d.]+ % with one replica of four hung$/,
    );
  });

  test('tells what it would take', () => {
    const [, wanting] = qualityText(
      { ...ROLLOUT, windowSeconds: 120, ...limits({ 'error-ratio': 0.01 }) },
      TRAFFIC,
    ).split('\n');
    expect(wanting).toMatch(
      /^! more than 1 % of good or 5 % of bad ones; it would take judgement\.window 300s, gates\.errorRatio\.maxDifference 0.02: aborts /,
    );
  });

  test('tells that nothing reaches the aims', () => {
    const [, wanting] = qualityText(
      { ...ROLLOUT, ...limits({ 'time-to-first-token': undefined }), minimumRequests: 50 },
      { ...TRAFFIC, requestsPerSecond: 0.0001 },
    ).split('\n');
    expect(wanting).toMatch(/; not even .*requests\/s would do: /);
  });
});

describe('what is simulated is what is rendered', () => {
  const judged = judgedRolloutOf(chat, staging)!;
  const { templates } = render(rolloutOf(chat, []));
  const metric = (template: string, name: string) =>
    templates.find((each) => each.name.endsWith(template))!.spec.metrics.find((each) => each.name === name)!;

  test('limits, intervals and tolerated failures', () => {
    for (const name of COMPARED) {
      expect(metric(name, name)).toMatchObject({
        failureCondition: `result[0] > ${judged.limits[name]}`,
        failureLimit: judged.failureLimit,
        interval: `${judged.intervalSeconds}s`,
        initialDelay: `${judged.warmUpSeconds}s`,
      });
    }
    expect(metric('bake', 'error-ratio').count).toBe(Math.ceil(judged.bakeSeconds / judged.intervalSeconds) + 1);
    expect(metric('verdict', 'requests').successCondition).toBe(`result[0] >= ${judged.minimumRequests}`);
  });

  test('a model on several nodes has no gates', () => {
    expect(judgedRolloutOf({ ...chat, nodes: 2 }, staging)).toBeUndefined();
  });

  test('the boundaries of the histogram', async () => {
    const text = await new EngineMetrics('chat', behaviorOf('0.32.0')).text();
    const boundaries = [...text.matchAll(/time_to_first_token_seconds_bucket\{le="([\d.]+)"/g)].map(([, boundary]) =>
      Number(boundary),
    );
    expect(BOUNDARIES).toEqual(boundaries);
  });
});

test('a model that does not state its traffic has one request a second and replica', () => {
  expect(trafficOf(chat).requestsPerSecond).toBe(chat.replicas);
  expect(trafficOf({ ...chat, traffic: { requestsPerSecond: 12 } }).requestsPerSecond).toBe(12);
});

describe('the parts', () => {
  test('numbers are the same in every run, and have their mean', () => {
    const draws = (seed: number, mean: number) => {
      const random = new Random(seed);
      return Array.from({ length: 2000 }, () => random.poisson(mean));
    };
    expect(draws(7, 4)).toEqual(draws(7, 4));
    expect(draws(7, 4)).not.toEqual(draws(8, 4));
    for (const mean of [0.2, 4, 29, 31, 400]) {
      const average = draws(1, mean).reduce((sum, value) => sum + value, 0) / 2000;
      expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(mean / 2000));
    }
    expect(draws(1, 0)).toContain(0);
  });

  test('a run of requests goes around the end of its trace', () => {
    const trace = new Trace([1, 2, 4]);
    expect([trace.sum(2, 2), trace.sum(1, 7), trace.sum(0, 0)]).toEqual([5, 16, 0]);
    const buckets = new Float64Array(BOUNDARIES.length);
    trace.addBuckets(2, 4, buckets, 0);
    expect([buckets[BOUNDARIES.indexOf(1)], buckets[BOUNDARIES.indexOf(2.5)], buckets[BOUNDARIES.indexOf(5)]]).toEqual([
      1, 2, 4,
    ]);
  });
});
