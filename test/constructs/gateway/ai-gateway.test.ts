import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AiGateway, type AiGatewayProps } from '../../../constructs/gateway';
import { Accelerator } from '../../../constructs/gpu';
import { KubernetesRelease } from '../../../constructs/kubernetes';
import { BedrockModel, ExternalModel, InferenceProfile } from '../../../constructs/model-providers';
import { LlmPlatform } from '../../../constructs/platform/llm-platform';
import { type SyncedSecretOptions } from '../../../constructs/secrets';
import { ModelService } from '../../../constructs/serving';
import { testApp } from '../../support/app';
import { problemsOf } from '../model-providers/fixture';
import { find, modelOf, type Rendered } from './gateway';

const ENV = { account: '111111111111', region: 'us-east-1' };
const IMAGE = `registry.example/llm-gateway@sha256:${'ab'.repeat(32)}`;

function fixture() {
  const app = testApp();
  const stack = new Stack(app, 'Gateway', { env: ENV });
  const serving = new Stack(app, 'Serving-chat', { env: ENV });
  const platformOf = (scope: Stack) =>
    LlmPlatform.fromLlmPlatformAttributes(scope, 'Platform', {
      clusterName: 'test',
      platformServiceToken: 'arn:platform',
      modelServiceToken: 'arn:model',
      prometheusAddress: 'https://metrics.example:9443',
    });
  const platform = platformOf(stack);
  const secretOf = (name: string) => secretsmanager.Secret.fromSecretNameV2(stack, name, name);
  const chat = new ModelService(serving, 'Chat', {
    platform: platformOf(serving),
    model: { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' },
    accelerator: Accelerator.G6E_XLARGE,
  });
  const gatewayOf = (overrides: Partial<AiGatewayProps> = {}) =>
    new AiGateway(stack, 'Gateway', {
      platform,
      models: [modelOf(chat)],
      tenants: [
        {
          name: 'search',
          models: ['chat'],
          keySecret: secretOf('search-key'),
          requestsPerMinute: 60,
          tokensPerMinute: 100_000,
        },
      ],
      redis: { host: 'redis.cache.svc' },
      image: IMAGE,
      ...overrides,
    });
  return { app, stack, serving, platform, chat, secretOf, gatewayOf };
}

const releaseOf = (stack: Stack, name: string) =>
  KubernetesRelease.allIn(stack).find(({ releaseName }) => releaseName === name)!;

test('ships its namespace by the tier of the platform, and itself by that of models after it', () => {
  const { stack, gatewayOf } = fixture();
  const gateway = gatewayOf();
  const template = Template.fromStack(stack);
  template.hasResourceProperties('Custom::KubernetesRelease', {
    ReleaseName: 'gateway-namespace',
    Namespace: 'kube-system',
    ServiceToken: 'arn:platform',
  });
  const logicalId = Object.keys(
    template.findResources('Custom::KubernetesRelease', { Properties: { ReleaseName: 'gateway-namespace' } }),
  )[0];
  template.hasResource('Custom::KubernetesRelease', {
    Properties: { ReleaseName: 'gateway', Namespace: 'gateway', ServiceToken: 'arn:model', DeadlineSeconds: 3300 },
    DependsOn: Match.arrayWith([logicalId]),
  });
  expect(gateway.url).toBe('http://gateway.gateway.svc:8000/v1');
  expect(gateway.requestTimeout.toSeconds()).toBe(600);
  expect([gateway.managementPort, gateway.readinessPath]).toEqual([8001, '/health/readiness']);
});

test('has a namespace that is restricted, limited and closed in both directions', () => {
  const { stack, gatewayOf } = fixture();
  gatewayOf({ namespace: 'front' });
  const objects = releaseOf(stack, 'front-namespace').objects as (Rendered & { spec: unknown })[];
  const one = (kind: string) => objects.find((object) => object.kind === kind)!;
  expect(one('Namespace').metadata).toMatchObject({
    name: 'front',
    labels: {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled',
    },
  });
  expect(one('ResourceQuota').spec).toEqual({
    hard: { pods: '52', 'services.loadbalancers': '0', 'services.nodeports': '0' },
  });
  expect(one('NetworkPolicy')).toMatchObject({
    metadata: { namespace: 'front' },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  });
  const roles = objects.filter(({ kind }) => kind === 'RoleBinding').map(({ metadata }) => metadata.name);
  expect(roles).toEqual(['model-releases', 'operators', 'viewers']);
  expect(one('ClusterRole')).toMatchObject({
    metadata: { name: 'llm-platform-front-releases' },
    rules: [{ resources: ['namespaces'], resourceNames: ['front'], verbs: ['get'] }],
  });
});

test('says that its replicas follow the load only with metrics-server, unless their number is fixed', () => {
  const said = Match.stringLikeRegexp('metrics-server');
  const growing = fixture();
  growing.gatewayOf();
  Annotations.fromStack(growing.stack).hasInfo('/Gateway/Gateway', said);
  const fixed = fixture();
  fixed.gatewayOf({ replicas: 3, maxReplicas: 3 });
  Annotations.fromStack(fixed.stack).hasNoInfo('/Gateway/Gateway', said);
});

test('asks the Prometheus of the platform', () => {
  const { gatewayOf } = fixture();
  const { release } = gatewayOf();
  expect(find(release.objects, 'AnalysisTemplate').spec.metrics[0].provider.prometheus).toMatchObject({
    address: 'https://metrics.example:9443',
  });
});

test('self-hosted models let it in, in stacks that do not depend on its own', () => {
  const { app, stack, serving, gatewayOf } = fixture();
  gatewayOf();
  expect(find(releaseOf(serving, 'chat-from-gateway').objects, 'NetworkPolicy')).toMatchObject({
    metadata: { namespace: 'models' },
    spec: {
      podSelector: { matchLabels: { 'llm-platform.dev/model': 'chat' } },
      ingress: [
        {
          ports: [{ port: 8000 }],
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway' } },
              podSelector: { matchLabels: { 'llm-platform.dev/gateway': 'gateway' } },
            },
          ],
        },
      ],
    },
  });
  app.synth();
  expect(serving.dependencies).not.toContain(stack);
});

