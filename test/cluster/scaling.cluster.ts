import { Accelerator } from '../../constructs/gpu/accelerator';
import { App } from 'cdk8s';
import { applyObjects } from '../../handler/apply';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { messageOf } from '../../kubernetes-client/kubernetes-client';
import { ScalingPause } from '../../handler/scaling-pause';
import { FIELD_MANAGER } from '../../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { EndpointPickerRbacChart } from '../../constructs/routing/endpoint-picker-rbac-chart';
import { ModelRouting } from '../../constructs/routing/model-routing';
import { type ModelOptions } from '../../constructs/serving/model-options';
import { cacheDirectory } from '../../rehearsal/platform/cache';
import { locateCrds } from '../../rehearsal/platform/crds';
import { render } from '../constructs/serving/model';
import { dryRun, installCrds } from './support/admission';
import { adminAccess, TestRelease } from './support/releases';

// Autoscalers against a real API server, with KEDA and the rollout controller played by the test: what scales is paused while
// a release rolls out, and nobody but the autoscaler sets replicas.

const KEDA_PAUSED = 'autoscaling.keda.sh/paused';
const KEDA_PAUSED_REPLICAS = 'autoscaling.keda.sh/paused-replicas';
const BY = 'llm-platform.dev/scaling-paused-by';
const UNTIL = 'llm-platform.dev/scaling-paused-until';

const client = new ClusterClient(adminAccess());

beforeAll(async () => {
  await installCrds(
    client,
    await locateCrds({
      cacheDirectory: cacheDirectory(),
      sets: ['rollouts', 'scaling', 'groups', 'gateway', 'inference'],
    }),
  );
});

let release: TestRelease;
beforeEach(async () => {
  release = await TestRelease.create(client, 'scaling');
});

interface Workload {
  spec: { template: { spec: { containers: { image: string }[] } } };
}
interface Scaled {
  metadata: {
    annotations?: Record<string, string>;
    managedFields: { manager: string; operation: string; fieldsV1: { 'f:spec'?: { 'f:replicas'?: object } } }[];
  };
  spec: { replicas: number };
}

const scaler = (maxReplicaCount = 8): KubernetesObject => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'chat', namespace: release.namespace },
  spec: {
    scaleTargetRef: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'chat' },
    minReplicaCount: 1,
    maxReplicaCount,
    triggers: [
      { type: 'prometheus', metadata: { serverAddress: 'http://prometheus', query: 'vector(1)', threshold: '1' } },
    ],
  },
});
const objects = (image = 'registry.example/app:1'): KubernetesObject[] => [release.rollout('chat', image), scaler()];
const annotations = async () =>
  (await release.get<Scaled>('keda.sh/v1alpha1', 'ScaledObject', 'chat')).metadata.annotations ?? {};
const rolloutNow = () => release.get<Scaled>('argoproj.io/v1alpha1', 'Rollout', 'chat');
const imageNow = async () =>
  (await release.get<Workload>('argoproj.io/v1alpha1', 'Rollout', 'chat')).spec.template.spec.containers[0].image;
const reference = (apiVersion: string, kind: string) => ({
  apiVersion,
  kind,
  name: 'chat',
  namespace: release.namespace,
});

/** Plays KEDA: is ready, and says whether it scales. */
async function keda(paused: boolean): Promise<void> {
  await client.merge(
    reference('keda.sh/v1alpha1', 'ScaledObject'),
    {
      status: {
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'Paused', status: paused ? 'True' : 'False' },
        ],
      },
    },
    'status',
  );
}

/** Plays the rollout controller: the present pods are the stable ones. */
async function promoted(): Promise<void> {
  await release.setRolloutStatus('chat', { phase: 'Healthy', abort: false, currentPodHash: 'a', stableRS: 'a' });
}

/** Plays the autoscaler. */
async function scaleTo(replicas: number): Promise<void> {
  await client.merge(
    reference('argoproj.io/v1alpha1', 'Rollout'),
    { spec: { replicas } },
    undefined,
    'kube-controller-manager',
  );
}

/** The first deployment, to its end. */
async function deployed(startedAt = Date.now()): Promise<void> {
  const request = release.request('Create', { startedAt, deadlineSeconds: 3000 });
  await release.tick(request, objects(), 0);
  await promoted();
  await keda(false);
  await release.finish(request, objects());
}

