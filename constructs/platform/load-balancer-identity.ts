import { Stack, Validations } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { PodIdentityRole } from '../cluster/pod-identity-role';
import { LOAD_BALANCER_ACCOUNT, LOAD_BALANCER_NAMESPACE } from '../controllers/names';
import { findingText } from '../policy/finding-text';

/** Properties of `LoadBalancerIdentity`. */
export interface LoadBalancerIdentityProps {
  /** Cluster that the AWS Load Balancer Controller runs in. It runs the Pod Identity agent. */
  readonly cluster: eks.ICluster;
}

/**
 * The role of the AWS Load Balancer Controller, as its documentation lists it for TargetGroupBindings alone: it takes pods into target groups and
 * out of them. It can make, change and delete nothing in AWS, security groups included.
 */
export class LoadBalancerIdentity extends Construct {
  /** The role. */
  public readonly role: iam.IRole;

  constructor(scope: Construct, id: string, { cluster }: LoadBalancerIdentityProps) {
    super(scope, id);
    const identity = new PodIdentityRole(this, 'Role', {
      description: `AWS Load Balancer Controller of ${Stack.of(this).stackName}`,
    });
    const targetGroups = Stack.of(this).formatArn({
      service: 'elasticloadbalancing',
      resource: 'targetgroup',
      resourceName: '*',
    });
    const policy = new iam.ManagedPolicy(this, 'Policy', {
      description: 'Takes pods into target groups and out of them',
      roles: [identity.role],
      statements: [
        new iam.PolicyStatement({
          actions: ['elasticloadbalancing:RegisterTargets', 'elasticloadbalancing:DeregisterTargets'],
          resources: [targetGroups],
        }),
        // These know no resources.
        new iam.PolicyStatement({
          actions: [
            'elasticloadbalancing:DescribeTargetGroups',
            'elasticloadbalancing:DescribeTargetHealth',
            'ec2:DescribeInstances',
            'ec2:DescribeSecurityGroups',
            'ec2:DescribeVpcs',
          ],
          resources: ['*'],
        }),
      ],
    });
    new eks.CfnPodIdentityAssociation(this, 'Association', {
      clusterName: cluster.clusterName,
      namespace: LOAD_BALANCER_NAMESPACE,
      serviceAccount: LOAD_BALANCER_ACCOUNT,
      roleArn: identity.role.roleArn,
    });
    Validations.of(policy).acknowledge(
      ...[findingText(Stack.of(this).resolve(targetGroups)), '*'].map((resource) => ({
        id: `AwsSolutions-IAM5[Resource::${resource}]`,
        reason: 'Target groups come with later stacks, and none can be named when they are described',
      })),
    );
    this.role = identity.role;
  }
}
