import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EdgeAuthentication, SignIn } from '../../../constructs/edge';
import { API_ROUTES } from '../../../constructs/edge/api-routes';
import { edgeFixture } from './fixture';
import { answer, rulesOf } from './listener';

const KEY = { authorization: 'Bearer sk-1' };

interface Dependent {
  readonly Type: string;
  readonly DependsOn?: string[];
}

describe('GatewayEdge', () => {
  test('is private unless asked otherwise, and open to the VPC alone', () => {
    const { stack, vpc, edge } = edgeFixture();
    edge();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internal',
      Subnets: vpc.privateSubnets.map(({ subnetId }) => stack.resolve(subnetId) as unknown),
      LoadBalancerAttributes: Match.arrayWith([
        { Key: 'deletion_protection.enabled', Value: 'true' },
        { Key: 'idle_timeout.timeout_seconds', Value: '630' },
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
        { Key: 'routing.http.desync_mitigation_mode', Value: 'strictest' },
      ]),
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: 'Load balancer of llm.example.com',
      SecurityGroupIngress: [Match.objectLike({ CidrIp: stack.resolve(vpc.vpcCidrBlock) as unknown, FromPort: 443 })],
      // What it may reach is a rule of its own, with which AWS takes the default away.
      SecurityGroupEgress: Match.absent(),
    });
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 1);
    template.resourceCountIs('AWS::WAFv2::WebACLAssociation', 0);
  });

  test('reaches pods on their port only', () => {
    const { stack, edge, props } = edgeFixture();
    edge({ service: { ...props.service, podPort: 9000 } });
    const template = Template.fromStack(stack);
    const port = { IpProtocol: 'tcp', FromPort: 9000, ToPort: 9000 };
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { ...port, GroupId: 'sg-cluster' });
    template.resourceCountIs('AWS::EC2::SecurityGroupEgress', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroupEgress', {
      ...port,
      DestinationSecurityGroupId: 'sg-cluster',
    });
  });

  test('answers on HTTPS with a certificate that its zone validates, under its name', () => {
    const { stack, edge } = edgeFixture();
    edge();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: 'llm.example.com',
      ValidationMethod: 'DNS',
      DomainValidationOptions: [{ DomainName: 'llm.example.com', HostedZoneId: 'Z1' }],
    });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443,
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    });
    template.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'llm.example.com.', Type: 'A' });
  });

  test('takes a certificate, and then needs no zone', () => {
    const { stack, edge } = edgeFixture();
    const certificate = acm.Certificate.fromCertificateArn(stack, 'Given', 'arn:certificate');
    edge({ certificate, hostedZone: undefined });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::CertificateManager::Certificate', 0);
    template.resourceCountIs('AWS::Route53::RecordSet', 0);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Certificates: [{ CertificateArn: 'arn:certificate' }],
    });
  });

  test('binds pods by their addresses; the binding goes before what it needs', () => {
    const { stack, edge } = edgeFixture();
    const { release } = edge();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      TargetType: 'ip',
      Protocol: 'HTTP',
      Port: 8080,
      HealthCheckPath: '/health',
      TargetGroupAttributes: Match.arrayWith([
        { Key: 'deregistration_delay.timeout_seconds', Value: '630' },
        { Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' },
      ]),
    });
    expect(release.objects).toEqual([
      {
        apiVersion: 'elbv2.k8s.aws/v1beta1',
        kind: 'TargetGroupBinding',
        metadata: { name: 'gateway-edge', namespace: 'gateway' },
        spec: {
          targetGroupARN: expect.objectContaining({ value: 'v0' }) as unknown,
          targetType: 'ip',
          ipAddressType: 'ipv4',
          serviceRef: { name: 'gateway', port: 8080 },
        },
      },
    ]);
    const resources = template.toJSON().Resources as Record<string, Dependent>;
    const [custom] = Object.values(resources).filter(({ Type }) => Type === 'Custom::KubernetesRelease');
    const before = (custom.DependsOn ?? []).map((id) => resources[id].Type);
    expect(before).toContain('AWS::ElasticLoadBalancingV2::Listener');
    expect(before.filter((type) => type === 'AWS::ElasticLoadBalancingV2::ListenerRule')).toHaveLength(
      rulesOf(template).length,
    );
  });

  test('speaks TLS to pods that do', () => {
    const { stack, edge, props } = edgeFixture();
    edge({ service: { ...props.service, tls: true } });
    Template.fromStack(stack).hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      Protocol: 'HTTPS',
      HealthCheckProtocol: 'HTTPS',
    });
  });

  test('stays with its security group, in any case; or goes, without protection', () => {
    const kept = edgeFixture();
    kept.edge();
    const retained = Template.fromStack(kept.stack);
    for (const type of ['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::EC2::SecurityGroup'])
      retained.hasResource(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    const gone = edgeFixture();
    gone.edge({ removalPolicy: RemovalPolicy.DESTROY });
    const template = Template.fromStack(gone.stack);
    template.hasResource('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      DeletionPolicy: Match.absent(),
      Properties: {
        LoadBalancerAttributes: Match.arrayWith([{ Key: 'deletion_protection.enabled', Value: 'false' }]),
      },
    });
    template.hasResource('AWS::EC2::SecurityGroup', { DeletionPolicy: Match.absent() });
  });

  // What stays when the stack goes: another id would make a second one, with another address.
  test('keeps the ids of what is retained', () => {
    const { stack, publicly } = edgeFixture();
    publicly();
    const template = Template.fromStack(stack);
    expect(Object.keys(template.findResources('AWS::ElasticLoadBalancingV2::LoadBalancer'))).toEqual(['EdgeC8C536A1']);
    expect(Object.keys(template.findResources('AWS::EC2::SecurityGroup', { DeletionPolicy: 'Retain' }))).toEqual([
      'EdgeSecurityGroupAF800DBF',
    ]);
    expect(
      Object.keys(template.findResources('AWS::Logs::LogGroup', { Properties: { LogGroupName: Match.anyValue() } })),
    ).toEqual([expect.stringMatching(/^FirewallLogs[0-9A-F]{8}$/)]);
  });

  test('redirects HTTP where asked to', () => {
    const { stack, edge } = edgeFixture();
    edge({ redirectHttp: true });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [
        { Type: 'redirect', RedirectConfig: { Port: '443', Protocol: 'HTTPS', StatusCode: 'HTTP_301' } },
      ],
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ FromPort: 443 }), Match.objectLike({ FromPort: 80 })],
    });
  });

  test('waits for models that think, and drains as long', () => {
    const { stack, edge } = edgeFixture();
    edge({ idleTimeout: Duration.seconds(4000) });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      LoadBalancerAttributes: Match.arrayWith([{ Key: 'idle_timeout.timeout_seconds', Value: '4000' }]),
    });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      TargetGroupAttributes: Match.arrayWith([{ Key: 'deregistration_delay.timeout_seconds', Value: '3600' }]),
    });
  });

  test('asks for the health of pods at a port of its own, and may reach it', () => {
    const { stack, props, edge } = edgeFixture();
    edge({ service: { ...props.service, healthCheckPort: 8001 } });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { Port: 8080, HealthCheckPort: '8001' });
    for (const port of [8080, 8001])
      template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { FromPort: port, ToPort: port });
  });

  test('is silent for longer than a gateway takes for a request', () => {
    const { stack, edge } = edgeFixture();
    edge();
    Template.fromStack(stack).hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      LoadBalancerAttributes: Match.arrayWith([{ Key: 'idle_timeout.timeout_seconds', Value: '630' }]),
    });
  });

  test('writes access logs where a bucket is given', () => {
    const { stack, edge } = edgeFixture();
    edge({ accessLogs: new s3.Bucket(stack, 'Logs') });
    Template.fromStack(stack).hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      LoadBalancerAttributes: Match.arrayWith([
        { Key: 'access_logs.s3.enabled', Value: 'true' },
        { Key: 'access_logs.s3.prefix', Value: 'llm.example.com' },
      ]),
    });
  });

  test('is public with a firewall, in public subnets and open to all', () => {
    const { stack, vpc, publicly } = edgeFixture();
    publicly();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internet-facing',
      Subnets: vpc.publicSubnets.map(({ subnetId }) => stack.resolve(subnetId) as unknown),
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443 })],
    });
    const [[association]] = Object.entries(
      template.findResources('AWS::WAFv2::WebACLAssociation', {
        Properties: { ResourceArn: { Ref: Match.stringLikeRegexp('^Edge') } },
      }),
    );
    // Nothing is let in before the firewall is there.
    template.hasResource('AWS::ElasticLoadBalancingV2::Listener', { DependsOn: Match.arrayWith([association]) });
  });

  test('is open to whom its owner names', () => {
    const { stack, publicly } = edgeFixture();
    publicly({ allowFrom: [ec2.Peer.ipv4('192.0.2.0/24')] });
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ CidrIp: '192.0.2.0/24' })],
    });
  });
});

