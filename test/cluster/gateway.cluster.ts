import { Stack } from 'aws-cdk-lib';
import { AiGateway, Guardrail, TenantCache } from '../../constructs';
import { KubernetesRelease } from '../../constructs/kubernetes';
import { nameByContent } from '../../constructs/kubernetes/contract/content-names';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { LlmPlatform } from '../../constructs/platform/llm-platform';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { cacheDirectory } from '../../rehearsal/platform/cache';
import { locateCrds } from '../../rehearsal/platform/crds';
import { inCluster, modelOf, openAi, secretOf, tenantOf } from '../constructs/gateway/gateway';
import { testApp } from '../support/app';
import { applyPrerequisites, installCrds, podOf, refusalOf } from './support/admission';
import { withPlausibleValues } from './support/deploy-time-values';
import { adminAccess } from './support/releases';

// Every object of a gateway's releases against the real API server: its schemas with strict fields, and its admission.

const client = new ClusterClient(adminAccess());

const stack = new Stack(testApp(), 'Gateway', { env: { account: '111111111111', region: 'us-east-1' } });
const gateway = new AiGateway(stack, 'Gateway', {
  platform: LlmPlatform.fromLlmPlatformAttributes(stack, 'Platform', {
    clusterName: 'test',
    platformServiceToken: 'arn:platform',
    modelServiceToken: 'arn:model',
  }),
  // Other tests may hold namespaces of usual names.
  namespace: 'gateway-admission',
  image: 'registry.example/llm-gateway:1.0.0',
  models: [modelOf(inCluster('chat')), modelOf(openAi('spare'))],
  tenants: [tenantOf('search', { guardrails: [{ name: 'pii' }], cache: TenantCache.EXACT, budgetUsdPerMonth: 5 })],
  guardrails: [Guardrail.pii('pii', { entities: ['EMAIL_ADDRESS'] })],
  redis: { host: 'redis.cache.svc', passwordSecret: secretOf('redis') },
  callers: [{ namespaceLabels: { team: 'web' } }],
});
gateway.allowFrom('edge', { ipv4Ranges: ['10.0.0.0/24'], healthChecks: true });

const objects = KubernetesRelease.allIn(stack).flatMap((release) =>
  nameByContent(withPlausibleValues(release.objects)),
);
const rollout = (): KubernetesObject => structuredClone(objects.find(({ kind }) => kind === 'Rollout')!);

beforeAll(async () => {
  await installCrds(client, await locateCrds({ cacheDirectory: cacheDirectory(), sets: ['rollouts'] }));
  await applyPrerequisites(client, objects);
});

test.each(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
  '%s is accepted',
  async (_, object) => {
    expect(await refusalOf(client, object)).toBeUndefined();
  },
);

test('a pod is admitted', async () => {
  expect(await refusalOf(client, podOf(rollout()))).toBeUndefined();
});

// What is accepted above tells something only because this is refused.
test('a pod as root is refused', async () => {
  const pod = podOf(rollout());
  Object.assign((pod.spec as { securityContext: object }).securityContext, { runAsNonRoot: false, runAsUser: 0 });
  expect(await refusalOf(client, pod)).toMatch(/violates PodSecurity "restricted:latest": runAsNonRoot != true/);
});

test('a load balancer is refused', async () => {
  const service = structuredClone(objects.find(({ kind }) => kind === 'Service')!);
  Object.assign(service.spec as object, { type: 'LoadBalancer' });
  expect(await refusalOf(client, service)).toContain('exceeded quota');
});
