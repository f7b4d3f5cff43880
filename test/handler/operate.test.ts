import { ApiError } from '../../kubernetes-client/kubernetes-client';
import { operate } from '../../handler/operate';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import {
  type ObjectDrift,
  type ReapplyTick,
  type ReleaseOperation,
  type ReleaseSummary,
} from '../../constructs/kubernetes/contract/release-operations';
import { ReleaseTier } from '../../constructs/kubernetes/contract/release-tier';
import { type MemoryCluster } from '../support/memory-cluster';
import { atRest, configMap, deployment, MemoryDeployer, rollout, says, STACK } from '../support/memory-deployer';

// What people ask the handler beside CloudFormation, on a cluster in memory.

let deployer: MemoryDeployer;
let cluster: MemoryCluster;
beforeEach(async () => {
  deployer = new MemoryDeployer();
  ({ cluster } = deployer);
  deployer.controllers = () => {
    if (cluster.peek('Rollout', 'chat')) says(cluster, 'chat', atRest('a'));
  };
  await deployer.deploy([withRevision(rollout('chat')), configMap('settings', { mode: 'fast', keep: 'yes' })]);
});

function withRevision(object: KubernetesObject): KubernetesObject {
  return {
    ...object,
    metadata: { ...object.metadata, labels: { 'llm-platform.dev/model': 'chat', 'llm-platform.dev/revision': 'r1' } },
  };
}

const chat = { namespace: 'models', name: 'chat' };
const ask = async <T>(asked: ReleaseOperation): Promise<T> =>
  (await operate(asked, ReleaseTier.MODEL, deployer.dependencies())) as T;
const list = () => ask<ReleaseSummary[]>({ operation: 'list' });
const drift = () => ask<ObjectDrift[]>({ operation: 'drift', ...chat });

let asked = 0;
/** Asks until the release is back. */
async function reapply(): Promise<ReapplyTick> {
  cluster.now += 1;
  const id = `person-${++asked}`;
  for (let startedAt: number | undefined; ; ) {
    const tick: ReapplyTick = await ask<ReapplyTick>({ operation: 'reapply', ...chat, id, startedAt });
    ({ startedAt } = tick);
    if (tick.complete || tick.failure) return tick;
    await deployer.wait(5000);
  }
}

describe('list', () => {
  test('tells what was deployed last, of which models, when and how it is', async () => {
    expect(await list()).toEqual([
      {
        namespace: 'models',
        name: 'chat',
        tier: 'model',
        owner: STACK,
        digest: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        revisions: ['r1'],
        releasedAt: expect.stringMatching(/^2026-01-01T00:00:/) as string,
        state: 'healthy',
      },
    ]);
  });

  test('tells of what is missing, and of what is not healthy', async () => {
    cluster.delete('ConfigMap', 'settings');
    says(cluster, 'chat', { phase: 'Degraded', message: 'no pods' });
    expect(await list()).toMatchObject([
      { state: 'unhealthy', reason: 'Rollout models/chat: no pods; ConfigMap models/settings does not exist' },
    ]);
  });

  test('tells of a deployment under way, and of one that failed', async () => {
    const request = deployer.request('Update', [withRevision(rollout('chat', 'registry.example/app:2'))]);
    deployer.controllers = () => says(cluster, 'chat', { ...atRest('a'), currentPodHash: 'b', phase: 'Progressing' });
    await deployer.tick(request, 0);
    expect(await list()).toMatchObject([{ state: 'deploying', revisions: ['r1'] }]);
    deployer.controllers = () =>
      says(cluster, 'chat', {
        ...atRest('a'),
        currentPodHash: 'b',
        phase: 'Degraded',
        abort: true,
        abortedAt: new Date(cluster.now).toISOString(),
      });
    await deployer.reasonOf(request);
    expect(await list()).toMatchObject([{ state: 'unhealthy' }]);
  });

  test('names a namespace that is gone, whose rights went with it', async () => {
    cluster.deleteNamespace('models');
    cluster.intercept = ({ object }) => {
      if (object.includes(' models/'))
        throw new ApiError(403, {
          message: 'configmaps is forbidden: User "model-tier" cannot get resource "configmaps"',
        });
    };
    expect(await list()).toMatchObject([{ state: 'unhealthy', reason: 'namespace models does not exist' }]);
  });

  test('tells of the others where one cannot be looked at', async () => {
    await deployer.beside('other').deploy([configMap('others')]);
    cluster.intercept = ({ object }) => {
      if (object === 'ConfigMap models/settings') throw new ApiError(500, { message: 'etcd is full' });
    };
    expect(await list()).toMatchObject([
      { name: 'chat', state: 'unknown', reason: 'etcd is full' },
      { name: 'other', state: 'healthy' },
    ]);
  });

  test('goes by the records alone where the cluster does not answer, if asked to', async () => {
    cluster.intercept = () => {
      throw new ApiError(503, { message: 'away' });
    };
    expect(await ask<ReleaseSummary[]>({ operation: 'list', recordsOnly: true })).toMatchObject([
      { name: 'chat', owner: STACK, state: 'unknown' },
    ]);
  });

  test('forgets what was deleted', async () => {
    await deployer.delete();
    expect(await list()).toEqual([]);
  });
});

