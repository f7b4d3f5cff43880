import { staging } from '../../../../environments';
import { KubernetesRelease } from '../../../../constructs/kubernetes';
import type { EnvironmentConfig, NewCluster } from '../../../../lib/environment/environment-config';
import type { ModelConfig } from '../../../../lib/environment/model/model-config';
import type { NodeTypeConfig } from '../../../../lib/environment/nodes/node-config';
import { nodeRequirements } from '../../../../lib/environment/nodes/node-requirements';
import { planNodes } from '../../../../lib/environment/nodes/node-plan';
import { requirementsOf } from '../../../../lib/commands/preflight/requirements';
import { PlatformStage } from '../../../../lib/stage';
import { testApp } from '../../../support/app';

/** Three replicas and one more while it rolls out, on nodes of one type. */
function environmentWith(
  instanceType: string,
  type: NodeTypeConfig,
  models: readonly Partial<ModelConfig>[] = [{}],
): EnvironmentConfig {
  const [chat] = staging.models;
  const small: Partial<ModelConfig> = {
    repository: 'example/small',
    placement: undefined,
    engine: { name: 'vllm', gpuMemoryUtilization: 0.2 },
    gpus: 1,
    replicas: 3,
    rollout: { ...chat.rollout, maxSurge: 1 },
  };
  return {
    ...staging,
    cluster: {
      create: {
        ...(staging.cluster as { create: NewCluster }).create,
        nodes: { provisioning: 'managed-groups', types: { [instanceType]: type } },
      },
    },
    models: models.map((model, index) => ({
      ...chat,
      ...small,
      name: `model-${index}`,
      accelerator: instanceType,
      ...model,
    })),
  };
}

test('a node with whole GPUs takes a pod for each', () => {
  expect(planNodes(environmentWith('g6e.xlarge', {}))).toMatchObject([{ nodes: 4, pods: 4, announcedGpus: 4 }]);
  expect(planNodes(environmentWith('g6e.12xlarge', {}))).toMatchObject([{ nodes: 1, pods: 4, announcedGpus: 4 }]);
});

test.each<[string, string, NodeTypeConfig, object]>([
  [
    'slices of time',
    'g6e.xlarge',
    { sharing: { strategy: 'time-slicing', podsPerGpu: 2 } },
    { nodes: 2, pods: 4, announcedGpus: 4 },
  ],
  [
    'slices of time that leave room',
    'g6e.xlarge',
    { sharing: { strategy: 'time-slicing', podsPerGpu: 3 } },
    { nodes: 2, pods: 4, announcedGpus: 6 },
  ],
  ['parts', 'p5.4xlarge', { sharing: { strategy: 'mig', podsPerGpu: 4 } }, { nodes: 1, pods: 4, announcedGpus: 4 }],
])('a node whose GPUs are shared by %s takes as many pods for each', (_, instanceType, type, plan) => {
  expect(planNodes(environmentWith(instanceType, type))).toMatchObject([plan]);
});

test('another type, and a cluster of others, shares nothing', () => {
  const environment = environmentWith('g6e.xlarge', { sharing: { strategy: 'time-slicing', podsPerGpu: 2 } });
  expect(planNodes({ ...environment, models: [{ ...environment.models[0], accelerator: 'g6.xlarge' }] })).toMatchObject(
    [{ nodes: 4, announcedGpus: 4 }],
  );
  const cluster = { existing: {} } as EnvironmentConfig['cluster'];
  expect(planNodes({ ...environment, cluster })).toMatchObject([{ nodes: 4, announcedGpus: 4 }]);
});

test('the volume of a node holds the caches of all pods that share its GPUs', () => {
  const volume = (type: NodeTypeConfig) => planNodes(environmentWith('g6e.xlarge', type))[0].volumeGib;
  expect(volume({})).toBe(200);
  // Three pods of 102 GiB and 60 GiB of images fill 85 of 100 parts.
  expect(volume({ sharing: { strategy: 'time-slicing', podsPerGpu: 3 } })).toBe(440);
});

test('nodes are asked for, paid and counted in quotas as they are shared', () => {
  const environment = environmentWith('g6e.xlarge', { sharing: { strategy: 'time-slicing', podsPerGpu: 2 } }, [{}, {}]);
  expect(nodeRequirements(environment)).toMatchObject([
    { nodes: 4, sharing: { strategy: 'time-slicing', podsPerGpu: 2 } },
  ]);
  expect(requirementsOf(environment).cost.nodes).toMatchObject([{ instanceType: 'g6e.xlarge', nodes: 4 }]);
});

test('the quota of models counts GPUs as nodes announce them', () => {
  const quota = (type: NodeTypeConfig) => {
    const stage = new PlatformStage(testApp(), 'staging', { environment: environmentWith('g6e.xlarge', type) });
    const [release] = KubernetesRelease.allIn(stage.node.findChild('Platform'));
    const { spec } = (release.objects as { kind: string; spec: { hard: Record<string, string> } }[]).find(
      ({ kind }) => kind === 'ResourceQuota',
    )!;
    return spec.hard['requests.nvidia.com/gpu'];
  };
  expect(quota({})).toBe('8');
  expect(quota({ sharing: { strategy: 'time-slicing', podsPerGpu: 3 } })).toBe('12');
});

test('nodes stay while a model moves to another type', () => {
  const environment = environmentWith('g6e.xlarge', {}, [{ previousAccelerator: 'g6.2xlarge' }]);
  expect(planNodes(environment).map(({ accelerator, nodes }) => [accelerator.instanceType, nodes])).toEqual([
    ['g6.2xlarge', 4],
    ['g6e.xlarge', 4],
  ]);
  expect(nodeRequirements(environment).map(({ longestGracePeriod }) => longestGracePeriod?.toSeconds())).toEqual([
    105, 105,
  ]);
});

test('placeholders have nodes beside those of the models', () => {
  expect(planNodes(environmentWith('g6e.xlarge', { warmReplicas: 2 }))).toMatchObject([{ nodes: 6, pods: 4 }]);
  expect(planNodes(environmentWith('g6e.12xlarge', { warmReplicas: 2 }))).toMatchObject([{ nodes: 2 }]);
});
