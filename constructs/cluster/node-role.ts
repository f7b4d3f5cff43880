import { Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

const POLICIES = ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly', 'AmazonSSMManagedInstanceCore'];

/** Properties of `NodeRole`. */
export interface NodeRoleProps {
  /**
   * Whether pods get their addresses by the role of their node. The VPC CNI of a cluster that others made may have no role of its own, and
   * without these rights nodes stay NotReady.
   *
   * @default false
   */
  readonly podAddresses?: boolean;
}

/**
 * Role of nodes. It holds only what the kubelet and the Session Manager need: add-ons and workloads get roles of their own by
 * Pod Identity.
 */
export class NodeRole extends Construct {
  /** The role. */
  public readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: NodeRoleProps = {}) {
    super(scope, id);
    const policies = [...POLICIES, ...(props.podAddresses ? ['AmazonEKS_CNI_Policy'] : [])];
    this.role = new iam.Role(this, 'Resource', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: policies.map((name) => iam.ManagedPolicy.fromAwsManagedPolicyName(name)),
    });
    Validations.of(this.role).acknowledge(
      ...policies.map((name) => ({
        id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`,
        reason: 'EKS requires this policy on nodes, and AWS extends it when the kubelet needs more',
      })),
    );
  }
}
