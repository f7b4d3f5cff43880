import { RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { AwsSolutionsChecks } from 'cdk-nag';
import { CompileCache } from '../../../constructs/nodes';
import { CompileCacheChart } from '../../../constructs/nodes/compile-cache-chart';
import { testApp } from '../../support/app';
import { nodesFixture } from './fixture';

describe('CompileCache', () => {
  const app = testApp();
  const { stack, cluster } = nodesFixture(app);
  const cache = new CompileCache(stack, 'CompileCache', { cluster, models: ['chat', 'embed'] });
  const template = Template.fromStack(stack);

  test('is encrypted, and reached by nodes alone', () => {
    template.hasResource('AWS::EFS::FileSystem', {
      Properties: { Encrypted: true, ThroughputMode: 'elastic', BackupPolicy: Match.absent() },
      DeletionPolicy: 'Delete',
    });
    template.resourceCountIs('AWS::EFS::MountTarget', 2);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [
        {
          FromPort: 2049,
          ToPort: 2049,
          IpProtocol: 'tcp',
          Description: 'Nodes',
          SourceSecurityGroupId: { 'Fn::GetAtt': [Match.anyValue(), 'ClusterSecurityGroupId'] },
        },
      ],
    });
    template.hasResourceProperties('AWS::EKS::Addon', { AddonName: 'aws-efs-csi-driver' });
  });

  test('lets its driver, which has no identity, mount the directories of models, and nothing else', () => {
    const [{ Properties }] = Object.values(template.findResources('AWS::EFS::FileSystem')) as {
      Properties: { FileSystemPolicy: { Statement: object[] } };
    }[];
    expect(Properties.FileSystemPolicy.Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'],
        Condition: {
          Bool: { 'aws:SecureTransport': 'true', 'elasticfilesystem:AccessedViaMountTarget': 'true' },
          StringLike: {
            'elasticfilesystem:AccessPointArn': 'arn:aws:elasticfilesystem:us-east-1:111111111111:access-point/*',
          },
        },
      },
    ]);
  });

  test('names each model once', () => {
    expect(() => new CompileCache(stack, 'Twice', { cluster, models: ['chat', 'embed', 'chat'] })).toThrow(
      'Test/Twice:\n  models[2]: expected each model once, got "chat" as models[0] too; leave it out',
    );
  });

  test('has a directory for each model, which its engine owns', () => {
    for (const model of ['chat', 'embed']) {
      template.hasResourceProperties('AWS::EFS::AccessPoint', {
        RootDirectory: { Path: `/${model}`, CreationInfo: { OwnerUid: '2000', OwnerGid: '2000', Permissions: '700' } },
        PosixUser: { Uid: '2000', Gid: '2000' },
      });
    }
    const objects = stack.resolve(cache.chart.toJson()) as {
      kind: string;
      metadata: { name: string; namespace?: string };
      spec: Record<string, unknown>;
    }[];
    const [volume, claim] = objects.filter(({ metadata }) => metadata.name.endsWith('chat-compile-cache'));
    expect(claim).toMatchObject({
      kind: 'PersistentVolumeClaim',
      metadata: { namespace: 'models', name: CompileCacheChart.claimName('chat') },
      spec: { volumeName: volume.metadata.name, storageClassName: '' },
    });
    expect(volume).toMatchObject({
      kind: 'PersistentVolume',
      spec: {
        claimRef: { namespace: 'models', name: 'chat-compile-cache' },
        accessModes: ['ReadWriteMany'],
        csi: { driver: 'efs.csi.aws.com' },
      },
    });
    expect(JSON.stringify((volume.spec.csi as { volumeHandle: object }).volumeHandle)).toContain('::');
    expect(objects).toHaveLength(4);
  });

  test('leaves an add-on alone that is there, and stays where that is wanted', () => {
    const own = nodesFixture();
    new CompileCache(own.stack, 'CompileCache', {
      cluster: own.cluster,
      models: ['chat'],
      installAddon: false,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const other = Template.fromStack(own.stack);
    expect(
      Object.keys(other.findResources('AWS::EKS::Addon', { Properties: { AddonName: 'aws-efs-csi-driver' } })),
    ).toEqual([]);
    other.hasResource('AWS::EFS::FileSystem', { DeletionPolicy: 'Retain' });
  });

  test('has one mount target a zone, however many subnets there are', () => {
    const own = nodesFixture();
    const vpc = ec2.Vpc.fromVpcAttributes(own.stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['us-east-1a', 'us-east-1b'],
      privateSubnetIds: ['subnet-a1', 'subnet-b1', 'subnet-a2', 'subnet-b2'],
      privateSubnetNames: ['Apps', 'Pods'],
    });
    const cluster = eks.Cluster.fromClusterAttributes(own.stack, 'Existing', {
      vpc,
      clusterName: 'theirs',
      clusterSecurityGroupId: 'sg-00000000000000001',
    });
    new CompileCache(own.stack, 'CompileCache', { cluster, models: ['chat'] });
    const targets = Object.values(Template.fromStack(own.stack).findResources('AWS::EFS::MountTarget'));
    expect(targets.map(({ Properties }) => (Properties as { SubnetId: string }).SubnetId)).toEqual([
      'subnet-a1',
      'subnet-b1',
    ]);
  });

  test('has nothing that policy checks find', () => {
    const findings = new AwsSolutionsChecks(app)
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      );
    expect(findings.filter((finding) => finding.includes('CompileCache'))).toEqual([]);
  });
});
