import * as path from 'node:path';
import { ArnFormat, Duration, RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct, type IConstruct } from 'constructs';
import { namesakes } from '../checks/namesakes';
import { findingText } from '../policy/finding-text';
import { acknowledgeProviderFramework } from '../policy/provider-framework';
import { keptOnceCreated } from '../policy/retention';
import { MODEL_RELEASES_GROUP } from './contract/names';
import { tierPrefix } from './contract/release-bucket';
import { operationsFunctionName } from './contract/release-operations';
import { ReleaseTier } from './contract/release-tier';

/** Applies releases to one cluster. */
export interface IReleaseProvider extends IConstruct {
  /** Name of the cluster that releases go to. */
  readonly clusterName: string;

  /** Bootstrap qualifier of the stacks whose releases can be read; undefined where it is not known. */
  readonly bootstrapQualifier?: string;

  /** Bucket of assets that the handlers read releases from; undefined where it is not known. */
  readonly assetBucketName?: string;

  /**
   * Token that names this provider to CloudFormation.
   *
   * @param tier identity under which the release is applied
   */
  serviceToken(tier: ReleaseTier): string;
}

/** Names a provider that was created elsewhere. */
export interface ReleaseProviderAttributes {
  /** Name of the cluster that releases go to. */
  readonly clusterName: string;
  /** `platformServiceToken` of the provider. */
  readonly platformServiceToken: string;
  /** `modelServiceToken` of the provider. */
  readonly modelServiceToken: string;

  /**
   * Bootstrap qualifier of its stack.
   *
   * @default - not checked
   */
  readonly bootstrapQualifier?: string;

  /**
   * Bucket of assets of its stack, which its handlers read releases from.
   *
   * @default - not checked
   */
  readonly assetBucketName?: string;
}

/** Properties of `ReleaseProvider`. */
export interface ReleaseProviderProps {
  /** Cluster that releases go to. Its authentication mode must be `API`. */
  readonly cluster: eks.ICluster;

  /**
   * Name of the cluster as plain text. With it, releases in other stacks need no reference to the provider's stack.
   *
   * @default - `cluster.clusterName`, which is known only at deploy time when the cluster is created in the same app
   */
  readonly clusterName?: string;

  /**
   * Network from which the handlers reach the cluster's endpoint.
   *
   * @default - the handlers run outside any VPC, which needs a public endpoint
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets of the handlers.
   *
   * @default - private subnets with egress
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Where Amazon S3 is reached, such as `Peer.prefixList('pl-63a5400a')` with the id of the prefix list `com.amazonaws.<region>.s3`. Beside
   * the cluster the handlers call nothing else: where its endpoint is private, they need no other way out.
   *
   * @default - any IPv4 address, on port 443: synth makes no lookups, and the addresses of S3 differ from region to region
   */
  readonly storagePeer?: ec2.IPeer;

  /**
   * What becomes of the copies of applied releases when the provider is deleted. Without them a rollback has nothing to
   * go back to.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Time between two looks at a release that is not healthy yet; each look itself watches for up to 25 seconds.
   *
   * @default Duration.seconds(5)
   */
  readonly queryInterval?: Duration;
}

/**
 * The one handler of a cluster that applies releases, in two tiers of identity.
 *
 * @example
 * const provider = new ReleaseProvider(this, 'Releases', { cluster, vpc });
 */
export class ReleaseProvider extends Construct implements IReleaseProvider, ec2.IConnectable {
  /** A provider that was created elsewhere. */
  public static fromReleaseProviderAttributes(
    scope: Construct,
    id: string,
    attributes: ReleaseProviderAttributes,
  ): IReleaseProvider {
    class Import extends Construct implements IReleaseProvider {
      public readonly clusterName = attributes.clusterName;
      public readonly bootstrapQualifier = attributes.bootstrapQualifier;
      public readonly assetBucketName = attributes.assetBucketName;
      public serviceToken(tier: ReleaseTier): string {
        return tier === ReleaseTier.PLATFORM ? attributes.platformServiceToken : attributes.modelServiceToken;
      }
    }
    return new Import(scope, id);
  }

  public readonly clusterName: string;
  public readonly bootstrapQualifier?: string;
  public readonly assetBucketName?: string;

  /** Security group of the handlers; without a VPC it has no security groups. */
  public readonly connections: ec2.Connections;

  /** Versioned bucket with a copy of every release that was applied. */
  public readonly releases: s3.IBucket;

  /** Service token of the platform tier. */
  public readonly platformServiceToken: string;

  /** Service token of the model tier. */
  public readonly modelServiceToken: string;

  private readonly handlerProps: lambda.FunctionOptions;
  private readonly kept: RemovalPolicy;

