import { KubectlV36Layer } from '@aws-cdk/lambda-layer-kubectl-v36';
import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { LlmCluster, type LlmClusterProps } from '../../../constructs/cluster';
import { Accelerator, GpuNodeGroup } from '../../../constructs/gpu';
import { PlatformNetwork } from '../../../constructs/network';
import { testApp } from '../../support/app';

function build(props: Partial<LlmClusterProps> = {}): { stack: Stack; cluster: LlmCluster } {
  const stack = new Stack(testApp(), 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
  const { vpc } = new PlatformNetwork(stack, 'Network', { availabilityZones: ['us-east-1a', 'us-east-1b'] });
  const cluster = new LlmCluster(stack, 'Cluster', { vpc, clusterName: 'llm-test', kubectlLayer: new KubectlV36Layer(stack, 'Kubectl'), ...props });
  return { stack, cluster };
}

describe('LlmCluster', () => {
  const access = { operators: ['arn:aws:iam::111111111111:role/people'], pipelines: ['arn:aws:iam::111111111111:role/ci'], breakGlass: ['arn:aws:iam::111111111111:role/on-call'] };
  const { stack } = build({ access });
  const template = Template.fromStack(stack);

  test('is private, authenticates by access entries only, and logs everything', () => {
    template.hasResourceProperties('AWS::EKS::Cluster', {
      Name: 'llm-test',
      Version: '1.36',
      AccessConfig: { AuthenticationMode: 'API', BootstrapClusterCreatorAdminPermissions: false },
      ResourcesVpcConfig: { EndpointPrivateAccess: true, EndpointPublicAccess: false },
      EncryptionConfig: [{ Resources: ['secrets'] }],
      Logging: { ClusterLogging: { EnabledTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'].map((Type) => ({ Type })) } },
      ComputeConfig: { Enabled: false },
    });
    template.hasResource('AWS::KMS::Key', { Properties: { EnableKeyRotation: true }, DeletionPolicy: 'Retain' });
    template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/eks/llm-test/cluster', RetentionInDays: 365 });
  });

  test('opens the endpoint only to the ranges that are named', () => {
    Template.fromStack(build({ publicAccessCidrs: ['203.0.113.0/24'] }).stack).hasResourceProperties('AWS::EKS::Cluster', {
      ResourcesVpcConfig: { EndpointPrivateAccess: true, EndpointPublicAccess: true, PublicAccessCidrs: ['203.0.113.0/24'] },
    });
  });

  test('enforces network policies, and gives add-ons identities of their own', () => {
    template.hasResourceProperties('AWS::EKS::Addon', {
      AddonName: 'vpc-cni', ConfigurationValues: '{"enableNetworkPolicy":"true"}', PodIdentityAssociations: [{ ServiceAccount: 'aws-node' }],
    });
    template.hasResourceProperties('AWS::EKS::Addon', { AddonName: 'aws-ebs-csi-driver', PodIdentityAssociations: [{ ServiceAccount: 'ebs-csi-controller-sa' }] });
    for (const AddonName of ['eks-pod-identity-agent', 'kube-proxy', 'coredns']) template.hasResourceProperties('AWS::EKS::Addon', { AddonName });
  });

  test('starts nodes only with the add-ons that make them ready, and DNS only with nodes', () => {
    const [nodegroup] = Object.entries(template.findResources('AWS::EKS::Nodegroup'));
    const dependencies = (nodegroup[1] as { DependsOn: string[] }).DependsOn.join(' ');
    expect(dependencies).toMatch(/VpcCni/);
    expect(dependencies).toMatch(/KubeProxy/);
    expect(dependencies).not.toMatch(/CoreDns/);
    template.hasResource('AWS::EKS::Addon', { Properties: { AddonName: 'coredns' }, DependsOn: Match.arrayWith([nodegroup[0]]) });
  });

  test('runs system pods on encrypted nodes whose metadata no pod can read', () => {
    template.hasResourceProperties('AWS::EKS::Nodegroup', { AmiType: 'BOTTLEROCKET_x86_64', ScalingConfig: { MinSize: 3, DesiredSize: 3, MaxSize: 4 }, ForceUpdateEnabled: false });
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: ['/dev/xvda', '/dev/xvdb'].map((DeviceName) => ({ DeviceName, Ebs: Match.objectLike({ Encrypted: true, VolumeType: 'gp3' }) })),
      },
    });
  });

  test('lets operators see and control rollouts, pipelines see, and named people break the glass', () => {
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      PrincipalArn: access.operators[0],
      KubernetesGroups: ['llm-platform:operators'],
      AccessPolicies: [{ PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy', AccessScope: { Type: 'cluster' } }],
    });
    template.hasResourceProperties('AWS::EKS::AccessEntry', { PrincipalArn: access.pipelines[0], KubernetesGroups: Match.absent() });
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'llm-test-break-glass',
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: {
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { AWS: access.breakGlass[0] }, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }],
      },
    });
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      AccessPolicies: [{ PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy', AccessScope: { Type: 'cluster' } }],
      PrincipalArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('BreakGlass'), 'Arn'] },
    });
  });

  test('opens no way in that nobody asked for', () => {
    const bare = Template.fromStack(build().stack);
    expect(Object.keys(bare.findResources('AWS::IAM::Role', { Properties: { RoleName: 'llm-test-break-glass' } }))).toEqual([]);
    // The one left is that of the handler of Helm charts.
    bare.resourceCountIs('AWS::EKS::AccessEntry', 1);
  });

  test('gives no warning', () => Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue()));

  test('fails with one system node', () => {
    expect(() => build({ systemNodes: 1 })).toThrow(/nodes: expected at least 2, got 1; DNS/);
  });
});

describe('GpuNodeGroup', () => {
  const add = (nodes: number) => {
    const { stack, cluster } = build();
    new GpuNodeGroup(stack, 'Gpu', { cluster: cluster.cluster, clusterName: 'llm-test', nodeRole: cluster.nodeRole, accelerator: Accelerator.G6E_XLARGE, nodes });
    return Template.fromStack(stack);
  };

  test('starts Bottlerocket with NVIDIA drivers, tainted and labelled', () => {
    add(3).hasResourceProperties('AWS::EKS::Nodegroup', {
      AmiType: 'BOTTLEROCKET_x86_64_NVIDIA',
      InstanceTypes: ['g6e.xlarge'],
      ScalingConfig: { MinSize: 3, DesiredSize: 3, MaxSize: 3 },
      Labels: { 'llm-platform.dev/accelerator': 'g6e.xlarge' },
      Taints: [{ Key: 'nvidia.com/gpu', Value: 'present', Effect: 'NO_SCHEDULE' }],
    });
  });

  test('fails without nodes', () => {
    expect(() => add(0)).toThrow(/nodes: expected a whole number from 1, got 0; leave the group out/);
  });
});
