import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { GatewayEdge } from '../../../constructs/edge';
import { AiGateway } from '../../../constructs/gateway';
import { Accelerator } from '../../../constructs/gpu';
import { KubernetesRelease } from '../../../constructs/kubernetes';
import { LlmPlatform } from '../../../constructs/platform/llm-platform';
import { ModelService } from '../../../constructs/serving';
import { testApp } from '../../support/app';

/** A platform with a model, a gateway before it and a load balancer before that, each in a stack of its own. */
function frontDoor() {
  const app = testApp();
  const env = { account: '111111111111', region: 'us-east-1' };
  const stackOf = (id: string) => new Stack(app, id, { env });
  const base = stackOf('Base');
  const platform = new LlmPlatform(base, 'Platform', {
    network: { availabilityZones: ['us-east-1a', 'us-east-1b'] },
    controllers: { externalSecrets: true, loadBalancerController: true },
  });
  platform.addNodes(stackOf('Nodes'), 'Gpus', { accelerator: Accelerator.G6E_XLARGE, nodes: 4 });
  const chat = new ModelService(stackOf('Serving-chat'), 'Chat', {
    platform,
    model: { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' },
    accelerator: Accelerator.G6E_XLARGE,
  });
  const doors = stackOf('Gateway');
  const gateway = new AiGateway(doors, 'Gateway', {
    platform,
    image: `registry.example/llm-gateway@sha256:${'ab'.repeat(32)}`,
    models: [{ endpoint: chat, maxInputTokens: 12_000, maxOutputTokens: 4000 }],
    tenants: [
      {
        name: 'search',
        models: [chat.modelName],
        keySecret: secretsmanager.Secret.fromSecretNameV2(doors, 'Key', 'search-key'),
        requestsPerMinute: 60,
        tokensPerMinute: 100_000,
      },
    ],
    redis: { host: 'redis.cache.svc' },
  });
  gateway.allowFrom('edge', { ipv4Ranges: ['10.0.0.0/16'], healthChecks: true });
  const outside = stackOf('Edge');
  const edge = new GatewayEdge(outside, 'Edge', {
    provider: platform.provider,
    vpc: platform.vpc,
    domainName: 'llm.example.com',
    hostedZone: route53.HostedZone.fromHostedZoneAttributes(outside, 'Zone', {
      hostedZoneId: 'Z1',
      zoneName: 'example.com',
    }),
    allowFrom: [ec2.Peer.ipv4('10.0.0.0/8')],
    service: {
      namespace: gateway.namespace,
      name: gateway.serviceName,
      port: gateway.port,
      healthCheckPort: gateway.managementPort,
      healthCheckPath: gateway.readinessPath,
      requestTimeout: gateway.requestTimeout,
      ready: gateway.release,
      pods: platform.cluster,
    },
  });
  return { app, gateway, edge, stacks: { base, doors, outside } };
}

test('platform, model, gateway and edge are put together by what they say of each other', () => {
  const { app, gateway, edge, stacks } = frontDoor();
  app.synth();
  expect(edge.url).toBe('https://llm.example.com/v1');
  expect(KubernetesRelease.allIn(stacks.doors).map(({ releaseName }) => releaseName)).toEqual([
    'gateway-namespace',
    'gateway',
    'gateway-secrets',
    'gateway-from-edge',
  ]);
  Template.fromStack(stacks.outside).hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    Port: gateway.port,
    HealthCheckPort: String(gateway.managementPort),
    HealthCheckPath: gateway.readinessPath,
  });
  expect(stacks.outside.dependencies).toContain(stacks.doors);
  // What comes later may go first: nothing that is there already waits for it.
  expect(stacks.base.dependencies).toEqual([]);
});
