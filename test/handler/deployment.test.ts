import { ApiError } from '../../kubernetes-client/kubernetes-client';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type MemoryCluster } from '../support/memory-cluster';
import {
  atRest,
  configMap,
  deployment,
  MemoryDeployer,
  READY,
  rollout,
  says,
  scaledObject,
} from '../support/memory-deployer';

// Sequences of events against a cluster in memory; the tests play CloudFormation and the controllers.

let deployer: MemoryDeployer;
let cluster: MemoryCluster;
beforeEach(() => {
  deployer = new MemoryDeployer();
  ({ cluster } = deployer);
});

/** A pod of a revision, with the state of its container. */
function pod(name: string, hash: string, container: object = {}, status: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'models', labels: { 'rollouts-pod-template-hash': hash } },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'app', ready: false, restartCount: 5, ...container }],
      ...status,
    },
  };
}

const CRASHING = {
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: { terminated: { reason: 'Error', exitCode: 1 } },
};
const CRASHED = 'pod bad: container app crashed 5 times (Error 1)';

/** Deploys a revision of the Rollout and has it healthy at the first look. */
async function deployHealthy(image: string, hash: string, more: KubernetesObject[] = []): Promise<void> {
  deployer.controllers = () => says(cluster, 'chat', atRest(hash));
  await deployer.deploy([rollout('chat', image), ...more]);
  deployer.controllers = () => {};
}

describe('a detached deployment', () => {
  const detached = { detached: true };

  test('is waited for when it is the first, because Argo makes a first revision stable at once', async () => {
    const request = deployer.request('Create', [rollout('chat')], detached);
    deployer.controllers = () =>
      says(cluster, 'chat', {
        phase: 'Progressing',
        currentPodHash: 'a',
        stableRS: 'a',
        currentStepIndex: 4,
        availableReplicas: 0,
      });
    expect(await deployer.tick(request)).toMatchObject({ complete: false });
    cluster.put(pod('bad', 'a', CRASHING));
    expect(await deployer.reasonOf(request)).toBe(`Rollout models/chat: ${CRASHED}`);
  });

  test('ends when the first step of the canary has passed, its hold and its verdict included', async () => {
    await deployHealthy('registry.example/app:1', 'a');
    const request = deployer.request('Update', [rollout('chat', 'registry.example/app:2')], detached);
    let step = 0;
    deployer.controllers = () =>
      says(cluster, 'chat', {
        phase: 'Progressing',
        currentPodHash: 'b',
        stableRS: 'a',
        currentStepIndex: step,
        availableReplicas: 4,
      });
    for (step of [0, 1, 2]) expect(await deployer.tick(request)).toMatchObject({ complete: false });
    step = 3;
    expect(await deployer.tick(request)).toEqual({
      complete: true,
      judgement: 'Rollout models/chat: it continues after the deployment',
    });
    expect((await deployer.inventory())?.history).toHaveLength(1);
  });

  test('is waited for in full where the Rollout does not say which step that is', async () => {
    await deployHealthy('registry.example/app:1', 'a');
    const unnamed = rollout('chat', 'registry.example/app:2');
    delete unnamed.metadata.annotations;
    const request = deployer.request('Update', [unnamed], detached);
    deployer.controllers = () =>
      says(cluster, 'chat', {
        phase: 'Progressing',
        currentPodHash: 'b',
        stableRS: 'a',
        currentStepIndex: 3,
        availableReplicas: 4,
      });
    expect(await deployer.tick(request)).toMatchObject({ complete: false });
  });

  describe('whose canary was aborted after it', () => {
    const aborted = {
      phase: 'Degraded',
      abort: true,
      currentPodHash: 'b',
      stableRS: 'a',
      availableReplicas: 4,
      currentStepIndex: 0,
    };

    async function leaveAborted(): Promise<void> {
      await deployHealthy('registry.example/app:1', 'a');
      const request = deployer.request('Update', [rollout('chat', 'registry.example/app:2')], detached);
      deployer.controllers = () =>
        says(cluster, 'chat', {
          phase: 'Progressing',
          currentPodHash: 'b',
          stableRS: 'a',
          currentStepIndex: 3,
          availableReplicas: 4,
        });
      await deployer.finish(request);
      await deployer.wait(60_000);
      const abortedAt = new Date(cluster.now).toISOString();
      deployer.controllers = () => says(cluster, 'chat', { ...aborted, abortedAt });
      await deployer.wait(60_000);
    }

    test('leaves a rollback to that deployment nothing to fail for: the stable revision serves, as it did', async () => {
      await leaveAborted();
      await deployer.deploy([rollout('chat', 'registry.example/app:2')], detached);
      expect(cluster.get<{ status: object }>('Rollout', 'chat').status).toMatchObject({ abort: true });
    });

    describe('and is gone back to from another revision, so that it begins anew', () => {
      async function failAnother(): Promise<void> {
        await leaveAborted();
        const another = deployer.request('Update', [rollout('chat', 'registry.example/app:3')], detached);
        deployer.controllers = () =>
          says(cluster, 'chat', { ...aborted, currentPodHash: 'c', abortedAt: new Date(cluster.now).toISOString() });
        expect(await deployer.reasonOf(another)).toContain('was aborted');
      }

      test.each([
        ['is aborted again', {}, () => ({ ...aborted, abortedAt: new Date(cluster.now).toISOString() })],
        ['has pods that crash', CRASHING, () => ({ ...aborted, phase: 'Progressing', abort: false })],
        ['misses its progress deadline', {}, () => ({ ...aborted, abort: false })],
      ])('does not fail the rollback when it %s', async (_, container, canary) => {
        await failAnother();
        cluster.put(pod('bad', 'b', container));
        deployer.controllers = () => says(cluster, 'chat', { abortedAt: undefined, ...canary() });
        await deployer.deploy([rollout('chat', 'registry.example/app:2')], detached);
        expect((await deployer.inventory())?.history).toHaveLength(1);
      });
    });

    test('begins anew with a further deployment of the same revision', async () => {
      await leaveAborted();
      const request = deployer.request(
        'Update',
        [rollout('chat', 'registry.example/app:2'), configMap('more')],
        detached,
      );
      expect((await deployer.tick(request)).waitingFor).toContain(
        'was aborted before this deployment, and begins anew',
      );
      deployer.controllers = () => {};
      expect((await deployer.tick(request, 2500)).waitingFor).toContain('begins anew after an abort');
      expect(cluster.get<{ status: object }>('Rollout', 'chat').status).toMatchObject({ abort: false });
    });
  });
});

