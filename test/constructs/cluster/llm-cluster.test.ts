import { KubectlV36Layer } from '@aws-cdk/lambda-layer-kubectl-v36';
import { RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { LlmCluster, type LlmClusterProps } from '../../../constructs/cluster';
import { Accelerator } from '../../../constructs/gpu';
import { PlatformNetwork } from '../../../constructs/network';
import { GpuNodeGroup } from '../../../constructs/nodes';
import { testApp } from '../../support/app';

function build(props: Partial<LlmClusterProps> = {}): { stack: Stack; cluster: LlmCluster } {
  const stack = new Stack(testApp(), 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
  const { vpc } = new PlatformNetwork(stack, 'Network', { availabilityZones: ['us-east-1a', 'us-east-1b'] });
  const cluster = new LlmCluster(stack, 'Cluster', {
    vpc,
    clusterName: 'llm-test',
    kubectlLayer: new KubectlV36Layer(stack, 'Kubectl'),
    ...props,
  });
  return { stack, cluster };
}

describe('LlmCluster', () => {
  const [people, ci, onCall] = ['people', 'ci', 'on-call'].map(
    (name) => new iam.ArnPrincipal(`arn:aws:iam::111111111111:role/${name}`),
  );
  const { stack } = build({ access: { operators: [people], pipelines: [ci], breakGlass: [onCall] } });
  const template = Template.fromStack(stack);

  test('is private, authenticates by access entries only, and logs everything', () => {
    template.hasResourceProperties('AWS::EKS::Cluster', {
      Name: 'llm-test',
      Version: '1.36',
      AccessConfig: { AuthenticationMode: 'API', BootstrapClusterCreatorAdminPermissions: false },
      ResourcesVpcConfig: { EndpointPrivateAccess: true, EndpointPublicAccess: false },
      EncryptionConfig: [{ Resources: ['secrets'] }],
      Logging: {
        ClusterLogging: {
          EnabledTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'].map((Type) => ({ Type })),
        },
      },
      ComputeConfig: { Enabled: false },
    });
    template.hasResource('AWS::KMS::Key', {
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('takes over the logs that a cluster of its name has left, and leaves its own behind', () => {
    template.hasResourceProperties('Custom::LogRetention', {
      LogGroupName: '/aws/eks/llm-test/cluster',
      RetentionInDays: 365,
      RemovalPolicy: 'retain',
    });
    Template.fromStack(build({ removalPolicy: RemovalPolicy.DESTROY }).stack).hasResourceProperties(
      'Custom::LogRetention',
      { LogGroupName: '/aws/eks/llm-test/cluster', RemovalPolicy: 'destroy' },
    );
    const [retention] = Object.keys(template.findResources('Custom::LogRetention'));
    // Created by EKS, the group would be kept forever.
    template.hasResource('AWS::EKS::Cluster', { DependsOn: Match.arrayWith([retention]) });
  });

  test('ends with the standard support of its version, unless it is to be paid for longer', () => {
    template.hasResourceProperties('AWS::EKS::Cluster', { UpgradePolicy: { SupportType: 'STANDARD' } });
    Template.fromStack(build({ extendedSupport: true }).stack).hasResourceProperties('AWS::EKS::Cluster', {
      UpgradePolicy: { SupportType: 'EXTENDED' },
    });
  });

  test('installs charts from a group of its own: interfaces of Lambda in that of the cluster would keep it', () => {
    const [[group]] = Object.entries(
      template.findResources('AWS::EC2::SecurityGroup', { Properties: { GroupDescription: 'Helm charts' } }),
    );
    const handlers = Object.values(
      template.findResources('AWS::Lambda::Function', { Properties: { VpcConfig: Match.anyValue() } }),
    ) as { Properties: { VpcConfig: { SecurityGroupIds: unknown[] } } }[];
    expect(handlers.map(({ Properties }) => Properties.VpcConfig.SecurityGroupIds)).toEqual(
      handlers.map(() => [{ 'Fn::GetAtt': [group, 'GroupId'] }]),
    );
    expect(handlers).toHaveLength(2);
    const to = Object.values(
      template.findResources('AWS::EC2::SecurityGroupIngress', {
        Properties: { SourceSecurityGroupId: { 'Fn::GetAtt': [group, 'GroupId'] }, FromPort: 443, ToPort: 443 },
      }),
    );
    expect(to.map(({ Properties }) => JSON.stringify((Properties as { GroupId: object }).GroupId))).toContainEqual(
      expect.stringContaining('ClusterSecurityGroupId'),
    );
  });

  test('opens the endpoint only to the ranges that are named', () => {
    Template.fromStack(build({ publicAccessCidrs: ['203.0.113.0/24'] }).stack).hasResourceProperties(
      'AWS::EKS::Cluster',
      {
        ResourcesVpcConfig: {
          EndpointPrivateAccess: true,
          EndpointPublicAccess: true,
          PublicAccessCidrs: ['203.0.113.0/24'],
        },
      },
    );
  });

  test('enforces network policies, and gives add-ons identities of their own', () => {
    template.hasResourceProperties('AWS::EKS::Addon', {
      AddonName: 'vpc-cni',
      ConfigurationValues: '{"enableNetworkPolicy":"true"}',
      PodIdentityAssociations: [{ ServiceAccount: 'aws-node' }],
    });
    template.hasResourceProperties('AWS::EKS::Addon', {
      AddonName: 'aws-ebs-csi-driver',
      PodIdentityAssociations: [{ ServiceAccount: 'ebs-csi-controller-sa' }],
    });
    for (const AddonName of ['eks-pod-identity-agent', 'kube-proxy', 'coredns'])
      template.hasResourceProperties('AWS::EKS::Addon', { AddonName });
  });

  test('takes versions of add-ons, and refuses those of others', () => {
    Template.fromStack(build({ addonVersions: { coredns: 'v1.13.1-eksbuild.1' } }).stack).hasResourceProperties(
      'AWS::EKS::Addon',
      { AddonName: 'coredns', AddonVersion: 'v1.13.1-eksbuild.1' },
    );
    expect(() => build({ addonVersions: { coredsn: 'v1' } })).toThrow(
      /addonVersions: expected one of .*coredns.*, got "coredsn"; correct the name/,
    );
  });

  test('starts nodes only with the add-ons that make them ready, and DNS only with nodes', () => {
    const [nodegroup] = Object.entries(template.findResources('AWS::EKS::Nodegroup'));
    const dependencies = (nodegroup[1] as { DependsOn: string[] }).DependsOn.join(' ');
    expect(dependencies).toMatch(/VpcCni/);
    expect(dependencies).toMatch(/KubeProxy/);
    expect(dependencies).not.toMatch(/CoreDns/);
    template.hasResource('AWS::EKS::Addon', {
      Properties: { AddonName: 'coredns' },
      DependsOn: Match.arrayWith([nodegroup[0]]),
    });
  });

  test('runs system pods on encrypted nodes whose metadata no pod can read', () => {
    template.hasResourceProperties('AWS::EKS::Nodegroup', {
      AmiType: 'BOTTLEROCKET_x86_64',
      ScalingConfig: { MinSize: 3, DesiredSize: 3, MaxSize: 4 },
      ForceUpdateEnabled: false,
    });
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: ['/dev/xvda', '/dev/xvdb'].map((DeviceName) => ({
          DeviceName,
          Ebs: Match.objectLike({ Encrypted: true, VolumeType: 'gp3' }),
        })),
      },
    });
  });

  test('lets operators see and control rollouts, pipelines see, neither of them Secrets, and named people break the glass', () => {
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      PrincipalArn: people.arn,
      KubernetesGroups: ['llm-platform:operators'],
      AccessPolicies: [
        { PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy', AccessScope: { Type: 'cluster' } },
      ],
    });
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      PrincipalArn: ci.arn,
      KubernetesGroups: ['llm-platform:viewers'],
      AccessPolicies: [
        { PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy', AccessScope: { Type: 'cluster' } },
      ],
    });
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'llm-test-break-glass',
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { AWS: onCall.arn },
            Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
          },
        ],
      },
    });
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      AccessPolicies: [
        {
          PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
          AccessScope: { Type: 'cluster' },
        },
      ],
      PrincipalArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('BreakGlass'), 'Arn'] },
    });
  });

  test('lets a broken glass forward a port and nothing else', () => {
    const statements = Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap(
        (policy) =>
          (policy.Properties as { PolicyDocument: { Statement: { Action: string | string[]; Condition?: object }[] } })
            .PolicyDocument.Statement,
      )
      .filter(({ Action }) => Action === 'ssm:StartSession');
    expect(statements).toHaveLength(2);
    // One statement without it would open a shell on a node.
    for (const statement of statements)
      expect(statement.Condition).toMatchObject({ BoolIfExists: { 'ssm:SessionDocumentAccessCheck': 'true' } });
  });

  test('asks roles of a federation for no mark of a second factor, which they never carry', () => {
    const federated = Template.fromStack(
      build({ access: { breakGlassFederated: [new iam.ArnPrincipal('arn:aws:iam::111111111111:role/sso')] } }).stack,
    );
    federated.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'llm-test-break-glass',
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::111111111111:role/sso' },
            Condition: Match.absent(),
          },
        ],
      },
    });
  });

  test('takes roles and users of the app, wherever they are made', () => {
    const identities = new Stack(testApp(), 'Identities', { env: { account: '111111111111', region: 'us-east-1' } });
    const imported = iam.Role.fromRoleArn(identities, 'Imported', 'arn:aws:iam::111111111111:role/teams/people', {
      mutable: false,
    });
    const user = iam.User.fromUserName(identities, 'User', 'anna');
    const taken = Template.fromStack(
      build({ access: { operators: [imported, user], breakGlass: [imported, user] } }).stack,
    );
    const principalArns = Object.values(
      taken.findResources('AWS::EKS::AccessEntry', { Properties: { KubernetesGroups: ['llm-platform:operators'] } }),
    ).map(({ Properties }) => (Properties as { PrincipalArn: string }).PrincipalArn);
    expect(principalArns).toEqual([imported.roleArn, 'arn:aws:iam::111111111111:user/anna']);
    taken.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'llm-test-break-glass',
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { AWS: [imported.roleArn, 'arn:aws:iam::111111111111:user/anna'] },
            Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
          },
        ],
      },
    });
  });

  test('gives access entries to roles and users alone, and names all others', () => {
    const access = {
      operators: [people, new iam.AnyPrincipal(), new iam.AccountPrincipal('111111111111')],
      pipelines: [
        new iam.ServicePrincipal('codebuild.amazonaws.com'),
        ci.withConditions({ Bool: { 'aws:SecureTransport': 'true' } }),
      ],
    };
    expect(() => build({ access })).toThrow(
      new RegExp(
        [
          'Test/Cluster:',
          '  access\\.operators\\[1\\]: expected an IAM role or user, got \\{"AWS":\\["\\*"\\]\\}; .*',
          '  access\\.operators\\[2\\]: expected an IAM role or user, got \\{"AWS":\\["arn:.*:iam::111111111111:root"\\]\\}; .*',
          '  access\\.pipelines\\[0\\]: expected an IAM role or user, got \\{"Service":\\["codebuild\\.amazonaws\\.com"\\]\\}; .*',
          '  access\\.pipelines\\[1\\]: expected an IAM role or user, got \\{"AWS":\\["arn:aws:iam::111111111111:role/ci"\\]\\} with conditions; .*',
        ].join('\n'),
      ),
    );
  });

  test('keeps the entry of an identity when others come and go, because a cluster has one for each', () => {
    const entries = (operators: iam.IPrincipal[]) => {
      const found = Template.fromStack(build({ access: { operators } }).stack).findResources('AWS::EKS::AccessEntry');
      return Object.entries(found).filter(([, { Properties }]) => Properties.KubernetesGroups !== undefined);
    };
    const [anna, ben] = ['anna', 'ben'].map((name) => new iam.ArnPrincipal(`arn:aws:iam::111111111111:user/${name}`));
    const [first, second] = entries([anna, ben]);
    expect(entries([ben, anna])).toEqual(expect.arrayContaining([first, second]));
    expect(entries([ben])).toEqual([second]);
    expect(() => build({ access: { operators: [anna, ben], pipelines: [ben] } })).toThrow(
      'access.pipelines[0]: expected each identity once, got {"AWS":["arn:aws:iam::111111111111:user/ben"]} as access.operators[1] too',
    );
  });

  test('lets only people take the break-glass role', () => {
    const access = {
      breakGlass: [new iam.AnyPrincipal(), people],
      breakGlassFederated: [new iam.ServicePrincipal('ec2')],
    };
    expect(() => build({ access })).toThrow(
      /access\.breakGlass\[0\]: expected roles or users of people, got \{"AWS":\["\*"\]\}.*\n.*access\.breakGlassFederated\[0\]: /,
    );
  });

  test('opens no way in that nobody asked for', () => {
    const bare = Template.fromStack(build().stack);
    expect(
      Object.keys(bare.findResources('AWS::IAM::Role', { Properties: { RoleName: 'llm-test-break-glass' } })),
    ).toEqual([]);
    // The one left is that of the handler of Helm charts.
    bare.resourceCountIs('AWS::EKS::AccessEntry', 1);
  });

  test('hands tags of the app on to instances and volumes', () => {
    const tagged = build().stack;
    Tags.of(tagged).add('CostCenter', '42');
    Template.fromStack(tagged).hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        TagSpecifications: ['instance', 'volume'].map((ResourceType) => ({
          ResourceType,
          Tags: [
            { Key: 'CostCenter', Value: '42' },
            { Key: 'Name', Value: 'llm-test-system' },
          ],
        })),
      },
    });
  });

  test('takes zones that have private subnets, and needs two of them', () => {
    const vpc = (scope: Stack, id: string, zones: string[]) => {
      const subnet = (zone: string) =>
        ec2.PrivateSubnet.fromSubnetAttributes(scope, `${id}-${zone}`, {
          subnetId: `subnet-${zone}`,
          availabilityZone: zone,
        });
      const made = ec2.Vpc.fromVpcAttributes(scope, id, {
        vpcId: 'vpc-1',
        availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c', 'us-east-1d'],
      });
      made.privateSubnets.push(...zones.map(subnet));
      return made;
    };
    const scope = new Stack(testApp(), 'Asymmetric', { env: { account: '111111111111', region: 'us-east-1' } });
    const make = (id: string, zones: string[]) =>
      new LlmCluster(scope, id, { vpc: vpc(scope, `${id}Vpc`, zones), clusterName: id, systemNodes: 2 });
    make('two', ['us-east-1c', 'us-east-1d']);
    Template.fromStack(scope).hasResourceProperties('AWS::EKS::Nodegroup', {
      Subnets: ['subnet-us-east-1c', 'subnet-us-east-1d'],
    });
    expect(() => make('one', ['us-east-1c'])).toThrow(
      'Asymmetric/one:\n  vpc: expected private subnets with a way out in at least two zones, got them in us-east-1c alone; EKS refuses a cluster in one zone, add subnets',
    );
  });

  test('gives no warning', () => Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue()));

  test('fails with one system node', () => {
    expect(() => build({ systemNodes: 1 })).toThrow(/systemNodes: expected a whole number from 2, got 1; DNS/);
  });
});

