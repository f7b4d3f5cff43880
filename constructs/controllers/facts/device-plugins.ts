import type { ControllerFacts } from '../controller-facts';
import { NODE_CONTROLLERS_NAMESPACE } from '../names';

export const NVIDIA_DEVICE_PLUGIN: ControllerFacts = {
  name: 'nvidia-device-plugin',
  namespace: NODE_CONTROLLERS_NAMESPACE,
  chart: 'nvidia-device-plugin',
  repository: 'https://nvidia.github.io/k8s-device-plugin',
  version: '0.20.0',
  values: {
    fullnameOverride: 'nvidia-device-plugin',
    nodeSelector: { 'llm-platform.dev/node-image': 'al2023' },
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  },
  images: [{ reference: 'nvcr.io/nvidia/k8s-device-plugin:v0.20.0', values: 'image' }],
  provides: { kinds: [] },
};

export const NEURON_DEVICE_PLUGIN: ControllerFacts = {
  name: 'neuron',
  namespace: NODE_CONTROLLERS_NAMESPACE,
  chart: 'neuron-helm-chart',
  repository: 'oci://public.ecr.aws/neuron/neuron-helm-chart',
  version: '1.10.0',
  values: {
    neuronInstances: [
      'inf2.xlarge',
      'inf2.8xlarge',
      'inf2.24xlarge',
      'inf2.48xlarge',
      'trn1.2xlarge',
      'trn1.32xlarge',
      'trn1n.32xlarge',
      'trn2.48xlarge',
    ],
    scheduler: { enabled: false },
    npd: { enabled: false },
  },
  images: [{ reference: 'public.ecr.aws/neuron/neuron-device-plugin:2.32.0.0', values: 'devicePlugin.image' }],
  provides: { kinds: [] },
};

export const EFA_DEVICE_PLUGIN: ControllerFacts = {
  name: 'aws-efa-k8s-device-plugin',
  namespace: NODE_CONTROLLERS_NAMESPACE,
  chart: 'aws-efa-k8s-device-plugin',
  repository: 'https://aws.github.io/eks-charts',
  version: 'v0.5.30',
  values: {
    nodeSelector: { 'llm-platform.dev/nodes': 'gpu' },
    tolerations: ['nvidia.com/gpu', 'aws.amazon.com/neuron'].map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoSchedule',
    })),
  },
  images: [
    {
      reference: '602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-efa-k8s-device-plugin:v0.5.20',
      values: 'image',
    },
  ],
  provides: { kinds: [] },
};