describe('issues of single pods', () => {
  const serving = { ...atRest('a'), phase: 'Progressing', availableReplicas: 3 };

  test('fails a new revision at once', async () => {
    await deployHealthy('registry.example/app:1', 'a');
    cluster.put(pod('bad', 'b', CRASHING));
    deployer.controllers = () =>
      says(cluster, 'chat', { phase: 'Progressing', currentPodHash: 'b', stableRS: 'a', availableReplicas: 4 });
    expect(await deployer.reasonOf(deployer.request('Update', [rollout('chat', 'registry.example/app:2')]))).toBe(
      `Rollout models/chat: ${CRASHED}`,
    );
  });

  test('does not fail a deployment that leaves the pods as they are, nor is it waited for as long as others serve', async () => {
    await deployHealthy('registry.example/app:1', 'a');
    cluster.put(pod('bad', 'a', CRASHING));
    deployer.controllers = () => says(cluster, 'chat', serving);
    await deployer.wait(1000);
    const request = deployer.request('Update', [rollout('chat'), configMap('more')]);
    expect((await deployer.tick(request)).waitingFor).toContain(CRASHED);
    await deployer.finish(request);
    expect(cluster.peek('ConfigMap', 'more')).toBeDefined();
  });

  test('does not fail a rollback, also when its progress deadline has passed', async () => {
    await deployHealthy('registry.example/app:1', 'a');
    await deployHealthy('registry.example/app:2', 'b');
    cluster.put(pod('bad', 'a', CRASHING));
    deployer.controllers = () => says(cluster, 'chat', { ...serving, phase: 'Degraded', promoteFull: true });
    await deployer.deploy([rollout('chat')]);
  });

  test('does not fail a deployment that leaves the pods as they are when Argo Rollouts marks the stable revision as aborted for it', async () => {
    await deployHealthy('registry.example/app:1', 'a');
    cluster.put(pod('bad', 'a', CRASHING));
    deployer.controllers = () =>
      says(cluster, 'chat', {
        ...serving,
        phase: 'Degraded',
        abort: true,
        abortedAt: new Date(cluster.now).toISOString(),
      });
    await deployer.deploy([rollout('chat'), configMap('more')]);
  });

  test('is waited for where nothing serves, until the deadline', async () => {
    await deployHealthy('registry.example/app:1', 'a');
    cluster.put(pod('bad', 'a', CRASHING));
    deployer.controllers = () => says(cluster, 'chat', { ...serving, availableReplicas: 0 });
    await deployer.wait(1000);
    const reason = await deployer.reasonOf(
      deployer.request('Update', [rollout('chat'), configMap('more')], { deadlineSeconds: 300 }),
    );
    expect(reason).toBe(`deadline of 300 s reached while waiting for Rollout models/chat: ${CRASHED}`);
  });

  test('of one of several in a first deployment waits for the progress deadline', async () => {
    cluster.put(pod('bad', 'a', CRASHING));
    const request = deployer.request('Create', [rollout('chat')]);
    deployer.controllers = () => says(cluster, 'chat', serving);
    expect((await deployer.tick(request)).waitingFor).toContain(CRASHED);
    deployer.controllers = () => says(cluster, 'chat', { ...serving, phase: 'Degraded' });
    expect(await deployer.reasonOf(request)).toBe(`Rollout models/chat: ${CRASHED}`);
  });
});

