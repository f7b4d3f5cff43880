import { createServer, type AddressInfo } from 'node:net';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { reconcile } from '../../handler/reconcile';
import { ReleaseStore } from '../../handler/release-store';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { ReleaseTier } from '../../constructs/kubernetes';
import { cacheDirectory } from '../../rehearsal/platform';
import { locateCrds } from '../../rehearsal/platform/crds';
import { installCrds } from './support/admission';
import { crdOf } from './support/crd';
import { limitedTo, stranger } from './support/identities';
import { adminAccess, TestRelease } from './support/releases';

// What stands in the way of an apply, and the fields that it leaves to others, against a real API server.

const client = new ClusterClient(adminAccess());

let release: TestRelease;
beforeEach(async () => {
  release = await TestRelease.create(client, 'apply');
});

describe('weights of a route', () => {
  const weighing = (weight: number) => ({ weights: { canary: { weight }, stable: { weight: 100 - weight } } });
  interface Route {
    spec: { rules: { backendRefs: { name: string; weight: number }[] }[] };
  }
  const gateway = 'gateway.networking.k8s.io';

  beforeAll(async () => {
    await installCrds(client, await locateCrds({ cacheDirectory: cacheDirectory(), sets: ['rollouts', 'gateway'] }));
  });

  const route = (label: string): KubernetesObject => ({
    apiVersion: `${gateway}/v1`,
    kind: 'HTTPRoute',
    metadata: { name: 'chat', namespace: release.namespace, labels: { label } },
    spec: {
      rules: [
        {
          backendRefs: [
            { name: 'chat-stable', port: 8000, weight: 100 },
            { name: 'chat-canary', port: 8000, weight: 0 },
            { name: 'elsewhere', port: 8000, weight: 7 },
          ],
        },
      ],
    },
  });
  const weights = async (): Promise<number[]> =>
    (await release.get<Route>(`${gateway}/v1`, 'HTTPRoute', 'chat')).spec.rules[0].backendRefs.map(
      ({ weight }) => weight,
    );
  /** Plays the rollout controller, and a stray hand at the third backend. */
  const shift = (canary: number) =>
    client.merge(
      { apiVersion: `${gateway}/v1`, kind: 'HTTPRoute', name: 'chat', namespace: release.namespace },
      {
        spec: {
          rules: [
            {
              backendRefs: [
                { name: 'chat-stable', port: 8000, weight: 100 - canary },
                { name: 'chat-canary', port: 8000, weight: canary },
                { name: 'elsewhere', port: 8000, weight: 1 },
              ],
            },
          ],
        },
      },
      undefined,
      'rollouts-controller',
    );

  /** Plays the controller of a Gateway. */
  const accept = () =>
    client.merge(
      { apiVersion: `${gateway}/v1`, kind: 'HTTPRoute', name: 'chat', namespace: release.namespace },
      {
        status: {
          parents: [
            {
              controllerName: 'example.com/gateway',
              parentRef: { name: 'gateway' },
              conditions: ['Accepted', 'ResolvedRefs'].map((type) => ({
                type,
                status: 'True',
                reason: type,
                message: '',
                lastTransitionTime: '2026-01-01T00:00:00Z',
              })),
            },
          ],
        },
      },
      'status',
    );

  const running = { phase: 'Progressing', currentPodHash: 'b', stableRS: 'a', canary: weighing(30) };
  const routes = (): TestRelease => release.beside({ name: 'routes' });

  beforeEach(async () => {
    const request = release.request('Create');
    await release.tick(request, [release.rollout('chat')]);
    await release.setRolloutStatus('chat', { phase: 'Healthy', currentPodHash: 'a', stableRS: 'a' });
    await release.finish(request, [release.rollout('chat')]);
    const first = routes().request('Create');
    await routes().tick(first, [route('first')]);
    await accept();
    await routes().finish(first, [route('first')]);
    await shift(30);
  });

  test('belong to the rollout controller while a canary runs', async () => {
    await release.setRolloutStatus('chat', running);
    await routes().deploy([route('second')]);
    expect(await weights()).toEqual([70, 30, 7]);
  });

  test.each([
    ['was promoted', { phase: 'Healthy', currentPodHash: 'b', stableRS: 'b', canary: weighing(0) }],
    ['was aborted', { phase: 'Degraded', abort: true, currentPodHash: 'b', stableRS: 'a', canary: weighing(0) }],
  ])("are the release's after the canary %s", async (_, status) => {
    await release.setRolloutStatus('chat', status);
    await routes().deploy([route('second')]);
    expect(await weights()).toEqual([100, 0, 7]);
  });

  test("stay the controller's while it takes an aborted canary's requests away", async () => {
    await release.setRolloutStatus('chat', { ...running, abort: true, phase: 'Degraded' });
    await routes().deploy([route('second')]);
    expect(await weights()).toEqual([70, 30, 7]);
  });

  test('that the controller sets between the read and the apply are not lost', async () => {
    let shifted = false;
    class Late extends ClusterClient {
      public override async apply(...[object, options]: Parameters<ClusterClient['apply']>): Promise<KubernetesObject> {
        if (object.kind === 'HTTPRoute' && !shifted) {
          shifted = true;
          await release.setRolloutStatus('chat', running);
          await shift(40);
        }
        return super.apply(object, options);
      }
    }
    await routes()
      .beside({ client: new Late(adminAccess()) })
      .deploy([route('second')]);
    expect(await weights()).toEqual([60, 40, 7]);
  });
});