/** A request whose rollout is under way: its pause is acknowledged and its pods are applied. */
async function underWay(image = 'registry.example/app:2') {
  const request = release.request('Update');
  await release.tick(request, objects(image), 0);
  await keda(true);
  await release.tickUntil(request, objects(image), async () => (await imageNow()) === image);
  return request;
}

describe('scaling is paused', () => {
  test('not for a first deployment, which has nothing to scale', async () => {
    await deployed();
    expect(await annotations()).not.toHaveProperty([KEDA_PAUSED]);
  });

  test('before the pods change, with an owner and an expiry, and KEDA has to have noticed', async () => {
    await deployed();
    const request = release.request('Update');
    const outcome = await release.tick(request, objects('registry.example/app:2'), 1500);
    expect(outcome).toEqual({ complete: false, waitingFor: `ScaledObject ${release.namespace}/chat to be paused` });
    expect(await annotations()).toMatchObject({ [KEDA_PAUSED]: 'true', [BY]: request.id });
    expect(Date.parse((await annotations())[UNTIL])).toBe(request.startedAt + request.deadlineSeconds * 1000 + 600_000);
    expect(await imageNow()).toBe('registry.example/app:1');
  });

  test('no longer than KEDA may take to notice', async () => {
    await deployed(Date.now() - 60_000);
    const request = release.request('Update', { startedAt: Date.now() - 31_000 });
    await release.tickUntil(
      request,
      objects('registry.example/app:2'),
      async () => (await imageNow()) === 'registry.example/app:2',
    );
    expect(await annotations()).toMatchObject({ [BY]: request.id });
  });

  test('until everything is healthy', async () => {
    await deployed();
    const request = await underWay();
    await release.tick(request, objects('registry.example/app:2'), 0);
    expect(await annotations()).toMatchObject({ [KEDA_PAUSED]: 'true', [BY]: request.id });
    await promoted();
    await release.finish(request, objects('registry.example/app:2'));
    const left = Object.keys(await annotations());
    for (const annotation of [KEDA_PAUSED, BY, UNTIL]) expect(left).not.toContain(annotation);
  });

  test('by the newer request, which takes the pause over and ends it', async () => {
    await deployed();
    const failed = await underWay();
    await release.setRolloutStatus('chat', { phase: 'Degraded', abort: true, currentPodHash: 'b', stableRS: 'a' });
    await expect(release.finish(failed, objects('registry.example/app:2'))).rejects.toThrow('was aborted');
    // Nothing scales a rollout of unknown state.
    expect(await annotations()).toMatchObject({ [BY]: failed.id });
    const rollback = release.request('Update');
    await release.tick(rollback, objects(), 0);
    expect(await annotations()).toMatchObject({ [KEDA_PAUSED]: 'true', [BY]: rollback.id });
    await release.tick(rollback, objects(), 1500);
    await promoted();
    await release.finish(rollback, objects());
    expect(await annotations()).not.toHaveProperty([BY]);
  });

  test('from the first when the autoscaler comes with new pods of a model that is there', async () => {
    const first = release.request('Create', { startedAt: Date.now(), deadlineSeconds: 3000 });
    await release.tick(first, [release.rollout('chat', 'registry.example/app:1')], 0);
    await promoted();
    await release.finish(first, [release.rollout('chat', 'registry.example/app:1')]);
    const request = release.request('Update');
    await release.tick(request, objects('registry.example/app:2'), 0);
    expect(await imageNow()).toBe('registry.example/app:2');
    expect(await annotations()).toMatchObject({ [KEDA_PAUSED]: 'true', [BY]: request.id });
    const next = await underWay('registry.example/app:3');
    expect(await annotations()).toMatchObject({ [KEDA_PAUSED]: 'true', [BY]: next.id });
    await promoted();
    await release.finish(next, objects('registry.example/app:3'));
    const left = Object.keys(await annotations());
    for (const annotation of [KEDA_PAUSED, BY, UNTIL]) expect(left).not.toContain(annotation);
  });

  test('by the same owner when an autoscaler that came paused is applied once more', async () => {
    const request = release.request('Update');
    const options = {
      release: objects(),
      owner: `${release.namespace}/chat`,
      accessMayCome: false,
      mayContinue: () => true,
      fence: () => Promise.resolve(),
    };
    await applyObjects(client, [release.rollout('chat', 'registry.example/app:1')], options);
    await applyObjects(client, await new ScalingPause(client, request, Date.now).pausedAtFirst([scaler()]), options);
    // As after an answer that got lost: it exists by now, and is applied as the release has it.
    await applyObjects(client, await new ScalingPause(client, request, Date.now).pausedAtFirst([scaler()]), options);
    expect(await annotations()).toMatchObject({ [KEDA_PAUSED]: 'true', [BY]: request.id });
  });

  test('only once the HorizontalPodAutoscaler of KEDA is gone, which scales by itself', async () => {
    await deployed();
    const autoscaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      name: 'keda-hpa-chat',
      namespace: release.namespace,
    };
    await client.create({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'keda-hpa-chat', namespace: release.namespace },
      spec: { scaleTargetRef: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'chat' }, maxReplicas: 8 },
    });
    const request = release.request('Update');
    await release.tick(request, objects('registry.example/app:2'), 0);
    await keda(true);
    await release.tick(request, objects('registry.example/app:2'), 1500);
    expect(await imageNow()).toBe('registry.example/app:1');
    await client.remove(autoscaler);
    await release.tickUntil(
      request,
      objects('registry.example/app:2'),
      async () => (await imageNow()) === 'registry.example/app:2',
    );
  });

  test('where a person has said that it is not', async () => {
    await deployed();
    await client.merge(
      reference('keda.sh/v1alpha1', 'ScaledObject'),
      { metadata: { annotations: { [KEDA_PAUSED]: 'false' } } },
      undefined,
      'kubectl-annotate',
    );
    const request = release.request('Update');
    await release.tick(request, objects('registry.example/app:2'), 0);
    expect(await annotations()).toMatchObject({ [KEDA_PAUSED]: 'true', [BY]: request.id });
  });

  test('also when the release drops the autoscaler', async () => {
    await deployed();
    const request = release.request('Update');
    await release.tick(request, [release.rollout('chat', 'registry.example/app:2')], 0);
    expect(await annotations()).toMatchObject({ [BY]: request.id });
    await keda(true);
    await release.tickUntil(
      request,
      [release.rollout('chat', 'registry.example/app:2')],
      async () => (await imageNow()) === 'registry.example/app:2',
    );
    await promoted();
    await release.tickUntil(request, [release.rollout('chat', 'registry.example/app:2')], async () => {
      // Kubernetes takes a while to remove objects of a kind that it has just learned.
      const left = (await release.find('keda.sh/v1alpha1', 'ScaledObject', 'chat')) as
        | { metadata: { deletionTimestamp?: string } }
        | undefined;
      return left === undefined || left.metadata.deletionTimestamp !== undefined;
    });
  });

  test('at one replica where the model sleeps, and not at a number of its own where it does not', async () => {
    await deployed();
    await scaleTo(0);
    await release.tick(release.request('Update'), objects('registry.example/app:2'), 0);
    expect(await annotations()).toMatchObject({ [KEDA_PAUSED]: 'true', [KEDA_PAUSED_REPLICAS]: '1' });
    await scaleTo(3);
    await release.tick(release.request('Update'), objects('registry.example/app:2'), 0);
    expect(await annotations()).not.toHaveProperty([KEDA_PAUSED_REPLICAS]);
  });
});

