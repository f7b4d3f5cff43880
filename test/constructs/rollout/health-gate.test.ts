import { type ArgoMetric } from '../../../constructs/rollout/argo-types';
import { HealthGate } from '../../../constructs/rollout/health-gate';
import { type Judgement, TooFewRequests } from '../../../constructs/rollout/judgement';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { problems, render } from './subject';

const JUDGEMENT: Judgement = { warmUpSeconds: 5, windowSeconds: 10, intervalSeconds: 2, minimumRequests: 20, patienceSeconds: 60, toleratedFailures: 0, toleratedQueryErrors: 2 };

const canary = (gates: HealthGate[], judgement: Judgement = JUDGEMENT) => RolloutStrategy.canary({ steps: [{ weight: 25, holdSeconds: 15 }], gates, judgement });
const templates = (gates: HealthGate[], judgement?: Judgement) => render(canary(gates, judgement)).templates;
const watch = (gate: HealthGate): ArgoMetric => templates([gate])[0].spec.metrics[0];
const query = (gate: HealthGate) => watch(gate).provider.prometheus.query;
const refused = (gates: HealthGate[], judgement: Judgement = {}) => problems(canary(gates, { ...JUDGEMENT, ...judgement }));

const CANARY = 'namespace="models",rollouts_pod_template_hash="{{args.canary-hash}}"';
const STABLE = 'namespace="models",rollouts_pod_template_hash="{{args.stable-hash}}"';

describe('PromQL', () => {
  test('time to first token: the ratio of the means, of warm pods, where both revisions had requests', () => {
    const warm = (suffix: string, side: string) => `(ttft${suffix}{${side}} and on (pod) (ttft_count{${side}} offset 5s > 0))[10s:1s]`;
    const mean = (side: string) => `sum(rate(${warm('_sum', side)})) / sum(rate(${warm('_count', side)}))`;
    expect(query(HealthGate.timeToFirstToken())).toBe([
      '(',
      `  (${mean(CANARY)}) / clamp_min(${mean(STABLE)}, 0.01)`,
      `  and sum(increase(${warm('_count', CANARY)})) >= 20`,
      `  and sum(increase(${warm('_count', STABLE)})) >= 20`,
      ') >= 0',
      'or vector(-1)',
    ].join('\n'));
  });

  test('a quantile instead of the mean', () => {
    expect(query(HealthGate.interTokenLatency({ quantile: 0.95 }))).toContain(
      `histogram_quantile(0.95, sum by (le) (rate((itl_bucket{${CANARY}} and on (pod) (itl_count{${CANARY}} offset 5s > 0))[10s:1s])))`,
    );
  });

  test('errors: the difference of the shares of 5xx answers to API calls, not below 0', () => {
    const text = query(HealthGate.errorRatio());
    const requests = `(http{${CANARY},handler=~"/v1/.*"} and on (pod) (running{${CANARY}} offset 5s))[10s:1s]`;
    const errors = requests.replace('"/v1/.*"', '"/v1/.*",status="5xx"');
    expect(text).toContain(`clamp_min((sum(rate(${errors})) or vector(0)) / sum(rate(${requests})) - (sum(`);
    expect(text).toContain(`and sum(increase(${requests})) >= 20`);
    expect(text).toMatch(/\) >= 0\nor vector\(-1\)$/);
  });

  test('forward progress: pods that were busy for the whole window and did nothing', () => {
    expect(query(HealthGate.forwardProgress())).toBe([
      'count(',
      `  (min by (pod) (min_over_time(running{${CANARY}}[10s])) > 0)`,
      `  and on (pod) (running{${CANARY}} offset 10s)`,
      `  unless on (pod) (sum by (pod) (increase(iteration_count{${CANARY}}[10s])) > 0)`,
      ') or vector(0)',
    ].join('\n'));
  });

  test('queue time counts from a floor, so that two short queues are no regression', () => {
    expect(query(HealthGate.queueTime())).toMatch(/clamp_min\(.*, 0\.1\)\n/);
    expect(query(HealthGate.queueTime({ floorSeconds: 0.5 }))).toMatch(/clamp_min\(.*, 0\.5\)\n/);
  });
});

describe('the watch', () => {
  test('aborts on a number above the limit, after the warm-up, and for as long as the rollout lasts', () => {
    expect(watch(HealthGate.timeToFirstToken({ maxRatio: 2 }))).toEqual({
      name: 'time-to-first-token',
      interval: '2s',
      initialDelay: '5s',
      failureCondition: 'result[0] > 2',
      failureLimit: 0,
      consecutiveErrorLimit: 2,
      provider: { prometheus: { address: 'http://prometheus.monitoring.svc:9090', query: expect.any(String), timeout: 10 } },
    });
    expect(watch(HealthGate.errorRatio()).failureCondition).toBe('result[0] > 0.02');
    expect(watch(HealthGate.forwardProgress()).failureCondition).toBe('result[0] > 0');
  });
});