describe('drift', () => {
  test('is none after a deployment', async () => {
    expect(await drift()).toEqual([]);
  });

  test('is an object that is missing', async () => {
    cluster.delete('ConfigMap', 'settings');
    expect(await drift()).toEqual([{ object: 'ConfigMap models/settings', state: 'missing' }]);
  });

  test('is a field that was changed or removed, with both values; what the release never set is not', async () => {
    cluster.change('ConfigMap', 'settings', (object) => {
      object.data = { mode: 'slow', extra: 'x' };
    });
    expect(await drift()).toEqual([
      {
        object: 'ConfigMap models/settings',
        state: 'changed',
        fields: [
          { path: 'data.mode', released: 'fast', live: 'slow' },
          { path: 'data.keep', released: 'yes' },
        ],
      },
    ]);
  });

  test('is what was added with kubectl, which the next deployment takes away', async () => {
    cluster.change('ConfigMap', 'settings', (object) => {
      object.data = { mode: 'fast', keep: 'yes', added: 'manually' };
      object.metadata.labels = { team: 'a' };
      object.metadata.managedFields = [
        {
          manager: 'cdk-llm-platform',
          operation: 'Apply',
          apiVersion: 'v1',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { 'f:mode': {}, 'f:keep': {} } },
        },
        {
          manager: 'kubectl-edit',
          operation: 'Update',
          apiVersion: 'v1',
          fieldsType: 'FieldsV1',
          fieldsV1: {
            'f:data': { 'f:added': {}, 'f:mode': {} },
            'f:metadata': { 'f:labels': { '.': {}, 'f:team': {} } },
          },
        },
      ];
    });
    expect(await drift()).toEqual([
      {
        object: 'ConfigMap models/settings',
        state: 'changed',
        fields: [
          { path: 'data.added', live: 'manually' },
          { path: 'metadata.labels.team', live: 'a' },
        ],
      },
    ]);
  });

  test('is an object that another release has taken', async () => {
    await deployer.beside('other').deploy([configMap('settings')], { adopt: true });
    expect(await drift()).toEqual([{ object: 'ConfigMap models/settings', state: 'taken', takenBy: 'models/other' }]);
  });

  test('is no taking of an object whose release is gone: it is put back', async () => {
    cluster.change('ConfigMap', 'settings', (object) => {
      object.metadata.annotations = { 'llm-platform.dev/release': 'models/gone' };
    });
    expect(await drift()).toMatchObject([
      { state: 'changed', fields: [{ path: 'metadata.annotations.llm-platform.dev/release', live: 'models/gone' }] },
    ]);
    expect(await reapply()).toMatchObject({ complete: true });
    expect(await drift()).toEqual([]);
  });

  test('is no Job that its time to live has removed', async () => {
    const job: KubernetesObject = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'seed', namespace: 'models' },
      spec: { template: {} },
    };
    deployer.controllers = () => {
      says(cluster, 'chat', atRest('a'));
      if (cluster.peek('Job', 'seed'))
        cluster.setStatus('Job', 'seed', { conditions: [{ type: 'Complete', status: 'True' }] });
    };
    await deployer.deploy([rollout('chat'), job]);
    cluster.delete('Job', 'seed');
    expect(await drift()).toEqual([]);
    expect(await reapply()).toMatchObject({ complete: true });
    expect(cluster.peek('Job', 'seed')).toBeUndefined();
  });

  test('counts the fields that it leaves out, and cuts long values off', async () => {
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`key-${index}`, 'x'.repeat(2000)]));
    await deployer.deploy([withRevision(rollout('chat')), configMap('settings', many)]);
    cluster.change('ConfigMap', 'settings', (object) => {
      object.data = {};
    });
    const [{ fields, more }] = await drift();
    expect([fields!.length, more]).toEqual([20, 5]);
    expect(fields![0].released).toMatch(/^x{500}… \(2000 bytes\)$/);
  });

  test('of an object whose webhook knows no dry run is none', async () => {
    cluster.intercept = ({ verb, object }) => {
      if (verb === 'apply' && object === 'ConfigMap models/settings')
        throw new ApiError(400, { message: 'admission webhook "x" does not support dry run' });
    };
    expect(await drift()).toEqual([]);
  });

  test('of an object that cannot be read hides no other', async () => {
    cluster.delete('Rollout', 'chat');
    cluster.intercept = ({ object }) => {
      if (object === 'ConfigMap models/settings') throw new ApiError(500, { message: 'conversion webhook failed' });
    };
    expect(await drift()).toEqual([
      { object: 'Rollout models/chat', state: 'missing' },
      { object: 'ConfigMap models/settings', state: 'changed', problem: 'was not compared: conversion webhook failed' },
    ]);
  });

  test('is not what others own: replicas under an autoscaler', async () => {
    cluster.put({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'chat', namespace: 'models' },
      spec: { scaleTargetRef: { kind: 'Rollout', name: 'chat' } },
    });
    cluster.change('Rollout', 'chat', (object) => {
      (object.spec as { replicas: number }).replicas = 7;
      object.metadata.managedFields = [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'v1',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': { 'f:replicas': {} } },
        },
      ];
    });
    expect(await drift()).toEqual([]);
  });

  test('writes nothing', async () => {
    const before = cluster.all();
    await drift();
    expect(cluster.all()).toEqual(before);
  });

  test('of an object that the cluster would refuse now says so', async () => {
    cluster.intercept = ({ verb, object }) => {
      if (verb === 'apply' && object === 'ConfigMap models/settings')
        throw new ApiError(400, { message: 'denied\nby policy' });
    };
    expect(await drift()).toEqual([
      {
        object: 'ConfigMap models/settings',
        state: 'changed',
        problem: 'cannot be applied: denied by policy',
        fields: [],
      },
    ]);
  });
});

