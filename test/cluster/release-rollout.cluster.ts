import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { readCrds } from './support/crds';
import { adminAccess, TestRelease } from './support/releases';

// How a release waits for a Rollout, against a real API server; the test plays the rollout controller.

const client = new ClusterClient(adminAccess());

beforeAll(async () => {
  const crds = await TestRelease.create(client, 'definitions');
  await crds.deploy(readCrds(['rollouts.argoproj.io', 'analysisruns.argoproj.io']));
});

let release: TestRelease;
beforeEach(async () => {
  release = await TestRelease.create(client, 'rollout');
});

const healthy = { phase: 'Healthy', currentPodHash: 'a', stableRS: 'a', abort: false };

test('a Rollout is done only when its controller has seen it and the new revision is the stable one', async () => {
  const request = release.request('Create');
  const objects = [release.rollout('chat')];
  expect((await release.tick(request, objects)).waitingFor).toMatch(/its controller has not seen it yet/);
  await release.setRolloutStatus('chat', { ...healthy, observedGeneration: '0' });
  expect((await release.tick(request, objects)).complete).toBe(false);
  await release.setRolloutStatus('chat', { ...healthy, stableRS: 'old' });
  expect((await release.tick(request, objects)).complete).toBe(false);
  await release.setRolloutStatus('chat', healthy);
  expect((await release.tick(request, objects)).complete).toBe(true);
});

async function deployHealthy(image: string): Promise<void> {
  const request = release.request('Update');
  const objects = [release.rollout('chat', image)];
  await release.tick(request, objects);
  await release.setRolloutStatus('chat', { ...healthy, promoteFull: null });
  expect((await release.tick(request, objects)).complete).toBe(true);
}

test('a Rollout that was aborted fails with the metric, its value and its limit', async () => {
  const request = release.request('Update');
  const objects = [release.rollout('chat')];
  await release.tick(request, objects);
  const run: KubernetesObject = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: 'chat-1', namespace: release.namespace, labels: { 'rollouts-pod-template-hash': 'b' } },
    spec: { metrics: [{ name: 'time-to-first-token', successCondition: 'result[0] <= 1.5', provider: {} }] },
  };
  await client.create(run);
  await client.merge(
    { apiVersion: run.apiVersion, kind: run.kind, name: 'chat-1', namespace: release.namespace },
    {
      status: {
        phase: 'Failed',
        message: 'x',
        metricResults: [
          { name: 'time-to-first-token', phase: 'Failed', measurements: [{ phase: 'Failed', value: '[4.8123456]' }] },
        ],
      },
    },
  );
  await release.setRolloutStatus('chat', { abort: true, phase: 'Degraded', currentPodHash: 'b', stableRS: 'a' });
  await expect(release.tick(request, objects)).rejects.toThrow(
    `Rollout ${release.namespace}/chat: was aborted: metric time-to-first-token was 4.812, limit at most 1.5`,
  );
});

test('a Rollout that was aborted without a failed gate is explained by what was seen before', async () => {
  const request = release.request('Update');
  const objects = [release.rollout('chat')];
  await release.tick(request, objects);
  await client.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'canary', namespace: release.namespace, labels: { 'rollouts-pod-template-hash': 'b' } },
    spec: { nodeSelector: { none: 'such' }, containers: [{ name: 'app', image: 'i:1' }] },
  });
  await release.setRolloutStatus('chat', { phase: 'Progressing', currentPodHash: 'b', stableRS: 'a' });
  await release.waits(request, objects, 'pod canary cannot be scheduled');
  await client.remove({ apiVersion: 'v1', kind: 'Pod', name: 'canary', namespace: release.namespace });
  await release.setRolloutStatus('chat', { abort: true, phase: 'Degraded', currentPodHash: 'b', stableRS: 'a' });
  await expect(release.tick(request, objects)).rejects.toThrow(
    /was aborted: it made no progress in time.*; before that, pod canary cannot be scheduled: .*nodes are available/,
  );
});

test('a Rollout that is detached ends with its first step, and does not count as stable before it is', async () => {
  const request = release.request('Update', { detached: true });
  const objects = [release.rollout('chat')];
  await release.tick(request, objects);
  await release.setRolloutStatus('chat', {
    phase: 'Progressing',
    currentPodHash: 'b',
    stableRS: 'a',
    currentStepIndex: 1,
  });
  expect((await release.tick(request, objects)).complete).toBe(true);
  expect((await release.inventory())?.history).toEqual([]);
});

