import type { EnvironmentConfig, ExistingCluster, ExistingNetwork } from '../lib/environment';
import type { ModelConfig } from '../lib/environment';

/** What is known only while a rehearsal runs. */
export interface RehearsalOverrides {
  /** Where the control plane of the rehearsal listens, and more of the cluster. */
  readonly cluster?: Partial<ExistingCluster>;
  /** What the emulator called the network. */
  readonly network?: Partial<ExistingNetwork>;
  /** Changes to models, by name; for example the revision that an act deploys. */
  readonly models?: readonly (Partial<ModelConfig> & Pick<ModelConfig, 'name'>)[];
}

const cluster: ExistingCluster = {
  name: 'rehearsal',
  endpoint: 'https://127.0.0.1:6443',
  // Stands for the one that the rehearsal makes.
  certificateAuthority: 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t',
  securityGroupId: 'sg-00000000000000000',
  prometheusAddress: 'http://127.0.0.1:9090',
  provides: {
    kinds: ['argoproj.io/AnalysisTemplate', 'argoproj.io/Rollout', 'monitoring.coreos.com/PodMonitor'],
    accelerators: ['g6.xlarge'],
    endpoints: [],
  },
};

const network: ExistingNetwork = {
  vpcId: 'vpc-00000000000000000',
  availabilityZones: ['us-east-1a', 'us-east-1b'],
  privateSubnetIds: ['subnet-00000000000000000', 'subnet-00000000000000001'],
};

const chat: ModelConfig = {
  name: 'chat',
  repository: 'rehearsal/chat',
  revision: 'r1',
  image: 'vllm/vllm-openai:v0.32.0',
  accelerator: 'g6.xlarge',
  replicas: 4,
  maxModelLen: 8192,
  timings: {
    startupBudget: '24s',
    capacityBudget: '6s',
    expectedStartup: '5s',
    probePeriod: '1s',
    scrapeInterval: '1s',
    preStop: '3s',
    shutdownTimeout: '12s',
    terminationGracePeriod: '45s',
  },
  deadline: '5m',
  objectives: { timeToFirstToken: '2s', errorRatio: 0.02 },
  traffic: { requestsPerSecond: 24 },
  rollout: {
    steps: [
      { weight: 25, hold: '9s' },
      { weight: 50, hold: '4s' },
    ],
    maxSurge: 1,
    bakeTime: '4s',
    gates: {
      timeToFirstToken: { maxRatio: 2 },
      errorRatio: { maxDifference: 0.05 },
      syntheticRequest: { timeout: '1s' },
    },
    judgement: {
      interval: '2s',
      window: '10s',
      warmUp: '3s',
      minimumRequests: 12,
      minimumRequestsTimeout: '20s',
      tooFewRequests: 'fail',
      consecutiveErrorLimit: 4,
    },
  },
};

/**
 * What the rehearsal deploys: the same code on a control plane and an AWS emulator on the loopback interface, with the
 * times of a canary cut down to seconds.
 */
export function rehearsal(overrides: RehearsalOverrides = {}): EnvironmentConfig {
  const models = [chat].map((model) => ({ ...model, ...overrides.models?.find(({ name }) => name === model.name) }));
  const more = (overrides.models ?? [])
    .filter(({ name }) => name !== chat.name)
    .map((model) => ({ ...chat, ...model }));
  // CRDs that the platform's release brings are not there before it.
  const provides = overrides.cluster?.crds === undefined ? cluster.provides : { ...cluster.provides, kinds: [] };
  return {
    name: 'rehearsal',
    account: '000000000000',
    region: 'us-east-1',
    network: { existing: { ...network, ...overrides.network } },
    cluster: { existing: { ...cluster, provides, ...overrides.cluster } },
    retention: 'destroy',
    requirePins: false,
    alarms: false,
    models: [...models, ...more],
  };
}