describe('refused pods', () => {
  const MINUTE = 60_000;

  /** The ReplicaSet of a new revision, which has been refused pods since now. */
  function refuse(message: string): void {
    cluster.put({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'chat-b', namespace: 'models', labels: { 'rollouts-pod-template-hash': 'b' } },
      status: {
        conditions: [
          { type: 'ReplicaFailure', status: 'True', message, lastTransitionTime: new Date(cluster.now).toISOString() },
        ],
      },
    });
  }

  async function begin(message: string) {
    await deployHealthy('registry.example/app:1', 'a');
    deployer.controllers = () =>
      says(cluster, 'chat', { phase: 'Progressing', currentPodHash: 'b', stableRS: 'a', availableReplicas: 4 });
    refuse(message);
    return deployer.request('Update', [rollout('chat', 'registry.example/app:2')]);
  }

  test.each([
    'pods "chat-b" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)',
    'admission webhook "policy.example.com" denied the request: no label team',
    "pods \"chat-b\" is forbidden: ValidatingAdmissionPolicy 'images' with binding 'images' denied request: registry not allowed",
  ])('fail the deployment at once where asking again does not help: %s', async (message) => {
    const request = await begin(message);
    await expect(deployer.tick(request, 0)).resolves.toMatchObject({ complete: false });
    await deployer.wait(1000);
    await expect(deployer.tick(request, 0)).rejects.toThrow(`Rollout models/chat: its pods are refused: ${message}`);
  });

  test.each([
    'Internal error occurred: failed calling webhook "mutate.example.com": no endpoints available for service "mutate"',
    'Post "https://etcd": context deadline exceeded',
    'pods "chat-b" is forbidden: error looking up service account models/chat: serviceaccount "chat" not found',
  ])('are waited for, for a minute, where it may pass: %s', async (message) => {
    const request = await begin(message);
    await deployer.wait(MINUTE - 2000);
    expect((await deployer.tick(request, 1500)).waitingFor).toContain(`its pods are refused: ${message}`);
    await deployer.wait(2000);
    await expect(deployer.tick(request, 0)).rejects.toThrow('its pods are refused');
  });

  test('by a quota, which frees itself, are waited for', async () => {
    const request = await begin('pods "chat-b" is forbidden: exceeded quota: models');
    await deployer.wait(10 * MINUTE);
    expect((await deployer.tick(request)).waitingFor).toContain('exceeded quota');
  });
});

