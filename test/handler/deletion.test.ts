import { ApiError } from '../../kubernetes-client/kubernetes-client';
import { reconcile, type Dependencies } from '../../handler/reconcile';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type MemoryCluster } from '../support/memory-cluster';
import { configMap, deployment, INTERVAL, MemoryDeployer } from '../support/memory-deployer';

// How a release ends, against a cluster in memory; the tests play CloudFormation.

let deployer: MemoryDeployer;
let cluster: MemoryCluster;
beforeEach(() => {
  deployer = new MemoryDeployer();
  ({ cluster } = deployer);
});

/** All that a release could leave behind. */
function left(): string[] {
  return cluster
    .all()
    .map(({ kind, metadata: { name } }) => `${kind} ${name}`)
    .filter((object) => object !== 'Namespace models');
}

describe('a deletion, of a creation that was canceled before it left a trace', () => {
  test('claims the release, so that the waiter of the creation ends', async () => {
    const creation = deployer.request('Create', [configMap('settings')]);
    const deletion = deployer.request('Delete');
    expect(await deployer.tick(deletion)).toEqual({
      complete: false,
      waitingFor: 'the end of a request that may have been canceled',
    });
    await expect(deployer.tick(creation)).rejects.toThrow(`superseded by the newer request ${deletion.id}`);
    await deployer.finish(deletion);
    expect(left()).toEqual([]);
  });

  test('is not undone by a waiter that comes long after it', async () => {
    const creation = deployer.request('Create', [configMap('settings')]);
    await deployer.delete();
    await deployer.wait(3_600_000);
    await expect(deployer.tick({ ...creation, deadlineSeconds: 36_000 })).rejects.toThrow(
      'superseded: the release was deleted',
    );
    expect(left()).toEqual([]);
  });

  test('keeps nobody from creating it anew', async () => {
    await deployer.delete();
    await deployer.finish(deployer.request('Create', [configMap('settings')]));
    expect(left()).toContain('ConfigMap settings');
  });

  test('ends with its deadline where the store of the records does not answer', async () => {
    const source: Dependencies['source'] = Object.assign(Object.create(deployer.releases) as Dependencies['source'], {
      keep: () => Promise.reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
    });
    Object.assign(deployer, { releases: source });
    expect(await deployer.reasonOf(deployer.request('Delete', [], { deadlineSeconds: 120 }))).toBe(
      'deadline of 120 s reached while waiting for the records of releases: no answer',
    );
  });
});

describe('a deletion, of a creation that was canceled on its way', () => {
  test.each([1_000, 5_000, 120_000])(
    'outlasts the tick that is still to come, with one every %i ms',
    async (interval) => {
      const creation = deployer.request('Create', [deployment('app')]);
      await deployer.tick(creation, 0);
      const deletion = deployer.request('Delete');
      const dependencies = () => ({ ...deployer.dependencies(0), interval });
      // The waiter of the creation has just slept off its interval when the deletion has all but ended.
      await reconcile(deletion, dependencies());
      await deployer.wait(interval);
      expect(await reconcile(deletion, dependencies())).toMatchObject({ complete: false });
      await expect(reconcile(creation, dependencies())).rejects.toThrow(
        `superseded by the newer request ${deletion.id}`,
      );
      await deployer.wait(2 * interval + 30_000);
      expect(await reconcile(deletion, dependencies())).toEqual({ complete: true });
      expect(left()).toEqual([]);
    },
  );

  test('does not wait for one that has failed by itself', async () => {
    cluster.intercept = ({ verb, object }) => {
      if (verb === 'apply' && object === 'ConfigMap models/settings') throw new ApiError(422, { message: 'invalid' });
    };
    await deployer.reasonOf(deployer.request('Create', [configMap('settings')]));
    expect(await deployer.tick(deployer.request('Delete'), 0)).toEqual({ complete: true });
  });
});

test('custom resources with finalizers go before the workloads that may serve these', async () => {
  const widget: KubernetesObject = {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', namespace: 'models' },
  };
  deployer.controllers = () => {
    if (cluster.peek('Deployment', 'operator'))
      cluster.setStatus('Deployment', 'operator', {
        observedGeneration: 1,
        replicas: 2,
        updatedReplicas: 2,
        availableReplicas: 2,
      });
  };
  await deployer.deploy([deployment('operator'), widget]);
  cluster.change('Widget', 'w', (object) => {
    object.metadata.finalizers = ['example.com/operator'];
  });
  const request = deployer.request('Delete');
  await deployer.tick(request, 0);
  expect(cluster.peek('Deployment', 'operator')).toBeDefined();
  cluster.change('Widget', 'w', (object) => {
    object.metadata.finalizers = [];
  });
  await deployer.finish(request);
  expect(left()).toEqual([]);
});

