import { HttpMethod } from '@kubernetes/client-node';
import { App } from 'cdk8s';
import { ModelRbacChart } from '../../constructs/platform/model-rbac-chart';
import { NamespacesChart } from '../../constructs/platform/namespaces-chart';
import { OPERATORS_GROUP } from '../../constructs/cluster/access-groups';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { messageOf, type ObjectReference } from '../../kubernetes-client/kubernetes-client';
import { SCALING_PAUSE_ANNOTATIONS } from '../../constructs/kubernetes/contract/names';
import { type KubernetesObject, type ManagedFields } from '../../constructs/kubernetes/contract/release-document';
import { rolloutCommand } from '../../lib/commands/rollout/rollout-command';
import { cacheDirectory } from '../../rehearsal/platform/cache';
import { locateCrds } from '../../rehearsal/platform/crds';
import { staging } from '../../environments';
import { applyPolicies, installCrds, removePolicies } from './support/admission';
import { impersonating } from './support/identities';
import { adminAccess } from './support/releases';

// What members of the operators' group may do to the objects of models, as the API server judges it: its RBAC, and its admission policies.

const admin = new ClusterClient(adminAccess());
const operator = impersonating('alice', OPERATORS_GROUP);
/** Requests that the handler never makes. */
const raw = (
  operator as unknown as {
    transport: { send: (method: HttpMethod, object: KubernetesObject, options: object) => Promise<unknown> };
  }
).transport;
const outsider = impersonating('bob', 'llm-platform:model-releases');

const ROLLOUT: ObjectReference = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  namespace: 'models',
  name: 'chat',
};
const SCALER: ObjectReference = {
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  namespace: 'models',
  name: 'chat',
};

const rollout: KubernetesObject = {
  apiVersion: ROLLOUT.apiVersion,
  kind: ROLLOUT.kind,
  metadata: { name: 'chat', namespace: 'models', labels: { app: 'chat' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'chat' } },
    template: {
      metadata: { labels: { app: 'chat' } },
      spec: { serviceAccountName: 'chat', containers: [{ name: 'engine', image: 'registry.example/engine:1' }] },
    },
    strategy: { canary: { steps: [{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }, { pause: {} }] } },
  },
};
const scaler: KubernetesObject = {
  apiVersion: SCALER.apiVersion,
  kind: SCALER.kind,
  metadata: { name: 'chat', namespace: 'models' },
  spec: {
    scaleTargetRef: { apiVersion: ROLLOUT.apiVersion, kind: 'Rollout', name: 'chat' },
    maxReplicaCount: 3,
    triggers: [{ type: 'cpu', metadata: { value: '60' } }],
  },
};

/** A canary in the middle of its first hold. */
const HOLDING = {
  currentPodHash: 'b',
  stableRS: 'a',
  currentStepIndex: 1,
  controllerPause: true,
  pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2030-01-01T00:00:00Z' }],
};
/** What no canary holds any more. */
const CLEARED = {
  abort: null,
  promoteFull: null,
  pauseConditions: null,
  controllerPause: null,
  currentStepIndex: null,
  currentPodHash: null,
  stableRS: null,
  canary: null,
};

async function begin(status: object): Promise<void> {
  await admin.merge(ROLLOUT, { status: { ...CLEARED, ...status } }, 'status');
  await admin.merge(ROLLOUT, { spec: { paused: null } });
}

async function rolloutAs(
  client: ClusterClient,
): Promise<{ spec: { paused?: boolean }; status: Record<string, unknown> }> {
  return (await client.find(ROLLOUT)) as never;
}

/** `npm run rollout` as an operator. @returns what it prints */
async function run(...verb: string[]): Promise<string> {
  const printed: string[] = [];
  const command = rolloutCommand({
    environments: [staging],
    connect: () => Promise.resolve(operator),
    print: (text) => {
      printed.push(text);
    },
  });
  await command.exitOverride().parseAsync(['staging', 'chat', ...verb], { from: 'user' });
  return printed.join('\n');
}

async function refusalOf(change: Promise<unknown>): Promise<string> {
  return change.then(() => 'accepted', messageOf);
}

const app = new App();
const access = new ModelRbacChart(app, 'access').toJson() as KubernetesObject[];
const isPolicy = ({ kind }: KubernetesObject) => kind.startsWith('ValidatingAdmissionPolicy');

