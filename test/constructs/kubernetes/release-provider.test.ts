import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { KubernetesRelease, ReleaseProvider, type ReleaseProviderProps, ReleaseTier } from '../../../constructs/kubernetes';
import { operationsFunctionName } from '../../../constructs/kubernetes/release-operations';
import { testApp } from '../../support/app';
import { chartOf, configMap } from '../../support/release';

const env = { account: '111111111111', region: 'us-east-1' };

function fixture(props: Partial<ReleaseProviderProps> = {}, withVpc = false) {
  const stack = new Stack(testApp(), 'Cluster', { env });
  const vpc = withVpc ? new ec2.Vpc(stack, 'Vpc') : undefined;
  const cluster = eks.Cluster.fromClusterAttributes(stack, 'Existing', {
    clusterName: 'test', clusterEndpoint: 'https://test.example', clusterCertificateAuthorityData: 'Q0E=',
    ...(vpc ? { vpc, clusterSecurityGroupId: 'sg-1' } : {}),
  });
  const provider = new ReleaseProvider(stack, 'Releases', { cluster, vpc, ...props });
  return { stack, provider, template: () => Template.fromStack(stack) };
}

test('has an identity for each tier: an administrator, and a group that RBAC binds', () => {
  const template = fixture().template();
  template.resourceCountIs('AWS::EKS::AccessEntry', 2);
  template.hasResourceProperties('AWS::EKS::AccessEntry', {
    AccessPolicies: [{ AccessScope: { Type: 'cluster' }, PolicyArn: Match.stringLikeRegexp('AmazonEKSClusterAdminPolicy') }],
    KubernetesGroups: Match.absent(),
  });
  template.hasResourceProperties('AWS::EKS::AccessEntry', { KubernetesGroups: ['llm-platform:model-releases'], AccessPolicies: Match.absent() });
});

test('handlers know the cluster, and see each other tier\'s role nowhere', () => {
  const template = fixture().template();
  const handlers = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Handler: Match.stringLikeRegexp('^index\\.(onEvent|isComplete)$') } }));
  expect(handlers).toHaveLength(4);
  for (const { Properties } of handlers as { Properties: { Environment: { Variables: object }; Runtime: string } }[]) {
    expect(Properties.Environment.Variables).toMatchObject({ CLUSTER_NAME: 'test', CLUSTER_ENDPOINT: 'https://test.example', CLUSTER_CA: 'Q0E=' });
    expect(Properties.Runtime).toBe('nodejs24.x');
  }
});

test('handlers know their tier, and how long the waiter of a request pauses between two ticks', () => {
  const functions = fixture({ queryInterval: Duration.minutes(2) }).template().findResources('AWS::Lambda::Function', { Properties: { Handler: 'index.isComplete' } });
  const variables = (Object.values(functions) as { Properties: { Environment: { Variables: object } } }[]).map(({ Properties }) => Properties.Environment.Variables);
  expect(variables).toEqual([
    expect.objectContaining({ RELEASE_TIER: 'platform', QUERY_INTERVAL_SECONDS: '120' }),
    expect.objectContaining({ RELEASE_TIER: 'model', QUERY_INTERVAL_SECONDS: '120' }),
  ]);
});

test('what people ask is carried out by a function of a name that they know', () => {
  const named = (clusterName?: string) => Object.values(fixture({ clusterName }).template().findResources('AWS::Lambda::Function', { Properties: { Handler: 'index.operate' } }))
    .map(({ Properties }) => (Properties as { FunctionName?: string }).FunctionName);
  expect(named()).toEqual([operationsFunctionName('test', ReleaseTier.PLATFORM), operationsFunctionName('test', ReleaseTier.MODEL)]);
  expect(operationsFunctionName('c'.repeat(100), ReleaseTier.MODEL)).toHaveLength(64);
});

test('keeps copies of releases in a versioned bucket, and keeps the bucket', () => {
  fixture().template().hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain', Properties: { VersioningConfiguration: { Status: 'Enabled' } } });
  fixture({ removalPolicy: RemovalPolicy.DESTROY }).template().hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
});

test('in a VPC, only the handlers join it, and they allow themselves to the cluster', () => {
  const template = fixture({}, true).template();
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: 'sg-1', FromPort: 443, ToPort: 443 });
  const inVpc = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { VpcConfig: Match.anyValue() } })) as { Properties: { Handler: string } }[];
  expect(inVpc.map(({ Properties }) => Properties.Handler).sort()).toEqual(['isComplete', 'isComplete', 'onEvent', 'onEvent', 'operate', 'operate'].map((name) => `index.${name}`));
});

test('its service tokens are no reference between stacks', () => {
  const { stack, provider } = fixture();
  const serving = new Stack(stack.node.root, 'Serving', { env });
  new KubernetesRelease(serving, 'Release', { provider, tier: ReleaseTier.MODEL, name: 'chat', namespace: 'models', charts: [chartOf(configMap('one'))] });
  const text = JSON.stringify(Template.fromStack(serving).toJSON());
  expect(text).not.toMatch(/GetStackOutput|ImportValue/);
  expect(text).toContain('function:test-model-releases');
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'test-model-releases' });
  expect(serving.dependencies).toEqual([stack]);
});