describe('a Job', () => {
  const job = (): KubernetesObject => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'migrate', namespace: 'models' },
    spec: { ttlSecondsAfterFinished: 1, template: {} },
  });
  const complete = { conditions: [{ type: 'Complete', status: 'True' }] };

  function event(reason: string, message = ''): void {
    const at = new Date(cluster.now).toISOString();
    cluster.put({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `migrate-${reason}`, namespace: 'models' },
      reason,
      message,
      firstTimestamp: at,
      lastTimestamp: at,
      involvedObject: { kind: 'Job', name: 'migrate', namespace: 'models' },
    });
  }

  test('that was seen to complete may be gone when the rest of the release is healthy', async () => {
    const request = deployer.request('Create', [job(), deployment('app')]);
    await deployer.tick(request, 0);
    cluster.setStatus('Job', 'migrate', complete);
    await deployer.tick(request, 0);
    cluster.delete('Job', 'migrate');
    deployer.controllers = () =>
      cluster.setStatus('Deployment', 'app', {
        observedGeneration: 1,
        replicas: 2,
        updatedReplicas: 2,
        availableReplicas: 2,
      });
    await deployer.finish(request);
  });

  test('that was removed between two looks has completed if its events say so', async () => {
    const request = deployer.request('Create', [job()]);
    await deployer.tick(request, 0);
    cluster.delete('Job', 'migrate');
    event('Completed');
    expect(await deployer.tick(request)).toEqual({ complete: true });
  });

  test('that failed and was removed has failed', async () => {
    const request = deployer.request('Create', [job()]);
    await deployer.tick(request, 0);
    cluster.delete('Job', 'migrate');
    event('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
    expect(await deployer.reasonOf(request)).toBe(
      'Job models/migrate: failed: Job has reached the specified backoff limit',
    );
  });

  test('of which nobody knows how it ended counts neither as completed nor is it run again', async () => {
    const request = deployer.request('Create', [job()]);
    await deployer.tick(request, 0);
    cluster.delete('Job', 'migrate');
    expect(await deployer.reasonOf(request)).toMatch(
      /^Job models\/migrate: was removed before anybody saw how it ended/,
    );
    expect(cluster.peek('Job', 'migrate')).toBeUndefined();
  });
});

describe('a Job of more than one deployment', () => {
  const job: KubernetesObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'seed', namespace: 'models' },
    spec: { ttlSecondsAfterFinished: 60, template: { image: 'seed:1' } },
  };
  const ends = (type: string): void => {
    if (cluster.peek('Job', 'seed'))
      cluster.setStatus('Job', 'seed', {
        conditions: [
          { type, status: 'True', message: 'backoff limit', lastTransitionTime: new Date(cluster.now).toISOString() },
        ],
      });
  };

  test('is not run again once it has done its work, although it is gone', async () => {
    deployer.controllers = () => ends('Complete');
    await deployer.deploy([job]);
    cluster.delete('Job', 'seed');
    await deployer.deploy([job, configMap('more')]);
    expect(cluster.peek('Job', 'seed')).toBeUndefined();
    await deployer.deploy([{ ...job, spec: { template: { image: 'seed:2' } } }]);
    expect(cluster.peek('Job', 'seed')).toBeDefined();
  });

  test('is run anew where it failed before', async () => {
    deployer.controllers = () => ends('Failed');
    expect(await deployer.reasonOf(deployer.request('Create', [job]))).toContain('failed: backoff limit');
    await deployer.wait(5000);
    deployer.controllers = () => {};
    const request = deployer.request('Update', [job]);
    await deployer.tick(request, 0);
    deployer.controllers = () => ends('Complete');
    await deployer.finish(request);
  });
});