describe('a kind that the cluster does not serve', () => {
  let group: string;
  const gadget = (version = 'v1'): KubernetesObject => ({
    apiVersion: `${group}/${version}`,
    kind: 'Gadget',
    metadata: { name: 'one', namespace: release.namespace },
  });
  beforeEach(() => {
    group = `${release.namespace}.example`;
  });

  /** A client that finds a kind of the group only from some time on, as it does while a CRD is new. */
  class Lagging extends ClusterClient {
    public asked = 0;

    constructor(private readonly serves: () => boolean) {
      super(adminAccess());
    }

    public override async apply(...[object, options]: Parameters<ClusterClient['apply']>): Promise<KubernetesObject> {
      if (object.kind !== 'Gadget') return super.apply(object, options);
      this.asked++;
      return super.apply(this.serves() ? object : { ...object, apiVersion: `not-yet.${object.apiVersion}` }, options);
    }
  }

  test('is waited for where the release defines it', async () => {
    const lagging: Lagging = new Lagging(() => lagging.asked > 2);
    const late = release.beside({ client: lagging });
    const request = release.request('Create');
    const objects = [crdOf('Gadget', group), gadget()];
    await late.finish(request, objects);
    expect(lagging.asked).toBe(3);
  });

  test('is waited for until the deadline, with its reason', async () => {
    const never = release.beside({ client: new Lagging(() => false) });
    const request = release.request('Create');
    const objects = [crdOf('Gadget', group), gadget()];
    const reason = `Gadget ${release.namespace}/one was not applied: the cluster has no kind Gadget in ${group}/v1 yet, although it is defined`;
    await never.waits(request, objects, reason);
    never.ahead = 600_000;
    await expect(never.tick(request, objects)).rejects.toThrow(`deadline of 600 s reached while waiting for ${reason}`);
  });

  test('is waited for where the cluster defines it', async () => {
    await release.deploy([crdOf('Gadget', group)]);
    const other = release.beside({ name: 'other', client: new Lagging(() => false) });
    expect(await other.tick(other.request('Create'), [gadget()])).toMatchObject({
      waitingFor: expect.stringContaining('yet, although it is defined') as string,
    });
  });

  test('a version that its CRD gains in the same release is waited for', async () => {
    await release.deploy([crdOf('Gadget', group)]);
    await release.deploy([crdOf('Gadget', group, ['v1', 'v2']), gadget('v2')]);
    expect(await release.find(`${group}/v2`, 'Gadget', 'one')).toBeDefined();
  });

  test('fails at once where nobody defines it, or not in this version', async () => {
    await expect(release.tick(release.request('Create'), [gadget()])).rejects.toThrow(
      `Gadget ${release.namespace}/one was refused: the cluster has no kind Gadget in ${group}/v1; install its CustomResourceDefinition first`,
    );
    const unserved = [crdOf('Gadget', group, ['v1', 'v2'], ['v1']), gadget('v2')];
    await expect(release.finish(release.request('Update'), unserved)).rejects.toThrow(
      `no kind Gadget in ${group}/v2; its CustomResourceDefinition does not serve this version`,
    );
  });
});

