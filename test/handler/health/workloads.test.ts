import { healthOf } from '../../../handler/health';
import { failedGate } from '../../../handler/health/analysis';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { MemoryCluster } from '../../support/memory-cluster';

const START = Date.parse('2026-01-01T00:00:00Z');
const IDENTITY =
  "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'llm-platform-aws-identity' with binding 'llm-platform-aws-identity' denied request: the pod has no AWS identity yet: EKS";
const MINUTE = 60_000;

let cluster: MemoryCluster;
beforeEach(() => {
  cluster = new MemoryCluster();
});

const template = { spec: { containers: [{ name: 'app', image: 'i:1' }] } };

function put(
  apiVersion: string,
  kind: string,
  name: string,
  more: object = {},
  metadata: object = {},
): KubernetesObject {
  return cluster.put({ apiVersion, kind, metadata: { name, namespace: 'models', ...metadata }, ...more });
}

/** A pod whose container crashes again and again. */
function crashing(
  name: string,
  labels: Record<string, string>,
  terminated: object = { reason: 'Error', exitCode: 2 },
): void {
  put(
    'v1',
    'Pod',
    name,
    {
      spec: template.spec,
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'app',
            ready: false,
            restartCount: 4,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated },
          },
        ],
      },
    },
    { labels },
  );
}

const CRASHED = 'pod bad: container app crashed 4 times (Error 2)';

async function verdictOf(live: KubernetesObject, { stableBefore = false, after = 0 } = {}) {
  return healthOf(cluster, live, live, {
    stableBefore,
    isRollback: false,
    detached: false,
    startedAt: START,
    now: START + after,
  });
}

describe('a Deployment', () => {
  const labels = { app: 'app' };

  /** With a ReplicaSet of each of two revisions. */
  function deployment(status: object): KubernetesObject {
    const live = put(
      'apps/v1',
      'Deployment',
      'app',
      {
        spec: { replicas: 2, selector: { matchLabels: labels }, template },
        status: { observedGeneration: 1, ...status },
      },
      { annotations: { 'deployment.kubernetes.io/revision': '2' } },
    );
    for (const [revision, hash] of [
      ['1', 'old'],
      ['2', 'new'],
    ]) {
      put(
        'apps/v1',
        'ReplicaSet',
        `app-${hash}`,
        {},
        {
          labels: { ...labels, 'pod-template-hash': hash },
          annotations: { 'deployment.kubernetes.io/revision': revision },
          ownerReferences: [{ uid: live.metadata.uid }],
        },
      );
    }
    return live;
  }

  const rolling = { replicas: 3, updatedReplicas: 1, availableReplicas: 2 };
  const done = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

  test('is healthy when all its replicas are new and available', async () => {
    expect(await verdictOf(deployment(done))).toMatchObject({ state: 'healthy' });
  });

  test('fails with the crash of a new pod, not only with its progress deadline', async () => {
    const live = deployment(rolling);
    crashing('bad', { ...labels, 'pod-template-hash': 'new' });
    expect(await verdictOf(live)).toEqual({ state: 'failed', reason: CRASHED });
  });

  test.each([
    [{ reason: 'Completed', exitCode: 0 }, 'ended by itself with exit code 0'],
    [
      { reason: 'Completed', exitCode: 0, message: 'engine core died' },
      'ended by itself with exit code 0: engine core died',
    ],
    [{ reason: 'Error', exitCode: 137 }, 'Error 137'],
    [{ reason: 'OOMKilled', exitCode: 137, message: 'out of memory' }, 'OOMKilled 137: out of memory'],
    [{ exitCode: 1 }, 'exit 1'],
    [{ reason: 'ContainerStatusUnknown' }, 'ContainerStatusUnknown'],
  ])('tells how a container ended: %j', async (terminated, how) => {
    const live = deployment(rolling);
    crashing('bad', { ...labels, 'pod-template-hash': 'new' }, terminated);
    expect(await verdictOf(live)).toEqual({
      state: 'failed',
      reason: `pod bad: container app crashed 4 times (${how})`,
    });
  });

  test('does not fail for a pod of the revision before', async () => {
    const live = deployment(rolling);
    crashing('bad', { ...labels, 'pod-template-hash': 'old' });
    expect(await verdictOf(live)).toEqual({ state: 'progressing', reason: 'has 2 of 2 replicas available' });
  });

  test('does not fail for a single pod once its new revision serves', async () => {
    const live = deployment({ ...done, availableReplicas: 1 });
    crashing('bad', { ...labels, 'pod-template-hash': 'new' });
    expect(await verdictOf(live)).toEqual({
      state: 'progressing',
      reason: `has 1 of 2 replicas available: ${CRASHED}`,
      noteworthy: true,
    });
  });

  test.each([
    ['a webhook that starts', 'failed calling webhook "x": no endpoints available', 0, 'progressing'],
    [
      'a webhook that does not start for a minute',
      'failed calling webhook "x": no endpoints available',
      MINUTE,
      'failed',
    ],
    ['a quota', 'pods "x" is forbidden: exceeded quota: models', 10 * MINUTE, 'progressing'],
    ['Pod Security', 'pods "x" is forbidden: violates PodSecurity "restricted:latest"', 0, 'failed'],
    [
      'a policy',
      "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'other' with binding 'other' denied request: no",
      0,
      'failed',
    ],
    ['the lack of an identity that comes', IDENTITY, 0, 'progressing'],
    ['the lack of an identity that does not come for a minute', IDENTITY, MINUTE, 'failed'],
  ])('whose pods are refused by %s', async (_, message, after, state) => {
    const live = deployment(rolling);
    cluster.setStatus('ReplicaSet', 'app-new', {
      conditions: [{ type: 'ReplicaFailure', status: 'True', message, lastTransitionTime: '2026-01-01T00:00:00Z' }],
    });
    expect(await verdictOf(live, { after })).toMatchObject({
      state,
      reason: expect.stringContaining(`its pods are refused: ${message}`) as string,
    });
  });

  const STUCK = {
    conditions: [
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'has timed out progressing.',
      },
    ],
  };

  test('that makes no progress fails with what keeps it', async () => {
    const live = deployment({ ...rolling, ...STUCK });
    put('v1', 'Pod', 'slow', { status: { phase: 'Pending' } }, { labels: { ...labels, 'pod-template-hash': 'new' } });
    expect(await verdictOf(live)).toMatchObject({
      state: 'failed',
      reason: 'made no progress: has timed out progressing.: pod slow is starting',
    });
  });

  test('that was stable before is neither failed nor waited for, for pods that do not come, while others serve', async () => {
    expect(
      await verdictOf(deployment({ ...done, availableReplicas: 1, ...STUCK }), { stableBefore: true }),
    ).toMatchObject({ state: 'healthy', continues: true });
    expect(
      await verdictOf(deployment({ ...done, availableReplicas: 0, ...STUCK }), { stableBefore: true }),
    ).toMatchObject({ state: 'progressing' });
  });
});

