import type { NetworkPolicyEgressRule, NetworkPolicyIngressRule } from 'kubernetes-types/networking/v1';
import { type GatewayOptions } from '../../../constructs/gateway';
import { PRIVATE_RANGES } from '../../../constructs/network/private-ranges';
import { BedrockModel, InferenceProfile } from '../../../constructs/model-providers';
import { find, inCluster, modelOf, openAi, render, stack } from './gateway';

const policyOf = (overrides: Partial<GatewayOptions> = {}) => find(render(overrides), 'NetworkPolicy').spec;

/** A rule in one line. */
function line({ ports = [], ...peers }: NetworkPolicyEgressRule & NetworkPolicyIngressRule): string {
  const all = peers.to ?? peers.from ?? [];
  return `${all
    .map(({ ipBlock, namespaceSelector, podSelector }) =>
      [
        ipBlock && `${ipBlock.cidr}${ipBlock.except ? ` without ${ipBlock.except.join(' ')}` : ''}`,
        namespaceSelector && Object.values(namespaceSelector.matchLabels!).join(),
        podSelector && Object.values(podSelector.matchLabels ?? { all: 'all' }).join(),
      ]
        .filter(Boolean)
        .join('/'),
    )
    .join(', ')} ${ports.map(({ port }) => port).join()}`;
}

const outOf = (overrides: Partial<GatewayOptions> = {}) => policyOf(overrides).egress!.map(line);
const into = (overrides: Partial<GatewayOptions> = {}) => policyOf(overrides).ingress!.map(line);

const PRIVATE = PRIVATE_RANGES.join(' ');

test('both directions are closed but for declared flows', () => {
  expect(policyOf()).toMatchObject({
    podSelector: { matchLabels: { 'llm-platform.dev/gateway': 'gateway' } },
    policyTypes: ['Ingress', 'Egress'],
  });
  expect(into()).toEqual(['monitoring/prometheus 8001']);
  expect(outOf()).toEqual(['kube-system/kube-dns 53,53', 'models/chat 8000', 'cache 6379']);
});

test('callers come in on the port of the API, pods by their labels and others by their addresses', () => {
  expect(
    into({
      callers: [
        { namespaceLabels: { team: 'web' }, podLabels: { app: 'shop' } },
        { podLabels: { app: 'job' } },
        { ipv4Ranges: ['10.0.1.0/24', '10.0.2.0/24'] },
      ],
    }),
  ).toEqual(['web/shop, job, 10.0.1.0/24, 10.0.2.0/24 8000', 'monitoring/prometheus 8001']);
});

test('load balancers may look at the health of pods', () => {
  const ipv4Ranges = ['10.0.1.0/24'];
  expect(into({ callers: [{ podLabels: { app: 'job' } }, { ipv4Ranges, healthChecks: true }] })).toEqual([
    'job, 10.0.1.0/24 8000',
    '10.0.1.0/24 8001',
    'monitoring/prometheus 8001',
  ]);
});

test('models of somebody on the internet open 443 there, and no private range', () => {
  expect(outOf({ models: [modelOf(inCluster('chat')), modelOf(openAi('spare'))] })).toEqual([
    'kube-system/kube-dns 53,53',
    'models/chat 8000',
    'cache 6379',
    `0.0.0.0/0 without ${PRIVATE} 443`,
  ]);
});

test('models at AWS may be behind interface endpoints, and credentials come from the agent of the node', () => {
  const nova = new BedrockModel(stack, 'NetworkNova', {
    modelName: 'nova',
    profile: InferenceProfile.fromProfileId('us.amazon.nova-pro-v1:0'),
  });
  expect(outOf({ models: [modelOf(inCluster('chat')), modelOf(nova)] }).slice(3)).toEqual([
    '0.0.0.0/0 without 169.254.0.0/16 443',
    '169.254.170.23/32 80',
  ]);
});

test('a Redis outside the cluster is reached at its addresses, or at private ones', () => {
  const redisRule = (redis: GatewayOptions['redis']) => outOf({ redis })[2];
  const host = 'master.gateway.abc123.use1.cache.amazonaws.com';
  expect(redisRule({ host })).toBe(`${PRIVATE_RANGES.join(', ')} 6379`);
  expect(redisRule({ host, port: 6380, ipv4Ranges: ['10.0.9.0/24'] })).toBe('10.0.9.0/24 6380');
});

test('Services of other namespaces are reached there, and a loopback address needs no rule', () => {
  const models = [
    modelOf(inCluster('chat', 'http://tgi.team-a.svc.cluster.local:8080/v1')),
    modelOf(inCluster('local', 'http://127.0.0.1:9000/v1')),
  ];
  expect(outOf({ models }).slice(1, -1)).toEqual(['team-a 8080']);
});