describe('reapply', () => {
  test('puts back what was deleted and what was changed', async () => {
    cluster.delete('ConfigMap', 'settings');
    cluster.change('Rollout', 'chat', (object) => {
      (object.spec as { replicas: number }).replicas = 1;
    });
    expect(await reapply()).toMatchObject({ complete: true });
    expect(await drift()).toEqual([]);
    expect((await list())[0]).toMatchObject({ state: 'healthy' });
  });

  test('puts a release back whose namespace was deleted, inventory and all', async () => {
    cluster.deleteNamespace('models');
    expect(await reapply()).toMatchObject({
      failure: expect.stringContaining('namespace models does not exist') as string,
    });
    cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'models' }, status: { phase: 'Active' } });
    expect(await reapply()).toMatchObject({ complete: true });
    expect((await deployer.inventory())?.owner).toBe(STACK);
    await deployer.deploy([withRevision(rollout('chat'))]);
  });

  test('does not go by the clock of whoever asks', async () => {
    await expect(ask({ operation: 'reapply', ...chat, id: 'p', startedAt: cluster.now + 600_000 })).rejects.toThrow(
      'startedAt: expected the time of the first answer',
    );
    expect(await reapply()).toMatchObject({ complete: true, startedAt: expect.any(Number) as number });
    await deployer.deploy([withRevision(rollout('chat'))]);
  });

  test('may be asked for again when it was cut off', async () => {
    cluster.delete('ConfigMap', 'settings');
    cluster.intercept = ({ verb, object }) => {
      if (verb === 'apply' && object === 'ConfigMap models/settings') throw new ApiError(503, { message: 'later' });
    };
    expect(await ask<ReapplyTick>({ operation: 'reapply', ...chat, id: 'cut off' })).toMatchObject({ complete: false });
    cluster.intercept = () => {};
    expect(await reapply()).toMatchObject({ complete: true });
  });

  test('waits for no deployment whose process is gone', async () => {
    deployer.controllers = () => {};
    await deployer.tick(deployer.request('Update', [withRevision(rollout('chat')), deployment('app')]), 0);
    expect((await list())[0]).toMatchObject({ state: 'deploying' });
    deployer.controllers = () => says(cluster, 'chat', atRest('a'));
    await deployer.wait(120_000);
    expect((await list())[0]).toMatchObject({ state: 'unhealthy' });
    expect(await reapply()).toMatchObject({ complete: true });
  });

  test('is refused while a deployment is under way, and changes nothing then', async () => {
    const request = deployer.request('Update', [withRevision(rollout('chat')), deployment('app')]);
    await deployer.tick(request, 0);
    const before = cluster.all();
    expect(await reapply()).toMatchObject({
      complete: false,
      failure: expect.stringMatching(/^release models\/chat is being deployed, until /) as string,
    });
    expect(cluster.all()).toEqual(before);
  });

  test('gives way to a deployment', async () => {
    cluster.delete('ConfigMap', 'settings');
    cluster.now += 1;
    deployer.controllers = () => {};
    says(cluster, 'chat', { phase: 'Progressing' });
    const { startedAt } = await ask<ReapplyTick>({ operation: 'reapply', ...chat, id: 'p' });
    const again = { operation: 'reapply', ...chat, id: 'p', startedAt } as const;
    deployer.controllers = () => says(cluster, 'chat', atRest('a'));
    await deployer.deploy([withRevision(rollout('chat')), configMap('other')]);
    expect(await ask(again)).toMatchObject({
      failure: expect.stringContaining('superseded by the newer request') as string,
    });
  });

  test('says why it has failed', async () => {
    cluster.intercept = ({ verb, object }) => {
      if (verb === 'apply' && object === 'ConfigMap models/settings')
        throw new ApiError(400, { message: 'denied by policy' });
    };
    expect(await reapply()).toMatchObject({
      complete: false,
      failure: 'ConfigMap models/settings was refused: denied by policy',
    });
  });

  test('of no release that was deployed is an error', async () => {
    await expect(
      operate(
        { operation: 'reapply', namespace: 'models', name: 'none', id: 'p' },
        ReleaseTier.MODEL,
        deployer.dependencies(),
      ),
    ).rejects.toThrow(
      'release models/none: expected one that was deployed, got none of that name; list them with `npm run releases -- <environment>`',
    );
  });
});