beforeAll(async () => {
  await installCrds(admin, await locateCrds({ cacheDirectory: cacheDirectory(), sets: ['rollouts', 'scaling'] }));
  const namespaces = new NamespacesChart(app, 'namespaces', {
    quota: NamespacesChart.quotaFor(1, 1),
  }).toJson() as KubernetesObject[];
  for (const object of [
    ...namespaces.filter(({ kind }) => kind === 'Namespace'),
    ...access.filter((each) => !isPolicy(each)),
    rollout,
    scaler,
  ])
    await admin.apply(object);
  await begin(HOLDING);
  await applyPolicies(
    admin,
    access.filter(isPolicy),
    async () =>
      /operators may/.test(
        await refusalOf(operator.merge(SCALER, { metadata: { labels: { asked: String(Date.now()) } } })),
      ) &&
      /operators may/.test(
        await refusalOf(operator.merge(ROLLOUT, { metadata: { labels: { asked: String(Date.now()) } } })),
      ) &&
      // A kind that has just been defined is not readable at once.
      (await run('status').then(
        () => true,
        () => false,
      )),
  );
});

afterAll(async () => {
  await removePolicies(admin, access.filter(isPolicy));
  for (const object of [ROLLOUT, SCALER]) await admin.remove(object);
});

describe('each verb of `npm run rollout`', () => {
  test('status', async () => {
    await begin(HOLDING);
    expect(await run('status')).toMatch(/chat/);
  });

  test('pause and resume', async () => {
    await begin(HOLDING);
    expect(await run('pause')).toMatch(/paused/);
    expect((await rolloutAs(admin)).spec.paused).toBe(true);
    expect(await run('resume')).toMatch(/resumed/);
    expect((await rolloutAs(admin)).spec.paused).toBe(false);
  });

  test('promote past a hold, past a step, and past an inconclusive analysis', async () => {
    await begin(HOLDING);
    expect(await run('promote')).toMatch(/promoted past a hold/);
    expect((await rolloutAs(admin)).status).not.toHaveProperty('pauseConditions');
    await begin({ ...HOLDING, pauseConditions: null, controllerPause: null });
    expect(await run('promote')).toMatch(/promoted past step 2/);
    expect((await rolloutAs(admin)).status.currentStepIndex).toBe(2);
    await begin({ ...HOLDING, canary: { currentStepAnalysisRunStatus: { name: 'a', status: 'Inconclusive' } } });
    expect(await run('promote')).toMatch(/promoted past an inconclusive analysis/);
  });

  test('promote while it is paused', async () => {
    await begin(HOLDING);
    await run('pause');
    expect(await run('promote')).toMatch(/promoted past a hold/);
    expect((await rolloutAs(admin)).spec.paused).toBe(false);
  });

  test('promote in full', async () => {
    await begin(HOLDING);
    expect(await run('promote', '--full')).toMatch(/promoted in full/);
    expect((await rolloutAs(admin)).status.promoteFull).toBe(true);
  });

  test('abort, and resume after it', async () => {
    await begin(HOLDING);
    expect(await run('abort')).toMatch(/aborted/);
    expect((await rolloutAs(admin)).status.abort).toBe(true);
    expect(await run('resume')).toMatch(/starts again/);
    expect((await rolloutAs(admin)).status.abort).toBe(false);
  });
});

test('a status may be read by itself, as kubectl does before it patches one', async () => {
  const { apiVersion, kind, ...metadata } = ROLLOUT;
  expect(await raw.send(HttpMethod.GET, { apiVersion, kind, metadata }, { subresource: 'status' })).toMatchObject({
    kind: 'Rollout',
  });
});

