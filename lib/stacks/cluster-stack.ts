import { KubectlV36Layer } from '@aws-cdk/lambda-layer-kubectl-v36';
import { Annotations, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { LlmCluster } from '../../constructs/cluster';
import { ADDONS } from '../../constructs/cluster/cluster-addons';
import { type IReleaseProvider, ReleaseProvider } from '../../constructs/kubernetes';
import type {
  EnvironmentConfig,
  ExistingCluster,
  ExistingNetwork,
  NewCluster,
} from '../environment/environment-config';
import { kubernetesVersionOf } from '../environment/nodes/node-types';

export interface ClusterStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  /** VPC of the Network stack. */
  readonly vpc?: ec2.IVpc;
}

/** The cluster with its nodes for system pods, and the one release provider. Nodes with accelerators are in the Nodes stack. */
export class ClusterStack extends Stack {
  public readonly cluster: eks.ICluster;
  public readonly provider: IReleaseProvider;
  /** The cluster that was made here; undefined for one that exists. */
  public readonly created?: LlmCluster;

  constructor(scope: Construct, id: string, props: ClusterStackProps) {
    super(scope, id, props);
    const { environment } = props;
    const destroy = environment.retention === 'destroy';
    const vpc = props.vpc ?? this.existingVpc(environment);
    this.created =
      'create' in environment.cluster ? this.newCluster(environment.cluster.create, environment, vpc) : undefined;
    this.cluster =
      'existing' in environment.cluster
        ? this.existingCluster(environment.cluster.existing, vpc)
        : this.created!.cluster;
    this.provider = new ReleaseProvider(this, 'Releases', {
      cluster: this.cluster,
      clusterName: ('create' in environment.cluster ? environment.cluster.create : environment.cluster.existing).name,
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      storagePeer:
        environment.storagePrefixList === undefined ? undefined : ec2.Peer.prefixList(environment.storagePrefixList),
      removalPolicy: destroy ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      queryInterval: destroy ? Duration.seconds(1) : undefined,
    });
  }

  private existingVpc(environment: EnvironmentConfig): ec2.IVpc {
    const network: ExistingNetwork | undefined =
      'existing' in environment.network ? environment.network.existing : undefined;
    if (!network)
      throw new Error(`${environment.name}: expected the Network stack's VPC for a network that is created`);
    const vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: network.vpcId,
      availabilityZones: [...network.availabilityZones],
      privateSubnetIds: [...network.privateSubnetIds],
    });
    // Nothing here adds routes to a network that others own.
    Annotations.of(vpc).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId');
    return vpc;
  }

  private newCluster(config: NewCluster, environment: EnvironmentConfig, vpc: ec2.IVpc): LlmCluster {
    return new LlmCluster(this, 'Cluster', {
      vpc,
      clusterName: config.name,
      kubectlLayer: new KubectlV36Layer(this, 'Kubectl'),
      access: {
        operators: principals(config.operators),
        pipelines: principals(config.pipelines),
        breakGlass: principals(config.breakGlass),
        breakGlassFederated: principals(config.breakGlassFederated),
      },
      kubernetesVersion: eks.KubernetesVersion.of(kubernetesVersionOf(environment)),
      systemImageVersion: config.systemImageVersion,
      addonVersions: Object.fromEntries(
        Object.entries(config.addonVersions ?? {}).filter(([addon]) => ADDONS.includes(addon)),
      ),
      extendedSupport: config.extendedSupport,
      publicAccessCidrs: config.publicAccessCidrs && [...config.publicAccessCidrs],
      systemNodes: config.systemNodes,
      removalPolicy: environment.retention === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  private existingCluster(config: ExistingCluster, vpc: ec2.IVpc): eks.ICluster {
    return eks.Cluster.fromClusterAttributes(this, 'Cluster', {
      vpc,
      clusterName: config.name,
      clusterEndpoint: config.endpoint,
      clusterCertificateAuthorityData: config.certificateAuthority,
      clusterSecurityGroupId: config.securityGroupId,
    });
  }
}

/** Roles and users that an environment names by their ARNs. */
function principals(arns: readonly string[] = []): iam.IPrincipal[] {
  return arns.map((arn) => new iam.ArnPrincipal(arn));
}
