import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { LlmPlatform } from '../../../constructs/platform/llm-platform';
import { SecretSync, type SecretSyncProps } from '../../../constructs/secrets/secret-sync';
import { testApp } from '../../support/app';

export const ENV = { account: '111111111111', region: 'us-east-1' };
export const CONTROLLER = `arn:aws:iam::${ENV.account}:role/external-secrets`;

/** A platform that has External Secrets. */
export function platformOf(scope: Construct): ReturnType<typeof LlmPlatform.fromLlmPlatformAttributes> {
  return LlmPlatform.fromLlmPlatformAttributes(scope, 'Platform', {
    clusterName: 'llm',
    platformServiceToken: 'arn:platform',
    modelServiceToken: 'arn:model',
    externalSecretsRole: iam.Role.fromRoleArn(scope, 'Controller', CONTROLLER),
  });
}

/** A secret that others have made. */
export function secretNamed(scope: Construct, name: string, region = ENV.region): secretsmanager.ISecret {
  return secretsmanager.Secret.fromSecretCompleteArn(
    scope,
    name,
    `arn:aws:secretsmanager:${region}:${ENV.account}:secret:${name}-AbCdEf`,
  );
}

/** Secrets of a namespace in a stack of their own. */
export function syncOf(
  props: Partial<SecretSyncProps> | ((stack: Stack) => Partial<SecretSyncProps>) = {},
): SecretSync {
  const stack = new Stack(testApp(), 'Secrets', { env: ENV });
  const given = typeof props === 'function' ? props(stack) : props;
  return new SecretSync(stack, 'Sync', {
    platform: platformOf(stack),
    ...given,
    secrets: given.secrets ?? [{ name: 'hub-token', entries: [{ key: 'token', secret: secretNamed(stack, 'hub') }] }],
  });
}