test('what is left over and has a finalizer that nobody serves does not take back a release that is healthy', async () => {
  const widget: KubernetesObject = {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', namespace: 'models' },
  };
  await deployer.deploy([widget, configMap('settings')]);
  cluster.change('Widget', 'w', (object) => {
    object.metadata.finalizers = ['example.com/gone'];
  });
  const request = deployer.request('Update', [configMap('settings')]);
  expect(await deployer.tick(request)).toMatchObject({ complete: false, waitingFor: 'Widget models/w to be removed' });
  await deployer.finish(request);
  expect((await deployer.inventory())?.objects.map(({ name }) => name)).toEqual(['settings', 'w']);
  cluster.change('Widget', 'w', (object) => {
    object.metadata.finalizers = [];
  });
  await deployer.deploy([configMap('settings')]);
  expect((await deployer.inventory())?.objects.map(({ name }) => name)).toEqual(['settings']);
});

test('a token that the cluster cannot check for a moment, in a tick in which it knew it, fails nothing', async () => {
  await deployer.deploy([configMap('settings')]);
  const request = deployer.request('Update', [configMap('settings', { key: 'new' }), deployment('app')]);
  await deployer.wait(180_000);
  let looks = 0;
  cluster.intercept = ({ object }) => {
    if (object === 'Deployment models/app' && ++looks > 3) throw new ApiError(401, { message: 'Unauthorized' });
  };
  expect(await deployer.tick(request)).toEqual({ complete: false, waitingFor: 'access: Unauthorized' });
  cluster.intercept = () => {
    throw new ApiError(401, { message: 'Unauthorized' });
  };
  await expect(deployer.tick(request)).rejects.toThrow('Unauthorized');
});

describe('custom resources', () => {
  const secret = (): KubernetesObject => ({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'hub', namespace: 'models' },
    spec: {},
  });
  const unsynced = {
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'SecretSyncedError',
        message: 'could not get secret data from provider',
      },
    ],
  };

  test('are healthy only when their controller says so', async () => {
    const request = deployer.request('Create', [secret()]);
    expect((await deployer.tick(request)).waitingFor).toBe(
      'ExternalSecret models/hub: is not Ready yet; is its controller running?',
    );
    cluster.setStatus('ExternalSecret', 'hub', unsynced);
    expect((await deployer.tick(request)).waitingFor).toBe(
      'ExternalSecret models/hub: is not Ready: SecretSyncedError: could not get secret data from provider',
    );
    cluster.setStatus('ExternalSecret', 'hub', READY);
    expect(await deployer.tick(request)).toEqual({ complete: true });
  });

  test('do not keep the controller from coming that they wait for', async () => {
    const request = deployer.request('Create', [secret(), deployment('external-secrets')]);
    await deployer.tick(request);
    expect(cluster.peek('Deployment', 'external-secrets')).toBeDefined();
  });

  test('are a reason beside that of pods which wait for them', async () => {
    const request = deployer.request('Create', [secret(), rollout('chat')]);
    deployer.controllers = () => {
      cluster.setStatus('ExternalSecret', 'hub', unsynced);
      says(cluster, 'chat', {
        phase: 'Degraded',
        currentPodHash: 'a',
        stableRS: 'a',
        message: 'ReplicaSet "chat-a" has timed out progressing.',
      });
    };
    expect(await deployer.reasonOf(request)).toBe(
      'Rollout models/chat: ReplicaSet "chat-a" has timed out progressing.; ' +
        'ExternalSecret models/hub: is not Ready: SecretSyncedError: could not get secret data from provider',
    );
  });
});

test('what is removed manually while its release is deployed comes back', async () => {
  const request = deployer.request('Create', [deployment('app')]);
  await deployer.tick(request, 0);
  cluster.delete('Deployment', 'app');
  await deployer.tick(request, 3000);
  expect(cluster.peek('Deployment', 'app')).toBeDefined();
});