function refusedBy(kind: string, name: string, message: string, metadata: object = {}): void {
  put('v1', 'Event', `${name}-event`, {
    reason: 'FailedCreate',
    message,
    firstTimestamp: '2025-12-31T23:00:00Z',
    lastTimestamp: '2026-01-01T00:00:10Z',
    involvedObject: { kind, name, namespace: 'models', ...metadata },
  });
}

describe.each([
  [
    'StatefulSet',
    { updateRevision: 'store-2' },
    { 'controller-revision-hash': 'store-2' },
    { 'controller-revision-hash': 'store-1' },
  ],
  ['DaemonSet', { desiredNumberScheduled: 1 }, { 'pod-template-generation': '1' }, { 'pod-template-generation': '0' }],
])('a %s', (kind, status, current, before) => {
  const live = () =>
    put('apps/v1', kind, 'store', {
      spec: { replicas: 1, selector: { matchLabels: { app: 'store' } } },
      status: { observedGeneration: 1, ...status },
    });

  test('fails with the crash of a new pod, not with one of the revision before', async () => {
    const store = live();
    crashing('old', { app: 'store', ...before });
    expect(await verdictOf(store)).toMatchObject({ state: 'progressing' });
    crashing('bad', { app: 'store', ...current });
    expect(await verdictOf(store)).toEqual({ state: 'failed', reason: CRASHED });
  });

  test('fails with refused pods, which only events tell of', async () => {
    const store = live();
    refusedBy(
      kind,
      'store',
      'create Pod store-0 failed: pods "store-0" is forbidden: violates PodSecurity "restricted:latest"',
      { uid: store.metadata.uid },
    );
    expect(await verdictOf(store, { after: 20_000 })).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('violates PodSecurity') as string,
    });
  });

  test('waits a minute for other refusals, counted from its own start', async () => {
    const store = live();
    refusedBy(kind, 'store', 'no endpoints available for service "webhook"', { uid: store.metadata.uid });
    expect(await verdictOf(store, { after: 59_000 })).toMatchObject({ state: 'progressing' });
    expect(await verdictOf(store, { after: 61_000 })).toMatchObject({ state: 'failed' });
  });
});

