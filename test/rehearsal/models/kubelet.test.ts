import type { Container, Pod, PodStatus } from 'kubernetes-types/core/v1';
import type { IClusterApi, WatchListener, WatchScope } from '../../../rehearsal/cluster/cluster-api';
import { ContainerError } from '../../../rehearsal/models/container-engine';
import { SimulatedKubelet } from '../../../rehearsal/models/kubelet';
import { ProfileRegistry, type RevisionProfile } from '../../../rehearsal/models/profiles';
import { call, chat, type Seen, until } from './http-client';

const QUICK: RevisionProfile = { ttftMs: 5, interTokenMs: 2, tokens: 3, jitter: 0 };

/** An API server that holds pods in memory, and can be out of order. */
class FakeApi implements IClusterApi {
  public readonly statuses: PodStatus[] = [];
  public deleted?: string;
  public broken = false;
  private listener?: WatchListener<Pod>;

  public watch<T>(_scope: WatchScope, listener: WatchListener<T>): () => void {
    this.listener = listener as unknown as WatchListener<Pod>;
    return () => undefined;
  }

  public apply(pod: Pod): void {
    this.listener!.onChange(pod);
  }

  public async patchPodStatus(_namespace: string, _name: string, _uid: string, status: PodStatus): Promise<boolean> {
    if (this.broken) {
      throw new Error('connect ECONNREFUSED');
    }
    this.statuses.push(status);
    return Promise.resolve(true);
  }

  public async deletePod(_namespace: string, _name: string, uid: string): Promise<void> {
    this.deleted = uid;
    return Promise.resolve();
  }

  public get last(): PodStatus | undefined {
    return this.statuses.at(-1);
  }

  public condition(type: string): string | undefined {
    return this.last?.conditions?.find((condition) => condition.type === type)?.status;
  }
}

function podOf(engine: Partial<Container>, terminationGracePeriodSeconds = 30): Pod {
  return {
    metadata: {
      uid: 'uid-1',
      name: 'chat-1',
      namespace: 'models',
      labels: { 'llm-platform.dev/model': 'chat', 'llm-platform.dev/revision': 'r1' },
    },
    spec: {
      nodeName: 'gpu-0',
      terminationGracePeriodSeconds,
      initContainers: [{ name: 'fetch', image: 'fetcher:1' }],
      containers: [{ name: 'engine', image: 'vllm:1', ...engine }],
    },
  };
}

function deleting(pod: Pod): Pod {
  const metadata = {
    ...pod.metadata,
    deletionTimestamp: new Date().toISOString(),
    deletionGracePeriodSeconds: pod.spec!.terminationGracePeriodSeconds,
  };
  return { ...pod, metadata };
}

const PROBE = { httpGet: { path: '/health', port: 'http' }, periodSeconds: 0.05, failureThreshold: 3 };