describe('an identity that the cluster refuses', () => {
  const INVENTORY = { apiGroups: ['', 'coordination.k8s.io'], resources: ['configmaps', 'leases'] };

  test.each([
    ['is not known', () => Promise.resolve(stranger()), /Unauthorized/],
    ['may not read the inventory', () => limitedTo(release, []), /User "[^"]*" cannot get resource "configmaps"/],
  ])('and that %s may be new for two minutes', async (_, identity, reason) => {
    const refused = release.beside({ client: await identity() });
    const request = release.request('Create', { deadlineSeconds: 600 });
    expect(await refused.tick(request, [release.configMap('settings')])).toEqual({
      complete: false,
      waitingFor: expect.stringMatching(reason) as string,
    });
    refused.ahead = 118_000;
    expect(await refused.tick(request, [release.configMap('settings')])).toEqual({
      complete: false,
      waitingFor: expect.stringMatching(reason) as string,
    });
    refused.ahead = 120_000;
    await expect(refused.tick(request, [release.configMap('settings')])).rejects.toThrow(reason);
  });

  test('and that may not apply an object may be new for two minutes, too', async () => {
    const limited = release.beside({
      client: await limitedTo(release, [INVENTORY, { apiGroups: [''], resources: ['limitranges'], verbs: ['get'] }]),
    });
    const request = release.request('Create', { deadlineSeconds: 600 });
    const objects = [
      release.configMap('settings'),
      {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'limits', namespace: release.namespace },
        spec: { limits: [] },
      },
    ];
    const reason = /^LimitRange .*\/limits was refused: .*cannot patch resource "limitranges"/;
    expect(await limited.tick(request, objects)).toEqual({
      complete: false,
      waitingFor: expect.stringMatching(reason) as string,
    });
    limited.ahead = 118_000;
    expect(await limited.tick(request, objects)).toEqual({
      complete: false,
      waitingFor: expect.stringMatching(reason) as string,
    });
    limited.ahead = 120_000;
    await expect(limited.tick(request, objects)).rejects.toThrow(reason);
  });

  test('although it was known before is asked for again while the tick lasts', async () => {
    let refusals = 2;
    class Restarted extends ClusterClient {
      public override async find(
        ...[reference]: Parameters<ClusterClient['find']>
      ): Promise<KubernetesObject | undefined> {
        return refusals-- > 0 ? stranger().find(reference) : super.find(reference);
      }
    }
    const restarted = release.beside({ client: new Restarted(adminAccess()) });
    const request = release.request('Create', { deadlineSeconds: 600 });
    restarted.ahead = 200_000;
    expect(await restarted.tick(request, [release.configMap('settings')], 60_000)).toEqual({ complete: true });
    expect(refusals).toBeLessThan(0);
  });

  test('does not make a deletion succeed', async () => {
    await release.deploy([release.configMap('settings')]);
    const outcome = await release.beside({ client: stranger() }).tick(release.request('Delete'), []);
    expect(outcome).toEqual({ complete: false, waitingFor: expect.stringContaining('Unauthorized') as string });
    expect(await release.inventory()).toBeDefined();
  });

  test('fails with the deadline where that comes first', async () => {
    const refused = release.beside({ client: stranger() });
    const request = release.request('Create', { deadlineSeconds: 2 });
    refused.ahead = 2000;
    await expect(refused.tick(request, [])).rejects.toThrow(/Unauthorized/);
  });
});

