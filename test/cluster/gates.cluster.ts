import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { type AddressInfo } from 'node:net';
import { VLLM_METRICS } from '../../constructs/models/vllm-metrics';
import { NOT_JUDGED } from '../../constructs/kubernetes/contract/gate-measurement';
import { type QueryScope } from '../../constructs/rollout/gate-query';
import { HealthGate } from '../../constructs/rollout/health-gate';
import { cacheDirectory } from '../../rehearsal/platform';
import { locatePrograms } from '../../rehearsal/platform/binaries';
import { choosePorts } from '../../rehearsal/platform/ports';
import { Prometheus } from '../../rehearsal/platform/prometheus';
import { Run } from '../../rehearsal/platform/run';

// What gates say of counters, asked of a real Prometheus. The counters are written down: every sample comes with its time.

const SCRAPE_SECONDS = 15;
const WINDOW_SECONDS = 300;
const SCOPE: QueryScope = {
  namespace: 'models',
  windowSeconds: WINDOW_SECONDS,
  warmUpSeconds: 120,
  scrapeIntervalSeconds: SCRAPE_SECONDS,
  minimumRequests: 20,
  ownRequests: 10,
  stuckSeconds: 240,
};

/** How long before the measurement the samples begin, seconds. */
const PAST_SECONDS = 900;

const HTTP = 'http_requests_total{handler="/v1/chat/completions",method="POST",status="2xx"}';
const ERRORS = 'http_requests_total{handler="/v1/chat/completions",method="POST",status="5xx"}';
const MISTAKES = 'http_requests_total{handler="/v1/chat/completions",method="POST",status="4xx"}';
const ENDED = 'vllm:request_params_n_count{model_name="chat"}';
const STOPPED = 'vllm:request_success_total{model_name="chat",finished_reason="stop"}';
const FAILED = 'vllm:request_success_total{model_name="chat",finished_reason="error"}';
const RUNNING = 'vllm:num_requests_running{model_name="chat"}';
const ITERATIONS = 'vllm:iteration_tokens_total_count{model_name="chat"}';

/** Value of a series some seconds before the measurement; undefined where it is not there. */
type Counter = (ago: number) => number | undefined;

/** As much a second, from the beginning on. */
const steady =
  (rate: number): Counter =>
  (ago) =>
    (PAST_SECONDS - ago) * rate;
/** Nothing is there before its first event. */
const since =
  (seconds: number, value: number): Counter =>
  (ago) =>
    ago <= seconds ? value : undefined;
const level =
  (value: number): Counter =>
  () =>
    value;

type Pod = Readonly<Record<string, Counter>>;

/** A pod that answers two requests a second, each with one choice. */
const GOOD: Pod = {
  [HTTP]: steady(2),
  [ENDED]: steady(2),
  [STOPPED]: steady(2),
  [RUNNING]: level(1),
  [ITERATIONS]: steady(20),
};

/** Canaries, by the namespace in which each has a good revision beside it. */
const CANARIES = {
  good: GOOD,
  'errors-begin': { ...GOOD, [ERRORS]: since(60, 200) },
  'only-errors': { ...GOOD, [HTTP]: () => undefined, [ERRORS]: since(60, 200) },
  refuses: { ...GOOD, [MISTAKES]: since(280, 500) },
  'several-choices': { ...GOOD, [ENDED]: steady(1), [STOPPED]: steady(4) },
  'engine-errors': { ...GOOD, [STOPPED]: steady(1), [FAILED]: steady(1) },
  hung: { ...GOOD, [ITERATIONS]: level(7) },
  // One answer, less than a window ago and longer than a pod may be stuck.
  idle: { [HTTP]: (ago) => (ago > 285 ? 10 : 11), [RUNNING]: level(0), [ITERATIONS]: (ago) => (ago > 285 ? 100 : 105) },
  'after-a-gap': Object.fromEntries(
    Object.entries(GOOD).map(([series, counter]): [string, Counter] => [
      series,
      (ago) => (ago > 0 && ago < 500 ? undefined : counter(ago)),
    ]),
  ),
} satisfies Record<string, Pod>;

const now = Math.floor(Date.now() / 1000);
let run: Run;
let server: Server;
let prometheus: Prometheus;

beforeAll(async () => {
  const text = Object.entries(CANARIES)
    .flatMap(([namespace, pod]) => [...linesOf(namespace, 'canary', pod), ...linesOf(namespace, 'stable', GOOD)])
    .join('\n');
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(`${text}\n`);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  run = new Run(cacheDirectory(), log);
  const [
    {
      prometheus: { file: binary },
    },
    { port },
  ] = await Promise.all([locatePrograms({ cacheDirectory: cacheDirectory(), log }), choosePorts(['port'])]);
  prometheus = new Prometheus({ binary, port, runDirectory: run.directory, start: run.start });
  const targets = join(run.directory, 'targets.json');
  const { port: scraped } = server.address() as AddressInfo;
  writeFileSync(targets, JSON.stringify([{ targets: [`127.0.0.1:${scraped}`], labels: {} }]));
  await prometheus.start(targets);
  const end = Date.now() + 60_000;
  while ((await prometheus.queryRange(RUNNING, now, now, 1)).length === 0) {
    if (Date.now() > end) throw new Error('not within 60 s: the samples are there');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});

afterAll(async () => {
  server.close();
  await run.stop();
});

const CASES: readonly (readonly [keyof typeof CANARIES, HealthGate, number])[] = [
  ['good', HealthGate.errorRatio(), 0],
  ['good', HealthGate.unfinishedAnswers(), 0],
  ['good', HealthGate.forwardProgress(), 0],
  // 200 beside about 600.
  ['errors-begin', HealthGate.errorRatio(), 0.25],
  ['only-errors', HealthGate.errorRatio(), 1],
  ['good', HealthGate.refusedRequests(), 0],
  // 500 beside about 600.
  ['refuses', HealthGate.refusedRequests(), 0.45],
  ['refuses', HealthGate.errorRatio(), 0],
  // Half of the requests ended, in four choices each.
  ['several-choices', HealthGate.unfinishedAnswers(), 0.5],
  ['engine-errors', HealthGate.unfinishedAnswers(), 0.5],
  ['hung', HealthGate.forwardProgress(), 1],
  ['idle', HealthGate.forwardProgress(), 0],
  ['after-a-gap', HealthGate.forwardProgress(), 0],
  ['after-a-gap', HealthGate.errorRatio(), NOT_JUDGED],
];

test.each(CASES.map(([namespace, gate, expected]) => ({ namespace, gate, expected })))(
  '$namespace: $gate.name',
  async ({ namespace, gate, expected }) => {
    const query = gate._query({ ...SCOPE, namespace }, VLLM_METRICS)!.replaceAll(/\{\{args\.(\w+)-hash\}\}/g, '$1');
    const [series, ...more] = await prometheus.queryRange(query, now, now, 1);
    expect(more).toEqual([]);
    expect(series.values[0][1]).toBeCloseTo(expected, 1);
  },
);

/** What a scrape of a pod holds, for all of its past at once. */
function linesOf(namespace: string, side: string, pod: Pod): string[] {
  const labels = `namespace="${namespace}",pod="${side}",rollouts_pod_template_hash="${side}"`;
  return Object.entries(pod).flatMap(([series, counter]) => {
    const name = series.replace('{', `{${labels},`);
    const lines: string[] = [];
    for (let ago = PAST_SECONDS; ago >= 0; ago -= SCRAPE_SECONDS) {
      const value = counter(ago);
      if (value !== undefined) lines.push(`${name} ${value} ${(now - ago) * 1000}`);
    }
    return lines;
  });
}