test('a conflict that never ends is no reason to wait beyond the deadline', async () => {
  await deployer.deploy([configMap('settings')]);
  const other = new MemoryDeployer(cluster, deployer.releases, 'chat', `${deployer.owner}2`);
  const secret = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'hub', namespace: 'models' },
    spec: {},
  };
  await other.reasonOf(other.request('Create', [configMap('settings'), secret], { adopt: true, deadlineSeconds: 30 }));
  cluster.intercept = ({ verb, object }) => {
    if (verb === 'replace' && object === 'ConfigMap models/release-chat')
      throw new ApiError(409, { message: 'the object has been modified' });
  };
  expect(await other.reasonOf(other.request('Delete', [], { deadlineSeconds: 60 }))).toBe(
    'release models/chat: the object has been modified',
  );
});

describe('what a person, or another program, has put in the place of the inventory', () => {
  test('is named as such', async () => {
    cluster.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'release-chat', namespace: 'models' },
      data: { notes: 'v1.2' },
    });
    expect(await deployer.reasonOf(deployer.request('Create', [configMap('settings')]))).toBe(
      'release models/chat: ConfigMap models/release-chat: expected the inventory of a release, ' +
        "got an object without the label llm-platform.dev/inventory-of; it is somebody else's, rename it or choose another name for the release",
    );
  });

  test('is named when it can no longer be read', async () => {
    await deployer.deploy([configMap('settings')]);
    cluster.change('ConfigMap', 'release-chat', (object) => {
      object.data = { inventory: '{' };
    });
    expect(await deployer.reasonOf(deployer.request('Update', [configMap('settings')]))).toContain(
      'got text that is none; it was edited manually',
    );
  });
});

describe('scaling', () => {
  const PAUSED = 'llm-platform.dev/scaling-paused-by';
  const pauseOf = (name = 'chat') => cluster.get('ScaledObject', name).metadata.annotations?.[PAUSED];

  test('is taken up again when a release that was taken over is returned', async () => {
    await deployHealthy('registry.example/app:1', 'a');
    deployer.controllers = () => {
      says(cluster, 'chat', atRest('a'));
      if (cluster.peek('ScaledObject', 'chat')) cluster.setStatus('ScaledObject', 'chat', READY);
    };
    await deployer.deploy([rollout('chat'), scaledObject('chat', 'chat')]);
    const other = new MemoryDeployer(cluster, deployer.releases, 'chat', `${deployer.owner}2`);
    other.controllers = () =>
      says(cluster, 'chat', {
        phase: 'Degraded',
        abort: true,
        abortedAt: new Date(cluster.now).toISOString(),
        currentPodHash: 'b',
        stableRS: 'a',
      });
    await other.reasonOf(
      other.request('Create', [rollout('chat', 'registry.example/app:2'), scaledObject('chat', 'chat')], {
        adopt: true,
      }),
    );
    expect(pauseOf()).toBeDefined();
    await other.delete();
    expect((await deployer.inventory())?.owner).toBe(deployer.owner);
    expect(pauseOf()).toBeUndefined();
  });

  test('is taken up again for single objects that a deletion returns', async () => {
    deployer.controllers = () => {
      says(cluster, 'chat', atRest('a'));
      if (cluster.peek('ScaledObject', 'chat')) cluster.setStatus('ScaledObject', 'chat', READY);
    };
    await deployer.deploy([rollout('chat'), scaledObject('chat', 'chat')]);
    const other = deployer.beside('other');
    other.controllers = () => {};
    const request = other.request(
      'Create',
      [scaledObject('chat', 'chat'), configMap('settings'), deployment('stuck')],
      { adopt: true },
    );
    await other.tick(request);
    expect(pauseOf()).toBe(request.id);
    await other.delete();
    expect(cluster.get('ScaledObject', 'chat').metadata.annotations?.['llm-platform.dev/release']).toBe('models/chat');
    expect(pauseOf()).toBeUndefined();
  });
});

