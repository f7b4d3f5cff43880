import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { testApp } from '../../support/app';

/** A stack in us-east-1, or wherever. */
export function stackIn(region = 'us-east-1'): Stack {
  return new Stack(testApp(), 'Models', { env: { account: '111111111111', region } });
}

/** A network of somebody else. */
export function vpcOf(stack: Stack): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    privateSubnetIds: ['subnet-1', 'subnet-2'],
    privateSubnetRouteTableIds: ['rtb-1', 'rtb-2'],
  });
}

/** A repository of images in the account. */
export function repositoryOf(stack: Stack): ecr.IRepository {
  return ecr.Repository.fromRepositoryAttributes(stack, 'Repository', {
    repositoryName: 'engine',
    repositoryArn: 'arn:aws:ecr:us-east-1:111111111111:repository/engine',
  });
}

/** A secret with a key. */
export function secretOf(stack: Stack): secretsmanager.ISecret {
  return secretsmanager.Secret.fromSecretCompleteArn(
    stack,
    'Key',
    'arn:aws:secretsmanager:us-east-1:111111111111:secret:provider-AbCdEf',
  );
}

/** The identity of a gateway. */
export function callerOf(stack: Stack): iam.Role {
  return new iam.Role(stack, 'Caller', { assumedBy: new iam.ServicePrincipal('pods.eks.amazonaws.com') });
}

interface PolicyDocument {
  PolicyDocument: { Statement: Record<string, unknown>[] };
}

/** Statements of the policies of the template. */
export function statementsOf(stack: Stack): Record<string, unknown>[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')) as {
    Properties: PolicyDocument;
  }[];
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

/** What policy checks find, with the resources. */
export function findings(stack: Stack): string[] {
  return new AwsSolutionsChecks(stack)
    .validateScope(stack)
    .violations.map(
      ({ ruleName, violatingResources }) =>
        `${ruleName} ${violatingResources.map(({ constructPath }) => constructPath).join(' ')}`,
    );
}

/** The lines of an error. */
export function problemsOf(make: () => unknown): string[] {
  try {
    make();
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}
