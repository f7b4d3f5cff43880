import { Stack, Token, Validations } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { NodeRole } from '../../cluster/node-role';
import { PodIdentityRole } from '../../cluster/pod-identity-role';
import { Controller } from '../../controllers/controller';
import { InterruptionQueue } from './interruption-queue';
import { karpenterPermissions } from './karpenter-permissions';

/** Properties of `KarpenterController`. */
export interface KarpenterControllerProps {
  /** Cluster whose nodes Karpenter starts. It runs the Pod Identity agent. */
  readonly cluster: eks.ICluster;

  /** Name of the cluster, known at synth: Karpenter marks with it what belongs to the cluster. */
  readonly clusterName: string;

  /**
   * Whether others made the cluster. Its VPC CNI may have no role of its own, so nodes get the rights for addresses of pods; and none of its
   * nodes is labeled for system pods, so the controller runs on any that Karpenter has not started.
   *
   * @default false
   */
  readonly existingCluster?: boolean;
}

/**
 * What Karpenter needs of AWS: an identity that may start nodes and end only its own, the nodes' role with the right to join,
 * and the queue with EC2's warnings. The controller itself is the chart `chart`.
 *
 * @example
 * new KarpenterController(this, 'Karpenter', { cluster, clusterName: 'llm-staging' });
 */
export class KarpenterController extends Construct {
  /** Role of the nodes. It is not that of managed node groups: EKS lets those join by itself. */
  public readonly nodeRole: iam.Role;

  /** Instance profile of the nodes. */
  public readonly instanceProfile: iam.InstanceProfile;

  /** Role of the controller. */
  public readonly role: iam.Role;

  /** Queue with the warnings of EC2. */
  public readonly interruptionQueue: sqs.Queue;

  /** Charts of the controller, in the order in which they must be installed. */
  public readonly controllers: Controller[];

  /** @throws when the name of the cluster is known only at deploy time. */
  constructor(scope: Construct, id: string, props: KarpenterControllerProps) {
    super(scope, id);
    if (Token.isUnresolved(props.clusterName)) {
      throw new Error(
        `${this.node.path}: clusterName: expected a name that is known at synth, got a token; it is part of the names of tags`,
      );
    }
    const stack = Stack.of(this);
    const { existingCluster = false } = props;
    this.nodeRole = new NodeRole(this, 'NodeRole', { podAddresses: existingCluster }).role;
    this.instanceProfile = new iam.InstanceProfile(this, 'InstanceProfile', { role: this.nodeRole });
    new eks.CfnAccessEntry(this, 'NodeAccess', {
      clusterName: props.cluster.clusterName,
      principalArn: this.nodeRole.roleArn,
      type: 'EC2_LINUX',
    });

    const queueName = `${props.clusterName}-interruptions`;
    this.interruptionQueue = new InterruptionQueue(this, 'Interruptions', { queueName }).queue;
    this.controllers = [
      Controller.KARPENTER_CRDS,
      Controller.karpenter({
        clusterName: props.clusterName,
        interruptionQueue: queueName,
        systemNodes: !existingCluster,
      }),
    ];

    const { facts } = this.controllers[1];
    const identity = new PodIdentityRole(this, 'Role', { description: `Karpenter of ${props.clusterName}` });
    this.role = identity.role;
    const policy = new iam.ManagedPolicy(this, 'Policy', {
      description: `Starts and ends nodes of ${props.clusterName}`,
      roles: [this.role],
      statements: karpenterPermissions({
        partition: stack.partition,
        region: stack.region,
        account: stack.account,
        clusterName: props.clusterName,
        clusterArn: stack.formatArn({ service: 'eks', resource: 'cluster', resourceName: props.clusterName }),
        nodeRoleArn: this.nodeRole.roleArn,
        instanceProfileArn: this.instanceProfile.instanceProfileArn,
        queueArn: this.interruptionQueue.queueArn,
      }),
    });
    new eks.CfnPodIdentityAssociation(this, 'Association', {
      clusterName: props.cluster.clusterName,
      namespace: facts.namespace,
      serviceAccount: facts.name,
      roleArn: this.role.roleArn,
    });
    this.acknowledge(policy);
  }

  /** One reason for each finding: the instances do not exist yet, so their names cannot be listed. */
  private acknowledge(policy: iam.ManagedPolicy): void {
    const stack = Stack.of(this);
    // Findings are named by what the template says: a value, or the parameter that stands for it.
    const partition = Token.isUnresolved(stack.partition) ? '<AWS::Partition>' : stack.partition;
    const region = Token.isUnresolved(stack.region) ? '<AWS::Region>' : stack.region;
    const of = (types: string[], account: string) =>
      types.map((type) => `arn:${partition}:ec2:${region}:${account}:${type}/*`);
    const open = [
      ...of(['image', 'snapshot'], ''),
      ...of(
        [
          'security-group',
          'subnet',
          'capacity-reservation',
          'placement-group',
          'launch-template',
          'fleet',
          'instance',
          'volume',
          'network-interface',
          'spot-instances-request',
        ],
        '*',
      ),
      `arn:${partition}:ssm:${region}::parameter/aws/service/*`,
      '*',
    ];
    Validations.of(policy).acknowledge(
      ...open.map((resource) => ({
        id: `AwsSolutions-IAM5[Resource::${resource}]`,
        reason:
          'Karpenter starts nodes that do not exist yet: what it makes and ends is limited by the tags of the cluster, the rest is read, or named in its node classes',
      })),
    );
  }
}