test('a StatefulSet names the pod of the revision before that its controller waits for', async () => {
  const live = put('apps/v1', 'StatefulSet', 'store', {
    spec: { replicas: 2, selector: { matchLabels: { app: 'store' } } },
    status: { observedGeneration: 1, updateRevision: 'store-2', updatedReplicas: 1, availableReplicas: 1 },
  });
  crashing('bad', { app: 'store', 'controller-revision-hash': 'store-1' });
  expect(await verdictOf(live)).toMatchObject({
    state: 'progressing',
    reason: `has 1 of 2 replicas available: ${CRASHED}; delete that pod if it is of an earlier revision, its StatefulSet waits for it`,
  });
});

test.each([
  ['StatefulSet', { updateStrategy: { type: 'OnDelete' } }, { updatedReplicas: 0, availableReplicas: 3 }],
  [
    'StatefulSet',
    { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
    { updatedReplicas: 1, availableReplicas: 3 },
  ],
  [
    'DaemonSet',
    { updateStrategy: { type: 'OnDelete' } },
    { desiredNumberScheduled: 3, updatedNumberScheduled: 0, numberAvailable: 3 },
  ],
])('a %s whose pods are not all to be updated is healthy without', async (kind, spec, status) => {
  expect(
    await verdictOf(
      put('apps/v1', kind, 'store', { spec: { replicas: 3, ...spec }, status: { observedGeneration: 1, ...status } }),
    ),
  ).toMatchObject({ state: 'healthy' });
});

test('a DaemonSet knows its pods by the changes of its template, not by all of its own', async () => {
  const live = put(
    'apps/v1',
    'DaemonSet',
    'plugin',
    {
      spec: { selector: { matchLabels: { app: 'plugin' } } },
      status: { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 0 },
    },
    { annotations: { 'deprecated.daemonset.template.generation': '7' } },
  );
  crashing('bad', { app: 'plugin', 'pod-template-generation': '7' });
  expect(await verdictOf(live)).toMatchObject({ state: 'failed', reason: CRASHED });
});

describe('what was stable before and serves', () => {
  const dead = {
    observedGeneration: 1,
    desiredNumberScheduled: 300,
    updatedNumberScheduled: 300,
    numberAvailable: 299,
  };
  const live = (status: object = dead) =>
    put('apps/v1', 'DaemonSet', 'plugin', { spec: { selector: { matchLabels: { app: 'plugin' } } }, status });
  const waiting = (createdAt: string) =>
    put(
      'v1',
      'Pod',
      'bad',
      {
        status: {
          phase: 'Pending',
          containerStatuses: [
            { name: 'app', ready: false, restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff' } } },
          ],
        },
      },
      { labels: { app: 'plugin', 'pod-template-generation': '1' }, creationTimestamp: createdAt },
    );

  test('is waited for no longer than a minute for a node that is gone, which shows in no pod', async () => {
    expect(await verdictOf(live(), { stableBefore: true, after: MINUTE - 1 })).toMatchObject({ state: 'progressing' });
    expect(await verdictOf(live(), { stableBefore: true, after: MINUTE })).toMatchObject({
      state: 'healthy',
      continues: true,
    });
    expect(await verdictOf(live(), { after: 10 * MINUTE })).toMatchObject({ state: 'progressing' });
  });

  test('is waited for no longer than a minute for a pod from before, whatever keeps it; for a new one a quarter of an hour', async () => {
    const set = live();
    waiting('2025-12-31T00:00:00Z');
    expect(await verdictOf(set, { stableBefore: true, after: MINUTE })).toMatchObject({ continues: true });
    cluster.delete('Pod', 'bad');
    waiting('2026-01-01T00:00:05Z');
    expect(await verdictOf(set, { stableBefore: true, after: 14 * MINUTE })).toMatchObject({ state: 'progressing' });
    expect(await verdictOf(set, { stableBefore: true, after: 15 * MINUTE })).toMatchObject({ continues: true });
  });

  test('is waited for where it does not serve', async () => {
    expect(
      await verdictOf(live({ ...dead, numberAvailable: 0 }), { stableBefore: true, after: 20 * MINUTE }),
    ).toMatchObject({ state: 'progressing' });
  });
});

describe('a LeaderWorkerSet', () => {
  const run = { containers: [{ name: 'engine', image: 'vllm:2', args: ['--x'] }] };
  const live = () =>
    put('leaderworkerset.x-k8s.io/v1', 'LeaderWorkerSet', 'chat', {
      spec: { replicas: 2, leaderWorkerTemplate: { workerTemplate: { spec: run } } },
      status: { observedGeneration: 1, replicas: 2, readyReplicas: 1, updatedReplicas: 1 },
    });
  const LABEL = { 'leaderworkerset.sigs.k8s.io/name': 'chat' };
  const crashed = (spec: object) =>
    put(
      'v1',
      'Pod',
      'bad',
      {
        spec,
        status: {
          phase: 'Running',
          containerStatuses: [
            {
              name: 'app',
              ready: false,
              restartCount: 4,
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: { reason: 'Error', exitCode: 2 } },
            },
          ],
        },
      },
      { labels: LABEL },
    );

  test('knows its pods also with the container that a webhook has added', async () => {
    const set = live();
    crashed({ containers: [{ name: 'proxy', image: 'envoy:1' }, ...run.containers] });
    expect(await verdictOf(set)).toEqual({ state: 'failed', reason: CRASHED });
  });

  test('does not fail for a group of the revision before, nor for one of its own that was stable before', async () => {
    const set = live();
    crashed({ containers: [{ name: 'engine', image: 'vllm:1', args: ['--x'] }] });
    expect(await verdictOf(set)).toMatchObject({ state: 'progressing' });
    cluster.delete('Pod', 'bad');
    crashed(run);
    expect(await verdictOf(set, { stableBefore: true })).toMatchObject({ state: 'progressing' });
  });

  test('fails with the refused pods of its StatefulSets', async () => {
    const set = live();
    const workers = put('apps/v1', 'StatefulSet', 'chat-0', {}, { labels: LABEL });
    refusedBy('StatefulSet', 'chat-0', 'pods "chat-0-1" is forbidden: violates PodSecurity "restricted:latest"', {
      uid: workers.metadata.uid,
    });
    expect(await verdictOf(set, { after: 20_000 })).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('violates PodSecurity') as string,
    });
  });
});