describe('SimulatedKubelet', () => {
  let api: FakeApi;
  let kubelet: SimulatedKubelet;
  let profiles: ProfileRegistry;

  beforeEach(() => {
    api = new FakeApi();
    profiles = new ProfileRegistry();
    profiles.set('r1', QUICK);
    kubelet = new SimulatedKubelet(api, profiles, () => undefined);
    kubelet.start();
  });

  afterEach(() => kubelet.stop());

  const port = (): number => kubelet.pods()[0].port;

  test('leaves a pod alone that is not bound to a node', () => {
    api.apply({ ...podOf({}), spec: { containers: [{ name: 'engine' }] } });
    expect(kubelet.pods()).toEqual([]);
  });

  test('runs a pod: init containers over, an address of its own, ready without probes', async () => {
    api.apply(podOf({}));
    await until(() => api.condition('Ready') === 'True');
    expect(api.last).toMatchObject({
      phase: 'Running',
      podIP: '10.64.0.1',
      initContainerStatuses: [{ name: 'fetch', state: { terminated: { exitCode: 0 } } }],
      containerStatuses: [{ name: 'engine', ready: true, started: true, restartCount: 0 }],
    });
    expect(kubelet.resolve('10.64.0.1')).toMatchObject({ name: 'chat-1', port: port() });
    expect((await chat(port())).status).toBe(200);
  });

  test('is started when the startup probe passes, and ready when the readiness probe does', async () => {
    profiles.set('r1', { ...QUICK, loadSeconds: 0.3 });
    api.apply(podOf({ startupProbe: { ...PROBE, failureThreshold: 100 }, readinessProbe: PROBE }));
    await until(() => api.condition('Ready') === 'True');
    expect(api.statuses[0]).toMatchObject({ containerStatuses: [{ started: false, ready: false }] });
    expect(api.statuses.some(({ containerStatuses: [status] = [] }) => status.started && !status.ready)).toBe(true);
    expect(api.last).toMatchObject({ containerStatuses: [{ started: true, ready: true, restartCount: 0 }] });
  });

  test('restarts a container whose startup probe gives up', async () => {
    profiles.set('r1', { ...QUICK, neverReady: true });
    // SIGTERM means nothing to an engine that loads.
    api.apply(podOf({ startupProbe: PROBE }, 1));
    await until(() => (api.last?.containerStatuses?.[0].restartCount ?? 0) > 0);
    expect(api.condition('Ready')).toBe('False');
  });

  test('restarts a container whose liveness probe fails', async () => {
    api.apply(podOf({ livenessProbe: PROBE, readinessProbe: PROBE }, 1));
    await until(() => api.condition('Ready') === 'True');
    profiles.set('r1', { ...QUICK, neverReady: true });
    await until(() => api.last?.containerStatuses?.[0].restartCount === 1);
    profiles.set('r1', QUICK);
    await until(() => api.condition('Ready') === 'True');
  });

  test('backs off from a container that keeps crashing', async () => {
    profiles.set('r1', { ...QUICK, crashAfterMs: 20 });
    api.apply(podOf({}));
    await until(() => api.last?.containerStatuses?.[0].state?.waiting?.reason === 'CrashLoopBackOff');
    expect(api.last?.containerStatuses?.[0]).toMatchObject({
      restartCount: 2,
      lastState: { terminated: { exitCode: 0, reason: 'Completed' } },
    });
  });

  test('refuses what it cannot obey instead of passing over it', async () => {
    api.apply(
      podOf({
        livenessProbe: { exec: { command: ['true'] } },
        lifecycle: { preStop: { exec: { command: ['drain'] } } },
      }),
    );
    await until(() => api.last !== undefined);
    const waiting = api.last!.containerStatuses![0].state!.waiting!;
    expect(waiting.reason).toBe('CreateContainerConfigError');
    expect(waiting.message).toContain('livenessProbe: expected httpGet');
    expect(waiting.message).toContain('lifecycle.preStop: expected a sleep');
  });

  test('a container whose engine is not installed waits as one whose image cannot be pulled', async () => {
    kubelet.stop();
    const runtime = {
      imageId: 'process',
      start: () => Promise.reject(new ContainerError('ErrImagePull', 'no such engine here')),
    };
    kubelet = new SimulatedKubelet(api, profiles, () => undefined, runtime);
    kubelet.start();
    api.apply(podOf({}));
    await until(() => api.last !== undefined);
    expect(api.last!.containerStatuses![0]).toMatchObject({
      ready: false,
      imageID: 'process',
      state: { waiting: { reason: 'ErrImagePull', message: 'no such engine here' } },
    });
  });

  test('tells its status once the API server is back', async () => {
    api.broken = true;
    api.apply(podOf({}));
    await until(() => kubelet.pods()[0].ready);
    api.broken = false;
    await until(() => api.condition('Ready') === 'True');
  });

  describe('on deletion', () => {
    /** Deletes a pod that has a request in flight, and returns what the client saw of it. */
    async function drain(engine: Partial<Container>, graceSeconds: number, profile: RevisionProfile): Promise<Seen> {
      profiles.set('r1', profile);
      const pod = podOf(engine, graceSeconds);
      api.apply(pod);
      await until(() => api.condition('Ready') === 'True');
      const answer = chat(port(), true);
      await until(async () =>
        /^vllm:num_requests_running\{.*\} 1$/m.test((await call(port(), 'GET', '/metrics')).body),
      );
      api.apply(deleting(pod));
      await until(() => api.deleted !== undefined);
      return answer;
    }

    test('serves on during preStop, then waits for requests in flight', async () => {
      const pod = podOf({ args: ['--shutdown-timeout=5'], lifecycle: { preStop: { sleep: { seconds: 2 } } } }, 30);
      api.apply(pod);
      await until(() => api.condition('Ready') === 'True');
      api.apply(deleting(pod));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await chat(port())).toMatchObject({ status: 200, complete: true });
      expect(api.condition('Ready')).toBe('True');
      await until(() => api.deleted === 'uid-1');
      expect(api.last).toMatchObject({
        phase: 'Succeeded',
        containerStatuses: [{ ready: false, state: { terminated: { exitCode: 0 } } }],
      });
      expect(api.condition('Ready')).toBe('False');
    });

    test('loses nothing when the grace period is long enough', async () => {
      const seen = await drain({ args: ['--shutdown-timeout=20'] }, 30, { ...QUICK, tokens: 20, interTokenMs: 100 });
      expect(seen.complete).toBe(true);
      expect(seen.body).toContain('[DONE]');
    });

    test('loses an answer of five seconds when the grace period is two', async () => {
      const seen = await drain({ args: ['--shutdown-timeout=20'] }, 2, { ...QUICK, tokens: 50, interTokenMs: 100 });
      expect(seen.complete).toBe(false);
      expect(api.last).toMatchObject({
        phase: 'Failed',
        containerStatuses: [{ state: { terminated: { exitCode: 137 } } }],
      });
    });

    test.each([[{ exec: { command: ['sleep', '0.3'] } }], [{ exec: { command: ['/bin/sh', '-c', 'sleep 0.3'] } }]])(
      'obeys a preStop of %j',
      async (preStop) => {
        const pod = podOf({ lifecycle: { preStop } });
        api.apply(pod);
        await until(() => api.condition('Ready') === 'True');
        const startedAt = performance.now();
        api.apply(deleting(pod));
        await until(() => api.deleted !== undefined);
        expect(performance.now() - startedAt).toBeGreaterThan(290);
      },
    );
  });
});
