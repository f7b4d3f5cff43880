import * as cdk8s from 'cdk8s';
import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { PodIdentityRole } from '../cluster/pod-identity-role';
import { MODEL_NAMESPACE } from '../models/names';
import { CompileCacheChart } from './compile-cache-chart';

/** What replicas share that keep the kernels which the engine compiles. */
export interface CompileCacheOptions {
  /** Names of the models that keep their kernels. */
  readonly models: string[];

  /**
   * Version of the EFS add-on, such as `v2.1.13-eksbuild.1`.
   *
   * @default - the one EKS takes when the add-on is made; it stays until changed
   */
  readonly addonVersion?: string;

  /**
   * Whether the cluster gets the EFS add-on; not when it has it.
   *
   * @default true
   */
  readonly installAddon?: boolean;
}

/** Properties of `CompileCache`. */
export interface CompileCacheProps extends CompileCacheOptions {
  /** Cluster whose nodes mount the file system. It runs the Pod Identity agent. */
  readonly cluster: eks.ICluster;

  /**
   * User as whom engines run, by number.
   *
   * @default 2000, that of the vLLM image
   */
  readonly userId?: number;

  /**
   * What becomes of the file system when it is deleted here. What it holds can be compiled again.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Where engines keep compiled kernels, so that a new pod reads in seconds what the first one compiled in minutes. Each model has a
 * directory of its own: kernels are code, and one model must not write what another runs.
 *
 * @example
 * new CompileCache(this, 'CompileCache', { cluster, models: ['chat'] });
 */
export class CompileCache extends Construct {
  /** Name of the add-on that mounts the file system. */
  public static readonly ADDON_NAME = 'aws-efs-csi-driver';

  /** Volumes and claims, for a release of the platform tier. */
  public readonly chart: cdk8s.Chart;

  /** The file system. */
  public readonly fileSystem: efs.FileSystem;

  /** @throws when something is wrong with `models`; the error lists every problem. */
  constructor(scope: Construct, id: string, props: CompileCacheProps) {
    super(scope, id);
    const problems = cacheProblems(props);
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);
    const { cluster } = props;
    const user = String(props.userId ?? 2000);
    this.fileSystem = new efs.FileSystem(this, 'Resource', {
      vpc: cluster.vpc,
      // A file system has at most one mount target a zone.
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, onePerAz: true },
      encrypted: true,
      throughputMode: efs.ThroughputMode.ELASTIC,
      lifecyclePolicy: efs.LifecyclePolicy.AFTER_30_DAYS,
      enableAutomaticBackups: false,
      // The driver mounts without an identity, which the library's own policy would refuse; this one lets it into directories alone.
      allowAnonymousAccess: true,
      fileSystemPolicy: new iam.PolicyDocument({ statements: [this.mounting()] }),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    });
    this.fileSystem.connections.allowFrom(
      ec2.Peer.securityGroupId(cluster.clusterSecurityGroupId),
      ec2.Port.tcp(2049),
      'Nodes',
    );
    const handles = props.models.map((model): [string, string] => {
      const directory = this.fileSystem.addAccessPoint(`Model-${model}`, {
        path: `/${model}`,
        createAcl: { ownerUid: user, ownerGid: user, permissions: '700' },
        posixUser: { uid: user, gid: user },
      });
      return [model, `${this.fileSystem.fileSystemId}::${directory.accessPointId}`];
    });
    this.chart = new CompileCacheChart(new cdk8s.App(), 'compile-cache', {
      namespace: MODEL_NAMESPACE,
      volumeHandles: Object.fromEntries(handles),
    });
    if (props.installAddon ?? true) this.addon(cluster, props.addonVersion);
  }

  /** What reaches a mount target may use an access point, encrypted on its way; nobody may mount the root, which holds all directories. */
  private mounting(): iam.PolicyStatement {
    const accessPoints = Stack.of(this).formatArn({
      service: 'elasticfilesystem',
      resource: 'access-point',
      resourceName: '*',
    });
    return new iam.PolicyStatement({
      principals: [new iam.AnyPrincipal()],
      actions: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'],
      conditions: {
        Bool: { 'aws:SecureTransport': 'true', 'elasticfilesystem:AccessedViaMountTarget': 'true' },
        StringLike: { 'elasticfilesystem:AccessPointArn': accessPoints },
      },
    });
  }

  private addon(cluster: eks.ICluster, addonVersion?: string): void {
    const policy = 'service-role/AmazonEFSCSIDriverPolicy';
    const identity = new PodIdentityRole(this, 'DriverRole', {
      description: `EFS volumes of pods in ${Stack.of(this).stackName}`,
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName(policy)],
    });
    new eks.CfnAddon(this, 'Driver', {
      clusterName: cluster.clusterName,
      addonName: CompileCache.ADDON_NAME,
      addonVersion,
      resolveConflicts: 'OVERWRITE',
      podIdentityAssociations: [{ serviceAccount: 'efs-csi-controller-sa', roleArn: identity.role.roleArn }],
    });
    Validations.of(identity).acknowledge({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`,
      reason: 'The policy that AWS keeps for this add-on; only the add-on can take the role',
    });
  }
}

/** What is wrong with the models of a compile cache, one problem per line; empty when nothing is. */
export function cacheProblems({ models }: CompileCacheOptions): string[] {
  return models.flatMap((model, index) => {
    const first = models.indexOf(model);
    return first === index
      ? []
      : [
          `models[${index}]: expected each model once, got ${JSON.stringify(model)} as models[${first}] too; leave it out`,
        ];
  });
}
