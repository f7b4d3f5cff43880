import { Duration, RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { findingText } from '../policy/finding-text';
import { keptOnceCreated } from '../policy/retention';
import { type WeightsReference } from './stored-weights';

/** A bucket with imported weights. */
export interface IModelWeights extends IConstruct {
  /** The bucket. */
  readonly bucket: s3.IBucket;

  /** Region of the bucket. */
  readonly region: string;

  /**
   * Lets a model read its own weights, in any version.
   *
   * @param grantee identity of the model's pods
   * @param weights the weights
   */
  grantRead(grantee: iam.IGrantable, weights: WeightsReference): iam.Grant;

  /**
   * Lets an import put weights there. It may add versions of objects, and remove none.
   *
   * @param grantee identity under which `import-weights` runs
   */
  grantImport(grantee: iam.IGrantable): iam.Grant;
}

/** Names a bucket that exists. */
export interface ModelWeightsAttributes {
  /** Name of the bucket. It must be versioned. */
  readonly bucketName: string;

  /**
   * Region of the bucket.
   *
   * @default - that of the stack
   */
  readonly region?: string;

  /**
   * Key that encrypts the bucket.
   *
   * @default - S3's own
   */
  readonly encryptionKey?: kms.IKey;
}

/** Properties of `ModelWeights`. */
export interface ModelWeightsProps {
  /**
   * Name of the bucket. With it, models in other stacks refer to the bucket as plain text.
   *
   * @default - chosen by CloudFormation
   */
  readonly bucketName?: string;

  /**
   * Bucket for logs of access to the weights.
   *
   * @default - one is made, which keeps them for a year
   */
  readonly accessLogs?: s3.IBucket;

  /**
   * What becomes of bucket, logs and key when the construct is deleted; `DESTROY` empties them. `RETAIN` keeps nothing of a creation that
   * was rolled back: an empty bucket of the same name would stop the next one.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

abstract class ModelWeightsBase extends Construct implements IModelWeights {
  public abstract readonly bucket: s3.IBucket;
  public abstract readonly region: string;
  /** Name that is known at synth: findings about roles in other stacks are then spelled as here. */
  protected abstract readonly literalName?: string;

  public grantRead(grantee: iam.IGrantable, { path }: WeightsReference): iam.Grant {
    const { bucket } = this;
    const list = iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:ListBucket'],
      resourceArns: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': `${path}/*` } },
    });
    const read = iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resourceArns: [this.arnForObjects(`${path}/*`)],
    });
    bucket.encryptionKey?.grant(grantee, 'kms:Decrypt');
    this.acknowledge(grantee, `${path}/*`, 'The role reads the files of one import, and nothing else in the bucket');
    return list.combine(read);
  }

  public grantImport(grantee: iam.IGrantable): iam.Grant {
    const grant = iam.Grant.addToPrincipal({
      grantee,
      // Looking whether an object is there needs the right to list: without it S3 says "forbidden" instead of "not found".
      actions: ['s3:ListBucket', 's3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:AbortMultipartUpload'],
      resourceArns: [this.bucket.bucketArn, this.arnForObjects('*')],
    });
    this.bucket.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
    this.acknowledge(grantee, '*', 'An import adds whatever model it is told to; it may remove nothing');
    return grant;
  }

  private arnForObjects(keys: string): string {
    const { literalName } = this;
    return literalName === undefined
      ? this.bucket.arnForObjects(keys)
      : Stack.of(this).formatArn({ service: 's3', region: '', account: '', resource: literalName, resourceName: keys });
  }

  private acknowledge({ grantPrincipal }: iam.IGrantable, keys: string, reason: string): void {
    if (!Construct.isConstruct(grantPrincipal)) return;
    const arn = findingText(Stack.of(this).resolve(this.arnForObjects(keys)));
    Validations.of(grantPrincipal).acknowledge({ id: `AwsSolutions-IAM5[Resource::${arn}]`, reason });
  }
}

/**
 * A bucket for the weights of models: encrypted under a key of the account, versioned, with TLS only and a log of who read what.
 *
 * @example
 * const weights = new ModelWeights(this, 'Weights', { bucketName: 'llm-weights-111111111111-us-east-1' });
 */
export class ModelWeights extends ModelWeightsBase {
  /**
   * A bucket that exists.
   *
   * @throws when it lies in another region than the stack.
   */
  public static fromBucketAttributes(scope: Construct, id: string, attributes: ModelWeightsAttributes): IModelWeights {
    const stack = Stack.of(scope);
    const region = attributes.region ?? stack.region;
    if (!Token.isUnresolved(region) && !Token.isUnresolved(stack.region) && region !== stack.region) {
      throw new Error(
        `${scope.node.path}/${id}: region: expected ${stack.region}, that of the models, got ${region}; each start of a pod would carry the weights between regions, import them into a bucket of ${stack.region}`,
      );
    }
    class Import extends ModelWeightsBase {
      public readonly region = region;
      protected readonly literalName = undefined;
      public readonly bucket = s3.Bucket.fromBucketAttributes(this, 'Bucket', {
        bucketName: attributes.bucketName,
        region,
        encryptionKey: attributes.encryptionKey,
      });
    }
    return new Import(scope, id);
  }

  public readonly bucket: s3.IBucket;

  public readonly region: string;

  /** Key that encrypts the bucket. */
  public readonly key: kms.Key;

  protected readonly literalName?: string;

  constructor(scope: Construct, id: string, props: ModelWeightsProps = {}) {
    super(scope, id);
    const removalPolicy = keptOnceCreated(props.removalPolicy);
    const destroy = removalPolicy === RemovalPolicy.DESTROY;
    this.region = Stack.of(this).region;
    this.literalName = Token.isUnresolved(props.bucketName) ? undefined : props.bucketName;
    this.key = new kms.Key(this, 'Key', { description: 'Weights of models', enableKeyRotation: true, removalPolicy });
    this.bucket = new s3.Bucket(this, 'Resource', {
      bucketName: props.bucketName,
      versioned: true,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.key,
      // Without it each object is a call of KMS of its own.
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: props.accessLogs ?? this.logs(removalPolicy, destroy),
      serverAccessLogsPrefix: 'weights/',
      // No rule ends an older version: a release may pin it.
      lifecycleRules: [{ id: 'broken-off-imports', abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy,
      autoDeleteObjects: destroy,
    });
  }

  private logs(removalPolicy: RemovalPolicy, destroy: boolean): s3.IBucket {
    const bucket = new s3.Bucket(this, 'AccessLogs', {
      // The service that delivers access logs cannot use a key of the account's own.
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ id: 'a-year', expiration: Duration.days(365) }],
      removalPolicy,
      autoDeleteObjects: destroy,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'The bucket holds access logs; a log of who wrote them would log itself',
    });
    return bucket;
  }
}
