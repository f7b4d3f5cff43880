import { App } from 'cdk8s';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { ModelRbacChart } from '../../constructs/platform/model-rbac-chart';
import { NamespacesChart } from '../../constructs/platform/namespaces-chart';
import { WorkloadAdmissionChart } from '../../constructs/platform/workload-admission-chart';
import { OPERATORS_GROUP } from '../../constructs/cluster/access-groups';
import { MODEL_RELEASES_GROUP } from '../../constructs/kubernetes/contract/names';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { messageOf } from '../../kubernetes-client/kubernetes-client';
import { applyPolicies, applyPrerequisites, eventually, refusalOf, removePolicies } from './support/admission';
import { impersonating } from './support/identities';
import { adminAccess } from './support/releases';

// What the API server admits as pods where workloads run: by Pod Security of the namespace, and by the policies of the platform.

const client = new ClusterClient(adminAccess());
const app = new App();
const objectsOf = (chart: { toJson(): unknown[] }) => chart.toJson() as KubernetesObject[];
const namespaces = objectsOf(
  new NamespacesChart(app, 'namespaces', { quota: NamespacesChart.quotaFor(4, 4), autoscaling: true }),
);
const policies = objectsOf(
  new WorkloadAdmissionChart(app, 'admission', {
    allowedRegistries: ['registry.example:5000', 'docker.io/vllm', 'docker.io/library', 'quay.io/team'],
  }),
);
const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

interface PodSpec {
  readonly containers: readonly object[];
  readonly [field: string]: unknown;
}

const container = (image: string, more: object = {}): object => ({
  name: 'main',
  image,
  resources: { requests: { cpu: '1m', memory: '1Mi' } },
  securityContext: RESTRICTED,
  ...more,
});

function pod(
  spec: Partial<PodSpec> = {},
  labels: Record<string, string> = { 'app.kubernetes.io/name': 'good' },
  namespace = 'models',
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'good', namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 2000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container('registry.example:5000/engine:1')],
      ...spec,
    },
  };
}

beforeAll(async () => {
  await applyPrerequisites(client, namespaces);
  await applyPrerequisites(client, [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace: 'models', name: 'default' },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'keda', name: 'default' } },
  ]);
  await applyPolicies(
    client,
    policies,
    async () =>
      /images may only/.test(
        (await refusalOf(client, pod({ containers: [container('foreign.example/x:1')] }))) ?? '',
      ) && /need the labels/.test((await refusalOf(client, pod({}, {}))) ?? ''),
  );
});

afterAll(async () => {
  await removePolicies(client, policies);
  await client.remove({ apiVersion: 'v1', kind: 'Pod', namespace: 'models', name: 'old' });
});

describe('admitted in a namespace of workloads', () => {
  test.each([
    ['registry.example:5000/engine:1'],
    ['registry.example:5000/deep/er/engine@sha256:' + 'a'.repeat(64)],
    ['quay.io/team/engine:1'],
    ['docker.io/vllm/vllm-openai:v1'],
    // Without a registry it is Docker Hub's.
    ['vllm/vllm-openai:v1'],
    ['busybox:1'],
    ['busybox'],
  ])('%s', async (image) => {
    expect(await refusalOf(client, pod({ containers: [container(image)] }))).toBeUndefined();
  });
});

describe('refused in a namespace of workloads by Pod Security', () => {
  test.each<[string, Partial<PodSpec>, RegExp]>([
    ['root', { securityContext: { runAsUser: 0, seccompProfile: { type: 'RuntimeDefault' } } }, /runAsNonRoot != true/],
    [
      'a privileged container',
      { containers: [container('registry.example:5000/engine:1', { securityContext: { privileged: true } })] },
      /privileged/,
    ],
    [
      'more privileges than its parent',
      {
        containers: [
          container('registry.example:5000/engine:1', {
            securityContext: { ...RESTRICTED, allowPrivilegeEscalation: true },
          }),
        ],
      },
      /allowPrivilegeEscalation/,
    ],
    ['files of the host', { volumes: [{ name: 'host', hostPath: { path: '/' } }] }, /hostPath/],
    ['the network of the host', { hostNetwork: true }, /hostNetwork=true/],
    ['processes of the host', { hostPID: true }, /hostPID=true/],
    [
      'a port of the host',
      { containers: [container('registry.example:5000/engine:1', { ports: [{ containerPort: 1, hostPort: 1 }] })] },
      /hostPort/,
    ],
  ])('%s', async (_, spec, reason) => {
    const refusal = await refusalOf(client, pod(spec));
    expect(refusal).toMatch(/violates PodSecurity "restricted:latest"/);
    expect(refusal).toMatch(reason);
  });
});

