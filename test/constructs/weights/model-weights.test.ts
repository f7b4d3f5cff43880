import { Aws, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { PodIdentityRole } from '../../../constructs/cluster/pod-identity-role';
import { type IModelWeights, ModelWeights, type ModelWeightsProps } from '../../../constructs/weights';
import { testApp } from '../../support/app';

const env = { account: '111111111111', region: 'us-east-1' };
const REFERENCE = {
  path: 'Qwen/Qwen3-8B/b968826d9c46dd6066d109eabc6255188de91218/0123456789ab',
  manifestSha256: 'ab'.repeat(32),
};

function stackOf(region: string | undefined = env.region): Stack {
  return new Stack(testApp(), 'Data', { env: { ...env, region } });
}

function weightsOf(props: ModelWeightsProps = {}): { stack: Stack; weights: ModelWeights; template: () => Template } {
  const stack = stackOf();
  const weights = new ModelWeights(stack, 'Weights', props);
  return { stack, weights, template: () => Template.fromStack(stack) };
}

/** The statements of the only policy of a role. */
function statementsOf(stack: Stack): unknown[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')) as {
    Properties: { PolicyDocument: { Statement: unknown[] } };
  }[];
  expect(policies).toHaveLength(1);
  return policies[0].Properties.PolicyDocument.Statement;
}

function findings(stack: Stack): string[] {
  return new AwsSolutionsChecks(stack).validateScope(stack).violations.map(({ ruleName }) => ruleName);
}

test('the bucket is encrypted under a key of the account, versioned, private, and its readers are logged', () => {
  const { template } = weightsOf();
  template().hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: Match.anyValue() },
          },
        ],
      },
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LoggingConfiguration: {
        DestinationBucketName: { Ref: Match.stringLikeRegexp('AccessLogs') },
        LogFilePrefix: 'weights/',
      },
      LifecycleConfiguration: {
        Rules: [{ Id: 'broken-off-imports', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }],
      },
    },
  });
  template().hasResource('AWS::KMS::Key', {
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: { EnableKeyRotation: true },
  });
  const deny = (Condition: object) =>
    Match.objectLike({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition });
  template().hasResourceProperties('AWS::S3::BucketPolicy', {
    Bucket: { Ref: Match.stringLikeRegexp('^Weights(?!AccessLogs)') },
    PolicyDocument: {
      Statement: Match.arrayWith([
        deny({ Bool: { 'aws:SecureTransport': 'false' } }),
        deny({ NumericLessThan: { 's3:TlsVersion': 1.2 } }),
      ]),
    },
  });
});

test('a creation that is rolled back leaves nothing that stops the next one of the same name; an update and a deletion keep the weights', () => {
  for (const removalPolicy of [undefined, RemovalPolicy.RETAIN]) {
    const kept = Object.values(
      weightsOf({ bucketName: 'weights', removalPolicy }).template().toJSON().Resources as Record<
        string,
        { Type: string; DeletionPolicy?: string; UpdateReplacePolicy?: string }
      >,
    )
      .filter(({ Type }) => /Bucket$|Key$/.test(Type))
      .map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy]);
    expect(kept).toEqual(Array(3).fill(['RetainExceptOnCreate', 'Retain']));
  }
});

test('its logical ids stay: losing them loses the weights', () => {
  const ids = Object.entries(weightsOf().template().toJSON().Resources as Record<string, { Type: string }>)
    .filter(([, { Type }]) => /Bucket$|Key$/.test(Type))
    .map(([id]) => id);
  expect(ids.sort()).toEqual(['WeightsA7CDF379', 'WeightsAccessLogs1481E6B0', 'WeightsKey169F4246']);
});

test('with DESTROY, everything goes, emptied first', () => {
  const { template } = weightsOf({ removalPolicy: RemovalPolicy.DESTROY });
  template().allResources('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
  template().allResources('AWS::KMS::Key', { DeletionPolicy: 'Delete' });
  template().resourceCountIs('Custom::S3AutoDeleteObjects', 2);
  weightsOf().template().resourceCountIs('Custom::S3AutoDeleteObjects', 0);
});

test('logs go to a bucket that is given', () => {
  const stack = stackOf();
  new ModelWeights(stack, 'Weights', { accessLogs: new s3.Bucket(stack, 'Logs', { bucketName: 'audit-logs' }) });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 2);
  template.hasResourceProperties('AWS::S3::Bucket', {
    LoggingConfiguration: { DestinationBucketName: { Ref: Match.stringLikeRegexp('^Logs') } },
  });
});

describe('a model', () => {
  const objects = (bucket: object) => ({ 'Fn::Join': ['', [bucket, `/${REFERENCE.path}/*`]] });

  test('may read its own import, in any version, and nothing else', () => {
    const { stack, weights } = weightsOf();
    weights.grantRead(new PodIdentityRole(stack, 'Reader', { description: 'test' }), REFERENCE);
    const bucket = { 'Fn::GetAtt': ['WeightsA7CDF379', 'Arn'] };
    expect(statementsOf(stack)).toEqual([
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: bucket,
        Condition: { StringLike: { 's3:prefix': `${REFERENCE.path}/*` } },
      },
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: objects(bucket) },
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: { 'Fn::GetAtt': ['WeightsKey169F4246', 'Arn'] } },
    ]);
    expect(findings(stack)).toEqual([]);
  });

  test('may read from a bucket that exists', () => {
    const stack = stackOf();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1');
    const weights = ModelWeights.fromBucketAttributes(stack, 'Weights', { bucketName: 'weights', encryptionKey });
    weights.grantRead(new PodIdentityRole(stack, 'Reader', { description: 'test' }), REFERENCE);
    expect(weights.region).toBe('us-east-1');
    expect(statementsOf(stack)).toContainEqual({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: 'arn:aws:kms:us-east-1:111111111111:key/1',
    });
    expect(findings(stack)).toEqual([]);
  });
});

test('an import may add, and neither remove a version nor change the bucket', () => {
  const { stack, weights } = weightsOf();
  weights.grantImport(new iam.Role(stack, 'Importer', { assumedBy: new iam.AccountRootPrincipal() }));
  expect(statementsOf(stack)).toEqual([
    {
      Effect: 'Allow',
      Action: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:GetObjectVersion', 's3:ListBucket', 's3:PutObject'],
      Resource: [
        { 'Fn::GetAtt': ['WeightsA7CDF379', 'Arn'] },
        { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['WeightsA7CDF379', 'Arn'] }, '/*']] },
      ],
    },
    {
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: { 'Fn::GetAtt': ['WeightsKey169F4246', 'Arn'] },
    },
  ]);
  expect(findings(stack)).toEqual([]);
});

describe('the region', () => {
  const from = (stack: Stack, region?: string): IModelWeights =>
    ModelWeights.fromBucketAttributes(stack, 'Weights', { bucketName: 'weights', region });

  test('of an existing bucket must be that of the models', () => {
    expect(() => from(stackOf(), 'eu-west-1')).toThrow(
      /^Data\/Weights: region: expected us-east-1, that of the models, got eu-west-1; each start of a pod would carry the weights between regions, import them into a bucket of us-east-1$/,
    );
    expect(from(stackOf(), 'us-east-1').region).toBe('us-east-1');
  });

  test('is not compared where either is known only at deploy time', () => {
    const agnostic = new Stack(testApp(), 'Agnostic');
    expect(from(agnostic, 'eu-west-1').region).toBe('eu-west-1');
    const later = Lazy.string({ produce: () => Aws.REGION });
    expect(from(stackOf(), later).region).toBe(later);
  });
});