describe('objects of others that a release waits for', () => {
  const waitFor = [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'monitoring', name: 'prometheus-prometheus' },
  ];
  const prometheus = (status: object, generation = 1): KubernetesObject => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'prometheus-prometheus', namespace: 'monitoring', generation },
    spec: { replicas: 1, selector: { matchLabels: { app: 'prometheus' } } },
    status: { observedGeneration: 1, updateRevision: 'r', ...status },
  });
  const RUNS = { updatedReplicas: 1, availableReplicas: 1 };

  test('are waited for until they are there and run', async () => {
    const request = deployer.request('Create', [configMap('settings')], { waitFor });
    expect((await deployer.tick(request)).waitingFor).toBe(
      'StatefulSet monitoring/prometheus-prometheus: does not exist',
    );
    cluster.put(prometheus({}));
    expect((await deployer.tick(request)).waitingFor).toBe(
      'StatefulSet monitoring/prometheus-prometheus: has 0 of 1 replicas available',
    );
    cluster.put(prometheus(RUNS));
    expect(await deployer.tick(request)).toEqual({ complete: true });
    // It is not the release's own: a deletion leaves it.
    await deployer.delete();
    expect(await cluster.find(waitFor[0])).toBeDefined();
  });

  describe('of a kind that the cluster does not serve', () => {
    const monitors = [
      { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', namespace: 'monitoring', name: 'prometheus' },
    ];
    const waitingFor = async () =>
      (await deployer.tick(deployer.request('Create', [configMap('settings')], { waitFor: monitors }))).waitingFor;
    const define = (version: string) =>
      cluster.put({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'prometheuses.monitoring.coreos.com' },
        spec: {
          group: 'monitoring.coreos.com',
          names: { kind: 'Prometheus' },
          versions: [{ name: version, served: true }],
        },
      });

    test('are waited for with what defines it', async () => {
      expect(await waitingFor()).toBe(
        'Prometheus monitoring/prometheus: does not exist; the cluster has no CustomResourceDefinition of Prometheus in monitoring.coreos.com/v1, install it first',
      );
      define('v1alpha1');
      expect(await waitingFor()).toBe(
        'Prometheus monitoring/prometheus: does not exist; the CustomResourceDefinition of Prometheus does not serve monitoring.coreos.com/v1',
      );
      define('v1');
      expect(await waitingFor()).toBe('Prometheus monitoring/prometheus: does not exist');
    });

    test('say nothing of it where CRDs may not be read', async () => {
      cluster.intercept = ({ verb, object }) => {
        if (verb === 'list' && object.startsWith('CustomResourceDefinition'))
          throw new ApiError(403, {
            message: 'customresourcedefinitions is forbidden: User "models" cannot list resource',
          });
      };
      expect(await waitingFor()).toBe('Prometheus monitoring/prometheus: does not exist');
    });
  });

  test('that do not come fail the deployment with what they lack', async () => {
    cluster.put(prometheus({}));
    cluster.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'prometheus-prometheus-0',
        namespace: 'monitoring',
        labels: { app: 'prometheus', 'controller-revision-hash': 'r' },
      },
      status: {
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/2 nodes are available: 2 node(s) had volume node affinity conflict.',
          },
        ],
      },
    });
    expect(
      await deployer.reasonOf(deployer.request('Create', [configMap('settings')], { waitFor, deadlineSeconds: 300 })),
    ).toMatch(/StatefulSet monitoring\/prometheus-prometheus: .*volume node affinity conflict/);
  });

  test('hold up no rollback', async () => {
    cluster.put(prometheus(RUNS));
    await deployer.deploy([configMap('settings')], { waitFor });
    cluster.put(prometheus({}));
    expect(
      await deployer.reasonOf(
        deployer.request('Update', [configMap('settings', { key: 'new' })], { waitFor, deadlineSeconds: 60 }),
      ),
    ).toMatch(/deadline of 60 s reached while waiting for StatefulSet monitoring/);
    expect(await deployer.tick(deployer.request('Update', [configMap('settings')], { waitFor }))).toEqual({
      complete: true,
    });
  });
});

