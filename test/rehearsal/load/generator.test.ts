import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import { LoadGenerator, type LoadOptions } from '../../../rehearsal/load/generator';
import type { IClusterApi, WatchListener, WatchScope } from '../../../rehearsal/cluster/cluster-api';
import { SimulatedEngine } from '../../../rehearsal/models/engine';
import { parseEngineArgs } from '../../../rehearsal/models/engine-args';
import type { RevisionProfile } from '../../../rehearsal/models/profiles';
import type { PodView } from '../../../rehearsal/models/simulated-pod';
import { Tally } from '../../../rehearsal/load/tally';
import { call, until } from '../models/http-client';

const QUICK: RevisionProfile = { ttftMs: 5, interTokenMs: 2, tokens: 4, jitter: 0 };

/** An API server that knows the EndpointSlice of one Service. */
class FakeApi implements IClusterApi {
  public scope?: WatchScope;
  private listener?: WatchListener<EndpointSlice>;

  public watch<T>(scope: WatchScope, listener: WatchListener<T>): () => void {
    this.scope = scope;
    this.listener = listener as unknown as WatchListener<EndpointSlice>;
    return () => undefined;
  }

  public publish(...addresses: string[]): void {
    const endpoints = addresses.map((address) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
    }));
    this.listener!.onChange({ metadata: { uid: 's' }, addressType: 'IPv4', endpoints });
  }

  public patchPodStatus(): Promise<boolean> {
    return Promise.resolve(true);
  }

  public deletePod(): Promise<void> {
    return Promise.resolve();
  }
}

