import { App } from 'cdk8s';
import { ModelRbacChart } from '../../constructs/platform/model-rbac-chart';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { AWS_IDENTITY_MISSING } from '../../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { applyPolicies, refusalOf, removePolicies } from './support/admission';
import { adminAccess, TestRelease } from './support/releases';

// Pods that need an IAM role and come before EKS Pod Identity knows of it, as the API server's admission judges them.

const client = new ClusterClient(adminAccess());
const policies = (new ModelRbacChart(new App(), 'access').toJson() as KubernetesObject[]).filter(
  ({ metadata }) => metadata.name === 'llm-platform-aws-identity',
);
const CREDENTIALS = { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' };

let release: TestRelease;
beforeAll(async () => {
  release = await TestRelease.create(client, 'identity');
  await client.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'chat', namespace: release.namespace },
  });
  await applyPolicies(client, policies, async () => (await dryRunOf(pod([{}, {}]))) !== undefined);
});
afterAll(() => removePolicies(client, policies));

/** A pod with these containers, in the release's namespace. */
function pod(
  containers: object[],
  labels: Record<string, string> = { 'llm-platform.dev/aws-identity': 'required' },
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'chat', namespace: release.namespace, labels },
    spec: {
      serviceAccountName: 'chat',
      containers: containers.map((container, index) => ({
        name: `c${index}`,
        image: 'registry.example/engine:1',
        ...container,
      })),
    },
  };
}

const dryRunOf = (object: KubernetesObject) => refusalOf(client, object);

test('a pod is refused as long as the credentials are not in each of its containers', async () => {
  for (const containers of [[{}], [{ env: [{ name: 'OTHER', value: 'x' }] }], [{ env: [CREDENTIALS] }, {}]]) {
    expect(await dryRunOf(pod(containers))).toMatch(
      new RegExp(`${AWS_IDENTITY_MISSING}: EKS Pod Identity knows no association of the service account chat`),
    );
  }
  expect(await dryRunOf(pod([{ env: [CREDENTIALS] }, { env: [CREDENTIALS] }]))).toBeUndefined();
});

test('a pod that needs no role is left alone', async () => {
  expect(await dryRunOf(pod([{}], {}))).toBeUndefined();
});
