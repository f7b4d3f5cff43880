import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { EdgeAuthentication, EdgeExposure, EdgeFirewall, SignIn, type SignInOptions } from '../../../constructs/edge';
import { edgeFixture } from './fixture';

const later = () => Lazy.string({ produce: () => 'later' });
const laterNumber = () => Lazy.number({ produce: () => 8080 });

/** A way to sign in on a route of the API. */
function oidc(stack: Stack, options: Partial<SignInOptions> & { issuer?: string } = {}): SignIn {
  return SignIn.oidc({
    paths: ['/v1/responses'],
    issuer: 'https://id.example',
    authorizationEndpoint: 'https://id.example/authorize',
    tokenEndpoint: 'https://id.example/token',
    userInfoEndpoint: 'https://id.example/me',
    clientId: 'edge',
    clientSecret: secretsmanager.Secret.fromSecretNameV2(stack, 'Client', 'edge-client'),
    ...options,
  });
}

type Fixture = ReturnType<typeof edgeFixture>;
type More = (fixture: Fixture) => Parameters<Fixture['edge']>[0];

function attempt(more: More): () => unknown {
  const fixture = edgeFixture();
  return () => fixture.edge(more(fixture));
}

describe('an edge is refused', () => {
  const cases: [string, More, string][] = [
    [
      'that is public without a firewall',
      () => ({ exposure: EdgeExposure.PUBLIC, authentication: EdgeAuthentication.gatewayKeys() }),
      'firewall: expected one on a public endpoint, got none; give new EdgeFirewall(…), or make the endpoint private',
    ],
    [
      'that is public without authentication',
      ({ stack }) => ({ exposure: EdgeExposure.PUBLIC, firewall: new EdgeFirewall(stack, 'Firewall') }),
      'authentication: expected one on a public endpoint, got none',
    ],
    ['to which nobody may connect', () => ({ allowFrom: [] }), 'allowFrom: expected at least one peer, got none'],
    [
      'in a VPC of unknown range',
      ({ stack }) => ({
        vpc: ec2.Vpc.fromVpcAttributes(stack, 'Given', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'] }),
      }),
      'allowFrom: expected peers where the range of the VPC is not known, got none',
    ],
    [
      'with a name that is none',
      () => ({ domainName: 'https://llm.example.com' }),
      'domainName: expected a name in lower case such as llm.example.com, got "https://llm.example.com"',
    ],
    [
      'with the zone of another name',
      () => ({ domainName: 'llm.notexample.com' }),
      'hostedZone: expected the zone of llm.notexample.com, got that of example.com',
    ],
    [
      'with a zone whose name is not known',
      ({ stack }) => ({ hostedZone: route53.HostedZone.fromHostedZoneId(stack, 'ById', 'Z2') }),
      'hostedZone: expected a zone whose name is known, got an imported one without',
    ],
    [
      'with nothing to make a certificate of',
      () => ({ hostedZone: undefined }),
      'certificate: expected a certificate or a hostedZone to validate one in, got neither',
    ],
    [
      'with a certificate to be validated where ACM does not look',
      ({ stack, vpc }) => ({
        hostedZone: new route53.PrivateHostedZone(stack, 'Private', { vpc, zoneName: 'example.com' }),
      }),
      'certificate: expected one with a private hostedZone, got none',
    ],
    [
      'with a port that is none',
      ({ props }) => ({ service: { ...props.service, port: 0 } }),
      'service.port: expected a port from 1 to 65535, got 0',
    ],
    [
      'with a port that is not known yet',
      ({ props }) => ({ service: { ...props.service, podPort: laterNumber() } }),
      'service.podPort: expected a number that is known at synth, got a deploy-time value',
    ],
    [
      'with health checks at no port',
      ({ props }) => ({ service: { ...props.service, healthCheckPort: 0 } }),
      'service.healthCheckPort: expected a port from 1 to 65535, got 0',
    ],
    [
      'with a health check nowhere',
      ({ props }) => ({ service: { ...props.service, healthCheckPath: 'health' } }),
      'service.healthCheckPath: expected a path that starts with /, got "health"',
    ],
    [
      'with a timeout that cuts models off',
      () => ({ idleTimeout: Duration.seconds(60) }),
      'idleTimeout: expected whole seconds from 600 to 4000, got 60',
    ],
    [
      'with one that its gateway outlasts',
      ({ props }) => ({ service: { ...props.service, requestTimeout: Duration.minutes(20) } }),
      'idleTimeout: expected longer than service.requestTimeout (1200 seconds), got 630',
    ],
    ['with one that is too long', () => ({ idleTimeout: Duration.hours(2) }), 'from 600 to 4000, got 7200'],
    ['with one of fractions', () => ({ idleTimeout: Duration.millis(700_500) }), 'from 600 to 4000, got 700.5'],
    [
      'with one that is not known yet',
      () => ({ idleTimeout: Duration.seconds(laterNumber()) }),
      'from 600 to 4000, got a deploy-time value',
    ],
    [
      'with keys of an issuer in the clear',
      () => ({
        authentication: EdgeAuthentication.jwt({
          issuer: 'https://id.example',
          jwksEndpoint: 'http://id.example/jwks',
        }),
      }),
      'authentication.jwksEndpoint: expected an https address, got "http://id.example/jwks"',
    ],
    [
      'with a provider in the clear',
      ({ stack }) => ({ signIn: oidc(stack, { issuer: 'id.example' }) }),
      'signIn.issuer: expected an https address, got "id.example"',
    ],
    [
      'where people have no path',
      ({ stack }) => ({ signIn: oidc(stack, { paths: [] }) }),
      'signIn.paths: expected 1 to 20 paths, got 0',
    ],
    [
      'where people have paths of the gateway beside the API',
      ({ stack }) => ({ signIn: oidc(stack, { paths: ['/v1/*'] }) }),
      'signIn.paths: expected routes of the API where signIn has no service, got "/v1/*"; give signIn.service',
    ],
    [
      'where they may have, at deployment',
      ({ stack }) => ({ signIn: oidc(stack, { paths: [later()] }) }),
      'signIn.paths: expected routes of the API where signIn has no service, got a deploy-time value',
    ],
    [
      'where people have a path that is none',
      ({ stack, props }) => ({ signIn: oidc(stack, { paths: ['chat'], service: props.service }) }),
      'signIn.paths: expected paths of at most 128 characters that start with /, got "chat"',
    ],
    [
      'where what answers people has no port',
      ({ stack, props }) => ({ signIn: oidc(stack, { service: { ...props.service, port: 70000 } }) }),
      'signIn.service.port: expected a port from 1 to 65535, got 70000',
    ],
    [
      'where the paths of people are not known yet',
      ({ stack }) => ({ signIn: oidc(stack, { paths: Lazy.list({ produce: () => ['/later'] }) }) }),
      'signIn.paths: expected paths that are known at synth, got a deploy-time list',
    ],
    [
      'where people stay signed in forever',
      ({ stack }) => ({ signIn: oidc(stack, { sessionTimeout: Duration.days(8) }) }),
      'signIn.sessionTimeout: expected whole seconds from 1 to 604800, got 691200',
    ],
  ];
  test.each(cases)('%s', (_, more, message) => expect(attempt(more)).toThrow(message));

  test('with access logs in a region that is not known', () => {
    const { stack, edge } = edgeFixture({});
    expect(() => edge({ accessLogs: new s3.Bucket(stack, 'Logs') })).toThrow(
      'accessLogs: expected a stack whose region is known, got one without',
    );
  });

  test('with every problem at once', () => {
    expect(attempt(() => ({ exposure: EdgeExposure.PUBLIC, idleTimeout: Duration.seconds(1) }))).toThrow(
      /^Test\/Edge:\n {2}firewall: .*\n {2}authentication: .*\n {2}idleTimeout: /,
    );
  });
});

test('names and addresses that are known at deployment only pass', () => {
  const { stack, edge, props } = edgeFixture();
  edge({
    domainName: later(),
    service: { ...props.service, healthCheckPath: later() },
    authentication: EdgeAuthentication.jwt({ issuer: later(), jwksEndpoint: later() }),
    signIn: oidc(stack, { issuer: later(), paths: [later()], service: { ...props.service, name: 'portal' } }),
  });
  expect(() => Template.fromStack(stack)).not.toThrow();
});