describe('a Service whose selector changes', () => {
  const GROUP = 'leaderworkerset.sigs.k8s.io/worker-index';
  const service = (selector: object): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'chat', namespace: 'models' },
    spec: { selector, ports: [{ port: 80 }] },
  });
  const podOf = (name: string, labels: Record<string, string>, ready: boolean): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'models', labels },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });
  const groups: KubernetesObject = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'chat', namespace: 'models', generation: 1 },
    spec: {
      replicas: 1,
      selector: { matchLabels: { group: 'chat' } },
      template: { metadata: { labels: { app: 'chat', group: 'chat', [GROUP]: '0' } } },
    },
  };
  const selectorNow = async () =>
    (
      (await cluster.find({ apiVersion: 'v1', kind: 'Service', name: 'chat', namespace: 'models' }))?.spec as {
        selector: object;
      }
    ).selector;
  const ofGroups = (available: number) =>
    cluster.setStatus('StatefulSet', 'chat', {
      observedGeneration: 1,
      updatedReplicas: available,
      availableReplicas: available,
    });

  test('turns to the new pods when they are ready, and leaves the old ones no sooner', async () => {
    cluster.put(podOf('old', { app: 'chat' }, true));
    await deployHealthy('registry.example/app:1', 'a', [service({ app: 'chat' })]);
    const request = deployer.request('Update', [groups, service({ app: 'chat', [GROUP]: '0' })]);
    cluster.put(podOf('new', { app: 'chat', [GROUP]: '0' }, false));
    expect(await deployer.tick(request)).toMatchObject({ complete: false });
    expect(await selectorNow()).toEqual({ app: 'chat' });
    cluster.put(podOf('new', { app: 'chat', [GROUP]: '0' }, true));
    ofGroups(1);
    await deployer.finish(request);
    expect(await selectorNow()).toEqual({ app: 'chat', [GROUP]: '0' });
  });

  test('turns at once where nothing answers behind it', async () => {
    await deployHealthy('registry.example/app:1', 'a', [service({ app: 'chat' })]);
    expect(await deployer.tick(deployer.request('Update', [groups, service({ app: 'other' })]))).toMatchObject({
      complete: false,
    });
    expect(await selectorNow()).toEqual({ app: 'other' });
  });

  describe('after Argo Rollouts has put a pod-template hash into it', () => {
    const HASH = 'rollouts-pod-template-hash';
    const blueGreen = (image: string): KubernetesObject => {
      const object = rollout('chat', image);
      return { ...object, spec: { ...(object.spec as object), strategy: { blueGreen: { activeService: 'chat' } } } };
    };
    beforeEach(async () => {
      cluster.put(podOf('old', { app: 'chat', [HASH]: 'a' }, true));
      deployer.controllers = () => says(cluster, 'chat', atRest('a'));
      await deployer.deploy([blueGreen('registry.example/app:1'), service({ app: 'chat' })]);
      deployer.controllers = () => {};
      cluster.change('Service', 'chat', ({ spec }) => {
        (spec as { selector: object }).selector = { app: 'chat', [HASH]: 'a' };
      });
    });

    test('leaves the hash behind with the Rollout: pods of groups have none', async () => {
      const request = deployer.request('Update', [groups, service({ app: 'chat', [GROUP]: '0' })]);
      expect(await deployer.tick(request)).toMatchObject({ complete: false });
      expect(await selectorNow()).toEqual({ app: 'chat', [HASH]: 'a' });
      cluster.put(podOf('new', { app: 'chat', [GROUP]: '0' }, true));
      ofGroups(1);
      await deployer.finish(request);
      expect(await selectorNow()).toEqual({ app: 'chat', [GROUP]: '0' });
    });

    test.each([
      ['the selector stays', { app: 'chat' }],
      ['its Rollout stays, with other labels', { app: 'chat', tier: 'model' }],
    ])('keeps the hash where %s', async (_, selector) => {
      cluster.put(podOf('next', { ...selector, [HASH]: 'a' }, true));
      await deployer.tick(deployer.request('Update', [blueGreen('registry.example/app:1'), service(selector)]));
      expect(await selectorNow()).toEqual({ ...selector, [HASH]: 'a' });
    });
  });
});