describe('what reaches the gateway', () => {
  const templateOf = (more: Parameters<ReturnType<typeof edgeFixture>['edge']>[0] = {}): Template => {
    const { stack, edge } = edgeFixture();
    edge(more);
    return Template.fromStack(stack);
  };
  const refused = [
    { path: '/' },
    { path: '/v1/models' },
    { method: 'GET', path: '/v1/chat/completions' },
    { method: 'DELETE', path: '/v1/responses' },
    { path: '/v1/chat/completions/' },
    { path: '/v1/Embeddings' },
    { path: '/v1/files' },
    { method: 'GET', path: '/v1/models/chat' },
    { method: 'GET', path: '/health' },
    { method: 'GET', path: '/openapi.json' },
    { method: 'GET', path: '/sso/key/generate' },
    { path: '/v1/embeddings', host: 'internal-edge.elb.amazonaws.com' },
  ];

  test('the five routes of the API, of the right host, and nothing else', () => {
    const template = templateOf();
    expect(API_ROUTES).toHaveLength(5);
    for (const route of API_ROUTES)
      expect([route.path, answer(template, route)]).toEqual([route.path, 'forward EdgePods']);
    for (const request of refused) expect([request, answer(template, request)]).toEqual([request, '404']);
  });

  test('only with a key where programs have keys', () => {
    const template = templateOf({ authentication: EdgeAuthentication.gatewayKeys() });
    for (const route of API_ROUTES) {
      expect(answer(template, { ...route, headers: KEY })).toBe('forward EdgePods');
      expect(answer(template, route)).toBe('401');
      expect(answer(template, { ...route, headers: { authorization: 'Basic dTpw' } })).toBe('401');
      expect(answer(template, { ...route, headers: { authorization: 'Bearer ' } })).toBe('401');
    }
    for (const request of refused) expect(answer(template, { ...request, headers: KEY })).toBe('404');
  });

  test('tokens are checked before they are passed on', () => {
    const tokens = { issuer: 'https://issuer.example', jwksEndpoint: 'https://issuer.example/jwks' };
    const template = templateOf({ authentication: EdgeAuthentication.jwt(tokens) });
    for (const route of API_ROUTES) {
      expect(answer(template, { ...route, headers: KEY })).toBe('jwt-validation, forward EdgePods');
      expect(answer(template, route)).toBe('401');
    }
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::ListenerRule', {
      Actions: Match.arrayWith([
        Match.objectLike({
          JwtValidationConfig: { Issuer: 'https://issuer.example', JwksEndpoint: 'https://issuer.example/jwks' },
        }),
      ]),
    });
  });

  test('people sign in on their paths, programs with a key do not', () => {
    const { stack, edge, props } = edgeFixture();
    const pods = ec2.SecurityGroup.fromSecurityGroupId(stack, 'PortalGroup', 'sg-portal');
    const { release } = edge({
      authentication: EdgeAuthentication.gatewayKeys(),
      signIn: SignIn.oidc({
        paths: ['/chat/*', '/a', '/b', '/c', '/v1/responses'],
        service: { ...props.service, namespace: 'portal', name: 'portal', port: 80, podPort: 3000, pods },
        issuer: 'https://id.example',
        authorizationEndpoint: 'https://id.example/authorize',
        tokenEndpoint: 'https://id.example/token',
        userInfoEndpoint: 'https://id.example/me',
        clientId: 'edge',
        clientSecret: secretsmanager.Secret.fromSecretNameV2(stack, 'Client', 'edge-client'),
        clientSecretField: 'secret',
      }),
    });
    const template = Template.fromStack(stack);
    expect(answer(template, { method: 'GET', path: '/chat/room' })).toBe('authenticate-oidc, forward EdgePeoplePods');
    expect(answer(template, { path: '/v1/responses' })).toBe('authenticate-oidc, forward EdgePeoplePods');
    expect(answer(template, { path: '/v1/responses', headers: KEY })).toBe('forward EdgePods');
    // A key is no way around signing in where the gateway does not check it.
    expect(answer(template, { path: '/chat/room', headers: KEY })).toBe('authenticate-oidc, forward EdgePeoplePods');
    expect(answer(template, { path: '/chat/room', host: 'other.example.com' })).toBe('404');
    expect(answer(template, { path: '/v1/embeddings' })).toBe('401');
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::ListenerRule', {
      Actions: Match.arrayWith([
        Match.objectLike({
          AuthenticateOidcConfig: Match.objectLike({ Issuer: 'https://id.example', SessionTimeout: 43200 }),
        }),
      ]),
    });
    // The secret stays where it is: the template only says where.
    expect(JSON.stringify(template.toJSON())).toMatch(/\{\{resolve:secretsmanager:[^}]*:SecretString:secret::\}\}/);
    expect(release.objects).toMatchObject([
      { metadata: { name: 'gateway-edge', namespace: 'gateway' } },
      { metadata: { name: 'portal-edge', namespace: 'portal' }, spec: { serviceRef: { name: 'portal', port: 80 } } },
    ]);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: 'sg-portal', FromPort: 3000 });
  });

  test('people sign in by a user pool', () => {
    const { stack, edge } = edgeFixture();
    const userPool = new cognito.UserPool(stack, 'People');
    edge({
      signIn: SignIn.cognito({
        paths: ['/v1/chat/completions'],
        userPool,
        userPoolClient: userPool.addClient('Edge', { generateSecret: true }),
        userPoolDomain: userPool.addDomain('Domain', { cognitoDomain: { domainPrefix: 'llm-test' } }),
      }),
    });
    const template = Template.fromStack(stack);
    expect(answer(template, { method: 'GET', path: '/v1/chat/completions' })).toBe(
      'authenticate-cognito, forward EdgePods',
    );
    expect(answer(template, { path: '/v1/embeddings' })).toBe('forward EdgePods');
  });

  test('no rule has more values than a load balancer takes', () => {
    const { stack, edge, props } = edgeFixture();
    const tokens = { issuer: 'https://issuer.example', jwksEndpoint: 'https://issuer.example/jwks' };
    const userPool = new cognito.UserPool(stack, 'People');
    edge({
      authentication: EdgeAuthentication.jwt(tokens),
      signIn: SignIn.cognito({
        paths: Array.from({ length: 20 }, (_, index) => `/people/${index}/*`),
        service: { ...props.service, name: 'portal' },
        userPool,
        userPoolClient: userPool.addClient('Edge', { generateSecret: true }),
        userPoolDomain: userPool.addDomain('Domain', { cognitoDomain: { domainPrefix: 'llm-test' } }),
      }),
    });
    const rules = rulesOf(Template.fromStack(stack));
    const values = ({ Conditions }: (typeof rules)[number]) =>
      JSON.stringify(Conditions)
        .match(/"Values":\[[^\]]*\]/g)!
        .join()
        .match(/"[^"]*"/g)!
        .filter((text) => text !== '"Values"').length;
    expect(Math.max(...rules.map(values))).toBe(5);
    expect(new Set(rules.map(({ Priority }) => Priority)).size).toBe(rules.length);
  });
});
