import { production, staging } from '../../environments';
import type { EnvironmentConfig, NewCluster, NewNetwork } from '../../lib/environment/environment-config';
import type { ModelConfig } from '../../lib/environment/model/model-config';
import type { NodesConfig } from '../../lib/environment/nodes/node-config';
import { frontDoor } from './front-door';
import { fullEnvironment, largeModel } from './full-environment';

const [chat] = production.models;

const clusterOf = (
  environment: EnvironmentConfig,
  nodes: NodesConfig,
  more: Partial<NewCluster> = {},
): EnvironmentConfig['cluster'] => ({
  create: { ...(environment.cluster as { create: NewCluster }).create, ...more, nodes },
});

const modelOn = (instanceType: string, name: string, more: Partial<ModelConfig> = {}): ModelConfig => ({
  ...chat,
  accelerator: instanceType,
  name,
  placement: undefined,
  repository: 'org/model',
  ...more,
});

const { addonVersions } = (production.cluster as { create: NewCluster }).create;

/**
 * Environments that use what staging and production leave out. They are synthesized, linted and judged like those, so that no option of
 * an environment renders what nobody has looked at.
 */
export const variants: readonly EnvironmentConfig[] = [
  // Karpenter with Spot, SOCI, placeholders, imported weights, adapters, autoscaling, groups of nodes, a model on CPUs.
  fullEnvironment,
  // Karpenter with Amazon Linux, Neuron, reservations, local disks and a compile cache, everything pinned.
  {
    ...production,
    name: 'karpenter-images',
    images: {
      digests: {
        ...production.images?.digests,
        'nvcr.io/nvidia/k8s-device-plugin:v0.20.0': `sha256:${'0'.repeat(64)}`,
      },
    },
    cluster: clusterOf(
      production,
      {
        provisioning: 'karpenter',
        compileCache: true,
        types: {
          'g6e.2xlarge': {
            image: { operatingSystem: 'al2023', version: 'v20261101' },
            capacity: { kind: 'reservation', reservationIds: ['cr-0a', 'cr-0b'], onDemandFallback: true },
          },
          'g6e.4xlarge': { image: { version: 'v1.63.0' }, imageAcceleration: 'soci', localStorage: true },
        },
      },
      { addonVersions: { ...addonVersions, 'aws-efs-csi-driver': 'v2.1.13-eksbuild.1' } },
    ),
    models: [modelOn('g6e.2xlarge', 'chat'), modelOn('g6e.4xlarge', 'coder')],
  },
  // Managed groups: Bottlerocket and Amazon Linux, Spot, SOCI on local disks, GPUs that pods share, a capacity block with the fabric.
  {
    ...staging,
    name: 'managed-groups',
    retention: 'destroy',
    cluster: clusterOf(staging, {
      provisioning: 'managed-groups',
      compileCache: true,
      types: {
        'g6e.2xlarge': {
          capacity: { kind: 'spot', onDemandFallback: false },
          imageAcceleration: 'soci',
          localStorage: true,
          image: { version: '1.47.0-6154605b' },
        },
        'g6.xlarge': { image: { operatingSystem: 'al2023', version: '1.36.0-20261101' } },
        'g6.2xlarge': { sharing: { strategy: 'time-slicing', podsPerGpu: 2 } },
        'p5.48xlarge': {
          efa: true,
          capacity: { kind: 'capacity-block', reservationIds: ['cr-0123456789abcdef0'] },
          availabilityZone: 'us-east-1a',
        },
      },
    }),
    models: [
      modelOn('g6e.2xlarge', 'chat'),
      modelOn('g6.xlarge', 'coder'),
      modelOn('g6.2xlarge', 'small', { engine: { name: 'vllm', gpuMemoryUtilization: 0.4 }, gpus: 1 }),
      largeModel,
    ],
  },
  // Auto Mode with reservations, an endpoint that offices reach, an allow-list of domains and of registries.
  {
    ...production,
    name: 'auto-mode',
    cluster: clusterOf(
      production,
      {
        provisioning: 'auto-mode',
        types: {
          'g6e.xlarge': { capacity: { kind: 'reservation', reservationIds: ['cr-0a'], onDemandFallback: true } },
        },
      },
      { publicAccessCidrs: ['192.0.2.0/24'] },
    ),
    network: {
      create: {
        ...(production.network as { create: NewNetwork }).create,
        egress: { allowedDomains: ['huggingface.co', '*.hf.co', 'quay.io', '*.quay.io'] },
        connectedCidrs: ['10.20.0.0/16'],
      },
    },
    admission: { allowedRegistries: ['222222222222.dkr.ecr.us-east-1.amazonaws.com'] },
  },
  // A gateway with models of others as fallbacks, tenants in a file, and a public edge.
  frontDoor,
];