describe('the gate that failed', () => {
  const run = (name: string, creationTimestamp: string, value: string): void => {
    put(
      'argoproj.io/v1alpha1',
      'AnalysisRun',
      name,
      {
        spec: { metrics: [{ name: 'errors', successCondition: 'result[0] <= 0.1' }] },
        status: {
          phase: 'Failed',
          metricResults: [
            { name: 'errors', phase: 'Failed', measurements: [{ phase: 'Failed', value: `[${value}]` }] },
          ],
        },
      },
      { labels: { 'rollouts-pod-template-hash': 'b' }, creationTimestamp },
    );
  };
  const rollout = (status: object = {}): KubernetesObject => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'chat', namespace: 'models' },
    status,
  });

  test('is none of an earlier attempt at the same revision', async () => {
    run('earlier', '2025-12-31T23:00:00Z', '0.9');
    expect(await failedGate(cluster, rollout(), 'b', START)).toBeUndefined();
    run('now', '2026-01-01T00:00:00Z', '0.5');
    // A request may start within the second in which its analysis is created.
    expect(await failedGate(cluster, rollout(), 'b', START + 900)).toBe('metric errors was 0.5, limit at most 0.1');
  });

  test('is the one that the Rollout itself names, before any other of the attempt', async () => {
    run('background', '2026-01-01T00:01:00Z', '0.2');
    run('other', '2026-01-01T00:02:00Z', '0.3');
    expect(
      await failedGate(
        cluster,
        rollout({ canary: { currentBackgroundAnalysisRunStatus: { name: 'background' } } }),
        'b',
        START,
      ),
    ).toBe('metric errors was 0.2, limit at most 0.1');
    expect(await failedGate(cluster, rollout(), 'b', START)).toBe('metric errors was 0.3, limit at most 0.1');
  });
});