test('an object goes back also where the cluster refuses by now what its former release says of it', async () => {
  await deployer.deploy([configMap('shared', { of: 'chat' })]);
  const other = deployer.beside('other');
  await other.deploy([configMap('shared', { of: 'other' })], { adopt: true });
  cluster.intercept = ({ verb, object }) => {
    if (verb === 'apply' && object === 'ConfigMap models/shared')
      throw new ApiError(422, { message: 'denied by policy' });
  };
  await other.delete();
  expect(cluster.get('ConfigMap', 'shared').metadata.annotations).toMatchObject({
    'llm-platform.dev/release': 'models/chat',
  });
});

test('a deletion of another construct leaves no trace', async () => {
  await deployer.deploy([configMap('settings')]);
  const before = cluster.all();
  const other = new MemoryDeployer(cluster, deployer.releases, 'chat', `${deployer.owner}2`);
  await other.delete();
  expect(cluster.all()).toEqual(before);
});

test('a deletion whose inventory somebody has deleted goes by what was deployed last', async () => {
  await deployer.deploy([configMap('settings'), deployment('app')].slice(0, 1));
  cluster.delete('ConfigMap', 'release-chat');
  cluster.delete('Lease', 'release-chat');
  await deployer.delete();
  expect(left()).toEqual([]);
});

describe('where the namespace of the release is gone', () => {
  const elsewhere: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'dashboard', namespace: 'monitoring' },
    data: {},
  };
  const GONE =
    'namespace models does not exist; put back what it belongs to, for a model with `npm run releases -- <environment> reapply kube-system/platform`, and deploy this release again';

  beforeEach(async () => {
    cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring' }, status: { phase: 'Active' } });
    await deployer.deploy([configMap('settings'), elsewhere]);
  });

  /** As for the model tier, whose rights are in the namespace. */
  function refuseAll(): void {
    cluster.intercept = ({ object }) => {
      if (object.includes(' models/'))
        throw new ApiError(403, {
          message:
            'configmaps "release-chat" is forbidden: User "model-tier" cannot get resource "configmaps" in API group "" in the namespace "models"',
        });
    };
  }

  describe.each([
    ['with the rights of an administrator', () => {}],
    ['with rights that went with it', refuseAll],
  ])('%s', (_, withRights) => {
    test('a deletion succeeds, and removes what is elsewhere', async () => {
      cluster.deleteNamespace('models');
      withRights();
      await deployer.delete();
      expect(left()).toEqual(['Namespace monitoring']);
    });

    test('an update fails at once and says what to deploy', async () => {
      cluster.deleteNamespace('models');
      withRights();
      await expect(deployer.tick(deployer.request('Update', [configMap('settings')]))).rejects.toThrow(GONE);
    });

    test('an update in whose middle it goes fails at once too', async () => {
      const request = deployer.request('Update', [configMap('settings'), deployment('app')]);
      await deployer.tick(request, 0);
      cluster.deleteNamespace('models');
      withRights();
      await expect(deployer.tick(request)).rejects.toThrow(GONE);
    });

    test('an update finds it again once it is back', async () => {
      cluster.deleteNamespace('models');
      withRights();
      await expect(deployer.tick(deployer.request('Update', [configMap('settings')]))).rejects.toThrow(GONE);
      cluster.intercept = () => {};
      cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'models' }, status: { phase: 'Active' } });
      await deployer.deploy([configMap('settings')]);
      expect(cluster.peek('ConfigMap', 'settings')).toBeDefined();
    });
  });

  test('in the middle of a look, an update fails within the tick', async () => {
    const request = deployer.request('Update', [configMap('settings'), deployment('app')]);
    let looks = 0;
    deployer.controllers = () => {
      if (++looks === 3) cluster.deleteNamespace('models');
    };
    await expect(deployer.tick(request)).rejects.toThrow(GONE);
  });

  test('and another construct owned the release, a deletion leaves all as it is', async () => {
    cluster.deleteNamespace('models');
    await new MemoryDeployer(cluster, deployer.releases, 'chat', `${deployer.owner}2`).delete();
    expect(left()).toContain('ConfigMap dashboard');
    expect(await deployer.releases.record({ namespace: 'models', name: 'chat' })).toMatchObject({
      owner: deployer.owner,
    });
  });

  test('or about to go, a deletion waits for that, and an update fails at once', async () => {
    cluster.change(
      'Namespace',
      'models',
      (namespace) => {
        namespace.metadata = {
          ...namespace.metadata,
          deletionTimestamp: '2026-01-01T00:00:00Z',
          finalizers: ['kubernetes'],
        };
      },
      '',
    );
    refuseAll();
    await expect(deployer.tick(deployer.request('Update', [configMap('settings')]))).rejects.toThrow(
      'namespace models is being deleted',
    );
    const deletion = deployer.request('Delete');
    expect(await deployer.tick(deletion)).toEqual({ complete: false, waitingFor: 'namespace models to be gone' });
    cluster.deleteNamespace('models');
    await deployer.finish(deletion);
    expect(left()).toEqual(['Namespace monitoring']);
  });

  test('nobody calls an access that is refused for another reason so', async () => {
    refuseAll();
    expect(await deployer.tick(deployer.request('Update', [configMap('settings')]))).toMatchObject({
      waitingFor: expect.stringMatching(/^access: /) as string,
    });
    await deployer.wait(INTERVAL);
  });
});