test('what a person has paused stays paused, through a release as well', async () => {
  await deployed();
  await client.merge(
    reference('keda.sh/v1alpha1', 'ScaledObject'),
    { metadata: { annotations: { [KEDA_PAUSED]: 'true' } } },
    undefined,
    'kubectl-annotate',
  );
  const request = release.request('Update');
  await release.tickUntil(
    request,
    [release.rollout('chat', 'registry.example/app:2'), scaler(9)],
    async () => (await imageNow()) === 'registry.example/app:2',
  );
  await promoted();
  await release.finish(request, [release.rollout('chat', 'registry.example/app:2'), scaler(9)]);
  expect(await annotations()).toMatchObject({ [KEDA_PAUSED]: 'true' });
  expect(await annotations()).not.toHaveProperty([BY]);
  expect(
    (await release.get<{ spec: { maxReplicaCount: number } }>('keda.sh/v1alpha1', 'ScaledObject', 'chat')).spec
      .maxReplicaCount,
  ).toBe(9);
});

describe('replicas under an autoscaler', () => {
  const owners = (rollout: Scaled) =>
    rollout.metadata.managedFields
      .filter(({ fieldsV1 }) => fieldsV1['f:spec']?.['f:replicas'])
      .map(({ manager, operation }) => `${manager} ${operation}`);

  test('are those of the release at first', async () => {
    await deployed();
    expect((await rolloutNow()).spec.replicas).toBe(2);
  });

  test('are left alone from then on, and belong to the autoscaler alone', async () => {
    await deployed();
    await scaleTo(5);
    await underWay();
    expect((await rolloutNow()).spec.replicas).toBe(5);
    expect(owners(await rolloutNow())).not.toContain(`${FIELD_MANAGER} Apply`);
    await scaleTo(3);
    await underWay('registry.example/app:3');
    expect((await rolloutNow()).spec.replicas).toBe(3);
  });

  test('stay what they are while it has never scaled', async () => {
    await deployed();
    await underWay();
    expect((await rolloutNow()).spec.replicas).toBe(2);
  });
});