describe('everything else is refused to operators', () => {
  beforeAll(() => begin(HOLDING));

  const template = rollout.spec as { template: { spec: object } };
  const withPod = (change: object) => ({
    spec: { template: { ...template.template, spec: { ...template.template.spec, ...change } } },
  });

  test.each<[string, { [field: string]: unknown }, string]>([
    ['the image', withPod({ containers: [{ name: 'engine', image: 'registry.example/other:1' }] }), 'spec.template'],
    ['the service account', withPod({ serviceAccountName: 'admin' }), 'spec.template'],
    ['a volume', withPod({ volumes: [{ name: 'host', hostPath: { path: '/' } }] }), 'spec.template'],
    ['replicas', { spec: { replicas: 0 } }, 'spec.replicas'],
    ['the strategy', { spec: { strategy: { canary: { steps: [] } } } }, 'spec.strategy'],
    [
      'pods of elsewhere',
      { spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' } } },
      'spec.workloadRef',
    ],
    ['a restart', { spec: { restartAt: '2030-01-01T00:00:00Z' } }, 'spec.restartAt'],
    ['what was there, removed', { spec: { replicas: null } }, 'spec.replicas'],
    ['labels', { metadata: { labels: { app: 'other' } } }, 'metadata.labels'],
    ['annotations', { metadata: { annotations: { 'rollout.argoproj.io/revision': '1' } } }, 'metadata.annotations'],
    ['finalizers', { metadata: { finalizers: ['example.com/hold'] } }, 'metadata.finalizers'],
    [
      'an owner',
      { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' }] } },
      'metadata.ownerReferences',
    ],
    ['an allowed change and another', { spec: { paused: true, replicas: 0 } }, 'spec.replicas'],
  ])('a Rollout: %s', async (_, change, path) => {
    expect(await refusalOf(operator.merge(ROLLOUT, change))).toMatch(
      new RegExp(
        `operators may pause, resume, promote and abort a rollout, and nothing else: this changes ${path.replace('.', '\\.')}; deploy a release for it`,
      ),
    );
  });

  test.each<[string, object, RegExp]>([
    ['the stable revision', { stableRS: 'b' }, /this changes status\.stableRS; deploy/],
    [
      'several fields, all of which are named',
      { stableRS: 'b', currentPodHash: 'a' },
      /this changes status\.(stableRS, status\.currentPodHash|currentPodHash, status\.stableRS); deploy/,
    ],
    ['a step further back', { currentStepIndex: 0 }, /may only grow by 1/],
    ['several steps at once', { currentStepIndex: 4 }, /may only grow by 1/],
    [
      'a hold of its own',
      { pauseConditions: [{ reason: 'BlueGreenPause', startTime: '2030-01-01T00:00:00Z' }] },
      /pauseConditions may only be removed/,
    ],
  ])('the status of a Rollout: %s', async (_, status, reason) => {
    expect(await refusalOf(operator.merge(ROLLOUT, { status }, 'status'))).toMatch(reason);
  });

  test('a Rollout replaced, created or deleted', async () => {
    const live = (await admin.find(ROLLOUT))!;
    expect(await refusalOf(operator.replace(live))).toMatch(/cannot update resource "rollouts"/);
    expect(await refusalOf(operator.create({ ...rollout, metadata: { ...rollout.metadata, name: 'other' } }))).toMatch(
      /cannot create resource "rollouts"/,
    );
    expect(await refusalOf(operator.remove(ROLLOUT))).toMatch(/cannot delete resource "rollouts"/);
    expect(await refusalOf(operator.apply({ ...rollout, metadata: { ...rollout.metadata, name: 'other' } }))).toMatch(
      /cannot create resource "rollouts"/,
    );
  });

  test('others are held to what they may by their rights alone', async () => {
    await outsider.merge(ROLLOUT, { metadata: { labels: { more: 'yes' } } });
    expect((await admin.find(ROLLOUT))?.metadata.labels).toMatchObject({ more: 'yes' });
  });
});

describe('who owns fields', () => {
  const ownersOf = async (reference: ObjectReference): Promise<readonly ManagedFields[]> =>
    (await admin.find(reference))!.metadata.managedFields!;
  const REFUSED = /operators may not change who owns fields/;

  describe.each<[string, ObjectReference, KubernetesObject]>([
    ['a Rollout', ROLLOUT, rollout],
    ['a ScaledObject', SCALER, scaler],
  ])('of %s may not be changed', (_, reference, object) => {
    test.each<[string, (entries: readonly ManagedFields[]) => readonly object[]]>([
      ['reset', () => [{}]],
      ['emptied of the release', (entries) => entries.filter(({ operation }) => operation !== 'Apply')],
      [
        'with fewer fields of the release',
        (entries) =>
          entries.map((entry) => (entry.operation === 'Apply' ? { ...entry, fieldsV1: { 'f:metadata': {} } } : entry)),
      ],
      [
        'with another owner',
        (entries) => [
          ...entries,
          { ...entries.find(({ operation }) => operation === 'Apply'), manager: 'me', operation: 'Update' },
        ],
      ],
    ])('%s', async (__, change) => {
      expect(
        await refusalOf(operator.merge(reference, { metadata: { managedFields: change(await ownersOf(reference)) } })),
      ).toMatch(REFUSED);
    });

    test('by an apply of what is there', async () => {
      expect(
        await refusalOf(
          raw.send(HttpMethod.PATCH, object, {
            contentType: 'application/apply-patch+yaml',
            query: { fieldManager: 'me' },
          }),
        ),
      ).toMatch(REFUSED);
    });
  });

  test('nor its date, beside a change that is allowed', async () => {
    const managedFields = (await ownersOf(ROLLOUT)).map((entry) =>
      entry.operation === 'Apply' ? { ...entry, time: '2020-01-01T00:00:00Z' } : entry,
    );
    const { paused = false } = (await rolloutAs(admin)).spec;
    expect(
      await refusalOf(operator.merge(ROLLOUT, { metadata: { managedFields }, spec: { paused: !paused } })),
    ).toMatch(REFUSED);
  });

  test('changes with a pause that a release has left, and has applied since', async () => {
    const paused = {
      ...scaler,
      metadata: {
        ...scaler.metadata,
        annotations: {
          'llm-platform.dev/release': 'models/chat',
          'autoscaling.keda.sh/paused': 'true',
          'llm-platform.dev/scaling-paused-by': 'r1',
        },
      },
    };
    await admin.apply(paused);
    await operator.merge(SCALER, {
      metadata: { annotations: Object.fromEntries(SCALING_PAUSE_ANNOTATIONS.map((name) => [name, null])) },
    });
    expect((await admin.find(SCALER))?.metadata.annotations).toEqual({ 'llm-platform.dev/release': 'models/chat' });
  });
});

describe('a scaled object', () => {
  const PAUSE = { 'autoscaling.keda.sh/paused': 'true' };
  const ENDED = Object.fromEntries(SCALING_PAUSE_ANNOTATIONS.map((name) => [name, null]));
  const annotate = (client: ClusterClient, annotations: object) => client.merge(SCALER, { metadata: { annotations } });

  test('may be paused, and a pause may be ended: their own, and one that a release has left', async () => {
    await annotate(operator, PAUSE);
    await annotate(operator, { 'autoscaling.keda.sh/paused': null });
    await annotate(admin, {
      ...PAUSE,
      'autoscaling.keda.sh/paused-replicas': '1',
      'llm-platform.dev/scaling-paused-by': 'r1',
      'llm-platform.dev/scaling-paused-until': '2030-01-01T00:00:00Z',
    });
    await annotate(operator, ENDED);
    expect((await admin.find(SCALER))?.metadata.annotations ?? {}).not.toMatchObject({
      'autoscaling.keda.sh/paused': 'true',
    });
  });

  test.each<[string, { [field: string]: unknown }, RegExp]>([
    [
      'its limits',
      { spec: { maxReplicaCount: 100 } },
      /operators may pause scaling and end a pause, and nothing else: this changes spec\.maxReplicaCount; deploy/,
    ],
    ['its triggers', { spec: { triggers: [{ type: 'cron', metadata: {} }] } }, /this changes spec\.triggers; deploy/],
    ['its labels', { metadata: { labels: { app: 'x' } } }, /this changes metadata\.labels; deploy/],
    [
      'another annotation',
      { metadata: { annotations: { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' } } },
      /this changes metadata\.annotations\.scaledobject\.keda\.sh\/transfer-hpa-ownership; deploy/,
    ],
    [
      'a number of replicas',
      { metadata: { annotations: { 'autoscaling.keda.sh/paused-replicas': '0' } } },
      /may only be removed/,
    ],
    [
      'the mark of a release',
      { metadata: { annotations: { 'llm-platform.dev/scaling-paused-by': 'me' } } },
      /may only be removed/,
    ],
  ])('%s may not be changed', async (_, change, reason) => {
    expect(await refusalOf(operator.merge(SCALER, change))).toMatch(reason);
  });
});