describe('refused in a namespace of workloads by the platform', () => {
  test.each([
    ['foreign.example/engine:1'],
    // Only below the path, and only the registry itself.
    ['quay.io/other/engine:1'],
    ['quay.io/teams/engine:1'],
    ['registry.example:5000.evil.example/engine:1'],
    ['registry.example/engine:1'],
    ['evil.example/docker.io/vllm/engine:1'],
    ['localhost/engine:1'],
    ['other/engine:1'],
  ])('an image %s', async (image) => {
    const refusal =
      /images may only come from registry\.example:5000, docker\.io\/vllm, docker\.io\/library, quay\.io\/team, got .*; take them from there, or add the registry to the platform/;
    expect(await refusalOf(client, pod({ containers: [container(image)] }))).toMatch(refusal);
    expect(await refusalOf(client, pod({ initContainers: [{ ...container(image), name: 'before' }] }))).toMatch(
      refusal,
    );
  });

  test('a pod that no label names', async () => {
    const refusal = /pods need the labels app\.kubernetes\.io\/name, got none; add them to the template/;
    expect(await refusalOf(client, pod({}, {}))).toMatch(refusal);
    expect(await refusalOf(client, pod({}, { app: 'x' }))).toMatch(refusal);
  });

  test('a foreign image, and the loss of a label, of a pod that runs', async () => {
    await client.apply({ ...pod(), metadata: { ...pod().metadata, name: 'running' } });
    const running = { apiVersion: 'v1', kind: 'Pod', namespace: 'models', name: 'running' };
    const change = (object: object): Promise<string> =>
      client.merge(running, object as never).then(() => 'accepted', messageOf);
    expect(await change({ spec: { containers: [container('foreign.example/x:1')] } })).toMatch(/images may only/);
    expect(await change({ metadata: { labels: { 'app.kubernetes.io/name': null } } })).toMatch(/need the labels/);
    expect(await change({ metadata: { labels: { more: 'yes' } } })).toBe('accepted');
    const debugging = { name: 'debug', image: 'foreign.example/x:1', securityContext: RESTRICTED };
    expect(
      await client
        .merge(running, { spec: { ephemeralContainers: [debugging] } }, 'ephemeralcontainers')
        .then(() => 'accepted', messageOf),
    ).toMatch(/images may only/);
    await client.remove(running);
  });
});

test('a pod that is older than the policies can still be changed, and end', async () => {
  await removePolicies(client, policies);
  const old = { apiVersion: 'v1', kind: 'Pod', namespace: 'models', name: 'old' };
  const object = pod({ containers: [container('foreign.example/x:1')] }, {});
  await eventually('the policies are gone', () =>
    client.apply({ ...object, metadata: { ...object.metadata, name: 'old' } }).then(
      () => true,
      () => false,
    ),
  );
  await applyPolicies(
    client,
    policies,
    async () =>
      /images may only/.test(
        (await refusalOf(client, pod({ containers: [container('foreign.example/x:1')] }))) ?? '',
      ) && /need the labels/.test((await refusalOf(client, pod({}, {}))) ?? ''),
  );
  await client.merge(old, { metadata: { annotations: { changed: 'yes' } } });
  await client.remove(old);
});

test('namespaces of controllers are not held to it, but to their own level', async () => {
  expect(await refusalOf(client, pod({ containers: [container('foreign.example/x:1')] }, {}, 'keda'))).toBeUndefined();
  expect(await refusalOf(client, pod({ hostNetwork: true }, {}, 'keda'))).toMatch(/violates PodSecurity/);
});

describe('who is held to it cannot lift it', () => {
  const access = objectsOf(new ModelRbacChart(app, 'access')).filter(({ kind }) => !kind.startsWith('Validating'));
  const [policy] = policies;

  beforeAll(async () => {
    for (const object of access) await client.apply(object);
  });

  test.each([
    ['operators', OPERATORS_GROUP],
    ['releases of models', MODEL_RELEASES_GROUP],
  ])('%s', async (_, group) => {
    const member = impersonating('alice', group);
    const refused = (change: Promise<unknown>) => expect(change).rejects.toThrow(/forbidden/i);
    await refused(member.remove({ apiVersion: policy.apiVersion, kind: policy.kind, name: policy.metadata.name }));
    await refused(
      member.merge(
        { apiVersion: 'v1', kind: 'Namespace', name: 'models' },
        {
          metadata: {
            labels: { 'llm-platform.dev/tier': 'other', 'pod-security.kubernetes.io/enforce': 'privileged' },
          },
        },
      ),
    );
    await refused(member.apply(pod()));
  });
});
