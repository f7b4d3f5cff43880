import { Stack, Validations } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { findingText } from '../policy/finding-text';
import { type SageMakerModelProps } from './sagemaker-model-props';

/** Actions that describe networks; they know no resources. */
const DESCRIBE_NETWORK = [
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeVpcs',
  'ec2:DescribeDhcpOptions',
  'ec2:DescribeSubnets',
  'ec2:DescribeSecurityGroups',
];

/** What the role of an endpoint may use. */
export interface SageMakerRoleProps {
  readonly model: SageMakerModelProps;
  readonly subnetIds: readonly string[];
  readonly securityGroup: ec2.ISecurityGroup;
  readonly logGroup: logs.ILogGroup;
}

/** The identity of an endpoint: it pulls its image, reads its files, writes its logs and metrics, and lives in its subnets. */
export class SageMakerRole extends Construct {
  /** The role. */
  public readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: SageMakerRoleProps) {
    super(scope, id);
    const { repository, files, encryptionKey } = props.model;
    this.role = new iam.Role(this, 'Resource', {
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com'),
      description: `Endpoint of the model ${props.model.modelName}`,
    });
    repository.grantPull(this.role);
    encryptionKey?.grant(this.role, 'kms:CreateGrant', 'kms:DescribeKey');
    if (files) {
      files.bucket.grantRead(this.role, `${files.prefix}/*`);
    }
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'], [props.logGroup.logGroupArn]);
    this.allow(['cloudwatch:PutMetricData'], ['*'], {
      StringEquals: { 'cloudwatch:namespace': '/aws/sagemaker/Endpoints' },
    });
    this.allowNetwork(props);
    this.acknowledge(props);
  }

  /**
   * SageMaker asks with this role whether an alarm has fired.
   *
   * @param own alarms of the endpoint
   * @param others alarms that somebody else made
   */
  public watch(own: readonly cloudwatch.IAlarm[], others: readonly cloudwatch.IAlarm[]): void {
    if (own.length + others.length === 0) return;
    // CloudWatch describes composite alarms only to those who may describe every alarm, and one of others may be composite.
    const resources = others.length > 0 ? ['*'] : own.map(({ alarmArn }) => alarmArn);
    // A policy of its own: alarms name the configuration, which needs the model, which needs the rest of the rights.
    const policy = new iam.Policy(this, 'Alarms', {
      roles: [this.role],
      statements: [new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources })],
    });
    if (others.length > 0) {
      Validations.of(policy).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'CloudWatch answers about composite alarms only where the action is allowed on all',
      });
    }
  }

  private allow(actions: string[], resources: string[], conditions?: Record<string, Record<string, unknown>>): void {
    this.role.addToPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
  }

  private allowNetwork({ subnetIds, securityGroup }: SageMakerRoleProps): void {
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'ec2', resource, resourceName });
    const networkInterfaces = arn('network-interface', '*');
    this.allow(DESCRIBE_NETWORK, ['*']);
    this.allow(
      ['ec2:CreateNetworkInterface'],
      [
        networkInterfaces,
        arn('security-group', securityGroup.securityGroupId),
        ...subnetIds.map((subnetId) => arn('subnet', subnetId)),
      ],
    );
    this.allow(
      ['ec2:CreateNetworkInterfacePermission', 'ec2:DeleteNetworkInterface', 'ec2:DeleteNetworkInterfacePermission'],
      [networkInterfaces],
    );
  }

  private acknowledge({ model: { files } }: SageMakerRoleProps): void {
    const stack = Stack.of(this);
    const text = (value: string) => findingText(stack.resolve(value));
    const accept = (resource: string, reason: string) => ({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
    Validations.of(this.role).acknowledge(
      accept(
        '*',
        'Signing in to a registry, describing networks and putting metrics know no resources; metrics are held to one namespace',
      ),
      accept(
        text(stack.formatArn({ service: 'ec2', resource: 'network-interface', resourceName: '*' })),
        'SageMaker names the network interfaces that it makes; subnets and security group are held',
      ),
      ...(files
        ? [
            accept(
              text(files.bucket.arnForObjects(`${files.prefix}/*`)),
              'The role reads the files of one model, whatever their names',
            ),
            ...['s3:GetObject*', 's3:GetBucket*', 's3:List*'].map((action) => ({
              id: `AwsSolutions-IAM5[Action::${action}]`,
              reason: 'Reading, in the actions that aws-cdk-lib grants for it',
            })),
          ]
        : []),
    );
  }
}