describe('the verdict', () => {
  const verdict = (judgement?: Judgement) => templates([HealthGate.timeToFirstToken(), HealthGate.forwardProgress()], judgement).at(-1)!;

  test('waits for the requests, then for each gate to be within its limit once', () => {
    expect(verdict()).toMatchObject({ name: 'chat-verdict', spec: { args: [{ name: 'canary-hash' }, { name: 'stable-hash' }] } });
    expect(verdict().spec.metrics.map(({ name, successCondition }) => [name, successCondition])).toEqual([
      ['requests', 'result[0] >= 20'],
      ['time-to-first-token', 'result[0] >= 0 && result[0] <= 1.5'],
      ['forward-progress', 'result[0] >= 0 && result[0] <= 0'],
    ]);
  });

  test('cannot end Inconclusive: one condition, and one success or as many failures as measurements', () => {
    for (const metric of verdict().spec.metrics) {
      expect(metric).not.toHaveProperty('failureCondition');
      expect(metric).toMatchObject({ count: 30, failureLimit: 29, consecutiveSuccessLimit: 1 });
    }
  });

  test('answers too few requests as it was told', () => {
    expect(verdict().spec.dryRun).toBeUndefined();
    expect(verdict({ ...JUDGEMENT, tooFewRequests: TooFewRequests.PASS }).spec.dryRun).toEqual([{ metricName: '.*' }]);
  });

  test('needs no requests when nothing is compared', () => {
    expect(templates([HealthGate.forwardProgress()]).at(-1)!.spec.metrics.map(({ name }) => name)).toEqual(['forward-progress']);
  });
});

describe('refused', () => {
  test.each([
    [HealthGate.timeToFirstToken({ maxRatio: 1 }), 'gates time-to-first-token: maxRatio: expected more than 1, got 1'],
    [HealthGate.timeToFirstToken({ maxRatio: NaN }), 'maxRatio: expected more than 1, got NaN'],
    [HealthGate.timeToFirstToken({ maxRatio: Infinity }), 'maxRatio: expected more than 1, got Infinity'],
    [HealthGate.queueTime({ quantile: 95 }), 'gates queue-time: quantile: expected more than 0 and less than 1, got 95'],
    [HealthGate.interTokenLatency({ floorSeconds: 0 }), 'gates inter-token-latency: floorSeconds: expected more than 0, got 0'],
    [HealthGate.errorRatio({ maxDifference: 2 }), 'gates error-ratio: maxDifference: expected 0 to less than 1, got 2'],
  ])('a limit that says nothing', (gate, message) => {
    expect(refused([gate])).toEqual([expect.stringContaining(message)]);
  });

  test('a gate given twice', () => {
    expect(refused([HealthGate.errorRatio(), HealthGate.errorRatio()])).toEqual([expect.stringContaining('gates: expected each gate once, got error-ratio twice')]);
  });

  test.each([
    [{ intervalSeconds: 0 }, 'judgement.intervalSeconds: expected a whole number from 1, got 0'],
    [{ warmUpSeconds: -1 }, 'judgement.warmUpSeconds: expected a whole number from 0, got -1'],
    [{ minimumRequests: 0 }, 'judgement.minimumRequests: expected a whole number from 1, got 0'],
    [{ toleratedFailures: -1 }, 'judgement.toleratedFailures: expected a whole number from 0, got -1'],
    [{ toleratedQueryErrors: 0.5 }, 'judgement.toleratedQueryErrors: expected a whole number from 0, got 0.5'],
    [{ windowSeconds: 3 }, 'judgement.windowSeconds: expected at least four scrapes (4), got 3'],
    [{ warmUpSeconds: 120 }, 'judgement.patienceSeconds: expected at least 109 (warm-up and 2 measurements, less the shortest hold of 15), got 60'],
    [{ prometheusAddress: 'prometheus:9090' }, 'judgement.prometheusAddress: expected an http or https address, got "prometheus:9090"'],
  ])('%j', (judgement, message) => {
    expect(refused([HealthGate.errorRatio()], judgement)).toEqual([expect.stringContaining(message)]);
  });

  test('not a deploy-time address', () => {
    expect(refused([HealthGate.errorRatio()], { prometheusAddress: '${Token[TOKEN.1]}' })).toEqual([]);
  });
});
