import type { EnvironmentConfig } from '../lib/environment';

/**
 * Where every revision goes first: the same shape as production, smaller, and nothing in it is kept.
 *
 * The account number and the ARNs are those of AWS's documentation, the ids of the repository those of GitHub's, and no image of
 * system nodes has this build: put your own in their place. `npm run preflight` prints the versions.
 */
export const staging: EnvironmentConfig = {
  name: 'staging',
  account: '111111111111',
  region: 'us-east-1',
  network: {
    create: { cidr: '10.20.0.0/16', availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'], natGateways: 1 },
  },
  cluster: {
    create: {
      name: 'llm-staging',
      systemNodes: 2,
      operators: ['arn:aws:iam::111111111111:role/platform-engineers'],
      pipelines: [],
      breakGlass: ['arn:aws:iam::111111111111:role/on-call'],
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
  requirePins: false,
  alarms: true,
  delivery: {
    repository: 'cdk-llm-platform/cdk-llm-platform',
    ownerId: '123456',
    repositoryId: '456789',
    githubEnvironment: 'staging',
  },
  models: [
    {
      name: 'chat',
      repository: 'Qwen/Qwen3-8B',
      revision: 'b968826d9c46dd6066d109eabc6255188de91218',
      image: 'vllm/vllm-openai:v0.32.0',
      accelerator: 'g6e.xlarge',
      placement: { concurrency: 8 },
      replicas: 2,
      maxModelLen: 16384,
      timings: { startupBudget: '15m', expectedStartup: '300s' },
      objectives: { timeToFirstToken: '2s', errorRatio: 0.02 },
      rollout: {
        steps: [{ weight: 50, hold: '10m' }],
        maxSurge: 1,
        bakeTime: '7m',
        gates: { timeToFirstToken: { maxRatio: 1.5 }, errorRatio: { maxDifference: 0.025 } },
        judgement: {
          interval: '30s',
          window: '5m',
          warmUp: '2m',
          minimumRequests: 50,
          minimumRequestsTimeout: '5m',
          tooFewRequests: 'pass',
        },
      },
    },
    {
      name: 'coder',
      repository: 'Qwen/Qwen2.5-Coder-7B-Instruct',
      revision: 'c03e6d358207e414f1eee0bb1891e29f1db0e242',
      image: 'vllm/vllm-openai:v0.32.0',
      accelerator: 'g6e.xlarge',
      placement: { configFile: 'environments/models/qwen2.5-coder-7b-instruct.json', concurrency: 8 },
      replicas: 2,
      maxModelLen: 16384,
      timings: { startupBudget: '15m', expectedStartup: '300s' },
      objectives: { timeToFirstToken: '3s', errorRatio: 0.02 },
      rollout: {
        steps: [{ weight: 50, hold: '10m' }],
        maxSurge: 1,
        bakeTime: '7m',
        gates: { timeToFirstToken: { maxRatio: 1.5 }, errorRatio: { maxDifference: 0.025 } },
        judgement: {
          interval: '30s',
          window: '5m',
          warmUp: '2m',
          minimumRequests: 50,
          minimumRequestsTimeout: '5m',
          tooFewRequests: 'pass',
        },
      },
    },
  ],
};
