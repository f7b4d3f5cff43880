import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { GithubDeployRole, type GithubDeployRoleProps } from '../../../constructs/delivery';
import { testApp } from '../../support/app';

function build(
  props: Partial<GithubDeployRoleProps> | ((stack: Stack) => Partial<GithubDeployRoleProps>) = {},
): Template {
  const stack = new Stack(testApp(), 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
  new GithubDeployRole(stack, 'Deploy', {
    repository: 'acme/llm',
    ownerId: '123456',
    repositoryId: '456789',
    githubEnvironment: 'staging',
    roleName: 'deploy',
    ...(typeof props === 'function' ? props(stack) : props),
  });
  return Template.fromStack(stack);
}

describe('GithubDeployRole', () => {
  test('has a name of CloudFormation where none is given', () => {
    build({ roleName: undefined }).hasResourceProperties('AWS::IAM::Role', { RoleName: Match.absent() });
  });

  test('lets only jobs of one repository in one environment take it, for longer than a canary lasts', () => {
    build().hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'deploy',
      MaxSessionDuration: 14400,
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRoleWithWebIdentity',
            Effect: 'Allow',
            Condition: {
              StringEquals: {
                'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
                'token.actions.githubusercontent.com:sub': 'repo:acme@123456/llm@456789:environment:staging',
              },
            },
          },
        ],
      },
    });
  });

  test('trusts names alone only when it is told to', () => {
    const text = JSON.stringify(
      build({ ownerId: undefined, repositoryId: undefined, immutableSubject: false }).toJSON(),
    );
    expect(text).toContain('"token.actions.githubusercontent.com:sub":"repo:acme/llm:environment:staging"');
  });

  test.each<[string, Partial<GithubDeployRoleProps>, RegExp]>([
    [
      'no ids',
      { ownerId: undefined, repositoryId: undefined },
      /ownerId: expected the digits of a numeric id, got none; read it by: gh api repos\/acme\/llm --jq \.owner\.id\n.*repositoryId: .* --jq \.id$/,
    ],
    ['a name in the place of an id', { ownerId: 'acme' }, /ownerId: expected the digits of a numeric id, got "acme"/],
    [
      'ids inside the names',
      { repository: 'acme@123456/llm@456789' },
      /repository: expected <owner>\/<name>, got "acme@123456\/llm@456789"/,
    ],
    [
      'ids that nobody reads',
      { immutableSubject: false },
      /ownerId: expected none with immutableSubject: false, got "123456".*\n.*repositoryId: /,
    ],
  ])('fails for %s', (_, props, message) => {
    expect(() => build(props)).toThrow(message);
  });

  test('lets it take the roles of the bootstrap and do nothing else', () => {
    const policies = Object.values(build().findResources('AWS::IAM::Policy')).flatMap(
      (resource) =>
        (resource.Properties as { PolicyDocument: { Statement: { Action: string; Resource: string[] }[] } })
          .PolicyDocument.Statement,
    );
    expect(policies).toHaveLength(1);
    expect(policies[0].Action).toBe('sts:AssumeRole');
    expect(policies[0].Resource).toEqual(
      ['deploy', 'file-publishing', 'image-publishing', 'lookup'].map(
        (name) => `arn:aws:iam::111111111111:role/cdk-hnb659fds-${name}-role-111111111111-us-east-1`,
      ),
    );
  });

  test('uses the identity provider that the account has', () => {
    const arn = 'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com';
    const imported = [
      (stack: Stack) => iam.OidcProviderNative.fromOidcProviderArn(stack, 'GitHub', arn),
      (stack: Stack) => iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'GitHub', arn),
    ];
    for (const provider of imported) {
      const template = build((stack) => ({ identityProvider: provider(stack) }));
      template.resourceCountIs('AWS::IAM::OIDCProvider', 0);
      template.hasResourceProperties('AWS::IAM::Role', {
        AssumeRolePolicyDocument: { Statement: [{ Principal: { Federated: arn } }] },
      });
    }
    build().resourceCountIs('AWS::IAM::OIDCProvider', 1);
  });

  test('takes no provider of another issuer', () => {
    expect(() =>
      build((stack) => ({
        identityProvider: iam.OidcProviderNative.fromOidcProviderArn(
          stack,
          'GitLab',
          'arn:aws:iam::111111111111:oidc-provider/gitlab.com',
        ),
      })),
    ).toThrow(/identityProvider: expected that of token\.actions\.githubusercontent\.com, got "gitlab\.com"; /);
  });

  test('takes the provider that the app makes, whose issuer only the deployment knows', () => {
    const template = build((stack) => ({
      identityProvider: new iam.OidcProviderNative(stack, 'GitHub', {
        url: 'https://token.actions.githubusercontent.com',
        clientIds: ['sts.amazonaws.com'],
      }),
    }));
    template.resourceCountIs('AWS::IAM::OIDCProvider', 1);
  });

  test('takes any session of whole seconds', () => {
    build({ maxSessionDuration: Duration.seconds(5430) }).hasResourceProperties('AWS::IAM::Role', {
      MaxSessionDuration: 5430,
    });
    expect(() => build({ maxSessionDuration: Duration.seconds(5430.5) })).toThrow(
      /maxSessionDuration: expected 1 to 12 hours in whole seconds, got 1 hour 30 minutes/,
    );
  });

  test('fails with every problem at once', () => {
    expect(() => build({ repository: 'acme/*', maxSessionDuration: Duration.minutes(30) })).toThrow(
      /repository: expected <owner>\/<name>, got "acme\/\*".*\n.*maxSessionDuration: expected 1 to 12 hours in whole seconds, got 30 minutes/,
    );
  });
});
