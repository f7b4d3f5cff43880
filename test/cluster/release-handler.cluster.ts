import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { isTransient } from '../../kubernetes-client/kubernetes-client';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { crdOf } from './support/crd';
import { adminAccess, STACK, TestRelease } from './support/releases';

// The table "event × cluster state → action" against a real API server and real core controllers.

const OTHER_STACK = STACK.replace('Serving-chat', 'Serving-other');
const client = new ClusterClient(adminAccess());

interface Spec {
  spec: { selector: Record<string, string>; replicas: number };
}

let release: TestRelease;
beforeEach(async () => {
  release = await TestRelease.create(client, 'handler');
});

describe('Create and Update', () => {
  test('apply everything, wait until it is healthy, and remember it', async () => {
    const objects = [release.configMap('settings'), release.service('chat'), release.deployment('chat')];
    await release.finish(release.request('Create'), objects);
    expect(await release.get('apps/v1', 'Deployment', 'chat')).toMatchObject({ status: { availableReplicas: 2 } });
    expect((await release.get('v1', 'ConfigMap', 'settings')).metadata.annotations).toMatchObject({
      'llm-platform.dev/release': `${release.namespace}/chat`,
    });
    const stored = JSON.parse(
      (await release.get<{ data: { inventory: string } }>('v1', 'ConfigMap', 'release-chat')).data.inventory,
    ) as { owner: string; attempt?: object; objects: object[]; history: object[] };
    expect(stored).toMatchObject({ owner: STACK, history: [{ templates: {} }] });
    expect(stored.attempt).toBeUndefined();
    expect(stored.objects).toHaveLength(3);
  });

  test('do not end while something is not healthy, and say what', async () => {
    const stuck = release.deployment('chat');
    (stuck.spec as { template: { spec: { nodeSelector: object } } }).template.spec.nodeSelector = { none: 'such' };
    await release.waits(
      release.request('Create'),
      [stuck],
      `Deployment ${release.namespace}/chat: has 0 of 2 replicas available`,
    );
  });

  test('a CRD is established before its objects are applied, in one release', async () => {
    const group = `${release.namespace}.example`;
    const crd: KubernetesObject = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `gadgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind: 'Gadget', plural: 'gadgets', singular: 'gadget', listKind: 'GadgetList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
              },
            },
          },
        ],
      },
    };
    const gadget: KubernetesObject = {
      apiVersion: `${group}/v1`,
      kind: 'Gadget',
      metadata: { name: 'one', namespace: release.namespace },
      spec: { size: 1 },
    };
    await release.finish(release.request('Create'), [gadget, crd]);
    expect(await release.find(`${group}/v1`, 'Gadget', 'one')).toBeDefined();
  });

  test('what is no longer part of the release is removed, but only after the rest is healthy', async () => {
    await release.deploy([release.configMap('old'), release.deployment('chat')]);
    const broken = release.deployment('chat', 'registry.example/app:2');
    (broken.spec as { template: { spec: { nodeSelector: object } } }).template.spec.nodeSelector = { none: 'such' };
    const request = release.request('Update');
    await release.tick(request, [broken], 1500);
    expect(await release.find('v1', 'ConfigMap', 'old')).toBeDefined();
    await release.deploy([release.deployment('chat')]);
    expect(await release.find('v1', 'ConfigMap', 'old')).toBeUndefined();
  });

  test('a rollback removes what the failed release added', async () => {
    const before = [release.configMap('settings')];
    await release.deploy(before);
    const refused: KubernetesObject = { ...release.deployment('broken'), spec: { replicas: -1 } };
    await expect(release.deploy([...before, release.configMap('added'), refused])).rejects.toThrow();
    expect(await release.find('v1', 'ConfigMap', 'added')).toBeDefined();
    await release.deploy(before);
    expect(await release.find('v1', 'ConfigMap', 'added')).toBeUndefined();
    expect(await release.find('v1', 'ConfigMap', 'settings')).toBeDefined();
  });

  test('volume claims and namespaces that a release drops are left alone', async () => {
    const claim: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'weights', namespace: release.namespace },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } },
    };
    await release.deploy([claim, release.configMap('settings')]);
    await release.deploy([release.configMap('settings')]);
    expect(await release.find('v1', 'PersistentVolumeClaim', 'weights')).toBeDefined();
  });

  test('a field that was edited manually comes back', async () => {
    await release.deploy([release.configMap('settings', { key: 'value' })]);
    await client.merge(
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace: release.namespace },
      { data: { key: 'edited', extra: 'kept' } },
    );
    await release.deploy([release.configMap('settings', { key: 'value' }), release.configMap('more')]);
    expect(await release.get('v1', 'ConfigMap', 'settings')).toMatchObject({ data: { key: 'value', extra: 'kept' } });
  });

  test('what a person has added with kubectl goes again, also where it makes the object invalid', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', name: 'chat', namespace: release.namespace };
    await release.deploy([release.service('chat')]);
    // A merge patch replaces the list; the release's port then comes beside the hand's, of the same name.
    await client.merge(
      service,
      { metadata: { labels: { added: 'by-hand' } }, spec: { ports: [{ name: 'http', port: 9999, targetPort: 9999 }] } },
      undefined,
      'kubectl-edit',
    );
    await release.deploy([release.service('chat'), release.configMap('more')]);
    const live = await release.get<{ metadata: { labels?: object }; spec: { ports: object[] } }>(
      'v1',
      'Service',
      'chat',
    );
    expect(live.spec.ports).toEqual([expect.objectContaining({ name: 'http', port: 8000 })]);
    expect(live.metadata.labels ?? {}).not.toHaveProperty('added');
  });

  test('configuration that is named by its content lives until the new one is healthy', async () => {
    const named = (text: string) =>
      release.configMap('settings', { text }, { 'llm-platform.dev/content-named': 'true' });
    const using = (image: string) => {
      const deployment = release.deployment('chat', image);
      (deployment.spec as { template: { spec: { volumes: object[] } } }).template.spec.volumes = [
        { name: 'c', configMap: { name: 'settings' } },
      ];
      return deployment;
    };
    const maps = async () =>
      (await client.list('v1', 'ConfigMap', release.namespace))
        .map(({ metadata }) => metadata.name)
        .filter((name) => name.startsWith('settings'));
    await release.deploy([named('one'), using('registry.example/app:1')]);
    const [first] = await maps();
    const blocked = using('registry.example/app:2');
    (blocked.spec as { template: { spec: { nodeSelector: object } } }).template.spec.nodeSelector = { none: 'such' };
    await release.tickUntil(
      release.request('Update'),
      [named('two'), blocked],
      async () => (await maps()).length === 2,
    );
    await release.deploy([named('two'), using('registry.example/app:2')]);
    const [second] = await maps();
    expect(await maps()).toHaveLength(1);
    expect(second).not.toBe(first);
  });
});

describe('what others own', () => {
  test("the pod-template hash in a Service's selector survives a forced apply", async () => {
    await release.deploy([release.service('chat-stable')]);
    await client.merge(
      { apiVersion: 'v1', kind: 'Service', name: 'chat-stable', namespace: release.namespace },
      { spec: { selector: { 'rollouts-pod-template-hash': 'abc' } } },
    );
    await release.deploy([release.service('chat-stable'), release.configMap('more')]);
    expect((await release.get<Spec>('v1', 'Service', 'chat-stable')).spec.selector).toEqual({
      app: 'chat',
      'rollouts-pod-template-hash': 'abc',
    });
  });

  test('replicas stay where an autoscaler has put them, and come back where there is none', async () => {
    const autoscaler: KubernetesObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'chat', namespace: release.namespace },
      spec: {
        minReplicas: 1,
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'chat' },
      },
    };
    const scale = () =>
      client.merge(
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'chat', namespace: release.namespace },
        { spec: { replicas: 4 } },
      );
    await release.deploy([release.deployment('chat')]);
    await client.create(autoscaler);
    await scale();
    await release.deploy([release.deployment('chat', 'registry.example/app:2')]);
    expect((await release.get<Spec>('apps/v1', 'Deployment', 'chat')).spec.replicas).toBe(4);
    await client.remove({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      name: 'chat',
      namespace: release.namespace,
    });
    await release.deploy([release.deployment('chat', 'registry.example/app:3')]);
    expect((await release.get<Spec>('apps/v1', 'Deployment', 'chat')).spec.replicas).toBe(2);
  });
});

describe('failure', () => {
  test("an object that admission refuses is named with the server's message", async () => {
    const bad: KubernetesObject = { ...release.service('chat'), spec: { ports: [{ port: 99999 }] } };
    await expect(release.deploy([release.configMap('fine'), bad])).rejects.toThrow(
      new RegExp(`Service ${release.namespace}/chat was refused: .*99999`),
    );
  });

  test('a field that the API does not know is refused rather than dropped', async () => {
    const bad = release.deployment('chat');
    (bad.spec as { template: { spec: object } }).template.spec = {
      containers: [{ name: 'app', image: 'i:1', gpuLimit: 1 }],
    };
    await expect(release.deploy([bad])).rejects.toThrow(/chat was refused: .*gpuLimit/);
  });

  test('a missing CRD is named', async () => {
    const gadget: KubernetesObject = {
      apiVersion: 'missing.example/v1',
      kind: 'Gadget',
      metadata: { name: 'one', namespace: release.namespace },
    };
    await expect(release.deploy([gadget])).rejects.toThrow(
      'the cluster has no kind Gadget in missing.example/v1; install its CustomResourceDefinition first',
    );
  });

  test('all refused objects of a wave are named together', async () => {
    const bad = (name: string): KubernetesObject => ({ ...release.service(name), spec: { ports: [{ port: 99999 }] } });
    await expect(release.deploy([bad('one'), bad('two')])).rejects.toThrow(/\/one was refused.*\/two was refused/);
  });

  test('pods that Pod Security refuses under an admitted Deployment', async () => {
    await client.merge(
      { apiVersion: 'v1', kind: 'Namespace', name: release.namespace },
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    );
    await expect(release.deploy([release.deployment('chat')])).rejects.toThrow(
      /Deployment .*\/chat: its pods are refused: .*violates PodSecurity "restricted/,
    );
  });

  test("the deadline is the handler's own, and says what is waited for", async () => {
    const stuck = release.deployment('chat');
    (stuck.spec as { template: { spec: { nodeSelector: object } } }).template.spec.nodeSelector = { none: 'such' };
    const request = release.request('Create');
    await release.waits(request, [stuck], 'has 0 of 2 replicas available');
    release.ahead = 600_000;
    await expect(release.tick(request, [stuck])).rejects.toThrow(
      /deadline of 600 s reached while waiting for Deployment .*\/chat: has 0 of 2 replicas available/,
    );
  });
});

describe('owner and Lease', () => {
  test('a second owner is refused, changes nothing, and its deletion changes nothing', async () => {
    await release.deploy([release.configMap('settings', { key: 'mine' })]);
    await expect(
      release.deploy([release.configMap('settings', { key: 'theirs' })], { owner: OTHER_STACK }),
    ).rejects.toThrow(`belongs to ${STACK}`);
    await release.finish(release.request('Delete', { owner: OTHER_STACK }));
    expect(await release.get('v1', 'ConfigMap', 'settings')).toMatchObject({ data: { key: 'mine' } });
    await release.deploy([release.configMap('settings', { key: 'still mine' })]);
  });

  test("adoption hands a release over; the former owner's deletion then changes nothing", async () => {
    await release.deploy([release.configMap('settings')]);
    await release.deploy([release.configMap('settings')], { owner: OTHER_STACK, adopt: true });
    await release.finish(release.request('Delete'));
    expect(await release.find('v1', 'ConfigMap', 'settings')).toBeDefined();
    await release.finish(release.request('Delete', { owner: OTHER_STACK }));
    expect(await release.find('v1', 'ConfigMap', 'settings')).toBeUndefined();
  });

  test("an adoption that fails is returned: the rollback's deletion removes nothing", async () => {
    await release.deploy([release.configMap('settings')]);
    const refused: KubernetesObject = { ...release.service('chat'), spec: { ports: [{ port: 99999 }] } };
    await expect(
      release.deploy([release.configMap('settings'), refused], { owner: OTHER_STACK, adopt: true }),
    ).rejects.toThrow('was refused');
    await release.finish(release.request('Delete', { owner: OTHER_STACK }));
    expect(await release.find('v1', 'ConfigMap', 'settings')).toBeDefined();
    await release.deploy([release.configMap('settings', { key: 'mine again' })]);
    await release.finish(release.request('Delete'));
    expect(await release.find('v1', 'ConfigMap', 'settings')).toBeUndefined();
  });

  test('a tick of a superseded request ends and changes nothing', async () => {
    const old = release.request('Update');
    await release.tick(old, [release.configMap('settings', { key: 'old' })]);
    await release.deploy([release.configMap('settings', { key: 'new' })]);
    await expect(release.tick(old, [release.configMap('settings', { key: 'old' })])).rejects.toThrow(
      'superseded by the newer request',
    );
    expect(await release.get('v1', 'ConfigMap', 'settings')).toMatchObject({ data: { key: 'new' } });
  });

  test('a handler that was killed in the middle of an apply leaves nothing that the next request does not find', async () => {
    const request = release.request('Create');
    const killed = [release.configMap('first'), { ...release.service('chat'), spec: { ports: [{ port: 99999 }] } }];
    await expect(release.tick(request, killed)).rejects.toThrow();
    await release.finish(release.request('Delete'));
    expect(await release.find('v1', 'ConfigMap', 'first')).toBeUndefined();
    expect(await release.find('v1', 'ConfigMap', 'release-chat')).toBeUndefined();
  });

  test('a request that was canceled by the deletion of its stack does not come back', async () => {
    const stuck = release.deployment('chat');
    (stuck.spec as { template: { spec: { nodeSelector: object } } }).template.spec.nodeSelector = { none: 'such' };
    const canceled = release.request('Create');
    await release.tick(canceled, [stuck]);
    const deletion = release.request('Delete');
    await release.waits(deletion, [], `the end of request ${canceled.id}`);
    await expect(release.tick(canceled, [stuck])).rejects.toThrow(`superseded by the newer request ${deletion.id}`);
    expect(await release.tick(deletion, [])).toEqual({ complete: true });
    expect(await release.find('apps/v1', 'Deployment', 'chat')).toBeUndefined();
    expect(await release.find('coordination.k8s.io/v1', 'Lease', 'release-chat')).toBeUndefined();
  });

  test('a deletion does not wait forever for a waiter that is gone', async () => {
    const stuck = release.deployment('chat', 'registry.example/app:1', 0);
    (stuck.spec as { paused: boolean }).paused = true;
    await release.tick(release.request('Create'), [
      stuck,
      { ...stuck, metadata: { ...stuck.metadata, name: 'never' }, spec: { ...(stuck.spec as object), replicas: 1 } },
    ]);
    const deletion = release.request('Delete', { deadlineSeconds: 600 });
    await release.waits(deletion, [], 'the end of request');
    release.ahead = 60_000;
    expect(await release.tick(deletion, [])).toEqual({ complete: true });
  });

  test('a tick that is overtaken while it applies writes nothing more', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `settings-${index}`);
    const overtake = async (): Promise<void> => {
      await release.deploy([release.configMap('new')]);
      // What the old tick knows of its Lease holds for a second.
      await new Promise((resolve) => setTimeout(resolve, 1100));
    };
    let overtaken: Promise<void> | undefined;
    class Overtaken extends ClusterClient {
      public override async apply(...[object, options]: Parameters<ClusterClient['apply']>): Promise<KubernetesObject> {
        const applied = await super.apply(object, options);
        await (overtaken ??= overtake());
        return applied;
      }
    }
    const old = release.beside({ client: new Overtaken(adminAccess()) });
    await expect(
      old.tick(
        old.request('Update'),
        names.map((name) => old.configMap(name)),
        60_000,
      ),
    ).rejects.toThrow('superseded by the newer request');
    const live = (await client.list('v1', 'ConfigMap', release.namespace)).map(({ metadata }) => metadata.name);
    expect(live.filter((name) => names.slice(16).includes(name))).toEqual([]);
    expect(live).toContain('new');
  });
});

describe('Delete', () => {
  test('removes what the release applied, and its inventory, but not what another release has taken over', async () => {
    await release.deploy([release.configMap('mine'), release.configMap('taken'), release.deployment('chat')]);
    await client.merge(
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'taken', namespace: release.namespace },
      { metadata: { annotations: { 'llm-platform.dev/release': 'elsewhere/other' } } },
    );
    await release.finish(release.request('Delete'));
    expect(await release.find('v1', 'ConfigMap', 'mine')).toBeUndefined();
    expect(await release.find('apps/v1', 'Deployment', 'chat')).toBeUndefined();
    expect(await release.find('v1', 'ConfigMap', 'taken')).toBeDefined();
    expect(await release.find('v1', 'ConfigMap', 'release-chat')).toBeUndefined();
    expect(await release.find('coordination.k8s.io/v1', 'Lease', 'release-chat')).toBeUndefined();
  });

  test.each([
    [false, 'keeps'],
    [true, 'removes'],
  ])('with deleteEverything %s it %s namespaces', async (deleteEverything) => {
    const extra: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `${release.namespace}-extra` },
    };
    await release.deploy([extra]);
    await release.finish(release.request('Delete', { deleteEverything }));
    const left = await client.find({ apiVersion: 'v1', kind: 'Namespace', name: extra.metadata.name });
    expect(left !== undefined).toBe(!deleteEverything);
  });

  test('says with the deadline what is left, and nothing that is gone', async () => {
    const held = release.configMap('held');
    await release.deploy([
      { ...held, metadata: { ...held.metadata, finalizers: ['test.example/hold'] } },
      release.deployment('chat'),
    ]);
    const request = release.request('Delete', { deadlineSeconds: 600 });
    await release.waits(request, [], new RegExp(`^ConfigMap ${release.namespace}/held to be removed$`));
    release.ahead = 600_000;
    await expect(release.tick(request, [])).rejects.toThrow(
      new RegExp(`waiting for ConfigMap ${release.namespace}/held to be removed$`),
    );
  });

  test('continues where the namespace takes the Lease along', async () => {
    await release.deploy([release.configMap('settings')]);
    // Something keeps the inventory a little longer than the Lease.
    const inventory = { apiVersion: 'v1', kind: 'ConfigMap', name: 'release-chat', namespace: release.namespace };
    await client.merge(inventory, { metadata: { finalizers: ['test.example/hold'] } });
    await client.remove({ apiVersion: 'v1', kind: 'Namespace', name: release.namespace });
    while (await release.find('coordination.k8s.io/v1', 'Lease', 'release-chat'))
      await new Promise((resolve) => setTimeout(resolve, 100));
    await release.finish(release.request('Delete'));
    await client.merge(inventory, { metadata: { finalizers: null } });
  });

  test('removes what was applied in a version that its CRD does not serve any more', async () => {
    const group = `${release.namespace}.example`;
    const both = crdOf('Gadget', group, ['v1', 'v1beta1']);
    await release.beside({ name: 'crds' }).deploy([both], { owner: OTHER_STACK });
    const gadget: KubernetesObject = {
      apiVersion: `${group}/v1beta1`,
      kind: 'Gadget',
      metadata: { name: 'one', namespace: release.namespace },
    };
    await release.deploy([gadget]);
    await release
      .beside({ name: 'crds' })
      .deploy([crdOf('Gadget', group, ['v1', 'v1beta1'], ['v1'])], { owner: OTHER_STACK });
    const fresh = () => new ClusterClient(adminAccess());
    // While the server changes what it serves it answers nothing for a moment.
    const isServed = async (version: string): Promise<boolean | undefined> => {
      try {
        return (await fresh().list(`${group}/${version}`, 'Gadget', release.namespace)).length > 0;
      } catch (error) {
        if (isTransient(error)) return undefined;
        throw error;
      }
    };
    while ((await isServed('v1beta1')) !== false || !(await isServed('v1')))
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await isServed('v1')).toBe(true);
    await release.beside({ client: fresh() }).finish(release.request('Delete'));
    expect(await isServed('v1')).toBe(false);
  });

  test('of what was never created succeeds once nobody can be on the way any more, and leaves nothing', async () => {
    const request = release.request('Delete');
    expect(await release.tick(request, [])).toEqual({
      complete: false,
      waitingFor: 'the end of a request that may have been canceled',
    });
    release.ahead = 32_000;
    expect(await release.tick(request, [])).toEqual({ complete: true });
    expect(await release.find('coordination.k8s.io/v1', 'Lease', 'release-chat')).toBeUndefined();
  });

  test('continues, and an update fails at once, where the namespace is gone', async () => {
    await release.deploy([release.configMap('settings')]);
    await client.remove({ apiVersion: 'v1', kind: 'Namespace', name: release.namespace });
    await expect(release.deploy([release.configMap('settings')])).rejects.toThrow(
      new RegExp(`^namespace ${release.namespace} (is being deleted|does not exist); put back what it belongs to`),
    );
    while (await client.find({ apiVersion: 'v1', kind: 'Namespace', name: release.namespace }))
      await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(release.deploy([release.configMap('settings')])).rejects.toThrow(
      `namespace ${release.namespace} does not exist; put back what it belongs to`,
    );
    await release.finish(release.request('Delete'));
  });
});

test('while the API server is away, the handler waits; after the deadline it says so', async () => {
  const away = new ClusterClient({ ...adminAccess(), server: 'https://127.0.0.1:1' });
  const there = release;
  const request = there.request('Update', { deadlineSeconds: 1 });
  const absent = Object.assign(Object.create(TestRelease.prototype) as TestRelease, there, { client: away });
  expect(await absent.tick(request, [])).toEqual({
    complete: false,
    waitingFor: expect.stringContaining('ECONNREFUSED') as string,
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await expect(absent.tick(request, [])).rejects.toThrow(
    /deadline of 1 s reached while waiting for the cluster: .*ECONNREFUSED/,
  );
});
