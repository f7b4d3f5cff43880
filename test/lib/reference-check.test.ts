import { sharedObjects } from '../../constructs/kubernetes/shared-objects';
import { missingReferences } from '../../lib/references/reference-check';

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'models' } };
const meta = { namespace: 'models', name: 'x' };
const pod = (spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: meta, spec: { containers: [], ...spec } });

const missing = (...objects: object[]) =>
  missingReferences([
    { name: 'Platform/platform', objects: [namespace] },
    { name: 'Serving/x', objects },
  ]);

describe('reference check', () => {
  test.each<[string, object, RegExp]>([
    [
      'CRD',
      { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: meta },
      /Rollout\/x: expected the CRD argoproj\.io\/Rollout from an earlier stack, got none; add its controller/,
    ],
    [
      'CRD under k8s.io',
      { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: meta },
      /CRD gateway\.networking\.k8s\.io\/HTTPRoute/,
    ],
    [
      'namespace',
      { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'elsewhere', name: 'x' } },
      /expected the namespace elsewhere/,
    ],
    [
      'storage class',
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta, spec: { storageClassName: 'fast' } },
      /expected the storage class fast/,
    ],
    [
      'accelerator',
      pod({ nodeSelector: { 'llm-platform.dev/accelerator': 'p5.48xlarge' } }),
      /expected the accelerator p5\.48xlarge/,
    ],
    ['service account', pod({ serviceAccountName: 'chat' }), /expected the service account models\/chat/],
    [
      'ConfigMap of a volume',
      pod({ volumes: [{ name: 'c', configMap: { name: 'settings' } }] }),
      /expected the ConfigMap models\/settings/,
    ],
    [
      'ConfigMap of a variable',
      pod({ containers: [{ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }] }] }),
      /expected the ConfigMap models\/settings/,
    ],
    [
      'claim of a volume',
      pod({ volumes: [{ name: 'k', persistentVolumeClaim: { claimName: 'x-compile-cache' } }] }),
      /expected the PersistentVolumeClaim models\/x-compile-cache/,
    ],
    [
      'address of a trigger',
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: meta,
        spec: {
          triggers: [{ type: 'prometheus', metadata: { serverAddress: 'http://prometheus.elsewhere.svc:9090' } }],
        },
      },
      /expected the endpoint http:\/\/prometheus\.elsewhere\.svc:9090/,
    ],
    [
      'Secret of a volume',
      pod({ volumes: [{ name: 's', secret: { secretName: 'token' } }] }),
      /expected the Secret models\/token/,
    ],
    [
      'Secret of a variable',
      pod({ containers: [{ envFrom: [{ secretRef: { name: 'token' } }] }] }),
      /expected the Secret models\/token/,
    ],
    ['Secret of a registry', pod({ imagePullSecrets: [{ name: 'registry' }] }), /expected the Secret models\/registry/],
  ])('names a missing %s', (_, object, message) => {
    const problems = missing(object);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(problems[0]).toMatch(/^Serving\/x: /);
  });

  test('names missing Services, AnalysisTemplates and endpoints of a rollout', () => {
    const crds = ['Rollout', 'AnalysisTemplate'].map((kind) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: kind },
      spec: { group: 'argoproj.io', names: { kind } },
    }));
    const rollout = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: meta,
      spec: {
        strategy: {
          canary: {
            stableService: 'x',
            canaryService: 'x-canary',
            analysis: { templates: [{ templateName: 'ttft' }] },
          },
        },
      },
    };
    const template = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisTemplate',
      metadata: { namespace: 'models', name: 'errors' },
      spec: { metrics: [{ provider: { prometheus: { address: 'http://prometheus.monitoring.svc:9090' } } }] },
    };
    const service = { apiVersion: 'v1', kind: 'Service', metadata: meta };
    expect(
      missing(...crds, rollout, template, service).map((line) => /expected the (.*) from/.exec(line)?.[1]),
    ).toEqual([
      'Service models/x-canary',
      'AnalysisTemplate models/ttft',
      'endpoint http://prometheus.monitoring.svc:9090',
    ]);
  });

  test('accepts what an earlier step or the release itself provides, and what is optional or unknown', () => {
    expect(
      missingReferences([
        { name: 'cluster', objects: [], provides: [{ kind: 'accelerator', name: 'g6.xlarge' }] },
        {
          name: 'Platform/platform',
          objects: [
            namespace,
            { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring' } },
            { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'monitoring', name: 'prometheus' } },
            { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'gp3' } },
          ],
          provides: [{ kind: 'CRD', name: 'argoproj.io/AnalysisTemplate' }],
        },
        {
          name: 'Serving/x',
          objects: [
            { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'models', name: 'chat' } },
            { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta, spec: { storageClassName: 'gp3' } },
            pod({ serviceAccountName: 'chat', nodeSelector: { 'llm-platform.dev/accelerator': 'g6.xlarge' } }),
            pod({
              volumes: [
                { configMap: { name: 'absent', optional: true } },
                { secret: { secretName: { $deployTime: 'value' } } },
              ],
            }),
            {
              apiVersion: 'argoproj.io/v1alpha1',
              kind: 'AnalysisTemplate',
              metadata: meta,
              spec: {
                metrics: [
                  { provider: { prometheus: { address: 'http://prometheus.monitoring.svc.cluster.local:9090' } } },
                ],
              },
            },
          ],
        },
      ]),
    ).toEqual([]);
  });

  test('a Secret that External Secrets makes is there by the name of its target', () => {
    const externalSecret = (spec: object) => ({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: meta,
      spec,
    });
    const reads = (secretName: string) => pod({ volumes: [{ name: 's', secret: { secretName } }] });
    const problems = (spec: object, secretName: string) =>
      missing(externalSecret(spec), reads(secretName)).filter((problem) => problem.includes('the Secret'));
    expect(problems({ target: { name: 'token' } }, 'token')).toEqual([]);
    expect(problems({}, 'x')).toEqual([]);
    expect(problems({ target: { name: 'token' } }, 'x')).toHaveLength(1);
  });

  test('names a missing Service of a TargetGroupBinding', () => {
    const binding = {
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'TargetGroupBinding',
      metadata: meta,
      spec: { serviceRef: { name: 'gateway', port: 8000 } },
    };
    expect(missing(binding)).toEqual([
      expect.stringContaining('expected the CRD elbv2.k8s.aws/TargetGroupBinding'),
      expect.stringContaining('expected the Service models/gateway'),
    ]);
  });

  test('does not count what comes later', () => {
    const problems = missingReferences([
      { name: 'Serving/x', objects: [pod({})] },
      { name: 'Platform/platform', objects: [namespace] },
    ]);
    expect(problems).toEqual([expect.stringContaining('expected the namespace models')]);
  });

  test('lists every problem at once', () => {
    expect(missing(pod({ serviceAccountName: 'a' }), pod({ volumes: [{ secret: { secretName: 'b' } }] }))).toHaveLength(
      2,
    );
  });
});

test('an object in two releases is refused', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: meta };
  const other = { ...service, metadata: { ...meta, name: 'y' } };
  expect(
    sharedObjects([
      { name: 'Serving-a/a', objects: [service, other] },
      { name: 'Serving-b/b', objects: [service] },
    ]),
  ).toEqual([
    'Serving-a/a, Serving-b/b: expected objects of their own, got Service models/x in each; leave it to one of them, or rename one',
  ]);
  expect(
    sharedObjects([
      { name: 'Serving-a/a', objects: [service] },
      { name: 'Serving-b/b', objects: [other] },
    ]),
  ).toEqual([]);
});
