import { staging } from '../../../../../environments';
import type { EnvironmentConfig, NewCluster } from '../../../../../lib/environment/environment-config';
import { type AccountReader } from '../../../../../lib/commands/preflight/aws-account';
import { type CheckContext, run } from '../../../../../lib/commands/preflight/check';
import { versionChecks } from '../../../../../lib/commands/preflight/topics/versions';

const { create } = staging.cluster as { create: NewCluster };
const BOTTLEROCKET = '/aws/service/bottlerocket/aws-k8s-1.36';

/** Parameters of Systems Manager that AWS publishes. */
const PARAMETERS: Readonly<Record<string, string>> = {
  [`${BOTTLEROCKET}/x86_64/latest/image_version`]: '1.64.0-0a1b2c3d',
  [`${BOTTLEROCKET}/x86_64/1.63.0-6154605b/image_version`]: '1.63.0-6154605b',
  [`${BOTTLEROCKET}-nvidia/x86_64/latest/image_version`]: '1.64.0-0a1b2c3d',
  [`${BOTTLEROCKET}-nvidia/x86_64/1.63.0/image_version`]: '1.63.0-6154605b',
  '/aws/service/eks/optimized-ami/1.36/amazon-linux-2023/x86_64/nvidia/recommended/release_version': '1.36.1-20261120',
};

const NEWEST: Readonly<Record<string, string[]>> = {
  coredns: ['v1.14.4-eksbuild.1', 'v1.14.3-eksbuild.16'],
  'vpc-cni': ['v1.23.0-eksbuild.1'],
};

const account = {
  kubernetesReleases: () =>
    Promise.resolve([
      { version: '1.37', standardSupport: true },
      { version: '1.36', standardSupport: true, endOfStandardSupport: '2027-08-02' },
      { version: '1.35', standardSupport: false },
    ]),
  addonVersions: (addon: string) => Promise.resolve(NEWEST[addon] ?? [create.addonVersions![addon]]),
  parameter: (name: string) => Promise.resolve(PARAMETERS[name]),
} as unknown as AccountReader;

async function check(
  change: Partial<NewCluster> = {},
  reader: AccountReader = account,
): Promise<Record<string, string>> {
  const environment: EnvironmentConfig = {
    ...staging,
    cluster: { create: { ...create, systemImageVersion: '1.63.0-6154605b', ...change } },
  };
  const results = await Promise.all(versionChecks({ environment, account: reader } as CheckContext).map(run));
  return Object.fromEntries(
    results.map(({ check: name, needed, found, state, advice }) => [
      name,
      `${needed} | ${found} | ${state}${advice === undefined ? '' : ` | ${advice}`}`,
    ]),
  );
}

test('what is behind, and the line that renews it', async () => {
  expect(await check()).toEqual({
    'Version: Kubernetes':
      '1.36 | 1.37 is offered, standard support until 2027-08-02 | warning | raise kubernetesVersion one minor version at a time: docs/runbooks/kubernetes-upgrade.md',
    'Version: eks-pod-identity-agent': 'v1.3.10-eksbuild.3 | newest | ok',
    'Version: vpc-cni':
      "v1.22.4-eksbuild.3 | no such version for Kubernetes 1.36 | problem | cluster.create.addonVersions: 'vpc-cni': 'v1.23.0-eksbuild.1'",
    'Version: kube-proxy': 'v1.36.0-eksbuild.21 | newest | ok',
    'Version: coredns':
      "v1.14.3-eksbuild.16 | v1.14.4-eksbuild.1 | warning | cluster.create.addonVersions: 'coredns': 'v1.14.4-eksbuild.1'",
    'Version: aws-ebs-csi-driver': 'v1.63.1-eksbuild.1 | newest | ok',
    'Version: eks-node-monitoring-agent': 'v1.6.5-eksbuild.1 | newest | ok',
    'Image: system nodes':
      "1.63.0-6154605b | 1.64.0-0a1b2c3d | warning | cluster.create.systemImageVersion: '1.64.0-0a1b2c3d'",
    'Image: nodes g6e.xlarge': "v1.63.0 | v1.64.0 | warning | cluster.create.nodes.bottlerocketVersion: 'v1.64.0'",
  });
});

test.each<[string, Partial<NewCluster>, string, string]>([
  [
    'an image that is not there',
    { systemImageVersion: '1.63.0-00000000' },
    'Image: system nodes',
    "1.63.0-00000000 | no such image | problem | cluster.create.systemImageVersion: '1.64.0-0a1b2c3d'",
  ],
  [
    'nothing pinned',
    { systemImageVersion: undefined },
    'Image: system nodes',
    "not pinned | 1.64.0-0a1b2c3d | warning | cluster.create.systemImageVersion: '1.64.0-0a1b2c3d'",
  ],
  [
    'an old Kubernetes',
    { kubernetesVersion: '1.35' },
    'Version: Kubernetes',
    '1.35 | extended support | warning | the control plane costs 0.60 instead of 0.10 USD/h (438 instead of 73 USD a month); docs/runbooks/kubernetes-upgrade.md',
  ],
  [
    'groups',
    { nodes: { provisioning: 'managed-groups', bottlerocketVersion: '1.63.0-6154605b' } },
    'Image: nodes g6e.xlarge',
    "1.63.0-6154605b | no such image | problem | cluster.create.nodes.bottlerocketVersion: '1.64.0-0a1b2c3d'",
  ],
  [
    'Amazon Linux of groups',
    {
      nodes: {
        provisioning: 'managed-groups',
        types: { 'g6e.xlarge': { image: { operatingSystem: 'al2023', version: '1.36.0-20261101' } } },
      },
    },
    'Image: nodes g6e.xlarge',
    '1.36.0-20261101 | 1.36.1-20261120 | warning | cluster.create.nodes.types["g6e.xlarge"].image.version: \'1.36.1-20261120\'',
  ],
  [
    'Amazon Linux of Karpenter',
    {
      nodes: {
        provisioning: 'karpenter',
        types: { 'g6e.xlarge': { image: { operatingSystem: 'al2023', version: 'v20261120' } } },
      },
    },
    'Image: nodes g6e.xlarge',
    'v20261120 | newest | ok',
  ],
])('%s', async (_, change, name, line) => {
  expect((await check(change))[name]).toBe(line);
});

test('EKS chooses the images of Auto Mode, and what others made is theirs', async () => {
  expect(
    Object.keys(await check({ nodes: { provisioning: 'auto-mode' } })).filter((name) => name.startsWith('Image')),
  ).toEqual(['Image: system nodes']);
  expect(
    versionChecks({
      environment: { ...staging, cluster: { existing: {} } } as EnvironmentConfig,
      account,
    } as CheckContext),
  ).toEqual([]);
});

test('an answer that cannot be had is not known', async () => {
  const denied = {
    ...account,
    parameter: () => Promise.reject(new Error('not authorized')),
  } as unknown as AccountReader;
  expect((await check({}, denied))['Image: system nodes']).toBe(
    '1.63.0-6154605b | unknown | unknown | could not be read: not authorized',
  );
});
