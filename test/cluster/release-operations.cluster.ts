import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { operate } from '../../handler/operate';
import {
  type ObjectDrift,
  type ReapplyTick,
  type ReleaseOperation,
  type ReleaseSummary,
} from '../../constructs/kubernetes/contract/release-operations';
import { ReleaseTier } from '../../constructs/kubernetes/contract/release-tier';
import { adminAccess, TestRelease } from './support/releases';

// What people ask the handler, where only the real API server decides: server-side dry run, managed fields, and what a namespace takes along.

const client = new ClusterClient(adminAccess());

let release: TestRelease;
beforeEach(async () => {
  release = await TestRelease.create(client, 'operations');
});

async function ask<T>(asked: ReleaseOperation): Promise<T> {
  return (await operate(asked, ReleaseTier.MODEL, release.dependencies(5000))) as T;
}

const drift = () => ask<ObjectDrift[]>({ operation: 'drift', namespace: release.namespace, name: 'chat' });

async function reapply(): Promise<ReapplyTick> {
  const id = `person-${Date.now()}`;
  for (let startedAt: number | undefined; ; ) {
    const tick: ReapplyTick = await ask<ReapplyTick>({
      operation: 'reapply',
      namespace: release.namespace,
      name: 'chat',
      id,
      startedAt,
    });
    ({ startedAt } = tick);
    if (tick.complete || tick.failure) return tick;
    if (tick.waitingFor?.startsWith('the end of ')) release.ahead += 40_000;
  }
}

test('a release as it was deployed has no drift: what the server fills in is none', async () => {
  await release.deploy([release.configMap('settings'), release.service('chat'), release.deployment('chat')]);
  expect(await drift()).toEqual([]);
  expect(await ask<ReleaseSummary[]>({ operation: 'list' })).toEqual([
    expect.objectContaining({ namespace: release.namespace, name: 'chat', state: 'healthy' }),
  ]);
});

test('what was changed, added and deleted manually is found and put back', async () => {
  await release.deploy([
    release.configMap('settings', { mode: 'fast' }),
    release.service('chat'),
    release.deployment('chat'),
    release.configMap('gone'),
  ]);
  const { namespace } = release;
  await client.merge(
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace },
    { metadata: { labels: { team: 'a' } }, data: { mode: 'slow' } },
    undefined,
    'kubectl-edit',
  );
  // A merge patch replaces the list; the release's port then comes beside the hand's, of the same name, and the server refuses that.
  await client.merge(
    { apiVersion: 'v1', kind: 'Service', name: 'chat', namespace },
    { spec: { ports: [{ name: 'http', port: 9999, targetPort: 9999 }] } },
    undefined,
    'kubectl-edit',
  );
  await client.merge(
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'chat', namespace },
    { spec: { replicas: 1 } },
    undefined,
    'kubectl-scale',
  );
  await client.remove({ apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', namespace });
  const found = new Map((await drift()).map((each) => [each.object, each]));
  expect(found.get(`ConfigMap ${namespace}/settings`)?.fields).toEqual([
    { path: 'data.mode', released: 'fast', live: 'slow' },
    { path: 'metadata.labels.team', live: 'a' },
  ]);
  expect(found.get(`Service ${namespace}/chat`)).toMatchObject({
    state: 'changed',
    fields: expect.arrayContaining([{ path: 'spec.ports[0].port', released: 8000, live: 9999 }]) as object,
  });
  expect(found.get(`Service ${namespace}/chat`)?.problem).toBeUndefined();
  expect(found.get(`Deployment ${namespace}/chat`)?.fields).toEqual([{ path: 'spec.replicas', released: 2, live: 1 }]);
  expect(found.get(`ConfigMap ${namespace}/gone`)).toEqual({ object: `ConfigMap ${namespace}/gone`, state: 'missing' });
  expect(await reapply()).toMatchObject({ complete: true });
  expect(await drift()).toEqual([]);
});

test('drift writes nothing', async () => {
  await release.deploy([release.configMap('settings', { mode: 'fast' })]);
  await client.merge(
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace: release.namespace },
    { data: { mode: 'slow' } },
    undefined,
    'kubectl-edit',
  );
  const before = await release.get('v1', 'ConfigMap', 'settings');
  expect(await drift()).toHaveLength(1);
  expect(await release.get('v1', 'ConfigMap', 'settings')).toEqual(before);
});

test('a release is listed, found missing and put back also after its namespace was deleted', async () => {
  const { namespace } = release;
  await release.deploy([release.configMap('settings')]);
  await client.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  while (await client.find({ apiVersion: 'v1', kind: 'Namespace', name: namespace }))
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await ask<ReleaseSummary[]>({ operation: 'list' })).toMatchObject([
    { state: 'unhealthy', reason: `ConfigMap ${namespace}/settings does not exist` },
  ]);
  expect(await reapply()).toMatchObject({
    complete: false,
    failure: expect.stringContaining(`namespace ${namespace} does not exist`) as string,
  });
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  expect(await reapply()).toMatchObject({ complete: true });
  expect(await drift()).toEqual([]);
});
