import { Stack, Validations } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

const EXECUTION_POLICIES = ['AWSLambdaBasicExecutionRole', 'AWSLambdaVPCAccessExecutionRole'];

/**
 * Acknowledges what policy checks find in the parts of a custom resource provider that aws-cdk-lib makes: they cannot be
 * changed from outside.
 *
 * @param scope construct that holds the provider and its handlers
 */
export function acknowledgeProviderFramework(scope: IConstruct): void {
  const stack = Stack.of(scope);
  const functions = scope.node.findAll().filter((node): node is CfnFunction => node instanceof CfnFunction);
  Validations.of(scope).acknowledge(
    ...EXECUTION_POLICIES.map((policy) => ({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${policy}]`,
      reason: 'AWS keeps this policy for what every function needs: its logs and, in a VPC, its network interfaces',
    })),
    ...functions.map((handler) => ({
      id: `AwsSolutions-IAM5[Resource::<${String(stack.resolve(handler.logicalId))}.Arn>:*]`,
      reason: 'The provider framework calls one function, in any of its versions',
    })),
    {
      id: 'AwsSolutions-SF1',
      reason: 'The waiter of the provider framework holds no data of its own; the handlers log what happens',
    },
    { id: 'AwsSolutions-SF2', reason: 'The waiter of the provider framework only repeats one call' },
    { id: 'AwsSolutions-L1', reason: 'The runtime of the provider framework is chosen by aws-cdk-lib' },
  );
}
