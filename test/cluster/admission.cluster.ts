import { KubernetesRelease } from '../../constructs/kubernetes';
import { nameByContent } from '../../constructs/kubernetes/contract/content-names';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { type KubernetesObject, MARKER } from '../../constructs/kubernetes/contract/release-document';
import { production, staging } from '../../environments';
import { addEnvironments } from '../../lib/platform-app';
import { PlatformStage } from '../../lib/stage';
import { cacheDirectory } from '../../rehearsal/platform/cache';
import { locateCrds } from '../../rehearsal/platform/crds';
import { testApp } from '../support/app';
import { variants } from '../support/variants';
import { applyPrerequisites, installCrds, podOf, refusalOf } from './support/admission';
import { withPlausibleValues } from './support/deploy-time-values';
import { adminAccess } from './support/releases';

// Every object of every release against the real API server: its schemas with strict fields, and its admission.

const WORKLOADS = ['Rollout', 'LeaderWorkerSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job'];
const client = new ClusterClient(adminAccess());

const variantStages = variants.map((environment) => new PlatformStage(testApp(), environment.name, { environment }));
const environments = [...addEnvironments(testApp(), [staging, production]), ...variantStages].map((stage) => {
  const objects = KubernetesRelease.allIn(stage)
    .flatMap((release) => nameByContent(withPlausibleValues(release.objects)))
    // EKS does not publish the CRD of Auto Mode's classes, and those of External Secrets are in its chart alone.
    .filter(({ apiVersion }) => !/^(eks\.amazonaws\.com|external-secrets\.io)\//.test(apiVersion));
  return { name: stage.node.id, objects };
});

test('markers get values of their types', () => {
  const marker = (type: string, value: string) => ({ [MARKER]: 'value', value, type });
  const [object] = withPlausibleValues([
    {
      spec: {
        replicas: marker('number', 'v0'),
        zones: marker('list', 'v1'),
        text: { [MARKER]: 'text', parts: ['a-', marker('string', 'v2')] },
      },
    },
  ]);
  expect(object.spec).toEqual({ replicas: 1, zones: ['first', 'second'], text: 'a-value' });
});

beforeAll(async () => {
  await installCrds(
    client,
    await locateCrds({
      cacheDirectory: cacheDirectory(),
      sets: ['rollouts', 'scaling', 'groups', 'nodes', 'load-balancers'],
    }),
  );
});

function named(objects: readonly KubernetesObject[]): [string, KubernetesObject][] {
  return objects.map((object) => [`${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, object]);
}

describe.each(environments)('$name', ({ objects }) => {
  beforeAll(() => applyPrerequisites(client, objects));

  test.each(named(objects))('%s is accepted', async (_, object) => {
    expect(await refusalOf(client, object)).toBeUndefined();
  });

  test.each(named(objects.filter(({ kind }) => WORKLOADS.includes(kind))))(
    'a pod of %s is admitted',
    async (_, workload) => {
      expect(await refusalOf(client, podOf(workload))).toBeUndefined();
    },
  );
});

// What is accepted above tells something only because this is refused.
describe('refused', () => {
  const find = (kind: string): KubernetesObject =>
    structuredClone(environments[0].objects.find((object) => object.kind === kind)!);

  test.each(['Service', 'Rollout', 'AnalysisTemplate', 'PodMonitor', 'Deployment'])(
    '%s with a field that its schema does not have',
    async (kind) => {
      const object = find(kind);
      (object.spec as Record<string, unknown>).portz = [];
      expect(await refusalOf(client, object)).toContain('portz');
    },
  );

  test('a pod with an unknown field', async () => {
    const pod = podOf(find('Rollout'));
    (pod.spec as Record<string, unknown>).terminationGrace = 30;
    expect(await refusalOf(client, pod)).toContain('terminationGrace');
  });

  test('a pod in the network of its node', async () => {
    const pod = podOf(find('Rollout'));
    (pod.spec as Record<string, unknown>).hostNetwork = true;
    expect(await refusalOf(client, pod)).toMatch(
      /violates PodSecurity "restricted:latest": host namespaces \(hostNetwork=true\)/,
    );
  });

  test('a pod over the quota of its namespace', async () => {
    const pod = podOf(find('Rollout'));
    const [container] = (
      pod.spec as { containers: { resources: { limits: Record<string, string>; requests: Record<string, string> } }[] }
    ).containers;
    container.resources.limits['nvidia.com/gpu'] = container.resources.requests['nvidia.com/gpu'] = '1000';
    expect(await refusalOf(client, pod)).toContain('exceeded quota');
  });
});