describe('LoadGenerator', () => {
  const api = new FakeApi();
  let pods: Map<string, PodView>;
  let engines: SimulatedEngine[];
  let load: LoadGenerator;
  let tally: Tally;

  beforeEach(() => {
    pods = new Map();
    engines = [];
  });

  afterEach(async () => {
    // Engines first: a request that hangs would hold up the end of the load.
    engines.forEach((engine) => engine.kill());
    await load.stop();
  });

  async function pod(
    ip: string,
    hash: string,
    profile: Partial<RevisionProfile> = {},
    args: string[] = [],
  ): Promise<SimulatedEngine> {
    const engine = await SimulatedEngine.start({
      args: parseEngineArgs(args),
      profile: () => ({ ...QUICK, ...profile }),
      onExit: () => undefined,
    });
    engines.push(engine);
    pods.set(ip, {
      namespace: 'models',
      name: ip,
      uid: ip,
      ip,
      nodeName: 'n',
      annotations: {},
      containers: [],
      port: engine.port,
      labels: { 'rollouts-pod-template-hash': hash, 'llm-platform.dev/revision': `revision-${hash}` },
      ready: true,
      terminating: false,
      restarts: 0,
    });
    return engine;
  }

  function start(options: Partial<LoadOptions> = {}): void {
    tally = new Tally();
    load = new LoadGenerator(
      api,
      (ip) => pods.get(ip),
      { namespace: 'models', service: 'chat', requestsPerSecond: 60, propagationDelayMs: 20, ...options },
      tally,
    );
    load.start();
  }

  test('sends to every endpoint of the Service, loses nothing, and counts by ReplicaSet', async () => {
    await pod('10.64.0.1', 'aaa');
    await pod('10.64.0.2', 'bbb');
    start();
    api.publish('10.64.0.1', '10.64.0.2');
    await until(() => tally.counters().succeeded >= 40);
    await load.stop();
    expect(api.scope).toEqual({
      path: '/apis/discovery.k8s.io/v1/namespaces/models/endpointslices',
      labelSelector: 'kubernetes.io/service-name=chat',
    });
    const counters = tally.counters();
    expect(counters).toMatchObject({ lost: 0, errors: 0, timeouts: 0, shed: 0, inFlight: 0, causes: {} });
    expect(counters.byPodHash.aaa.succeeded + counters.byPodHash.bbb.succeeded).toBe(counters.sent);
    expect(counters.byPodHash.bbb.revision).toBe('revision-bbb');
    const series = tally.series();
    expect(series.reduce((sum, point) => sum + point.succeeded, 0)).toBe(counters.sent);
    // A second in which no streamed request began has no time to first token.
    const streamed = series.filter(({ ttftP95Ms }) => ttftP95Ms !== undefined);
    expect(streamed.length).toBeGreaterThan(0);
    expect(streamed.every(({ ttftP95Ms }) => ttftP95Ms! > 0)).toBe(true);
  });

  test('waits for the first endpoint, and afterwards loses what finds none', async () => {
    await pod('10.64.0.1', 'aaa');
    start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(tally.counters().sent).toBe(0);
    api.publish('10.64.0.1');
    await until(() => tally.counters().succeeded > 0);
    api.publish();
    await until(() => tally.counters().causes['no endpoint'] > 0);
  });

  test('tells failures of the model from losses', async () => {
    await pod('10.64.0.1', 'aaa', { errorRatio: 0.5 });
    start();
    api.publish('10.64.0.1');
    await until(() => tally.counters().errors >= 5);
    await load.stop();
    expect(tally.counters()).toMatchObject({ lost: 0, causes: { 'HTTP 500': tally.counters().errors } });
  });

  test('counts a stream that ends with an error as lost, though its status was 200', async () => {
    await pod('10.64.0.1', 'aaa', { brokenStreamRatio: 1 });
    start();
    api.publish('10.64.0.1');
    await until(() => tally.counters().lost >= 5 && tally.counters().succeeded >= 5);
    await load.stop();
    expect(tally.counters()).toMatchObject({
      errors: 0,
      timeouts: 0,
      causes: { 'stream ended with an error': tally.counters().lost },
    });
    expect(Math.abs(tally.counters().lost - tally.counters().succeeded)).toBeLessThanOrEqual(1);
  });

  test('makes the stated share of mistakes, of every kind, and counts them apart', async () => {
    await pod('10.64.0.1', 'aaa', {}, ['--served-model-name=chat', '--max-model-len=8192']);
    start({ mistakeRatio: 0.25, maxRequests: 40 });
    api.publish('10.64.0.1');
    await until(() => tally.counters().succeeded + tally.counters().mistakes === 40);
    expect(tally.counters()).toMatchObject({ sent: 40, succeeded: 30, mistakes: 10, lost: 0, errors: 0, causes: {} });
    const { body } = await call(engines[0].port, 'GET', '/metrics');
    expect(body).toContain('http_requests_total{method="POST",handler="/v1/chat/completions",status="4xx"} 10');
  });

  test('asks for answers of the stated length, of the model that is called as the Service', async () => {
    await pod('10.64.0.1', 'aaa', { tokens: 50 }, ['--served-model-name=chat']);
    start({ maxTokens: 2, maxRequests: 6 });
    api.publish('10.64.0.1');
    await until(() => tally.counters().inFlight === 0 && tally.counters().sent === 6);
    expect(tally.counters()).toMatchObject({ succeeded: 6, causes: {} });
    const { body } = await call(engines[0].port, 'GET', '/metrics');
    expect(body).toContain('vllm:generation_tokens_total{model_name="chat",engine="0"} 12');
  });

  test('follows a removed endpoint only after the propagation delay: a pod that stops earlier loses requests', async () => {
    const engine = await pod('10.64.0.1', 'aaa', {}, ['--shutdown-timeout=60']);
    await pod('10.64.0.2', 'bbb');
    start({ propagationDelayMs: 2500 });
    api.publish('10.64.0.1', '10.64.0.2');
    await until(() => tally.counters().succeeded >= 20);
    api.publish('10.64.0.2');
    await engine.terminate();
    // Connections that were open when it ended may be reset first.
    await until(() => (tally.counters().causes['connection refused'] ?? 0) > 0);
    expect(tally.counters().byPodHash.aaa.lost).toBeGreaterThan(0);
    expect(tally.counters().byPodHash.bbb.lost).toBe(0);
  });

  test('loses nothing when the pod stops after the propagation delay, and drains', async () => {
    const engine = await pod('10.64.0.1', 'aaa', { tokens: 20, interTokenMs: 20 }, ['--shutdown-timeout=60']);
    await pod('10.64.0.2', 'bbb');
    start();
    api.publish('10.64.0.1', '10.64.0.2');
    await until(() => tally.counters().succeeded >= 20);
    api.publish('10.64.0.2');
    await new Promise((resolve) => setTimeout(resolve, 100));
    // A busy machine may accept a connection late; whoever is answered now came after all requests of the load.
    await call(engine.port, 'GET', '/health');
    await engine.terminate();
    await load.stop();
    expect(tally.counters()).toMatchObject({ lost: 0, sent: tally.counters().succeeded });
  });

  test('counts answers that were cut off as lost, also when the counters were reset meanwhile', async () => {
    const engine = await pod('10.64.0.1', 'aaa', { tokens: 5000, interTokenMs: 50 });
    start({ maxRequests: 20, timeoutMs: 60_000 });
    api.publish('10.64.0.1');
    await until(() => tally.counters().inFlight === 20);
    tally.reset();
    // Streams have begun by now, unless the machine is very busy; either way nothing may be overlooked.
    await new Promise((resolve) => setTimeout(resolve, 200));
    engine.kill();
    await load.stop();
    const { causes, ...counters } = tally.counters();
    expect(counters).toMatchObject({ sent: 0, succeeded: 0, lost: 20, inFlight: 0 });
    expect((causes['stream cut off'] ?? 0) + (causes['connection reset'] ?? 0)).toBe(20);
  });

  test('gives up on a model that hangs, and bounds what is in flight', async () => {
    await pod('10.64.0.1', 'aaa', { hang: { afterRequests: 0, from: 'idle' } });
    start({ timeoutMs: 100, maxInFlight: 5 });
    api.publish('10.64.0.1');
    await until(() => tally.counters().timeouts >= 5 && tally.counters().shed > 0);
    expect(tally.counters()).toMatchObject({ succeeded: 0, lost: 0 });
  });
});
