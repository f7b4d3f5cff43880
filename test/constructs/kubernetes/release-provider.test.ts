import {
  CliCredentialsStackSynthesizer,
  DefaultStackSynthesizer,
  Duration,
  type IStackSynthesizer,
  LegacyStackSynthesizer,
  RemovalPolicy,
  Stack,
} from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  KubernetesRelease,
  ReleaseProvider,
  type ReleaseProviderProps,
  ReleaseTier,
} from '../../../constructs/kubernetes';
import { findingText } from '../../../constructs/policy/finding-text';
import { copyKey, recordKey } from '../../../constructs/kubernetes/contract/release-bucket';
import { operationsFunctionName } from '../../../constructs/kubernetes/contract/release-operations';
import { testApp } from '../../support/app';
import { chartOf, configMap } from '../../support/release';

const RELEASE = { namespace: 'models', name: 'chat' };
const env = { account: '111111111111', region: 'us-east-1' };

function fixture(props: Partial<ReleaseProviderProps> = {}, withVpc = false, synthesizer?: IStackSynthesizer) {
  const stack = new Stack(testApp(), 'Cluster', { env, synthesizer });
  const vpc = withVpc ? new ec2.Vpc(stack, 'Vpc') : undefined;
  const cluster = eks.Cluster.fromClusterAttributes(stack, 'Existing', {
    clusterName: 'test',
    clusterEndpoint: 'https://test.example',
    clusterCertificateAuthorityData: 'Q0E=',
    ...(vpc ? { vpc, clusterSecurityGroupId: 'sg-1' } : {}),
  });
  const provider = new ReleaseProvider(stack, 'Releases', { cluster, vpc, ...props });
  return { stack, provider, template: () => Template.fromStack(stack) };
}

test('has an identity for each tier: an administrator, and a group that RBAC binds', () => {
  const template = fixture().template();
  template.resourceCountIs('AWS::EKS::AccessEntry', 2);
  template.hasResourceProperties('AWS::EKS::AccessEntry', {
    AccessPolicies: [
      { AccessScope: { Type: 'cluster' }, PolicyArn: Match.stringLikeRegexp('AmazonEKSClusterAdminPolicy') },
    ],
    KubernetesGroups: Match.absent(),
  });
  template.hasResourceProperties('AWS::EKS::AccessEntry', {
    KubernetesGroups: ['llm-platform:model-releases'],
    AccessPolicies: Match.absent(),
  });
});

test("handlers know the cluster, and see each other tier's role nowhere", () => {
  const template = fixture().template();
  const handlers = Object.values(
    template.findResources('AWS::Lambda::Function', {
      Properties: { Handler: Match.stringLikeRegexp('^index\\.(onEvent|isComplete)$') },
    }),
  );
  expect(handlers).toHaveLength(4);
  for (const { Properties } of handlers as { Properties: { Environment: { Variables: object }; Runtime: string } }[]) {
    expect(Properties.Environment.Variables).toMatchObject({
      CLUSTER_NAME: 'test',
      CLUSTER_ENDPOINT: 'https://test.example',
      CLUSTER_CA: 'Q0E=',
    });
    expect(Properties.Runtime).toBe('nodejs24.x');
  }
});

test('handlers know their tier, and how long the waiter of a request pauses between two ticks', () => {
  const functions = fixture({ queryInterval: Duration.minutes(2) })
    .template()
    .findResources('AWS::Lambda::Function', { Properties: { Handler: 'index.isComplete' } });
  const variables = (Object.values(functions) as { Properties: { Environment: { Variables: object } } }[]).map(
    ({ Properties }) => Properties.Environment.Variables,
  );
  expect(variables).toEqual([
    expect.objectContaining({ RELEASE_TIER: 'platform', QUERY_INTERVAL_SECONDS: '120' }),
    expect.objectContaining({ RELEASE_TIER: 'model', QUERY_INTERVAL_SECONDS: '120' }),
  ]);
});

test('what people ask is carried out by a function of a name that they know', () => {
  const named = (clusterName?: string) =>
    Object.values(
      fixture({ clusterName })
        .template()
        .findResources('AWS::Lambda::Function', { Properties: { Handler: 'index.operate' } }),
    ).map(({ Properties }) => (Properties as { FunctionName?: string }).FunctionName);
  expect(named()).toEqual([
    operationsFunctionName('test', ReleaseTier.PLATFORM),
    operationsFunctionName('test', ReleaseTier.MODEL),
  ]);
  expect(operationsFunctionName('c'.repeat(100), ReleaseTier.MODEL)).toHaveLength(64);
});

test('keeps copies of releases in a versioned bucket, and keeps the bucket', () => {
  fixture()
    .template()
    .hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: { VersioningConfiguration: { Status: 'Enabled' } },
    });
  fixture({ removalPolicy: RemovalPolicy.DESTROY })
    .template()
    .hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
});

test('in a VPC, only the handlers join it, and they allow themselves to the cluster', () => {
  const template = fixture({}, true).template();
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: 'sg-1', FromPort: 443, ToPort: 443 });
  const inVpc = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { VpcConfig: Match.anyValue() } }),
  ) as { Properties: { Handler: string } }[];
  expect(inVpc.map(({ Properties }) => Properties.Handler).sort()).toEqual(
    ['isComplete', 'isComplete', 'onEvent', 'onEvent', 'operate', 'operate'].map((name) => `index.${name}`),
  );
});

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