test('says what its Secrets hold, and reads none of them', () => {
  const { stack, chat, secretOf, gatewayOf } = fixture();
  const spare = ExternalModel.openAi({
    modelName: 'chat-spare',
    model: 'gpt-4.1',
    secret: secretOf('openai'),
    secretField: 'key',
  });
  const { secrets } = gatewayOf({
    models: [modelOf(chat), modelOf(spare)],
    redis: { host: 'redis.cache.svc', passwordSecret: secretOf('redis') },
  });
  const linesOf = ({ name, entries, digestsOnly }: SyncedSecretOptions) =>
    entries.map(
      ({ key, secret, field }) =>
        `${name}/${key}: ${secret.secretName}${field ? `.${field}` : ''}${digestsOnly ? ', digests' : ''}`,
    );
  expect(secrets.flatMap(linesOf)).toEqual([
    'gateway-tenant-keys/search: search-key, digests',
    'gateway-model-keys/MODEL_KEY_CHAT_SPARE: openai.key',
    'gateway-redis/password: redis',
  ]);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::IAM::Role', 0);
  expect(JSON.stringify(template.toJSON())).not.toContain('secretsmanager:GetSecretValue');
});

test('brings its Secrets where External Secrets runs, after its namespace and before its pods', () => {
  const { stack, gatewayOf } = fixture();
  const externalSecretsRole = iam.Role.fromRoleArn(stack, 'ExternalSecrets', 'arn:aws:iam::111111111111:role/es');
  const platform = LlmPlatform.fromLlmPlatformAttributes(stack, 'WithSecrets', {
    clusterName: 'test',
    platformServiceToken: 'arn:platform',
    modelServiceToken: 'arn:model',
    externalSecretsRole,
  });
  gatewayOf({ platform });
  const sync = releaseOf(stack, 'gateway-secrets');
  expect((sync.objects as Rendered[]).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'SecretStore gateway-secrets',
    'ExternalSecret gateway-tenant-keys',
  ]);
  const template = Template.fromStack(stack);
  const idOf = (name: string) =>
    Object.keys(template.findResources('Custom::KubernetesRelease', { Properties: { ReleaseName: name } }))[0];
  for (const [later, earlier] of [
    ['gateway-secrets', 'gateway-namespace'],
    ['gateway', 'gateway-secrets'],
  ])
    template.hasResource('Custom::KubernetesRelease', {
      Properties: { ReleaseName: later },
      DependsOn: Match.arrayWith([idOf(earlier)]),
    });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'] }),
      ]),
    },
  });
});

