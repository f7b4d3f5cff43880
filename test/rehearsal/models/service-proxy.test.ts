import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IClusterApi, WatchListener, WatchScope } from '../../../rehearsal/cluster/cluster-api';
import { SimulatedEngine } from '../../../rehearsal/models/engine';
import { parseEngineArgs } from '../../../rehearsal/models/engine-args';
import type { RevisionProfile } from '../../../rehearsal/models/profiles';
import { ServiceProxy } from '../../../rehearsal/models/service-proxy';
import type { PodView } from '../../../rehearsal/models/simulated-pod';
import { type Seen, until } from './http-client';

const PROFILE: RevisionProfile = { ttftMs: 5, interTokenMs: 2, tokens: 4, jitter: 0 };

/** Watches that the test feeds. */
class FakeApi implements IClusterApi {
  private readonly listeners = new Map<string, WatchListener<object>>();

  public watch<T>(scope: WatchScope, listener: WatchListener<T>): () => void {
    this.listeners.set(scope.path, listener as unknown as WatchListener<object>);
    return () => undefined;
  }

  public service(namespace: string, name: string, port: number): void {
    this.listeners.get('/api/v1/services')!.onChange({ metadata: { namespace, name }, spec: { ports: [{ port }] } });
  }

  public slice(namespace: string, service: string, ...addresses: string[]): void {
    this.listeners.get('/apis/discovery.k8s.io/v1/endpointslices')!.onChange({
      metadata: { uid: service, namespace, labels: { 'kubernetes.io/service-name': service } },
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    });
  }

  public patchPodStatus(): Promise<boolean> {
    return Promise.resolve(true);
  }

  public deletePod(): Promise<void> {
    return Promise.resolve();
  }
}

describe('ServiceProxy', () => {
  let api: FakeApi;
  let proxy: ServiceProxy;
  let proxyPort: number;
  let engine: SimulatedEngine;
  let profile: RevisionProfile;
  let enginePort: number;

  beforeEach(async () => {
    api = new FakeApi();
    profile = PROFILE;
    engine = await SimulatedEngine.start({
      args: parseEngineArgs(['--served-model-name=chat']),
      profile: () => profile,
      onExit: () => undefined,
    });
    enginePort = engine.port;
    proxy = new ServiceProxy(
      api,
      (ip) => (ip === '10.64.0.1' ? ({ name: 'chat-1', port: enginePort } as PodView) : undefined),
      0,
    );
    proxyPort = Number(new URL(await proxy.start()).port);
    api.service('models', 'chat-canary', 8000);
    api.slice('models', 'chat-canary', '10.64.0.1');
    await until(async () => (await through('http://chat-canary.models.svc:8000/health', 'GET')).status === 200);
  });

  afterEach(() => {
    proxy.stop();
    engine.kill();
  });

  /** One request as a program sends it that has the proxy as its HTTP_PROXY. */
  function through(url: string, method: string, body = '', agent?: Agent): Promise<Seen> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: proxyPort,
          method,
          path: url,
          headers: { host: new URL(url).host, 'content-length': Buffer.byteLength(body) },
          agent: agent ?? false,
        },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString();
          });
          response.on('close', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: text,
              complete: response.complete,
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  const ONE_TOKEN = JSON.stringify({ model: 'chat', prompt: 'Hi', max_tokens: 1 });

  test.each(['chat-canary.models.svc', 'chat-canary.models.svc.cluster.local'])(
    'takes a request to %s to a pod of the Service',
    async (host) => {
      const seen = await through(`http://${host}:8000/v1/completions`, 'POST', ONE_TOKEN);
      expect(seen).toMatchObject({ status: 200, complete: true });
      expect(JSON.parse(seen.body)).toMatchObject({ usage: { completion_tokens: 1 } });
    },
  );

  test.each([
    ['an unknown Service', 'http://other.models.svc:8000/', 'no Service other.models.svc'],
    ['another namespace', 'http://chat-canary.default.svc:8000/', 'no Service chat-canary.default.svc'],
    ['a port that the Service does not have', 'http://chat-canary.models.svc/', 'with port 80'],
    [
      'a name outside of the cluster',
      'http://chat-canary.models.example:8000/',
      'no Service chat-canary.models.example',
    ],
  ])('answers 503 for %s', async (_, url, message) => {
    expect(await through(url, 'GET')).toMatchObject({ status: 503, body: expect.stringContaining(message) as string });
  });

  test('answers 503 once the Service has no endpoint, and 502 while a pod refuses connections', async () => {
    engine.kill();
    expect(await through('http://chat-canary.models.svc:8000/health', 'GET')).toMatchObject({
      status: 502,
      body: expect.stringContaining('pod chat-1: connect ECONNREFUSED') as string,
    });
    api.slice('models', 'chat-canary');
    await until(async () => (await through('http://chat-canary.models.svc:8000/health', 'GET')).status === 503);
  });

  test('says nothing while the engine hangs, and lets go of it when the caller gives up', async () => {
    profile = { ...PROFILE, hang: { afterRequests: 0, from: 'idle' } };
    const agent = new Agent();
    const waiting = through('http://chat-canary.models.svc:8000/v1/completions', 'POST', ONE_TOKEN, agent).catch(
      (error: Error) => error,
    );
    await expect(Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 200, 'silence'))])).resolves.toBe(
      'silence',
    );
    agent.destroy();
    await waiting;
    await until(async () =>
      (await through('http://chat-canary.models.svc:8000/metrics', 'GET')).body.includes(
        'http_requests_total{method="POST",handler="/v1/completions",status="2xx"} 1',
      ),
    );
  });

  test('cuts off an answer that the engine has cut off', async () => {
    const cutting = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setTimeout(() => response.destroy(), 50);
    });
    await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve));
    enginePort = (cutting.address() as AddressInfo).port;
    expect(await through('http://chat-canary.models.svc:8000/', 'GET')).toMatchObject({
      body: 'half',
      complete: false,
    });
    cutting.close();
  });
});
