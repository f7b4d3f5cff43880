import { Duration } from 'aws-cdk-lib';
import { type CanaryOptions } from '../../../constructs/rollout/canary-options';
import { type ArgoMetric } from '../../../constructs/rollout/argo-types';
import { HealthGate } from '../../../constructs/rollout/health-gate';
import { type Judgement, TooFewRequests } from '../../../constructs/rollout/judgement';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { VLLM_METRICS } from '../../../constructs/models/vllm-metrics';
import { problems, render, SUBJECT } from './subject';

const JUDGEMENT: Judgement = {
  warmUp: Duration.seconds(5),
  window: Duration.seconds(10),
  interval: Duration.seconds(2),
  minimumRequests: 20,
  minimumRequestsTimeout: Duration.seconds(60),
  failureLimit: 0,
  consecutiveErrorLimit: 2,
};

const canary = (gates: HealthGate[], judgement: Judgement = JUDGEMENT) =>
  RolloutStrategy.canary({
    steps: [{ weight: 25, hold: Duration.seconds(15) }],
    gates,
    judgement,
    bakeTime: Duration.seconds(0),
  });
const templates = (gates: HealthGate[], judgement?: Judgement) => render(canary(gates, judgement)).templates;
const watch = (gate: HealthGate): ArgoMetric => templates([gate])[0].spec.metrics[0];
const query = (gate: HealthGate) => watch(gate).provider.prometheus!.query;
const refused = (gates: HealthGate[], judgement: Judgement = {}) =>
  problems(canary(gates, { ...JUDGEMENT, ...judgement }));

const CANARY = 'namespace="models",rollouts_pod_template_hash="{{args.canary-hash}}"';
const STABLE = 'namespace="models",rollouts_pod_template_hash="{{args.stable-hash}}"';