test('calls models at AWS by an identity that may do nothing else', () => {
  const { stack, chat, secretOf, gatewayOf } = fixture();
  const nova = new BedrockModel(stack, 'Nova', {
    modelName: 'nova',
    profile: InferenceProfile.fromProfileId('us.amazon.nova-pro-v1:0'),
    fallback: ExternalModel.openAi({ modelName: 'last', model: 'gpt-4.1', secret: secretOf('openai') }),
  });
  gatewayOf({ models: [modelOf(chat), modelOf(nova), modelOf(nova.fallback!)] });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::EKS::PodIdentityAssociation', {
    ClusterName: 'test',
    Namespace: 'gateway',
    ServiceAccount: 'gateway',
  });
  const actions = JSON.stringify(template.findResources('AWS::IAM::Policy'));
  expect(actions).toContain('bedrock:InvokeModel');
  expect(actions).not.toContain('secretsmanager');
  const [association] = Object.keys(template.findResources('AWS::EKS::PodIdentityAssociation'));
  template.hasResource('Custom::KubernetesRelease', {
    Properties: { ReleaseName: 'gateway' },
    DependsOn: Match.arrayWith([association]),
  });
});

describe('allowFrom', () => {
  test('lets a caller in by a release of its own', () => {
    const { stack, gatewayOf } = fixture();
    gatewayOf().allowFrom('Edge', { ipv4Ranges: ['10.0.0.0/24'] });
    expect(find(releaseOf(stack, 'gateway-from-edge').objects, 'NetworkPolicy')).toMatchObject({
      metadata: { name: 'gateway-from-edge', namespace: 'gateway' },
      spec: {
        podSelector: { matchLabels: { 'llm-platform.dev/gateway': 'gateway' } },
        policyTypes: ['Ingress'],
        ingress: [{ ports: [{ port: 8000 }], from: [{ ipBlock: { cidr: '10.0.0.0/24' } }] }],
      },
    });
  });

  test('reports everything that is wrong', () => {
    const { gatewayOf } = fixture();
    const gateway = gatewayOf();
    gateway.allowFrom('edge', { podLabels: { app: 'web' } });
    expect(problemsOf(() => gateway.allowFrom('EDGE', { ipv4Ranges: [] }))).toEqual([
      expect.stringMatching(/^id: expected a name that no other caller of the gateway has, got "EDGE"; /),
      expect.stringMatching(/^caller\.ipv4Ranges: expected at least one range, /),
    ]);
    expect(problemsOf(() => gateway.allowFrom('the edge', {}))).toEqual([
      expect.stringMatching(/^id: expected letters, digits and hyphens, /),
    ]);
  });
});

test('an error lists what is wrong with the target and with the options together', () => {
  const { gatewayOf } = fixture();
  expect(problemsOf(() => gatewayOf({ platform: undefined, replicas: 1 }))).toEqual([
    expect.stringMatching(/^platform: expected a platform, or the provider of a cluster, got neither; /),
    expect.stringMatching(/^replicas: expected a whole number from 2, got 1; /),
  ]);
});
