import * as cdk8s from 'cdk8s';
import { OverprovisioningChart } from '../../../constructs/nodes/overprovisioning-chart';
import { Controller } from '../../../constructs/controllers';

describe('OverprovisioningChart', () => {
  const [priority, deployment] = new OverprovisioningChart(new cdk8s.App(), 'headroom', {
    namespace: 'models',
    instanceType: 'g6e.2xlarge',
    deviceResource: 'nvidia.com/gpu',
    devices: 1,
    replicas: 2,
    cpus: '2000m',
    memoryMib: 8192,
  }).toJson() as {
    metadata: { name: string };
    value?: number;
    spec: { replicas: number; template: { spec: Record<string, unknown> & { containers: { resources: object }[] } } };
  }[];

  test('gives way to every pod, and takes no place from one', () => {
    expect(priority).toMatchObject({
      kind: 'PriorityClass',
      value: -10,
      globalDefault: false,
      preemptionPolicy: 'Never',
    });
    expect(deployment.spec.template.spec).toMatchObject({
      priorityClassName: priority.metadata.name,
      terminationGracePeriodSeconds: 0,
    });
  });

  test('asks for what a replica asks for, where replicas run', () => {
    expect(deployment.spec.replicas).toBe(2);
    expect(deployment.spec.template.spec).toMatchObject({
      nodeSelector: { 'llm-platform.dev/accelerator': 'g6e.2xlarge' },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    });
    expect(deployment.spec.template.spec.containers[0]).toHaveProperty(
      'image',
      expect.stringMatching(/^registry\.k8s\.io\/pause:.+@sha256:[0-9a-f]{64}$/),
    );
    expect(deployment.spec.template.spec.containers[0].resources).toEqual({
      requests: { cpu: '2', memory: '8Gi', 'nvidia.com/gpu': '1' },
      limits: { memory: '8Gi', 'nvidia.com/gpu': '1' },
    });
  });
});

describe('Controller', () => {
  test('has a device plugin for every name that nodes ask for, and Karpenter of one version with its CRDs', () => {
    expect(Controller.devicePlugins().map(({ facts }) => facts.name)).toEqual([
      'nvidia-device-plugin',
      'neuron',
      'aws-efa-k8s-device-plugin',
    ]);
    const { facts } = Controller.karpenter({
      clusterName: 'llm-test',
      interruptionQueue: 'llm-test-interruptions',
    });
    expect(facts.images.map(({ reference }) => reference.split('@')[0])).toEqual([
      `public.ecr.aws/karpenter/controller:${facts.version}`,
    ]);
    expect(Controller.KARPENTER_CRDS.facts.version).toBe(facts.version);
    // It starts nodes, so it must not need one of its own.
    expect(facts.values.nodeSelector).toEqual({ 'llm-platform.dev/nodes': 'system' });
  });

  test("leads NVIDIA's plugin only to images that have none", () => {
    expect(Controller.NVIDIA_DEVICE_PLUGIN.facts.values.nodeSelector).toEqual({
      'llm-platform.dev/node-image': 'al2023',
    });
  });
});