  constructor(scope: Construct, id: string, props: ReleaseProviderProps) {
    super(scope, id);
    this.clusterName = props.clusterName ?? props.cluster.clusterName;
    this.bootstrapQualifier = Stack.of(this).synthesizer.bootstrapQualifier ?? 'hnb659fds';
    this.kept = keptOnceCreated(props.removalPolicy);
    this.releases = new s3.Bucket(this, 'Releases', {
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: this.kept,
      // CloudFormation deletes no bucket that holds anything.
      autoDeleteObjects: this.kept === RemovalPolicy.DESTROY,
    });

    const { vpc } = props;
    const group = { description: 'Release handlers', allowAllOutbound: false };
    const securityGroups = vpc ? [new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, ...group })] : [];
    this.connections = new ec2.Connections({ securityGroups });
    if (props.vpc) {
      // The consumer allows itself; asking the cluster to allow the handlers would point the reference the other way.
      this.connections.allowTo(props.cluster, ec2.Port.tcp(443), 'Release handlers to the Kubernetes API');
      const description = props.storagePeer
        ? 'Release handlers to Amazon S3'
        : 'Release handlers to Amazon S3, whose addresses are not known at synth';
      this.connections.allowTo(props.storagePeer ?? ec2.Peer.anyIpv4(), ec2.Port.tcp(443), description);
    }

    this.handlerProps = {
      vpc: props.vpc,
      vpcSubnets: props.vpc && props.vpcSubnets,
      securityGroups: props.vpc && securityGroups,
      environment: {
        CLUSTER_NAME: props.cluster.clusterName,
        CLUSTER_ENDPOINT: props.cluster.clusterEndpoint,
        CLUSTER_CA: props.cluster.clusterCertificateAuthorityData,
        RELEASE_BUCKET: this.releases.bucketName,
      },
    };
    const queryInterval = props.queryInterval ?? Duration.seconds(5);
    const platform = this.addTier(ReleaseTier.PLATFORM, props.cluster, queryInterval);
    const model = this.addTier(ReleaseTier.MODEL, props.cluster, queryInterval);
    this.platformServiceToken = platform.serviceToken;
    this.modelServiceToken = model.serviceToken;
    this.assetBucketName = platform.assetBucketName;
    this.acknowledge(platform.assetBucketName);
    this.node.addValidation({ validate: () => this.checkName() });
  }

  /** Names of functions are made of the cluster's, and an identity has one access entry. */
  private checkName(): string[] {
    const isProvider = (node: IConstruct): node is ReleaseProvider => node instanceof ReleaseProvider;
    const [first] = namesakes<ReleaseProvider>(this, isProvider, ({ clusterName }) => clusterName);
    return first === this
      ? []
      : [
          `clusterName: expected one release provider a cluster in the account and region, got ${first.node.path} for ${this.clusterName} too; use that one`,
        ];
  }

  public serviceToken(tier: ReleaseTier): string {
    return tier === ReleaseTier.PLATFORM ? this.platformServiceToken : this.modelServiceToken;
  }

  private addTier(
    tier: ReleaseTier,
    cluster: eks.ICluster,
    queryInterval: Duration,
  ): { readonly serviceToken: string; readonly assetBucketName: string } {
    const scope = new Construct(this, tier === ReleaseTier.PLATFORM ? 'Platform' : 'Model');
    const role = new iam.Role(scope, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `Applies ${tier} releases to ${this.clusterName}`,
      managedPolicies: [
        iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole'),
        ...(this.handlerProps.vpc
          ? [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole')]
          : []),
      ],
    });
    // Never the right to delete: a rollback may need any release that was ever applied. Never what the other tier keeps: whoever writes
    // there decides what a cluster administrator applies. Names of keys are seen by both: under a condition on the prefix S3 would answer
    // AccessDenied, and not that there is no such key.
    this.releases.grantRead(role, `${tierPrefix(tier)}*`);
    this.releases.grantPut(role, `${tierPrefix(tier)}*`);
    new eks.CfnAccessEntry(scope, 'AccessEntry', {
      clusterName: cluster.clusterName,
      principalArn: role.roleArn,
      type: 'STANDARD',
      ...(tier === ReleaseTier.PLATFORM
        ? {
            accessPolicies: [
              {
                policyArn: `arn:${Stack.of(this).partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
                accessScope: { type: 'cluster' },
              },
            ],
          }
        : // The policies that AWS predefines cannot write custom resources, so RBAC in the cluster says what this tier may do.
          { kubernetesGroups: [MODEL_RELEASES_GROUP] }),
    });

    // The names of the groups are made by CloudFormation: one that was kept stops nobody from deploying again.
    const logGroup = (name: string) =>
      new logs.LogGroup(scope, `${name}Logs`, { retention: logs.RetentionDays.THREE_MONTHS, removalPolicy: this.kept });
    const code = lambda.Code.fromAsset(path.join(__dirname, 'handler-bundle'));
    const handler = (name: string, timeout: Duration, functionName?: string) =>
      new lambda.Function(scope, name, {
        ...this.handlerProps,
        environment: {
          ...this.handlerProps.environment,
          RELEASE_TIER: tier,
          QUERY_INTERVAL_SECONDS: String(queryInterval.toSeconds()),
        },
        functionName,
        role,
        code,
        runtime: lambda.Runtime.NODEJS_24_X,
        handler: `index.${name[0].toLowerCase()}${name.slice(1)}`,
        description: `${name} of ${tier} releases to ${this.clusterName}`,
        memorySize: 1024,
        timeout,
        logGroup: logGroup(name),
      });
    // People invoke it by its name. It carries out nothing that a deployment would not: it puts back what was deployed.
    const operate = handler(
      'Operate',
      Duration.minutes(2),
      Token.isUnresolved(this.clusterName) ? undefined : operationsFunctionName(this.clusterName, tier),
    );
    const assetBucketName = assetBucketOf(operate);
    this.grantReadAssets(role, assetBucketName);
    const provider = new cr.Provider(scope, 'Provider', {
      onEventHandler: handler('OnEvent', Duration.seconds(30)),
      isCompleteHandler: handler('IsComplete', Duration.minutes(2)),
      queryInterval,
      totalTimeout: Duration.hours(1),
      providerFunctionName: this.providerFunctionName(tier),
      logGroup: logGroup('Framework'),
    });
    // The function's name is explicit, so that its ARN can be written without a reference between stacks: a model's stack
    // and the cluster's stack can then be updated independently.
    const serviceToken = Token.isUnresolved(this.clusterName)
      ? provider.serviceToken
      : Stack.of(this).formatArn({
          service: 'lambda',
          resource: 'function',
          resourceName: this.providerFunctionName(tier),
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        });
    return { serviceToken, assetBucketName };
  }

  private providerFunctionName(tier: ReleaseTier): string | undefined {
    if (Token.isUnresolved(this.clusterName)) return undefined;
    return `${this.clusterName}-${tier}-releases`.slice(-64);
  }

  private acknowledge(assetBucketName: string): void {
    const stack = Stack.of(this);
    const bucket = String(stack.resolve((this.releases.node.defaultChild as s3.CfnBucket).logicalId));
    const finding = (arn: string) => `AwsSolutions-IAM5[Resource::${findingText(stack.resolve(arn))}]`;
    acknowledgeProviderFramework(this);
    Validations.of(this).acknowledge(
      ...['s3:Abort*', 's3:GetBucket*', 's3:GetObject*', 's3:List*'].map((action) => ({
        id: `AwsSolutions-IAM5[Action::${action}]`,
        reason: 'The handlers read and write any object, and its versions, of one bucket',
      })),
      ...Object.values(ReleaseTier).map((tier) => ({
        id: `AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${tierPrefix(tier)}*]`,
        reason: 'A tier reads and writes whatever is its own',
      })),
      {
        id: finding(releaseAssets(stack, assetBucketName)),
        reason: 'The names of release assets are hashes, and none is applied that is not the one of the template',
      },
      {
        id: finding(anyKey(stack)),
        reason: 'Only for the bucket of assets, whose key is not known at synth',
      },
      { id: 'AwsSolutions-S1', reason: 'Only the handlers use the bucket, and they log what they read and write' },
    );
  }

  /** Release assets lie in the bucket of the handlers' own code; its name is known without a reference to the stacks that use it. */
  private grantReadAssets(role: iam.Role, bucketName: string): void {
    const stack = Stack.of(this);
    const objects = releaseAssets(stack, bucketName);
    role.addToPolicy(
      new iam.PolicyStatement({ sid: 'ReadReleaseAssets', actions: ['s3:GetObject'], resources: [objects] }),
    );
    // Which key the account was bootstrapped with, if any, is not known: it may be used for what S3 keeps in that bucket.
    role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'DecryptReleaseAssets',
        actions: ['kms:Decrypt'],
        resources: [anyKey(stack)],
        conditions: {
          StringEquals: { 'kms:ViaService': `s3.${stack.region}.${stack.urlSuffix}` },
          StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucketArn(stack, bucketName), objects] },
        },
      }),
    );
  }
}

/** Where the synthesizer of its stack puts the code of a function, and all other files. */
function assetBucketOf(handler: lambda.Function): string {
  const { code } = handler.node.defaultChild as lambda.CfnFunction;
  return (code as lambda.CfnFunction.CodeProperty).s3Bucket!;
}

function bucketArn(stack: Stack, bucketName: string): string {
  return `arn:${stack.partition}:s3:::${bucketName}`;
}

/** Releases in a bucket of assets. */
function releaseAssets(stack: Stack, bucketName: string): string {
  return `${bucketArn(stack, bucketName)}/*.json`;
}

/** Every key of the account. */
function anyKey(stack: Stack): string {
  return stack.formatArn({ service: 'kms', resource: 'key', resourceName: '*' });
}
