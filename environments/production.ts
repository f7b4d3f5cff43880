import type { EnvironmentConfig } from '../lib/environment';

/**
 * What users talk to. It differs from staging in size, pins, gates and the rules of its GitHub environment only.
 *
 * The account number and the ARNs are those of AWS's documentation, the ids of the repository those of GitHub's, and the images
 * of models stand for copies in that account's registry: no image has these digests, and none of system nodes this build. Put your
 * own in their place; `npm run preflight` prints the versions.
 */
export const production: EnvironmentConfig = {
  name: 'production',
  account: '222222222222',
  region: 'us-east-1',
  network: {
    create: { cidr: '10.30.0.0/16', availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'], natGateways: 3 },
  },
  cluster: {
    create: {
      name: 'llm-production',
      systemNodes: 3,
      operators: ['arn:aws:iam::222222222222:role/platform-engineers'],
      pipelines: [],
      breakGlass: ['arn:aws:iam::222222222222:role/on-call'],
      kubernetesVersion: '1.36',
      systemImageVersion: '1.63.0-00000000',
      addonVersions: {
        'eks-pod-identity-agent': 'v1.3.10-eksbuild.3',
        'vpc-cni': 'v1.22.4-eksbuild.3',
        'kube-proxy': 'v1.36.0-eksbuild.21',
        coredns: 'v1.14.3-eksbuild.16',
        'aws-ebs-csi-driver': 'v1.63.1-eksbuild.1',
        'eks-node-monitoring-agent': 'v1.6.5-eksbuild.1',
      },
      nodes: { provisioning: 'karpenter', bottlerocketVersion: 'v1.63.0' },
    },
  },
  retention: 'retain',
  requirePins: true,
  images: {
    digests: {
      'quay.io/prometheus/prometheus:v3.14.0-distroless':
        'sha256:0000000000000000000000000000000000000000000000000000000000000000',
      'quay.io/prometheus-operator/prometheus-operator:v0.93.1':
        'sha256:0000000000000000000000000000000000000000000000000000000000000000',
      'quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1':
        'sha256:0000000000000000000000000000000000000000000000000000000000000000',
      'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0':
        'sha256:0000000000000000000000000000000000000000000000000000000000000000',
      'ghcr.io/jkroepke/kube-webhook-certgen:1.8.7':
        'sha256:0000000000000000000000000000000000000000000000000000000000000000',
      'registry.k8s.io/kubectl:v1.36.3': 'sha256:0000000000000000000000000000000000000000000000000000000000000000',
      'public.ecr.aws/docker/library/busybox:1.37.0':
        'sha256:0000000000000000000000000000000000000000000000000000000000000000',
      'quay.io/argoproj/argo-rollouts:v1.9.2':
        'sha256:0000000000000000000000000000000000000000000000000000000000000000',
      'public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3':
        'sha256:0000000000000000000000000000000000000000000000000000000000000000',
    },
  },
  alarms: true,
  delivery: {
    repository: 'cdk-llm-platform/cdk-llm-platform',
    ownerId: '123456',
    repositoryId: '456789',
    githubEnvironment: 'production',
  },
  models: [
    {
      name: 'chat',
      repository: 'Qwen/Qwen3-8B',
      revision: 'b968826d9c46dd6066d109eabc6255188de91218',
      image:
        '222222222222.dkr.ecr.us-east-1.amazonaws.com/vllm-openai:v0.32.0@sha256:0000000000000000000000000000000000000000000000000000000000000000',
      accelerator: 'g6e.xlarge',
      placement: { concurrency: 8 },
      replicas: 8,
      maxModelLen: 16384,
      timings: { startupBudget: '15m', expectedStartup: '330s' },
      objectives: { timeToFirstToken: '2s', errorRatio: 0.02 },
      rollout: {
        // Two of the steps wait for nodes, within the deadline of 55 minutes.
        steps: [
          { weight: 13, hold: '8m' },
          { weight: 50, hold: '6m' },
        ],
        maxSurge: 3,
        bakeTime: '7m',
        gates: { timeToFirstToken: { maxRatio: 1.3 }, errorRatio: { maxDifference: 0.02 } },
        judgement: {
          interval: '30s',
          window: '5m',
          warmUp: '2m',
          minimumRequests: 100,
          minimumRequestsTimeout: '5m',
          tooFewRequests: 'fail',
        },
      },
    },
    {
      name: 'coder',
      repository: 'Qwen/Qwen2.5-Coder-7B-Instruct',
      revision: 'c03e6d358207e414f1eee0bb1891e29f1db0e242',
      image:
        '222222222222.dkr.ecr.us-east-1.amazonaws.com/vllm-openai:v0.32.0@sha256:0000000000000000000000000000000000000000000000000000000000000000',
      accelerator: 'g6e.xlarge',
      placement: { configFile: 'environments/models/qwen2.5-coder-7b-instruct.json', concurrency: 8 },
      replicas: 4,
      maxModelLen: 16384,
      timings: { startupBudget: '15m', expectedStartup: '330s' },
      objectives: { timeToFirstToken: '3s', errorRatio: 0.02 },
      rollout: {
        steps: [
          { weight: 25, hold: '10m' },
          { weight: 50, hold: '8m' },
        ],
        maxSurge: 1,
        bakeTime: '8m',
        gates: { timeToFirstToken: { maxRatio: 1.3 }, errorRatio: { maxDifference: 0.02 } },
        judgement: {
          interval: '30s',
          window: '5m',
          warmUp: '2m',
          minimumRequests: 100,
          minimumRequestsTimeout: '5m',
          tooFewRequests: 'fail',
        },
      },
    },
  ],
};