describe('GpuNodeGroup', () => {
  const add = (nodes: number) => {
    const { stack, cluster } = build();
    new GpuNodeGroup(stack, 'Gpu', {
      cluster: cluster.cluster,
      clusterName: 'llm-test',
      nodeRole: cluster.nodeRole,
      accelerator: Accelerator.G6E_XLARGE,
      nodes,
    });
    return Template.fromStack(stack);
  };

  test('starts Bottlerocket with NVIDIA drivers, tainted and labeled', () => {
    add(3).hasResourceProperties('AWS::EKS::Nodegroup', {
      AmiType: 'BOTTLEROCKET_x86_64_NVIDIA',
      InstanceTypes: ['g6e.xlarge'],
      ScalingConfig: { MinSize: 3, DesiredSize: 3, MaxSize: 3 },
      Labels: { 'llm-platform.dev/accelerator': 'g6e.xlarge' },
      Taints: [{ Key: 'nvidia.com/gpu', Value: 'present', Effect: 'NO_SCHEDULE' }],
    });
  });

  test('ends old nodes before it starts new ones, so that an update needs no GPU more', () => {
    add(3).hasResourceProperties('AWS::EKS::Nodegroup', {
      InstanceTypes: ['g6e.xlarge'],
      UpdateConfig: { MaxUnavailable: 1, UpdateStrategy: 'MINIMAL' },
    });
  });

  test('fails without nodes', () => {
    expect(() => add(0)).toThrow(/nodes: expected a whole number from 1, got 0; leave the group out/);
  });
});