test('a Rollout that is detached keeps what the pods of the revision before may need, until a deployment finds it done', async () => {
  const named = (text: string) => release.configMap('settings', { text }, { 'llm-platform.dev/content-named': 'true' });
  const maps = async () =>
    (await client.list('v1', 'ConfigMap', release.namespace)).filter(({ metadata }) =>
      metadata.name.startsWith('settings'),
    );
  const objects = (text: string) => [release.rollout('chat', `registry.example/app:${text}`), named(text)];
  const deploy = async (text: string, status: object): Promise<void> => {
    const request = release.request('Update', { detached: true });
    await release.tick(request, objects(text));
    await release.setRolloutStatus('chat', { promoteFull: null, ...status });
    expect((await release.tick(request, objects(text))).complete).toBe(true);
  };
  await deploy('one', healthy);
  await deploy('two', { phase: 'Progressing', currentPodHash: 'b', stableRS: 'a', currentStepIndex: 1 });
  expect(await maps()).toHaveLength(2);
  await release.setRolloutStatus('chat', { phase: 'Healthy', currentPodHash: 'b', stableRS: 'b' });
  await release.deploy(objects('two'), { detached: true });
  expect(await maps()).toHaveLength(1);
});

test('a Rollout whose full promotion has had no room for a minute ends the deployment, while others serve', async () => {
  await deployHealthy('registry.example/app:1');
  await deployHealthy('registry.example/app:2');
  const request = release.request('Update', { deadlineSeconds: 600 });
  const objects = [release.rollout('chat', 'registry.example/app:1'), release.configMap('more')];
  await release.tick(request, objects);
  await client.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'back', namespace: release.namespace, labels: { 'rollouts-pod-template-hash': 'a' } },
    spec: { nodeSelector: { none: 'such' }, containers: [{ name: 'app', image: 'i:1' }] },
  });
  const status = { phase: 'Progressing', currentPodHash: 'a', stableRS: 'b', promoteFull: true, availableReplicas: 1 };
  await release.setRolloutStatus('chat', status);
  await release.waits(request, objects, 'pod back cannot be scheduled');
  release.ahead = 30_000;
  expect((await release.tick(request, objects)).waitingFor).toMatch(/pod back cannot be scheduled/);
  release.ahead = 61_000;
  await release.setRolloutStatus('chat', { ...status, availableReplicas: 0 });
  expect((await release.tick(request, objects)).waitingFor).toMatch(/pod back cannot be scheduled/);
  await release.setRolloutStatus('chat', status);
  expect(await release.tick(request, objects)).toMatchObject({
    complete: true,
    judgement: expect.stringContaining('it continues after the deployment') as string,
  });
});

test('a Rollout of a newer request is not promoted by a tick that still believes in its own', async () => {
  await deployHealthy('registry.example/app:1');
  await deployHealthy('registry.example/app:2');
  const back = release.request('Update');
  await release.tick(back, [release.rollout('chat', 'registry.example/app:1')]);
  const watching = release.tick(back, [release.rollout('chat', 'registry.example/app:1')], 60_000);
  await release.tick(release.request('Update'), [release.rollout('chat', 'registry.example/app:3')]);
  await release.setRolloutStatus('chat', { phase: 'Progressing', currentPodHash: 'c', stableRS: 'b' });
  await expect(watching).rejects.toThrow('superseded by the newer request');
  expect(
    (await release.get<{ status: { promoteFull?: boolean } }>('argoproj.io/v1alpha1', 'Rollout', 'chat')).status
      .promoteFull,
  ).toBeFalsy();
});

test('a Rollout whose template was stable before is promoted in full; one that was never stable is not', async () => {
  await deployHealthy('registry.example/app:1');
  await deployHealthy('registry.example/app:2');
  const status = async () =>
    (await release.get<{ status: { promoteFull?: boolean } }>('argoproj.io/v1alpha1', 'Rollout', 'chat')).status;

  await release.tick(release.request('Update'), [release.rollout('chat', 'registry.example/app:3')]);
  const fresh = release.request('Update');
  await release.tick(fresh, [release.rollout('chat', 'registry.example/app:3')]);
  await release.setRolloutStatus('chat', { phase: 'Progressing', currentPodHash: 'c', stableRS: 'b' });
  await release.tick(fresh, [release.rollout('chat', 'registry.example/app:3')]);
  expect((await status()).promoteFull).toBeFalsy();

  const back = release.request('Update');
  await release.tick(back, [release.rollout('chat', 'registry.example/app:1')]);
  await release.setRolloutStatus('chat', { phase: 'Progressing', currentPodHash: 'a', stableRS: 'b' });
  expect((await release.tick(back, [release.rollout('chat', 'registry.example/app:1')])).waitingFor).toContain(
    'is being promoted in full',
  );
  expect((await status()).promoteFull).toBe(true);
});
