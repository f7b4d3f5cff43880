import { production, staging } from '../../../environments';
import type { EnvironmentConfig, NewCluster } from '../../../lib/environment/environment-config';
import { checkEnvironment } from '../../../lib/environment/environment-checks';
import { addonsOf } from '../../../lib/environment/environment-versions';
import { PlatformStage } from '../../../lib/stage';
import { testApp } from '../../support/app';

const { create: pinned } = production.cluster as { create: NewCluster };

const withCluster = (cluster: Partial<NewCluster>, environment: EnvironmentConfig = staging): EnvironmentConfig => ({
  ...environment,
  cluster: { create: { ...(environment.cluster as { create: NewCluster }).create, ...cluster } },
});

describe('versions of a cluster', () => {
  test.each<[string, Partial<NewCluster>, RegExp]>([
    [
      'a Kubernetes that kubectl does not know',
      { kubernetesVersion: '1.33' },
      /^cluster\.create\.kubernetesVersion: expected one of 1\.35, 1\.36, 1\.37, got "1\.33"/,
    ],
    ['a patch of Kubernetes', { kubernetesVersion: '1.36.3' }, /^cluster\.create\.kubernetesVersion: /],
    [
      'the name that Karpenter has for an image',
      { systemImageVersion: 'v1.63.0' },
      /^cluster\.create\.systemImageVersion: expected a release of bottlerocket as managed node groups name it, got "v1\.63\.0"; write it like 1\.47\.0-6154605b/,
    ],
    [
      'an add-on that nobody installs',
      { addonVersions: { ...pinned.addonVersions, coredsn: 'v1.14.3-eksbuild.16' } },
      /^cluster\.create\.addonVersions\["coredsn"\]: expected one of .*coredns/,
    ],
    [
      'the add-on of a cache that is not there',
      { addonVersions: { ...pinned.addonVersions, 'aws-efs-csi-driver': 'v2.1.13-eksbuild.1' } },
      /^cluster\.create\.addonVersions\["aws-efs-csi-driver"\]: expected one of/,
    ],
    [
      'a version that is none',
      { addonVersions: { ...pinned.addonVersions, coredns: '1.14.3' } },
      /^cluster\.create\.addonVersions\["coredns"\]: expected a version of an add-on, got "1\.14\.3"; write it like/,
    ],
    [
      'a kube-proxy before its Kubernetes',
      { addonVersions: { ...pinned.addonVersions, 'kube-proxy': 'v1.37.0-eksbuild.2' } },
      /^cluster\.create\.addonVersions\["kube-proxy"\]: expected at most Kubernetes 1\.36/,
    ],
  ])('refuses %s', (_, cluster, message) => {
    const problems = checkEnvironment(withCluster(cluster));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  test('a kube-proxy follows its Kubernetes by a deployment', () => {
    expect(checkEnvironment(withCluster({ kubernetesVersion: '1.37' }))).toEqual([]);
  });

  test('production pins everything', () => {
    const bare = { kubernetesVersion: undefined, systemImageVersion: undefined, addonVersions: undefined };
    expect(checkEnvironment(withCluster(bare))).toEqual([]);
    const places = checkEnvironment(
      withCluster({ ...bare, nodes: { ...pinned.nodes, compileCache: true } }, production),
    ).map((problem) => problem.split(': expected a version with requirePins, got none; ')[0]);
    expect(places).toEqual([
      'cluster.create.kubernetesVersion',
      'cluster.create.systemImageVersion',
      ...[
        'eks-pod-identity-agent',
        'vpc-cni',
        'kube-proxy',
        'coredns',
        'aws-ebs-csi-driver',
        'eks-node-monitoring-agent',
        'aws-efs-csi-driver',
      ].map((addon) => `cluster.create.addonVersions["${addon}"]`),
    ]);
    expect(addonsOf(production)).toHaveLength(6);
  });
});

describe('images of GPU nodes', () => {
  const build = (nodes: NewCluster['nodes']) => () =>
    new PlatformStage(testApp(), 'staging', { environment: withCluster({ nodes }) });

  test.each<[NonNullable<NewCluster['nodes']>, RegExp]>([
    [
      { provisioning: 'managed-groups', bottlerocketVersion: 'v1.63.0' },
      /cluster\.create\.nodes\.bottlerocketVersion: expected a release of bottlerocket as managed node groups name it, got "v1\.63\.0"; write it like 1\.47\.0-6154605b/,
    ],
    [
      {
        provisioning: 'managed-groups',
        types: { 'g6e.xlarge': { image: { operatingSystem: 'al2023', version: 'v20261101' } } },
      },
      /types\["g6e\.xlarge"\]\.image\.version: expected a release of al2023 as managed node groups name it, got "v20261101"; write it like 1\.36\.0-20261101/,
    ],
    [
      {
        provisioning: 'managed-groups',
        types: { 'g6e.xlarge': { image: { operatingSystem: 'al2023', version: '1.35.2-20261101' } } },
      },
      /image\.version: expected a release of Kubernetes 1\.36, the version of the cluster, got "1\.35\.2-20261101"/,
    ],
    [
      { provisioning: 'karpenter', bottlerocketVersion: '1.47.0-6154605b' },
      /cluster\.create\.nodes\.bottlerocketVersion: expected a release of bottlerocket as Karpenter name/,
    ],
    [
      {
        provisioning: 'karpenter',
        types: { 'g6e.xlarge': { image: { operatingSystem: 'al2023', version: '1.36.0-20261101' } } },
      },
      /image\.version: expected a release of al2023 as Karpenter name.* write it like v20261101/,
    ],
    [
      { provisioning: 'auto-mode', bottlerocketVersion: 'v1.63.0' },
      /cluster\.create\.nodes\.bottlerocketVersion: expected none with auto-mode/,
    ],
  ])('%j is refused', (nodes, message) => {
    expect(build(nodes)).toThrow(message);
  });

  test.each(['the newest', '1.47.0-6154605b'])('a wrong one, %j, is reported once, and not as missing', (version) => {
    const { nodes } = (production.cluster as { create: NewCluster }).create;
    expect(checkEnvironment(withCluster({ nodes: { ...nodes, bottlerocketVersion: version } }, production))).toEqual([
      expect.stringMatching(/^cluster\.create\.nodes\.bottlerocketVersion: expected a release of bottlerocket/),
    ]);
  });

  test.each<NonNullable<NewCluster['nodes']>>([
    { provisioning: 'managed-groups', bottlerocketVersion: '1.47.0-6154605b' },
    {
      provisioning: 'managed-groups',
      types: { 'g6e.xlarge': { image: { operatingSystem: 'al2023', version: '1.36.0-20261101' } } },
    },
    {
      provisioning: 'karpenter',
      types: { 'g6e.xlarge': { image: { operatingSystem: 'al2023', version: 'v20261101' } } },
    },
  ])('%j is taken', (nodes) => {
    expect(build(nodes)).not.toThrow();
  });
});