describe('a release waits for the groups of a LeaderWorkerSet', () => {
  const groups = (image = 'registry.example/app:1'): KubernetesObject => {
    const template = {
      metadata: { labels: { app: 'chat' } },
      spec: { containers: [{ name: 'engine', image, args: ['serve'] }] },
    };
    return {
      apiVersion: 'leaderworkerset.x-k8s.io/v1',
      kind: 'LeaderWorkerSet',
      metadata: { name: 'chat', namespace: release.namespace },
      spec: { replicas: 2, leaderWorkerTemplate: { size: 2, leaderTemplate: template, workerTemplate: template } },
    };
  };
  const available = [
    {
      type: 'Available',
      status: 'True',
      reason: 'AllGroupsReady',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ];

  /** Plays the controller: writes a status for the present generation. */
  async function setStatus(status: Record<string, unknown>): Promise<void> {
    const { metadata } = await release.get<{ metadata: { generation: number } }>(
      'leaderworkerset.x-k8s.io/v1',
      'LeaderWorkerSet',
      'chat',
    );
    await client.merge(
      reference('leaderworkerset.x-k8s.io/v1', 'LeaderWorkerSet'),
      { status: { observedGeneration: metadata.generation, ...status } },
      'status',
    );
  }

  const waitingFor = async (status: Record<string, unknown>): Promise<string | undefined> => {
    const request = release.request('Create');
    await release.tick(request, [groups()], 0);
    await setStatus(status);
    return (await release.tick(request, [groups()], 0)).waitingFor;
  };

  test('that are all updated, ready and available', async () => {
    expect(
      await waitingFor({ replicas: 2, updatedReplicas: 2, readyReplicas: 2, conditions: available }),
    ).toBeUndefined();
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      'an older generation',
      { observedGeneration: 0, replicas: 2, updatedReplicas: 2, readyReplicas: 2, conditions: available },
      'its controller has not seen it yet',
    ],
    [
      'a group that is not ready',
      { replicas: 2, updatedReplicas: 2, readyReplicas: 1, conditions: available },
      'has 2 of 2 groups updated and 1 ready',
    ],
    [
      'a group of the revision before',
      { replicas: 2, updatedReplicas: 1, readyReplicas: 2, conditions: available },
      'has 1 of 2 groups updated and 2 ready',
    ],
    [
      'a group too many',
      { replicas: 3, updatedReplicas: 2, readyReplicas: 2, conditions: available },
      'has 1 groups more than 2 left',
    ],
    ['no condition', { replicas: 2, updatedReplicas: 2, readyReplicas: 2 }, 'has 2 of 2 groups updated and 2 ready'],
  ])('not with %s', async (_, status, reason) => {
    expect(await waitingFor(status)).toContain(reason);
  });

  test('and says which pod keeps them', async () => {
    const request = release.request('Create');
    await release.tick(request, [groups()], 0);
    await setStatus({ replicas: 2 });
    const pod = (name: string, image: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: release.namespace, labels: { 'leaderworkerset.sigs.k8s.io/name': 'chat' } },
      spec: { nodeSelector: { none: 'such' }, containers: [{ name: 'engine', image, args: ['serve'] }] },
    });
    await client.create(pod('chat-0', 'registry.example/app:0'));
    expect((await release.tick(request, [groups()], 0)).waitingFor).toContain('has 0 of 2 groups updated');
    await client.create(pod('chat-1', 'registry.example/app:1'));
    await release.waits(request, [groups()], /LeaderWorkerSet .*\/chat: pod chat-1 (cannot be scheduled|is starting)/);
  });
});