describe('PromQL', () => {
  const throughout = (name: string, suffix: string, side: string, rangeFunction = 'rate') =>
    `(${rangeFunction}(${name}${suffix}{${side}}[10s]) and on (pod) (${name}_count{${side}} offset 15s > 0) and on (pod) ${name}_count{${side}})`;

  test('time to first token: the ratio of the means, where more than chance is between them, of pods warm for the whole window, where both revisions had requests', () => {
    const of = (suffix: string, side: string, rangeFunction?: string) =>
      throughout('ttft', suffix, side, rangeFunction);
    const mean = (side: string) => `sum(${of('_sum', side)}) / sum(${of('_count', side)})`;
    const ratio = `(${mean(CANARY)}) / clamp_min(${mean(STABLE)}, 0.01)`;
    const requests = (side: string) => `sum(${of('_count', side, 'increase')})`;
    const below = (side: string) => `sum by (le) (${of('_bucket', side)}) / scalar(sum(${of('_count', side)}))`;
    const shift = `(${below(STABLE)}) - (${below(CANARY)})`;
    expect(query(HealthGate.timeToFirstToken())).toBe(
      [
        '(',
        `  (${ratio} and (max(${shift}) > 1.63 * sqrt(1 / ${requests(CANARY)} + 1 / ${requests(STABLE)}) or count(${shift}) < 3) or clamp_max(${ratio}, 1))`,
        `  and ${requests(CANARY)} >= 20`,
        `  and ${requests(STABLE)} >= 20`,
        ') >= 0',
        'or vector(-1)',
      ].join('\n'),
    );
  });

  test('a quantile instead of the mean', () => {
    expect(query(HealthGate.interTokenLatency({ quantile: 0.95 }))).toContain(
      `histogram_quantile(0.95, sum by (le) (${throughout('itl', '_bucket', CANARY)}))`,
    );
  });

  /** By pod, so that a pod that exports metrics has 0 of what it has not counted yet. */
  const grown = (counter: string, side: string) =>
    `increase(((sum by (pod) (${counter.replace('{', `{${side},`)}) or 0 * sum by (pod) (running{${side}})) and on (pod) (running{${side}} offset 5s))[10s:1s])`;
  const counted = (counter: string, side: string) => `sum(${grown(counter, side)})`;

  test('errors: the difference of the shares of 5xx answers to API calls, less what chance may add, not below 0', () => {
    const share = (side: string) =>
      `${counted('http{handler=~"/v1/.*",status="5xx"}', side)} / ${counted('http{handler=~"/v1/.*"}', side)}`;
    const all = (side: string) => counted('http{handler=~"/v1/.*"}', side);
    const chance = `2 * sqrt((${share(STABLE)}) * (1 - (${share(STABLE)})) * (1 / ${all(CANARY)} + 1 / ${all(STABLE)}))`;
    expect(query(HealthGate.errorRatio())).toBe(
      [
        '(',
        `  clamp_min((${share(CANARY)}) - (${share(STABLE)}) - ${chance}, 0)`,
        `  and ${all(CANARY)} >= 20`,
        `  and ${all(STABLE)} >= 20`,
        ') >= 0',
        'or vector(-1)',
      ].join('\n'),
    );
  });

  test('errors of an engine that counts mistakes of clients as 5xx: whatever was not answered, on both sides', () => {
    const metrics = { ...SUBJECT.metrics, httpMistakesAreServerErrors: true };
    const text = render(canary([HealthGate.errorRatio()]), { metrics }).templates[0].spec.metrics[0].provider
      .prometheus!.query;
    expect(text).toContain('status!="2xx"');
    expect(text).not.toContain('5xx');
  });

  test('refused requests: whatever is not answered, mistakes of clients too', () => {
    const text = query(HealthGate.refusedRequests());
    for (const side of [CANARY, STABLE])
      expect(text).toContain(
        `${counted('http{handler=~"/v1/.*",status!="2xx"}', side)} / ${counted('http{handler=~"/v1/.*"}', side)}`,
      );
    expect(watch(HealthGate.refusedRequests()).failureCondition).toBe('result[0] > 0.1');
    const sglang = render(canary([HealthGate.refusedRequests()]), {
      metrics: { ...SUBJECT.metrics, httpRefusals: 'status_code!~"2.."' },
    });
    expect(sglang.templates[0].spec.metrics[0].provider.prometheus!.query).toContain(`status_code!~"2.."`);
  });

  test('unfinished answers: those that began with 2xx, without requests that the engine ended, of which no choice failed', () => {
    const answered = (side: string) => counted('http{handler=~"/v1/.*",method="POST",status="2xx"}', side);
    const [ended, failed] = [
      (side: string) => counted('ended{}', side).replace(',}', '}'),
      (side: string) => counted('choices{reason=~"abort|error"}', side),
    ];
    const text = query(HealthGate.unfinishedAnswers());
    for (const side of [CANARY, STABLE])
      expect(text).toContain(`clamp_min(${answered(side)} - ${ended(side)} + ${failed(side)}, 0) / ${answered(side)}`);
    expect(text).toContain(`  and ${answered(CANARY)} >= 20\n  and ${answered(STABLE)} >= 20\n`);
  });

  test('unfinished answers of an engine whose requests have one choice', () => {
    const metrics = {
      ...SUBJECT.metrics,
      requestsFinished: 'finished',
      requestsFinishedMatcher: 'reason!~"abort|error"',
      choicesFinished: undefined,
    };
    const text = render(canary([HealthGate.unfinishedAnswers()]), { metrics }).templates[0].spec.metrics[0].provider
      .prometheus!.query;
    expect(text).toContain(`- ${counted('finished{reason!~"abort|error"}', CANARY)}, 0) / `);
  });

  test('forward progress: pods that were busy for almost the whole window, or whose answers were given up, and did nothing', () => {
    const still = (window: string) =>
      `unless on (pod) (sum by (pod) (increase(iteration_count{${CANARY}}[${window}])) > 0)`;
    const busy = (gauge: string) => `(min by (pod) (min_over_time(${gauge}{${CANARY}}[8s])) > 0)`;
    // A pod that has answered and is idle is not stuck: its iterations are looked for further back than its answers.
    const answered = grown('http{handler=~"/v1/.*",method="POST",status="2xx"}', CANARY).replace('[10s:1s]', '[8s:1s]');
    const seen = `) and on (pod) (count_over_time(running{${CANARY}}[8s]) > 1)) or vector(0)`;
    expect(query(HealthGate.forwardProgress())).toBe(
      [
        'count((',
        `  ((${busy('running')}) and on (pod) (running{${CANARY}} offset 8s) ${still('8s')})`,
        `  or (${answered} > 0 ${still('10s')})`,
        seen,
      ].join('\n'),
    );
    const waiting = render(canary([HealthGate.forwardProgress()]), {
      metrics: { ...SUBJECT.metrics, requestsWaiting: 'waiting', httpRequests: undefined },
    });
    expect(waiting.templates[0].spec.metrics[0].provider.prometheus!.query).toBe(
      [
        'count((',
        `  ((${busy('running')} or ${busy('waiting')}) and on (pod) (running{${CANARY}} offset 8s) ${still('8s')})`,
        seen,
      ].join('\n'),
    );
  });

  test('forward progress: what is tolerated comes after a hang was seen, and all of it within one window and one interval', () => {
    const stuck = (judgement: Judgement) =>
      /min_over_time\([^[]*\[(\d+)s\]/.exec(
        templates([HealthGate.forwardProgress()], { ...JUDGEMENT, ...judgement })[0].spec.metrics[0].provider
          .prometheus!.query,
      )![1];
    // Two scrapes of 1 s, and the measurements that are tolerated, 2 s each.
    expect(stuck({ window: Duration.seconds(20), failureLimit: 3 })).toBe('12');
    // Never shorter than four scrapes.
    expect(stuck({ failureLimit: 3 })).toBe('4');
  });

  test('queue time counts from a floor, so that two short queues are no regression', () => {
    expect(query(HealthGate.queueTime())).toMatch(/clamp_min\(.*, 0\.1\) and/);
    expect(query(HealthGate.queueTime({ floor: Duration.millis(500) }))).toMatch(/clamp_min\(.*, 0\.5\) and/);
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
      provider: {
        prometheus: { address: 'http://prometheus.monitoring.svc:9090', query: expect.any(String), timeout: 10 },
      },
    });
    expect(watch(HealthGate.errorRatio()).failureCondition).toBe('result[0] > 0.02');
    expect(watch(HealthGate.forwardProgress()).failureCondition).toBe('result[0] > 0');
  });
});

describe('a request of its own', () => {
  const web = {
    method: 'POST',
    url: 'http://chat-canary.models.svc:8000/v1/completions',
    jsonBody: { model: 'chat', max_tokens: 1 },
    timeoutSeconds: 1,
    jsonPath: '{$.usage.completion_tokens}',
  };
  const [asked, judged] = [0, -1].map(
    (index) => templates([HealthGate.syntheticRequest({ timeout: Duration.seconds(1) })]).at(index)!.spec.metrics[0],
  );

  test('is sent to the canary after the warm-up, and aborts when the fourth in a row is not answered, or an answer is empty', () => {
    expect(asked).toEqual({
      name: 'synthetic-request',
      interval: '2s',
      initialDelay: '5s',
      failureCondition: 'result < 1',
      failureLimit: 0,
      consecutiveErrorLimit: 3,
      provider: { web },
    });
  });

  test('must be answered at the end of a step', () => {
    expect(judged).toMatchObject({
      name: 'synthetic-request',
      successCondition: 'result >= 1',
      consecutiveErrorLimit: 3,
      consecutiveSuccessLimit: 1,
      provider: { web },
    });
  });

  test('whatever the answer to too few requests is', () => {
    const passing = templates([HealthGate.syntheticRequest(), HealthGate.forwardProgress(), HealthGate.errorRatio()], {
      ...JUDGEMENT,
      tooFewRequests: TooFewRequests.PASS,
    }).at(-1)!.spec;
    const forgiven = passing.metrics.filter(({ name }) =>
      passing.dryRun!.some(({ metricName }) => new RegExp(metricName).test(name)),
    );
    expect(forgiven.map(({ name }) => name)).toEqual(['requests', 'error-ratio']);
  });

  test('does not count as one of the requests by which the canary is compared', () => {
    const [, errors, verdict] = templates([
      HealthGate.syntheticRequest({ timeout: Duration.seconds(1) }),
      HealthGate.errorRatio(),
    ]).map(({ spec }) => spec.metrics[0].provider.prometheus?.query ?? '');
    const all = (side: string) =>
      `sum(increase(((sum by (pod) (http{${side},handler=~"/v1/.*"}) or 0 * sum by (pod) (running{${side}})) and on (pod) (running{${side}} offset 5s))[10s:1s]))`;
    // Five of them in a window.
    expect(errors).toContain(`  and ${all(CANARY)} >= 25\n  and ${all(STABLE)} >= 20\n`);
    expect(verdict).toContain(
      `label_replace(clamp_min(${all(CANARY)} - 5, 0) or vector(0), "side", "canary", "", "")\n  or label_replace(${all(STABLE)} or vector(0), "side", "stable"`,
    );
  });

  test('leaves the other gates their time: it waits for half of the interval at most', () => {
    expect(refused([HealthGate.syntheticRequest({ timeout: Duration.seconds(2) })])).toEqual([
      'gates.syntheticRequest.timeout: expected at most half of judgement.interval (1 seconds), got 2; no other gate is judged while a request waits for its answer, shorten the timeout or lengthen the interval',
    ]);
    expect(
      refused([HealthGate.syntheticRequest()], {
        interval: Duration.seconds(20),
        window: Duration.seconds(60),
        minimumRequestsTimeout: Duration.minutes(5),
      }),
    ).toEqual([]);
  });

  test('is refused where the engine has none to answer', () => {
    expect(
      problems(canary([HealthGate.syntheticRequest({ timeout: Duration.seconds(1) })]), {
        syntheticRequest: undefined,
      }),
    ).toEqual([
      'gates.syntheticRequest: expected an engine that answers a request for one token, got one that is told to do something else; drop the gate',
    ]);
  });
});

describe('the bake', () => {
  const baked = (options: Partial<CanaryOptions>, subject = {}) =>
    render(
      RolloutStrategy.canary({
        steps: [{ weight: 25, hold: Duration.seconds(15) }],
        gates: [HealthGate.timeToFirstToken(), HealthGate.errorRatio(), HealthGate.forwardProgress()],
        judgement: JUDGEMENT,
        bakeTime: Duration.seconds(30),
        ...options,
      }),
      subject,
    );
  const bake = (options: Partial<CanaryOptions> = {}) =>
    baked(options).templates.find(({ name }) => name === 'chat-bake');

  test('goes on at full weight after the last step, with what compares shares and the objectives', () => {
    const objectives = { timeToFirstToken: Duration.seconds(2), errorRatio: 0.1 };
    expect(baked({ objectives }).strategy.canary!.steps!.slice(-2)).toEqual([
      { setWeight: 100 },
      { analysis: { templates: [{ templateName: 'chat-bake' }], args: expect.any(Array) } },
    ]);
    expect(
      bake({ objectives })!.spec.metrics.map(({ name, count, failureCondition, failureLimit }) => [
        name,
        count,
        failureCondition,
        failureLimit,
      ]),
    ).toEqual([
      ['error-ratio', 16, 'result[0] > 0.02', 0],
      ['time-to-first-token-objective', 16, 'result[0] > 2', 0],
      ['error-ratio-objective', 16, 'result[0] > 0.1', 0],
    ]);
  });

  test('compares with what the stable revision was before it had no pods', () => {
    const { query: text } = bake()!.spec.metrics[0].provider.prometheus!;
    // The window, the timeout of the last verdict, four replicas one after the other, and the bake.
    expect(text).toContain(
      `http{${STABLE},handler=~"/v1/.*"}) or 0 * sum by (pod) (running{${STABLE}})) and on (pod) (running{${STABLE}} offset 5s))[${10 + 60 + 4 * 300 + 30}s:1s]`,
    );
    expect(text).toContain(
      `http{${CANARY},handler=~"/v1/.*"}) or 0 * sum by (pod) (running{${CANARY}})) and on (pod) (running{${CANARY}} offset 5s))[10s:1s]`,
    );
  });

  test('is a hold where there is nothing to measure but what is watched anyway', () => {
    expect(baked({ gates: [HealthGate.forwardProgress()] }).strategy.canary!.steps!.slice(-2)).toEqual([
      { setWeight: 100 },
      { pause: { duration: '30s' } },
    ]);
    expect(bake({ gates: [] })).toBeUndefined();
  });

  test('holds objectives against a canary only where the stable revision has met them', () => {
    const [, first, errors] = bake({
      objectives: { timeToFirstToken: Duration.seconds(2), errorRatio: 0.1 },
    })!.spec.metrics.map(({ provider }) => provider.prometheus!.query);
    expect(first).toMatch(/ and histogram_quantile\(0\.95, [^\n]*stable-hash[^\n]* <= 2\n/);
    expect(errors).toMatch(/ and sum\(increase\([^\n]*stable-hash[^\n]* <= 0\.1\n/);
  });

  test('has no objective on errors where mistakes of clients are among them', () => {
    const { templates: rendered } = baked(
      { gates: [HealthGate.errorRatio()], objectives: { errorRatio: 0.1 } },
      { metrics: { ...SUBJECT.metrics, httpMistakesAreServerErrors: true } },
    );
    expect(rendered.find(({ name }) => name === 'chat-bake')!.spec.metrics.map(({ name }) => name)).toEqual([
      'error-ratio',
    ]);
  });

  test('is left out when it is told to last no time', () => {
    expect(
      baked({ bakeTime: Duration.seconds(0) }).strategy.canary!.steps!.some(({ setWeight }) => setWeight === 100),
    ).toBe(false);
  });

  test('refuses a time and objectives that cannot be', () => {
    expect(
      problems(
        RolloutStrategy.canary({
          steps: [{ weight: 25 }],
          bakeTime: Duration.seconds(0.5),
          objectives: { timeToFirstToken: Duration.seconds(0), errorRatio: 2 },
        }),
      ),
    ).toEqual([
      'bakeTime: expected a whole number of seconds from 0, got 0.5; it is the time at full weight',
      'objectives.timeToFirstToken: expected more than 0 seconds, got 0; it is the limit of the alarm of the model',
      'objectives.errorRatio: expected more than 0 and at most 1, got 2; it is the limit of the alarm of the model',
    ]);
  });
});

test('a latency is refused that no step is long enough to see for a whole window', () => {
  expect(refused([HealthGate.timeToFirstToken()], { window: Duration.seconds(100) })).toEqual([
    'judgement.minimumRequestsTimeout: expected at least 94 seconds (warm-up, window and 2 measurements, less the shortest hold of 15), got 60; a step would be over before its first judgement, lengthen one of them',
  ]);
  expect(refused([HealthGate.errorRatio()], { window: Duration.seconds(100) })).toEqual([]);
});

describe('the verdict', () => {
  const verdict = (judgement?: Judgement) =>
    templates([HealthGate.timeToFirstToken(), HealthGate.forwardProgress()], judgement).at(-1)!;

  test('waits for the requests, then for each gate to be within its limit once', () => {
    expect(verdict()).toMatchObject({
      name: 'chat-verdict',
      spec: { args: [{ name: 'canary-hash' }, { name: 'stable-hash' }] },
    });
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
    expect(verdict({ ...JUDGEMENT, tooFewRequests: TooFewRequests.PASS }).spec.dryRun).toEqual([
      { metricName: '^(requests|time-to-first-token)$' },
    ]);
  });

  test('needs no requests when nothing is compared', () => {
    expect(
      templates([HealthGate.forwardProgress()])
        .at(-1)!
        .spec.metrics.map(({ name }) => name),
    ).toEqual(['forward-progress']);
  });
});

test('a request to vLLM for several choices is one request, also where it is finished', () => {
  const text = render(canary([HealthGate.unfinishedAnswers()]), { metrics: VLLM_METRICS }).templates[0].spec.metrics[0]
    .provider.prometheus!.query;
  expect(text).toContain('- sum(increase(((sum by (pod) (vllm:request_params_n_count{');
  const times = (part: string) => text.split(part).length - 1;
  expect([times('vllm:request_success_total{'), times('finished_reason=~"abort|error"')]).toEqual([4, 4]);
});

test('a Prometheus that is away for five minutes aborts nothing', () => {
  // Argo Rollouts repeats a failed query after ten seconds, whatever the interval.
  for (const { spec } of templates([HealthGate.errorRatio(), HealthGate.forwardProgress()], {})) {
    for (const metric of spec.metrics) expect(metric.consecutiveErrorLimit! * 10).toBeGreaterThanOrEqual(300);
  }
});

test('calls that vLLM answers without its engine are no unfinished answers', () => {
  const text = render(canary([HealthGate.unfinishedAnswers()]), { metrics: VLLM_METRICS }).templates[0].spec.metrics[0]
    .provider.prometheus!.query;
  const excluded = /handler!~"([^"]+)"/.exec(text)![1];
  const counts = (handler: string) => !new RegExp(`^(?:${excluded})$`).test(handler);
  expect(
    ['/v1/messages/count_tokens', '/v1/responses/{response_id}/cancel', '/v1/chat/completions', '/v1/messages'].filter(
      counts,
    ),
  ).toEqual(['/v1/chat/completions', '/v1/messages']);
});

describe('refused', () => {
  test('to forgive too few requests where nothing is asked without them', () => {
    const pass: Judgement = { tooFewRequests: TooFewRequests.PASS };
    expect(refused([HealthGate.errorRatio()], pass)).toEqual([
      expect.stringContaining('judgement.tooFewRequests: expected a gate that needs no requests of others beside PASS'),
    ]);
    expect(
      refused([HealthGate.errorRatio(), HealthGate.syntheticRequest({ timeout: Duration.seconds(1) })], pass),
    ).toEqual([]);
  });

  test.each([
    [HealthGate.timeToFirstToken({ maxRatio: 1 }), 'gates.timeToFirstToken.maxRatio: expected more than 1, got 1'],
    [HealthGate.timeToFirstToken({ maxRatio: NaN }), 'maxRatio: expected more than 1, got NaN'],
    [HealthGate.timeToFirstToken({ maxRatio: Infinity }), 'maxRatio: expected more than 1, got Infinity'],
    [HealthGate.queueTime({ quantile: 95 }), 'gates.queueTime.quantile: expected more than 0 and less than 1, got 95'],
    [
      HealthGate.interTokenLatency({ floor: Duration.seconds(0) }),
      'gates.interTokenLatency.floor: expected more than 0 seconds, got 0',
    ],
    [HealthGate.errorRatio({ maxDifference: 2 }), 'gates.errorRatio.maxDifference: expected 0 to less than 1, got 2'],
  ])('a limit that says nothing', (gate, message) => {
    expect(refused([gate])).toEqual([expect.stringContaining(message)]);
  });

  test('a gate given twice', () => {
    expect(refused([HealthGate.errorRatio(), HealthGate.errorRatio()])).toEqual([
      expect.stringContaining('gates: expected each gate once, got error-ratio twice'),
    ]);
  });

  test.each([
    [{ interval: Duration.seconds(0) }, 'judgement.interval: expected a whole number of seconds from 1, got 0'],
    [{ warmUp: Duration.millis(500) }, 'judgement.warmUp: expected a whole number of seconds from 0, got 0.5'],
    [{ minimumRequests: 0 }, 'judgement.minimumRequests: expected a whole number from 1, got 0'],
    [{ failureLimit: -1 }, 'judgement.failureLimit: expected a whole number from 0, got -1'],
    [{ consecutiveErrorLimit: 0.5 }, 'judgement.consecutiveErrorLimit: expected a whole number from 0, got 0.5'],
    [{ window: Duration.seconds(3) }, 'judgement.window: expected at least four scrapes (4 seconds), got 3'],
    [
      { warmUp: Duration.seconds(120) },
      'judgement.minimumRequestsTimeout: expected at least 109 seconds (warm-up and 2 measurements, less the shortest hold of 15), got 60',
    ],
  ])('%j', (judgement, message) => {
    expect(refused([HealthGate.errorRatio()], judgement)).toEqual([expect.stringContaining(message)]);
  });
});