describe('time', () => {
  test('a wave that is too large for one tick continues in the next one', async () => {
    const objects = Array.from({ length: 40 }, (_, index) => release.configMap(`settings-${index}`));
    const request = release.request('Create');
    expect(await release.tick(request, objects)).toEqual({
      complete: false,
      waitingFor: '24 of 40 objects to be applied',
    });
    const applied = jest.spyOn(client, 'apply');
    expect(await release.tick(request, objects)).toEqual({
      complete: false,
      waitingFor: '8 of 40 objects to be applied',
    });
    expect(await release.tick(request, objects)).toEqual({ complete: true });
    expect(applied).toHaveBeenCalledTimes(24);
    applied.mockRestore();
    expect(await client.list('v1', 'ConfigMap', release.namespace)).toHaveLength(42);
  });

  describe('of those who take connections but do not answer', () => {
    const silent = createServer();
    let address: string;
    beforeAll(async () => {
      await new Promise<void>((resolve) => {
        silent.listen(0, '127.0.0.1', resolve);
      });
      address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    });
    afterAll(() => {
      silent.close();
    });

    test('is taken by the API server, within limits', async () => {
      const absent = release.beside({
        client: new ClusterClient({ ...adminAccess(), server: `https://${address}` }, 300),
      });
      expect(await absent.tick(release.request('Delete'), [])).toEqual({
        complete: false,
        waitingFor: expect.stringContaining('no answer within 0.3 s') as string,
      });
    });

    test('is taken by the bucket of releases, within limits and the deadline', async () => {
      const before = { ...process.env };
      Object.assign(process.env, {
        AWS_ENDPOINT_URL: `http://${address}`,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      });
      const source = new ReleaseStore('releases', ReleaseTier.MODEL, 200);
      const request = release.request('Create', { deadlineSeconds: 60 });
      const at = (now: number) => reconcile(request, { ...release.dependencies(), source, until: now, now: () => now });
      expect(await at(Date.now())).toEqual({
        complete: false,
        waitingFor: expect.stringMatching(/^the release's asset: .*requestTimeout/) as string,
      });
      await expect(at(Date.now() + 60_000)).rejects.toThrow(
        /deadline of 60 s reached while waiting for the release's asset: .*requestTimeout/,
      );
      process.env = before;
    });
  });
});

describe('what is there already', () => {
  test('an object that is being removed is waited for, and applied once it is gone', async () => {
    const held = release.configMap('settings', { key: 'old' });
    await release.deploy([{ ...held, metadata: { ...held.metadata, finalizers: ['test.example/hold'] } }]);
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace: release.namespace };
    await client.remove(reference);
    const request = release.request('Update');
    expect(await release.tick(request, [held])).toEqual({
      complete: false,
      waitingFor: `ConfigMap ${release.namespace}/settings is still being removed`,
    });
    await client.merge(reference, { metadata: { finalizers: null } }).catch(() => undefined);
    await release.finish(request, [held]);
    expect((await release.get('v1', 'ConfigMap', 'settings')).metadata).not.toHaveProperty('deletionTimestamp');
  });

  const job = (image: string, extra: object = {}): KubernetesObject => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'migrate', namespace: release.namespace },
    spec: {
      suspend: true,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image }] } },
      ...extra,
    },
  });

  test('a Job whose template changes runs anew', async () => {
    const request = release.request('Create');
    await release.tick(request, [job('i:1')]);
    const before = (await release.get('batch/v1', 'Job', 'migrate')).metadata as { uid?: string };
    await release.tick(release.request('Update'), [job('i:2')]);
    expect((await release.get('batch/v1', 'Job', 'migrate')).metadata).not.toMatchObject({ uid: before.uid });
  });

  test('a Job is left alone by one that is invalid: going back to it would run it again', async () => {
    await release.tick(release.request('Create'), [job('i:1')]);
    const before = (await release.get('batch/v1', 'Job', 'migrate')).metadata as { uid?: string };
    await expect(release.tick(release.request('Update'), [job('i:2', { parallelism: -1 })])).rejects.toThrow(
      /parallelism/,
    );
    expect((await release.get('batch/v1', 'Job', 'migrate')).metadata).toMatchObject({ uid: before.uid });
  });
});