describe('the API server admits', () => {
  interface Template {
    metadata: { labels?: Record<string, string> };
    spec: object;
  }
  interface WorkloadSpec {
    template?: Template;
    leaderWorkerTemplate?: { leaderTemplate: Template; workerTemplate: Template };
  }

  const objectsOf = (overrides: Partial<ModelOptions>): KubernetesObject[] => [
    ...(render({ namespace: release.namespace, ...overrides }) as KubernetesObject[]),
    ...(new EndpointPickerRbacChart(new App(), 'access', {
      namespace: release.namespace,
    }).toJson() as KubernetesObject[]),
  ];

  /** The pods that the controllers of workloads would create. */
  const podsOf = (objects: readonly KubernetesObject[]): KubernetesObject[] =>
    objects.flatMap(({ kind, metadata: { name }, spec }) => {
      if (!['Rollout', 'Deployment', 'LeaderWorkerSet'].includes(kind)) return [];
      const { template, leaderWorkerTemplate: group } = spec as WorkloadSpec;
      return [template, group?.leaderTemplate, group?.workerTemplate]
        .filter((each) => each !== undefined)
        .map(
          (each, index): KubernetesObject => ({
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: `${name}-${index}`, namespace: release.namespace, labels: each.metadata.labels },
            spec: each.spec,
          }),
        );
    });

  /** What the server refuses of a model: its objects, and its pods under Pod Security "restricted". */
  async function refusals(overrides: Partial<ModelOptions>): Promise<string[]> {
    await client.merge(
      { apiVersion: 'v1', kind: 'Namespace', name: release.namespace },
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    );
    const rendered = objectsOf(overrides);
    for (const account of rendered.filter(({ kind }) => kind === 'ServiceAccount')) await client.apply(account);
    const found: string[] = [];
    for (const object of [...rendered, ...podsOf(rendered)])
      await dryRun(client, object).catch((error: unknown) => found.push(`${object.kind}: ${messageOf(error)}`));
    return found;
  }

  const routing = ModelRouting.prefixAware({
    gatewayName: 'inference',
    gatewayNamespace: 'gateways',
    hostname: 'chat.example.com',
  });

  test('a model that follows its load', async () => {
    const autoscaling = {
      minReplicas: 0,
      maxReplicas: 8,
      runningPerReplica: 16,
      requestQueue: { name: 'gateway', queuedRequestsQuery: 'vector(0)' },
      schedules: [{ start: '0 7 * * 1-5', end: '0 19 * * 1-5', timezone: 'Europe/Berlin', replicas: 4 }],
    };
    expect(await refusals({ autoscaling })).toEqual([]);
  });

  test('a model whose replicas have several nodes', async () => {
    expect(
      await refusals({
        nodes: 2,
        gpus: 8,
        accelerator: Accelerator.P5_48XLARGE,
        autoscaling: { minReplicas: 1, maxReplicas: 8 },
      }),
    ).toEqual([]);
  });

  test('a model behind endpoint pickers', async () => {
    expect(await refusals({ routing })).toEqual([]);
    expect(
      podsOf(objectsOf({ routing }))
        .map(({ metadata: { name } }) => name)
        .sort(),
    ).toEqual(['chat-0', 'chat-picker-0']);
  });

  test('and what it admits tells something: fields that a kind does not have are refused', async () => {
    const broken = objectsOf({
      routing,
      nodes: 2,
      gpus: 8,
      accelerator: Accelerator.P5_48XLARGE,
      autoscaling: { minReplicas: 1, maxReplicas: 8 },
    }).filter(({ kind }) =>
      ['ScaledObject', 'LeaderWorkerSet', 'InferencePool', 'HTTPRoute', 'PrometheusRule'].includes(kind),
    );
    expect(broken).toHaveLength(5);
    for (const object of broken) {
      const refused: unknown = await dryRun(client, {
        ...object,
        spec: { ...(object.spec as object), sizze: 1 },
      }).catch(messageOf);
      expect(refused).toContain('sizze');
    }
  });
});
