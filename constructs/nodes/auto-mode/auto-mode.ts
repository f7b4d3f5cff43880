import { Stack, Validations } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Properties of `AutoMode`. */
export interface AutoModeProps {
  /** Cluster that gets EKS Auto Mode; made here, not imported. */
  readonly cluster: eks.Cluster;
}

/** Policies that Auto Mode needs on the role of the cluster. */
const CLUSTER_POLICIES = [
  'AmazonEKSComputePolicy',
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingPolicy',
];

/** Policies of its nodes. */
const NODE_POLICIES = ['AmazonEKSWorkerNodeMinimalPolicy', 'AmazonEC2ContainerRegistryPullOnly'];

/**
 * Turns EKS Auto Mode on for a cluster that also has a node group for system pods: EKS runs Karpenter, images, device plugins
 * and interruption handling. Its built-in pools stay off; nodes come from the pools of models alone.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/auto-enable-existing.html
 */
export class AutoMode extends Construct {
  /** Kinds that a cluster with Auto Mode knows, as `<group>/<kind>`, for the check that nothing refers to what nobody provides. */
  public static readonly KINDS = ['karpenter.sh/NodePool', 'karpenter.sh/NodeClaim', 'eks.amazonaws.com/NodeClass'];

  /** Role of the nodes. */
  public readonly nodeRole: iam.Role;

  constructor(scope: Construct, id: string, props: AutoModeProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const resource = props.cluster.node.defaultChild as eks.CfnCluster;
    // The three belong together: EKS refuses one without the others.
    resource.addPropertyOverride('ComputeConfig', { Enabled: true });
    resource.addPropertyOverride('StorageConfig', { BlockStorage: { Enabled: true } });
    resource.addPropertyOverride('KubernetesNetworkConfig.ElasticLoadBalancing', { Enabled: true });
    const clusterRole = props.cluster.role as iam.Role;
    clusterRole.assumeRolePolicy?.addStatements(
      new iam.PolicyStatement({
        actions: ['sts:TagSession'],
        principals: [new iam.ServicePrincipal('eks.amazonaws.com')],
      }),
    );
    CLUSTER_POLICIES.forEach((name) => clusterRole.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName(name)));
    this.nodeRole = new iam.Role(this, 'NodeRole', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: NODE_POLICIES.map((name) => iam.ManagedPolicy.fromAwsManagedPolicyName(name)),
    });
    new eks.CfnAccessEntry(this, 'NodeAccess', {
      clusterName: props.cluster.clusterName,
      principalArn: this.nodeRole.roleArn,
      type: 'EC2',
      accessPolicies: [
        {
          policyArn: `arn:${stack.partition}:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy`,
          accessScope: { type: 'cluster' },
        },
      ],
    });
    const managed = (name: string) => ({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`,
      reason: 'EKS Auto Mode requires this policy, and AWS extends it when Auto Mode needs more',
    });
    Validations.of(clusterRole).acknowledge(...CLUSTER_POLICIES.map(managed));
    Validations.of(this.nodeRole).acknowledge(...NODE_POLICIES.map(managed));
  }
}
