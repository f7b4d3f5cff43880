import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { findingText } from '../policy/finding-text';

/** Properties of `BreakGlassRole`. */
export interface BreakGlassRoleProps {
  /** Cluster that the role opens. */
  readonly cluster: eks.ICluster;

  /** Name of the role, known before an emergency. */
  readonly roleName: string;

  /** People who may take the role, each with a second factor that AWS has seen. */
  readonly principals: iam.IPrincipal[];

  /**
   * Roles that may take the role without AWS asking for a second factor, because the identity provider behind them
   * does: sessions of a federation (IAM Identity Center, SAML) never carry the mark of one.
   *
   * @default - none
   */
  readonly federatedPrincipals?: iam.IPrincipal[];

  /** Tag `eks:cluster-name` of the nodes through which the private endpoint is reached. */
  readonly clusterName: string;
}

/**
 * Without it in every statement that allows a session, a session that names no document is a shell on the node, whatever
 * documents the policy names.
 */
const ONLY_NAMED_DOCUMENTS = { BoolIfExists: { 'ssm:SessionDocumentAccessCheck': 'true' } };

/**
 * The way in for an emergency: a role for named people with a second factor and for one hour, which may forward a port
 * through a node to the private endpoint. Its access entry makes it cluster administrator.
 */
export class BreakGlassRole extends Construct {
  /** The role. */
  public readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: BreakGlassRoleProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const instances = stack.formatArn({ service: 'ec2', resource: 'instance', resourceName: '*' });
    const sessions = stack.formatArn({
      service: 'ssm',
      resource: 'session',
      resourceName: '${aws:userid}-*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    this.role = new iam.Role(this, 'Resource', {
      roleName: props.roleName,
      description: `Emergency access to ${props.clusterName}; every use should have an incident number`,
      maxSessionDuration: Duration.hours(1),
      assumedBy: new iam.CompositePrincipal(
        ...props.principals.map(
          (principal) => new iam.PrincipalWithConditions(principal, { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
        ),
        ...(props.federatedPrincipals ?? []),
      ),
    });
    this.role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'FindCluster',
        actions: ['eks:DescribeCluster'],
        resources: [props.cluster.clusterArn],
      }),
    );
    this.role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'FindNodes',
        actions: ['ec2:DescribeInstances', 'ssm:DescribeInstanceInformation'],
        resources: ['*'],
      }),
    );
    this.role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'ForwardPort',
        actions: ['ssm:StartSession'],
        resources: [instances],
        conditions: {
          StringEquals: { 'ssm:resourceTag/eks:cluster-name': props.clusterName },
          ...ONLY_NAMED_DOCUMENTS,
        },
      }),
    );
    this.role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'ForwardPortOnly',
        actions: ['ssm:StartSession'],
        resources: [
          stack.formatArn({
            service: 'ssm',
            account: '',
            resource: 'document',
            resourceName: 'AWS-StartPortForwardingSessionToRemoteHost',
          }),
        ],
        conditions: ONLY_NAMED_DOCUMENTS,
      }),
    );
    this.role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'EndOwnSession',
        actions: ['ssm:TerminateSession', 'ssm:ResumeSession'],
        resources: [sessions],
      }),
    );
    const finding = (arn: string) => `AwsSolutions-IAM5[Resource::${findingText(stack.resolve(arn))}]`;
    Validations.of(this.role).acknowledge(
      { id: 'AwsSolutions-IAM5[Resource::*]', reason: 'Describing instances cannot be limited to resources' },
      { id: finding(instances), reason: 'Instances come and go; a condition limits them to nodes of this cluster' },
      { id: finding(sessions), reason: 'Only sessions of the same person' },
    );
  }
}
