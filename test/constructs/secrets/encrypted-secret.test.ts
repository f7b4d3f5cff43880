import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { EncryptedSecret, type EncryptedSecretProps } from '../../../constructs/secrets/encrypted-secret';
import { testApp } from '../../support/app';
import { ENV } from './fixture';

function templateOf(props: Partial<EncryptedSecretProps> | ((stack: Stack) => Partial<EncryptedSecretProps>) = {}) {
  const stack = new Stack(testApp(), 'Secrets', { env: ENV });
  const secret = new EncryptedSecret(stack, 'HubToken', {
    description: 'Hub',
    ...(typeof props === 'function' ? props(stack) : props),
  });
  expect(secret.secret.encryptionKey).toBe(secret.encryptionKey);
  return Template.fromStack(stack);
}

const rotator = (stack: Stack): lambda.IFunction =>
  new lambda.Function(stack, 'Rotator', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = () => {};'),
  });

test('is empty, under a key of its own that is renewed every year, and both stay', () => {
  const template = templateOf();
  const [secret] = Object.values(template.findResources('AWS::SecretsManager::Secret'));
  expect(secret).toMatchObject({
    Properties: {
      Description: 'Hub',
      KmsKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^HubTokenKey/), 'Arn'] },
    },
    DeletionPolicy: 'RetainExceptOnCreate',
  });
  expect(secret.Properties).not.toHaveProperty('GenerateSecretString');
  expect(secret.Properties).not.toHaveProperty('SecretString');
  template.hasResource('AWS::KMS::Key', {
    Properties: { EnableKeyRotation: true },
    DeletionPolicy: 'RetainExceptOnCreate',
  });
  template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 0);
});

test('has a generated value where one is asked for, and goes where that is', () => {
  const template = templateOf({ generate: { passwordLength: 40 }, removalPolicy: RemovalPolicy.DESTROY });
  template.hasResource('AWS::SecretsManager::Secret', {
    Properties: { GenerateSecretString: { PasswordLength: 40 } },
    DeletionPolicy: 'Delete',
  });
});

test('is rotated by a function that may use its key', () => {
  const template = templateOf((stack) => ({ rotation: { function: rotator(stack), every: Duration.days(7) } }));
  template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
    RotationLambdaARN: Match.anyValue(),
    RotationRules: { ScheduleExpression: 'rate(7 days)' },
  });
  const [key] = Object.values(template.findResources('AWS::KMS::Key'));
  expect(JSON.stringify(key)).toMatch(/"kms:Decrypt".+RotatorServiceRole/);
});

test.each([Duration.hours(3), Duration.days(1001)])('refuses a rotation every %s', (every) => {
  expect(() => templateOf((stack) => ({ rotation: { function: rotator(stack), every } }))).toThrow(
    /^Secrets\/HubToken:\n {2}rotation\.every: expected 4 hours to 1000 days, got .+; AWS Secrets Manager knows no other$/,
  );
});
