import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { KubernetesRelease } from '../../constructs/kubernetes';
import { staging } from '../../environments';
import type { EnvironmentConfig, GatewayConfig } from '../../lib/environment';
import { PlatformStage } from '../../lib/stage';
import { testApp } from '../support/app';
import { frontDoor, gateway } from '../support/front-door';

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: unknown;
}

const stageOf = (environment: EnvironmentConfig) => new PlatformStage(testApp(), environment.name, { environment });
const stacksOf = (stage: PlatformStage) => stage.node.children as Stack[];
const named = (stage: PlatformStage, id: string) => stacksOf(stage).find(({ node }) => node.id === id)!;
const objectsOf = (stack: Stack) =>
  KubernetesRelease.allIn(stack).flatMap(({ objects }) => objects as KubernetesObject[]);
const find = (stack: Stack, kind: string, name: string) =>
  objectsOf(stack).find((object) => object.kind === kind && object.metadata.name === name)!;

const stage = stageOf(frontDoor);
const [gatewayStack, edgeStack] = [named(stage, 'Gateway'), named(stage, 'Edge')];

test('gateway and edge come after the models, and each waits for those before it', () => {
  expect(
    stacksOf(stage)
      .map(({ node }) => node.id)
      .slice(-4),
  ).toEqual(['Serving-coder', 'Gateway', 'Edge', 'Delivery']);
  expect(gatewayStack.dependencies.map(({ node }) => node.id)).toEqual(
    expect.arrayContaining(['Platform', 'Serving-chat', 'Serving-coder']),
  );
  expect(edgeStack.dependencies.map(({ node }) => node.id)).toContain('Gateway');
  expect(edgeStack.terminationProtection).toBe(true);
});

test('the synthesis makes no lookups and gives no warning', () => {
  for (const stack of [gatewayStack, edgeStack]) {
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    Annotations.fromStack(stack).hasNoError('*', Match.anyValue());
  }
  expect(stage.synth().manifest.missing ?? []).toEqual([]);
});

test('keys reach the gateway by External Secrets, whose role is that of the platform', () => {
  expect(
    objectsOf(gatewayStack)
      .filter(({ kind }) => kind === 'ExternalSecret')
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  ).toEqual(['gateway/gateway-tenant-keys', 'gateway/gateway-model-keys', 'gateway/gateway-redis']);
  const keys = JSON.stringify(find(gatewayStack, 'ExternalSecret', 'gateway-tenant-keys').spec);
  expect(keys).toContain('secret:llm/tenants/search');
  expect(keys).toContain('sha256sum');
  Template.fromStack(gatewayStack).hasResourceProperties('AWS::IAM::Role', {
    Path: '/llm-platform-secrets/',
    AssumeRolePolicyDocument: {
      Statement: [Match.objectLike({ Action: ['sts:AssumeRole', 'sts:TagSession'] })],
    },
  });
});

test('the model lets the gateway in, and the gateway calls it with its fallbacks', () => {
  const entry = find(named(stage, 'Serving-chat'), 'NetworkPolicy', 'chat-from-gateway');
  expect(JSON.stringify(entry.spec)).toContain('"kubernetes.io/metadata.name":"gateway"');
  const config = objectsOf(gatewayStack).find(({ kind }) => kind === 'ConfigMap') as unknown as {
    data: Record<string, string>;
  };
  expect(config.data['config.yaml']).toMatch(/http:\/\/chat\.models\.svc:8000\/v1/);
  expect(config.data['config.yaml']).toMatch(/bedrock\/converse\/us\.anthropic\.claude-sonnet-4-6/);
  const policy = JSON.parse(config.data['policy.json']) as { tenants: object[] };
  expect(JSON.stringify(policy)).toContain('search');
  expect(policy.tenants).toHaveLength(2);
});

test('a public edge stands in public subnets, which the gateway lets in, behind a firewall', () => {
  const template = Template.fromStack(edgeStack);
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internet-facing' });
  template.resourceCountIs('AWS::WAFv2::WebACLAssociation', 1);
  template.hasResourceProperties('AWS::WAFv2::WebACL', {
    Rules: Match.arrayWith([
      Match.objectLike({
        Name: 'RequestsPerKey',
        Statement: { RateBasedStatement: Match.objectLike({ Limit: 6000 }) },
      }),
    ]),
  });
  const entry = JSON.stringify(find(gatewayStack, 'NetworkPolicy', 'gateway-from-edge').spec);
  expect(entry).toContain('10.30.0.0/24');
  expect(entry).toContain('8001');
  expect(find(edgeStack, 'TargetGroupBinding', 'gateway-edge').metadata.namespace).toBe('gateway');
  // Of the cluster it opens the nodes alone.
  expect(JSON.stringify(template.findResources('AWS::EC2::SecurityGroupIngress'))).not.toContain('ControlPlane');
  template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 2);
  // Its subnets are not replaced under it.
  expect(JSON.stringify(template.toJSON())).not.toContain(`"StackName":"${frontDoor.name}-Network"`);
});

const privately = (edge?: GatewayConfig['edge']): EnvironmentConfig => ({
  ...staging,
  name: 'private-door',
  gateway: {
    ...gateway,
    models: gateway.models.filter(({ name }) => name !== 'claude').map((model) => ({ ...model, fallback: undefined })),
    plainHopsAccepted: undefined,
    edge,
  },
});

test('an edge is private unless its data says otherwise', () => {
  const quiet = stageOf(privately({ domainName: 'llm.example.com', hostedZone: { id: 'Z1', name: 'example.com' } }));
  Template.fromStack(named(quiet, 'Edge')).hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    Scheme: 'internal',
  });
  Template.fromStack(named(quiet, 'Edge')).resourceCountIs('AWS::WAFv2::WebACL', 0);
});

test('controllers come with what needs them', () => {
  const controllersOf = (environment: EnvironmentConfig) =>
    stageOf(environment)
      .node.findAll()
      .map(({ node }) => node.id)
      .filter((id) => ['external-secrets', 'aws-load-balancer-controller'].includes(id));
  expect(controllersOf(staging)).toEqual([]);
  expect(controllersOf(privately())).toEqual(['external-secrets']);
  expect(controllersOf(frontDoor)).toEqual(['external-secrets', 'aws-load-balancer-controller']);
});
