import { canonicalQuantities, canonicalQuantity } from '../../../constructs/kubernetes/quantities';
import { type Json, MARKER } from '../../../constructs/kubernetes/contract/release-document';
import { NEGATIVE_SPELLINGS, SPELLINGS } from '../../support/quantities';

describe('one quantity', () => {
  test.each([...SPELLINGS, ...NEGATIVE_SPELLINGS])('$spelled becomes $canonical', ({ spelled, canonical }) => {
    expect(canonicalQuantity(spelled)).toBe(canonical);
    expect(canonicalQuantity(canonical)).toBe(canonical);
  });

  test.each([
    [4, '4'],
    [1000, '1k'],
    [0.1, '100m'],
    [1e21, '1e21'],
    [1e-7, '100e-9'],
    [' 1Gi ', '1Gi'],
  ])('%p is read as the API server reads it', (given, expected) => {
    expect(canonicalQuantity(given)).toBe(expected);
  });

  test.each(['', '1K', '1ki', '1GB', '1e', '1e-', '1e1.5', '1.5.5', '1 Gi', '1,5', 'abc', '-', '.', 'Gi'])(
    '"%s" is none, and stays as it is',
    (text) => {
      expect(canonicalQuantity(text)).toBe(text);
    },
  );

  test.each(['1000E', '2000.0E', '1000000P'])(
    '%s has no canonical form, and stays as it is: the API server would drop its suffix',
    (text) => {
      expect(canonicalQuantity(text)).toBe(text);
    },
  );

  test('with an exponent beyond all memory takes none', () => {
    expect(canonicalQuantity('1e999999999')).toBe('1e999999999');
    expect(canonicalQuantity('1e-999999999')).toBe('1e-9');
  });
});

describe('in an object, quantities are', () => {
  const requirements = { limits: { cpu: '1000m', 'nvidia.com/gpu': 1 }, requests: { memory: '1.5Gi' } };
  const rewritten = { limits: { cpu: '1', 'nvidia.com/gpu': '1' }, requests: { memory: '1536Mi' } };
  const pod = (resources: Json): Json => ({
    containers: [{ name: 'engine', resources }, { name: 'none' }],
    initContainers: [{ name: 'init', resources }],
    ephemeralContainers: [{ name: 'debug', resources }],
    resources,
  });
  const claim = (resources: Json): Json => ({ spec: { accessModes: ['ReadWriteOnce'], resources } });

  /** Where the resources of a pod or a claim stand. */
  const PLACES: Record<string, (resources: Json) => Json> = {
    Pod: (resources) => ({ apiVersion: 'v1', kind: 'Pod', spec: pod(resources) }),
    Deployment: (resources) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { template: { spec: pod(resources) } },
    }),
    Rollout: (resources) => ({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      spec: { template: { spec: pod(resources) } },
    }),
    LeaderWorkerSet: (resources) => ({
      apiVersion: 'leaderworkerset.x-k8s.io/v1',
      kind: 'LeaderWorkerSet',
      spec: {
        leaderWorkerTemplate: {
          leaderTemplate: { spec: pod(resources) },
          workerTemplate: { spec: pod(resources) },
          volumeClaimTemplates: [claim(resources)],
        },
      },
    }),
    StatefulSet: (resources) => ({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      spec: { volumeClaimTemplates: [claim(resources)] },
    }),
    'volume of a pod': (resources) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: { containers: [], volumes: [{ name: 'data', ephemeral: { volumeClaimTemplate: claim(resources) } }] },
    }),
    PersistentVolumeClaim: (resources) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      ...(claim(resources) as object),
    }),
  };
  test.each(Object.entries(PLACES))('resources: %s', (_, place) => {
    expect(canonicalQuantities(place(requirements))).toEqual(place(rewritten));
  });

  /** Where other lists stand. */
  const LISTS: Record<string, (amounts: Json) => Json> = {
    'ResourceQuota, hard': (hard) => ({ apiVersion: 'v1', kind: 'ResourceQuota', spec: { hard } }),
    'PersistentVolume, capacity': (capacity) => ({ apiVersion: 'v1', kind: 'PersistentVolume', spec: { capacity } }),
    ...Object.fromEntries(
      ['min', 'max', 'default', 'defaultRequest', 'maxLimitRequestRatio'].map((field) => [
        `LimitRange, ${field}`,
        (amounts: Json) => ({
          apiVersion: 'v1',
          kind: 'LimitRange',
          spec: { limits: [{ type: 'Container', [field]: amounts }] },
        }),
      ]),
    ),
  };
  test.each(Object.entries(LISTS))('amounts: %s', (_, place) => {
    expect(canonicalQuantities(place({ cpu: 1, memory: '1024Mi' }))).toEqual(place({ cpu: '1', memory: '1Gi' }));
  });

  test('the size of an emptyDir', () => {
    const volumes = (sizeLimit: Json) => ({
      spec: { containers: [], volumes: [{ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit } }] },
    });
    expect(canonicalQuantities(volumes('2048Mi'))).toEqual(volumes('2Gi'));
    expect(canonicalQuantities(volumes(1000))).toEqual(volumes('1k'));
  });

  test.each<[string, Json]>([
    [
      'limits of a custom resource',
      {
        apiVersion: 'gateway.example/v1',
        kind: 'RateLimit',
        spec: { limits: { requestsPerMinute: 100 }, requests: { burst: 2000 } },
      },
    ],
    [
      'capacity and hard of a custom resource',
      {
        apiVersion: 'pool.example/v1',
        kind: 'Pool',
        spec: { capacity: { slots: 8 }, hard: { slots: 8 }, sizeLimit: 2000 },
      },
    ],
    [
      'a custom resource that has the name of a core kind',
      { apiVersion: 'quota.example/v1', kind: 'ResourceQuota', spec: { hard: { models: 5 } } },
    ],
    [
      'limits of a container that are not its resources',
      { spec: { containers: [{ name: 'proxy', limits: { connections: 1000 } }] } },
    ],
    [
      'resources that stand in no pod',
      { apiVersion: 'example/v1', kind: 'Plan', spec: { resources: { limits: { seats: 1000 } } } },
    ],
    ['data', { apiVersion: 'v1', kind: 'ConfigMap', data: { note: '1000m', constructor: '1000m' } }],
    [
      'names that lists of JavaScript inherit',
      { spec: { containers: [{ resources: { limits: { constructor: 'x' } } }] } },
    ],
  ])('not %s', (_, object) => {
    expect(canonicalQuantities(object)).toEqual(object);
  });

  test('not what markers stand for or hold, although their neighbors are', () => {
    const value = { [MARKER]: 'value', value: 'v0', type: 'number' };
    const limits = (cpu: string) => ({
      spec: {
        containers: [
          { resources: { limits: { cpu, memory: value }, requests: { [MARKER]: 'map', entries: [[value, '1000m']] } } },
        ],
      },
    });
    expect(canonicalQuantities(limits('1000m'))).toEqual(limits('1'));
    const text = {
      metadata: {
        annotations: {
          pod: { [MARKER]: 'jsonText', body: { containers: [{ resources: { limits: { cpu: '1000m' } } }] } },
        },
      },
    };
    expect(canonicalQuantities(text)).toEqual(text);
  });
});
