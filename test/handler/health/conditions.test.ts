import { conditionHealth } from '../../../handler/health/conditions';
import { assessedAt } from '../../../handler/health';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';

function object(apiVersion: string, kind: string, status?: object): KubernetesObject {
  return {
    apiVersion,
    kind,
    metadata: { name: 'x', namespace: 'models', generation: 2 },
    ...(status ? { status } : {}),
  };
}

const condition = (type: string, status: string, more: object = {}) => ({ type, status, ...more });
const conditions = (...given: object[]) => ({ conditions: given });
const parents = (...given: object[]) => ({ parents: given });

const CERTIFICATE = ['cert-manager.io/v1', 'Certificate'] as const;
const SECRET = ['external-secrets.io/v1', 'ExternalSecret'] as const;
const ROUTE = ['gateway.networking.k8s.io/v1', 'HTTPRoute'] as const;
const POOL = ['inference.networking.k8s.io/v1', 'InferencePool'] as const;
const GADGET = ['example.com/v1', 'Gadget'] as const;

test.each<[string, readonly [string, string], object | undefined, object]>([
  ['a kind that nobody knows, without a status', GADGET, undefined, { state: 'healthy' }],
  ['one with conditions of other names', GADGET, conditions(condition('Warm', 'False')), { state: 'healthy' }],
  ['one that is ready', GADGET, conditions(condition('Ready', 'True')), { state: 'healthy' }],
  [
    'one that is not available',
    GADGET,
    conditions(condition('Available', 'False', { message: 'no pods' })),
    { state: 'progressing', reason: 'is not Available: no pods', noteworthy: true },
  ],
  [
    'one that is not known to be ready',
    GADGET,
    conditions(condition('Ready', 'Unknown')),
    { state: 'progressing', reason: 'is not Ready' },
  ],
  [
    'one that is stalled',
    GADGET,
    conditions(
      condition('Ready', 'False'),
      condition('Stalled', 'True', { reason: 'BadSpec', message: 'no such field' }),
    ),
    { state: 'failed', reason: 'is stalled: BadSpec: no such field' },
  ],
  [
    'one that is reconciling',
    GADGET,
    conditions(condition('Reconciling', 'True')),
    { state: 'progressing', reason: 'is reconciling' },
  ],
  [
    'a status of the generation before',
    GADGET,
    { observedGeneration: 1, ...conditions(condition('Ready', 'True')) },
    { state: 'progressing', reason: 'its controller has not seen it yet' },
  ],
  [
    'a condition of the generation before',
    GADGET,
    conditions(condition('Ready', 'True', { observedGeneration: 1 })),
    { state: 'progressing', reason: 'is not Ready: its controller has not seen it yet' },
  ],
  [
    'a condition of the present generation',
    GADGET,
    conditions(condition('Ready', 'True', { observedGeneration: 2 })),
    { state: 'healthy' },
  ],
  [
    'an ExternalSecret that nobody has seen',
    SECRET,
    undefined,
    { state: 'progressing', reason: 'is not Ready yet; is its controller running?' },
  ],
  [
    'an ExternalSecret that cannot sync',
    SECRET,
    conditions(condition('Ready', 'False', { reason: 'SecretSyncedError', message: 'no such secret' })),
    { reason: 'is not Ready: SecretSyncedError: no such secret', noteworthy: true },
  ],
  [
    'an ExternalSecret that was synced as it was before',
    SECRET,
    { syncedResourceVersion: '1-0c3a', ...conditions(condition('Ready', 'True')) },
    { state: 'progressing', reason: 'its controller has not seen it yet' },
  ],
  [
    'an ExternalSecret that can no longer sync',
    SECRET,
    {
      syncedResourceVersion: '1-0c3a',
      ...conditions(condition('Ready', 'False', { reason: 'SecretSyncedError', message: 'no such field' })),
    },
    { reason: 'is not Ready: SecretSyncedError: no such field', noteworthy: true },
  ],
  [
    'an ExternalSecret that was synced as it is',
    SECRET,
    { syncedResourceVersion: '2-0c3a', ...conditions(condition('Ready', 'True')) },
    { state: 'healthy' },
  ],
  [
    'a Certificate that is not issued',
    CERTIFICATE,
    conditions(condition('Issuing', 'True'), condition('Ready', 'False', { message: 'pending' })),
    { state: 'progressing', reason: 'is not Ready: pending' },
  ],
  [
    'a NodePool that is not ready',
    ['karpenter.sh/v1', 'NodePool'],
    conditions(condition('NodeClassReady', 'False'), condition('Ready', 'False', { message: 'NodeClassReady=False' })),
    { reason: 'is not Ready: NodeClassReady=False' },
  ],
  [
    'an EC2NodeClass that nobody has seen',
    ['karpenter.k8s.aws/v1', 'EC2NodeClass'],
    undefined,
    { state: 'progressing' },
  ],
  [
    'a Gateway that is accepted and not programmed',
    ['gateway.networking.k8s.io/v1', 'Gateway'],
    conditions(condition('Accepted', 'True'), condition('Programmed', 'False', { message: 'no address' })),
    { reason: 'is not Programmed: no address' },
  ],
  [
    'a Gateway that is accepted only',
    ['gateway.networking.k8s.io/v1', 'Gateway'],
    conditions(condition('Accepted', 'True')),
    { reason: 'is not Programmed yet; is its controller running?' },
  ],
  [
    'a route that no Gateway has taken',
    ROUTE,
    undefined,
    {
      state: 'progressing',
      reason: 'is not Accepted: no parent has taken it; is the Gateway there, and a controller for it?',
    },
  ],
  [
    'a route that was taken',
    ROUTE,
    parents({
      parentRef: { name: 'front' },
      ...conditions(condition('Accepted', 'True'), condition('ResolvedRefs', 'True')),
    }),
    { state: 'healthy' },
  ],
  [
    'a route to what is not there',
    ROUTE,
    parents({
      parentRef: { name: 'front' },
      ...conditions(condition('Accepted', 'True'), condition('ResolvedRefs', 'False', { reason: 'BackendNotFound' })),
    }),
    { reason: 'is not ResolvedRefs by front: BackendNotFound' },
  ],
  [
    'a route that one of two refuses',
    ROUTE,
    parents(
      { parentRef: { name: 'front' }, ...conditions(condition('Accepted', 'True'), condition('ResolvedRefs', 'True')) },
      {
        parentRef: { name: 'back' },
        ...conditions(condition('Accepted', 'False', { reason: 'NotAllowedByListeners' })),
      },
    ),
    { reason: 'is not Accepted by back: NotAllowedByListeners' },
  ],
  [
    'an InferencePool that was taken',
    POOL,
    parents({
      parentRef: { name: 'front' },
      ...conditions(condition('Accepted', 'True'), condition('ResolvedRefs', 'True')),
    }),
    { state: 'healthy' },
  ],
  ['an InferencePool that nobody uses', POOL, {}, { state: 'progressing' }],
  ['a new CustomResource with null conditions', GADGET, { conditions: null }, { state: 'healthy' }],
])('%s', (_, [apiVersion, kind], status, expected) => {
  expect(conditionHealth(object(apiVersion, kind, status))).toMatchObject(expected);
});

