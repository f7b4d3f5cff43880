import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { production, staging } from '../../environments';
import type { EnvironmentConfig, NewCluster } from '../../lib/environment/environment-config';
import type { NodesConfig } from '../../lib/environment/nodes/node-config';
import { PlatformStage } from '../../lib/stage';
import { testApp } from '../support/app';

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
}

/** Add-ons that only run DaemonSets: they are active with no node at all. */
const DAEMONS = ['eks-pod-identity-agent', 'vpc-cni', 'kube-proxy'];

const withNodes = (environment: EnvironmentConfig, nodes: NodesConfig): EnvironmentConfig => {
  const { create } = environment.cluster as { create: NewCluster };
  const addonVersions = {
    ...create.addonVersions,
    ...(nodes.compileCache ? { 'aws-efs-csi-driver': 'v2.1.13-eksbuild.1' } : {}),
  };
  return { ...environment, cluster: { create: { ...create, nodes, addonVersions } } };
};

const assemblies: [string, EnvironmentConfig][] = [
  [
    'managed groups',
    withNodes(production, {
      provisioning: 'managed-groups',
      bottlerocketVersion: '1.47.0-6154605b',
      compileCache: true,
    }),
  ],
  [
    'Karpenter',
    withNodes(production, {
      provisioning: 'karpenter',
      bottlerocketVersion: 'v1.63.0',
      compileCache: true,
    }),
  ],
  ['Auto Mode', withNodes(production, { provisioning: 'auto-mode', compileCache: true })],
];

describe.each(assemblies)('with %s', (_, environment) => {
  const stacks = new PlatformStage(testApp(), environment.name, { environment }).node.children as Stack[];
  const templates = Object.fromEntries(
    stacks.map((stack) => [stack.node.id, Template.fromStack(stack).toJSON().Resources as Record<string, Resource>]),
  );
  const of = (type: string) =>
    Object.entries(templates).flatMap(([stack, resources]) =>
      Object.values(resources)
        .filter(({ Type }) => Type === type)
        .map((resource) => ({ stack, ...resource })),
    );

  test('all that runs on nodes comes after them', () => {
    const groups = Object.entries(templates.Cluster)
      .filter(([, { Type }]) => Type === 'AWS::EKS::Nodegroup')
      .map(([id]) => id);
    const addons = of('AWS::EKS::Addon');
    expect(addons.map(({ Properties }) => Properties.AddonName).sort()).toEqual([
      'aws-ebs-csi-driver',
      'aws-efs-csi-driver',
      'coredns',
      'eks-node-monitoring-agent',
      'eks-pod-identity-agent',
      'kube-proxy',
      'vpc-cni',
    ]);
    for (const { stack, Properties, DependsOn = [] } of addons.filter(
      (addon) => !DAEMONS.includes(addon.Properties.AddonName as string),
    )) {
      const later =
        stacks.findIndex(({ node }) => node.id === stack) > stacks.findIndex(({ node }) => node.id === 'Cluster');
      expect([Properties.AddonName, later || groups.some((group) => DependsOn.includes(group))]).toEqual([
        Properties.AddonName,
        true,
      ]);
    }
    expect(stacks.find(({ node }) => node.id === 'Nodes')!.dependencies.map(({ node }) => node.id)).toContain(
      'Cluster',
    );
  });

  test('production pins nodes and add-ons, and renews them with Kubernetes', () => {
    const groups = of('AWS::EKS::Nodegroup');
    expect(groups.length).toBeGreaterThan(0);
    for (const { Properties } of groups)
      expect(Properties).toMatchObject({ ReleaseVersion: expect.any(String), Version: '1.36' });
    for (const { Properties } of of('AWS::EKS::Addon'))
      expect(Properties).toMatchObject({ AddonVersion: expect.stringMatching(/^v.*-eksbuild\.\d+$/) });
    expect(of('AWS::EKS::Cluster').map(({ Properties }) => Properties.Version)).toEqual(['1.36']);
  });

  test('no volume is as small as the image is today', () => {
    const volumes = of('AWS::EC2::LaunchTemplate').flatMap(
      ({ Properties }) =>
        (Properties.LaunchTemplateData as { BlockDeviceMappings: { Ebs: { VolumeSize: number } }[] })
          .BlockDeviceMappings,
    );
    for (const { Ebs } of volumes) expect(Ebs.VolumeSize).toBeGreaterThanOrEqual(8);
  });
});

test('Auto Mode asks for nothing before the role of the cluster allows it', () => {
  const stage = new PlatformStage(testApp(), 'staging', {
    environment: withNodes(staging, { provisioning: 'auto-mode' }),
  });
  const resources = Template.fromStack(stage.node.findChild('Cluster') as Stack).toJSON().Resources as Record<
    string,
    Resource
  >;
  const cluster = Object.values(resources).find(({ Type }) => Type === 'AWS::EKS::Cluster')!;
  const {
    'Fn::GetAtt': [role],
  } = cluster.Properties.RoleArn as { 'Fn::GetAtt': string[] };
  // CloudFormation updates what is referred to first: trust and policies of the role are those of Auto Mode when it is switched on.
  expect(JSON.stringify(resources[role].Properties.AssumeRolePolicyDocument)).toContain('sts:TagSession');
  expect(JSON.stringify(resources[role].Properties.ManagedPolicyArns)).toContain('AmazonEKSComputePolicy');
});

test.each([
  [2, 2],
  [3, 3],
  [4, 3],
])(
  '%i system nodes in three zones are in %i of them, so that each zone of a volume keeps a node',
  (systemNodes, zones) => {
    const { create } = staging.cluster as { create: NewCluster };
    const stage = new PlatformStage(testApp(), 'staging', {
      environment: { ...staging, cluster: { create: { ...create, systemNodes } } },
    });
    const [group] = Object.values(
      Template.fromStack(stage.node.findChild('Cluster') as Stack).findResources('AWS::EKS::Nodegroup'),
    ) as Resource[];
    expect(group.Properties.Subnets).toHaveLength(zones);
  },
);