/** What a tier's role may do with any bucket. */
function rightsOf(tier: 'Platform' | 'Model', synthesizer?: IStackSynthesizer) {
  const { stack, template } = fixture({}, false, synthesizer);
  const policies = template().findResources('AWS::IAM::Policy', {
    Properties: { PolicyName: Match.stringLikeRegexp(`^Releases${tier}Role`) },
  });
  const statements = Object.values(policies).flatMap(
    ({ Properties }) => (Properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement,
  );
  const textOf = ({ Resource }: Statement) =>
    ([] as unknown[]).concat(Resource).map((resource) => findingText(stack.resolve(resource)));
  return {
    statements,
    on: (action: RegExp) => statements.filter(({ Action }) => action.test(String(Action))).flatMap(textOf),
    findings: new AwsSolutionsChecks(stack).validateScope(stack).violations.map(({ ruleName }) => ruleName),
  };
}

test('a tier reads and writes what is its own, and nothing that the other one keeps', () => {
  for (const [tier, prefix] of [
    ['Platform', 'platform'],
    ['Model', 'model'],
  ] as const) {
    const rights = rightsOf(tier);
    expect(rights.on(/s3:Put/)).toEqual([expect.stringMatching(new RegExp(`^<Releases.*\\.Arn>/${prefix}/\\*$`))]);
    const read = rights.on(/s3:GetObject/);
    // The bucket itself is named for its list of keys.
    expect(read.filter((resource) => !/^<Releases\w*\.Arn>$/.test(resource)).sort()).toEqual([
      expect.stringMatching(new RegExp(`^<Releases.*\\.Arn>/${prefix}/\\*$`)),
      'arn:aws:s3:::cdk-hnb659fds-assets-111111111111-us-east-1/*.json',
    ]);
    expect(rights.on(/s3:Delete/)).toEqual([]);
    for (const key of [
      recordKey(prefix as ReleaseTier, RELEASE),
      copyKey(prefix as ReleaseTier, RELEASE, 'a'.repeat(64)),
    ])
      expect(key.startsWith(`${prefix}/`)).toBe(true);
  }
});

test.each<[string, IStackSynthesizer, string]>([
  ['a name of its own', new DefaultStackSynthesizer({ fileAssetsBucketName: 'acme-assets' }), 'acme-assets'],
  ['the credentials of the CLI', new CliCredentialsStackSynthesizer({ fileAssetsBucketName: 'acme-cli' }), 'acme-cli'],
  ['parameters', new LegacyStackSynthesizer(), '<AssetParameters\\w+S3Bucket\\w+>'],
])('releases are read where the synthesizer puts them: a bucket by %s', (_, synthesizer, bucket) => {
  const { on, findings } = rightsOf('Model', synthesizer);
  expect(on(/s3:GetObject/)).toContainEqual(expect.stringMatching(new RegExp(`^arn:aws:s3:::${bucket}/\\*\\.json$`)));
  expect(findings).toEqual([]);
});

test("the key of an account's assets may be used for them, and for nothing else", () => {
  const [decrypt] = rightsOf('Model').statements.filter(({ Action }) => Action === 'kms:Decrypt');
  const bucket = 'arn:aws:s3:::cdk-hnb659fds-assets-111111111111-us-east-1';
  expect(decrypt).toMatchObject({
    Resource: 'arn:aws:kms:us-east-1:111111111111:key/*',
    Condition: {
      StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', ['s3.us-east-1.', { Ref: 'AWS::URLSuffix' }]] } },
      StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket, `${bucket}/*.json`] },
    },
  });
});

test('the handlers reach S3 at any address, or where it is', () => {
  const egressOf = (props: Partial<ReleaseProviderProps>) => {
    const { stack, template } = fixture(props, true);
    template();
    const [group] = Object.values(
      template().findResources('AWS::EC2::SecurityGroup', { Properties: { GroupDescription: 'Release handlers' } }),
    );
    const lists = Object.values(template().findResources('AWS::EC2::SecurityGroupEgress')).map(
      ({ Properties }) => (Properties as { DestinationPrefixListId?: string }).DestinationPrefixListId,
    );
    expect(stack.node.children.length).toBeGreaterThan(0);
    return {
      inline: (group.Properties as { SecurityGroupEgress?: { CidrIp: string }[] }).SecurityGroupEgress?.map(
        ({ CidrIp }) => CidrIp,
      ),
      lists,
    };
  };
  expect(egressOf({}).inline).toEqual(['0.0.0.0/0']);
  const narrow = egressOf({ storagePeer: ec2.Peer.prefixList('pl-63a5400a') });
  expect(JSON.stringify(narrow)).toContain('pl-63a5400a');
  expect(JSON.stringify(narrow)).not.toContain('0.0.0.0/0');
});

test('its service tokens are no reference between stacks', () => {
  const { stack, provider } = fixture();
  const serving = new Stack(stack.node.root, 'Serving', { env });
  new KubernetesRelease(serving, 'Release', {
    provider,
    tier: ReleaseTier.MODEL,
    name: 'chat',
    namespace: 'models',
    charts: [chartOf(configMap('one'))],
  });
  const text = JSON.stringify(Template.fromStack(serving).toJSON());
  expect(text).not.toMatch(/GetStackOutput|ImportValue/);
  expect(text).toContain('function:test-model-releases');
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'test-model-releases' });
  expect(serving.dependencies).toEqual([stack]);
});