describe('a route that was moved', () => {
  const moved = (spec: object, ...given: object[]): KubernetesObject => ({
    ...object(...ROUTE, parents(...given)),
    spec,
  });
  const taken = (name: string, generation: number) => ({
    parentRef: { name },
    ...conditions(
      condition('Accepted', 'True', { observedGeneration: generation }),
      condition('ResolvedRefs', 'True', { observedGeneration: generation }),
    ),
  });

  test('is not kept by the entry that a former parent has left', () => {
    expect(conditionHealth(moved({ parentRefs: [{ name: 'new' }] }, taken('old', 1), taken('new', 2)))).toMatchObject({
      state: 'healthy',
    });
  });

  test('waits for each parent that it names', () => {
    expect(conditionHealth(moved({ parentRefs: [{ name: 'old' }, { name: 'new' }] }, taken('old', 2)))).toMatchObject({
      reason: 'is not Accepted: new has not taken it; is the Gateway there, and a controller for it?',
    });
  });
});

test('conditions that name no generation count only when they can be about the last change', () => {
  const changed = Date.parse('2026-01-01T00:00:00Z');
  const live: KubernetesObject = { ...object(...SECRET, conditions(condition('Ready', 'True'))) };
  live.metadata.managedFields = [
    {
      manager: 'cdk-llm-platform',
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      time: '2026-01-01T00:00:00Z',
    },
  ];
  expect(conditionHealth(live, changed + 4000)).toMatchObject({
    state: 'progressing',
    reason: 'its controller may not have seen it yet',
  });
  expect(conditionHealth(live, changed + 5000)).toMatchObject({ state: 'healthy' });
  // What says nothing of itself at all is not waited for.
  const silent: KubernetesObject = { ...object(...GADGET), metadata: live.metadata };
  expect(conditionHealth(silent, changed + 1000)).toMatchObject({ state: 'healthy' });
});

test.each([
  ['v1', 'ConfigMap', 'never'],
  ['v1', 'Service', 'never'],
  ['rbac.authorization.k8s.io/v1', 'Role', 'never'],
  ['networking.k8s.io/v1', 'Ingress', 'never'],
  ['v1', 'Namespace', 'wave'],
  ['apps/v1', 'Deployment', 'wave'],
  ['argoproj.io/v1alpha1', 'Rollout', 'wave'],
  ['batch/v1', 'Job', 'wave'],
  ['keda.sh/v1alpha1', 'ScaledObject', 'end'],
  ['karpenter.sh/v1', 'NodePool', 'end'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute', 'end'],
  // Of the name of a kind of Kubernetes, and not one.
  ['batch.volcano.sh/v1alpha1', 'Job', 'end'],
  ['serving.knative.dev/v1', 'Service', 'end'],
])('%s %s is judged at: %s', (apiVersion, kind, expected) => {
  expect(assessedAt({ apiVersion, kind })).toBe(expected);
});
