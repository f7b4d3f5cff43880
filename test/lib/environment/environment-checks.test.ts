import { production, rehearsal, staging } from '../../../environments';
import type { EnvironmentConfig, NewCluster } from '../../../lib/environment/environment-config';
import type { ModelConfig } from '../../../lib/environment/model/model-config';
import { checkEnvironment, selectEnvironments } from '../../../lib/environment/environment-checks';
import type { CapacityConfig, NodesConfig } from '../../../lib/environment/nodes/node-config';
import { largeModel } from '../../support/full-environment';

const [chat] = staging.models;
const withModel = (model: Partial<ModelConfig>, environment: EnvironmentConfig = staging) =>
  checkEnvironment({ ...environment, models: [{ ...chat, ...model }] });
const withRollout = (rollout: Partial<ModelConfig['rollout']>) =>
  withModel({ rollout: { ...chat.rollout, ...rollout } });
const withNetwork = (network: object) =>
  checkEnvironment({
    ...staging,
    network: { create: { ...(staging.network as { create: object }).create, ...network } as never },
  });
const withExisting = (network: object) =>
  checkEnvironment({
    ...staging,
    network: {
      existing: {
        vpcId: 'vpc-0a',
        availabilityZones: ['us-east-1a', 'us-east-1b'],
        privateSubnetIds: ['subnet-0a', 'subnet-0b'],
        ...network,
      },
    },
  });
const withCluster = (cluster: object) =>
  checkEnvironment({
    ...staging,
    cluster: { create: { ...(staging.cluster as { create: object }).create, ...cluster } as never },
  });

const withNodes = (nodes: NodesConfig, environment: EnvironmentConfig = staging) =>
  checkEnvironment({
    ...environment,
    cluster: {
      create: {
        ...(environment.cluster as { create: NewCluster }).create,
        nodes: { provisioning: 'karpenter', ...nodes },
      },
    },
  });
const WEIGHTS = { path: `Qwen/Qwen3-8B/${chat.revision}/0123456789ab`, manifestSha256: 'a'.repeat(64) };

describe('checkEnvironment', () => {
  test.each([staging, production, rehearsal()])('accepts $name', (environment) => {
    expect(checkEnvironment(environment)).toEqual([]);
  });

  test.each<[string, () => string[], RegExp]>([
    [
      'an unknown instance type',
      () => withModel({ accelerator: 'g6.xlrage' }),
      /^models\.chat\.accelerator: expected a listed GPU instance type, got "g6\.xlrage"; did you mean g6\.xlarge/,
    ],
    [
      'a fraction of a GPU',
      () => withModel({ accelerator: 'g6f.xlarge' }),
      /^models\.chat\.accelerator: expected a type with whole GPUs/,
    ],
    ['no replica', () => withModel({ replicas: 0 }), /^models\.chat\.replicas: expected a whole number from 1, got 0/],
    [
      'weights that do not ascend',
      () =>
        withRollout({
          steps: [
            { weight: 50, hold: '600s' },
            { weight: 25, hold: '600s' },
          ],
        }),
      /^models\.chat\.rollout\.steps: expected ascending weights, got 50, 25/,
    ],
    [
      'a rollout longer than the deadline',
      () => withRollout({ steps: [{ weight: 50, hold: '3600s' }] }),
      /^models\.chat\.rollout: expected less than the deadline/,
    ],
    [
      'a grace period that is too short',
      () => withModel({ timings: { preStop: '15s', shutdownTimeout: '60s', terminationGracePeriod: '30s' } }),
      /^models\.chat\.timings\.terminationGracePeriod: expected at least 105/,
    ],
    [
      'an image without tag or digest',
      () => withModel({ image: 'vllm/vllm-openai' }),
      /^models\.chat\.image: expected a tag or a digest, got "vllm\/vllm-openai"/,
    ],
    [
      'a production image without a digest',
      () => withModel({}, production),
      /^models\.chat\.image: expected a digest, got "vllm\/vllm-openai:v0\.32\.0"/,
    ],
    [
      'more GPUs than an instance has',
      () => withModel({ gpus: 2 }),
      /^models\.chat\.gpus: expected at most the 1 of g6e\.xlarge, got 2/,
    ],
    [
      'a name that is no DNS label',
      () => withModel({ name: 'Chat' }),
      /^models\.Chat\.name: expected lower-case letters/,
    ],
    [
      'an objective of nothing',
      () => withModel({ objectives: { timeToFirstToken: '0s', errorRatio: 0.02 } }),
      /^models\.chat\.objectives\.timeToFirstToken: expected more than 0 seconds, got 0s; 2s is two seconds/,
    ],
    [
      'models of one name',
      () => checkEnvironment({ ...staging, models: [chat, chat] }),
      /^models: expected different names, got "chat" more than once/,
    ],
    [
      'an invalid address range',
      () => withNetwork({ cidr: '10.0.0.0/33' }),
      /^network\.create\.cidr: expected a range from \/16 to \/20/,
    ],
    [
      'one zone',
      () => withNetwork({ availabilityZones: ['us-east-1a'], natGateways: 1 }),
      /^network\.create\.availabilityZones: expected at least two/,
    ],
    [
      'an allow-list of domains that allows all',
      () => withNetwork({ egress: { allowedDomains: ['*'] } }),
      /^network\.create\.egress\.allowedDomains: expected domains, got "\*"; it would open the internet/,
    ],
    [
      'a connected network with the same addresses',
      () => withNetwork({ cidr: '10.20.0.0/16', connectedCidrs: ['10.0.0.0/8'] }),
      /^network\.create\.connectedCidrs: expected ranges that do not overlap, got 10\.0\.0\.0\/8 and 10\.20\.0\.0\/16 of the VPC/,
    ],
    [
      'more NAT gateways than zones',
      () => withNetwork({ natGateways: 4 }),
      /^network\.create\.natGateways: expected 1 to 3 \(one a zone\), got 4/,
    ],
    [
      'an API open to everybody',
      () => withCluster({ publicAccessCidrs: ['0.0.0.0/0'] }),
      /^cluster\.create\.publicAccessCidrs: /,
    ],
    [
      'a principal that is no ARN',
      () => withCluster({ operators: ['somebody'] }),
      /^cluster\.create\.operators: expected the ARN/,
    ],
    [
      'one system node',
      () => withCluster({ systemNodes: 1 }),
      /^cluster\.create\.systemNodes: expected a whole number from 2/,
    ],
    [
      'a new network for an existing cluster',
      () => checkEnvironment({ ...rehearsal(), network: staging.network }),
      /^network: expected the existing network/,
    ],
    [
      'an account that is no number',
      () => checkEnvironment({ ...staging, account: 'mine' }),
      /^account: expected 12 digits/,
    ],
    [
      'a region that is none',
      () => checkEnvironment({ ...staging, region: 'mars' }),
      /^region: expected an AWS region/,
    ],
    [
      'a production model of a branch',
      () => checkEnvironment({ ...production, models: [{ ...production.models[0], revision: 'main' }] }),
      /^models\.chat\.revision: expected a commit of 40/,
    ],
    [
      'a cache that holds nothing',
      () => withModel({ cacheSize: '0.5Gi' }),
      /^models\.chat\.cacheSize: expected at least 1 GiB in whole MiB, got 512 MiB/,
    ],
    [
      'a token in the place of its Secret',
      () => withModel({ hubTokenSecretName: 'hf_AbC' }),
      /^models\.chat\.hubTokenSecretName: expected the name of a Secret/,
    ],
    [
      'a caller by labels that are none',
      () => withModel({ callers: [{ namespaceLabels: { team: 'a team' } }] }),
      /^models\.chat\.callers\[0\]\.namespaceLabels: expected labels as Kubernetes has them, got "team: a team"/,
    ],
    [
      'a topic of another region',
      () => checkEnvironment({ ...staging, alarmTopicArn: 'arn:aws:sns:eu-west-1:111111111111:alarms' }),
      /^alarmTopicArn: expected the ARN of an SNS topic in us-east-1/,
    ],
    [
      'a topic without alarms',
      () => checkEnvironment({ ...staging, alarms: false, alarmTopicArn: 'arn:aws:sns:us-east-1:111111111111:alarms' }),
      /^alarmTopicArn: expected with alarms/,
    ],
    [
      'a federated principal that is no ARN',
      () => withCluster({ breakGlassFederated: ['somebody'] }),
      /^cluster\.create\.breakGlassFederated: expected the ARN/,
    ],
    [
      'a model that does not fit',
      () => withModel({ accelerator: 'g6.xlarge', placement: { concurrency: 64 } }),
      /^models\.chat\.placement\..*expected .*The cheapest that would fit: /s,
    ],
    [
      "a context longer than the model's",
      () => withModel({ maxModelLen: 50_000 }),
      /^models\.chat\.maxModelLen: expected at most 40960/,
    ],
    [
      'weights that are counted smaller than the engine loads them',
      () => withModel({ placement: { precision: 'FP8' } }),
      /^models\.chat\.placement\.precision: expected BF16, in which Qwen\/Qwen3-8B is published, got FP8; the engine loads what is published: name a repository in FP8 and its configFile, or give the engine quantization FP8/,
    ],
    [
      'an image of no size',
      () => withModel({ placement: { imageSize: '0Gi' } }),
      /^models\.chat\.placement\.imageSize: expected more than 0 GiB, got 0Gi; take it from the registry$/,
    ],
    [
      'a file of sizes that is not there',
      () => withModel({ placement: { configFile: 'environments/models/none.json' } }),
      /^models\.chat\.placement\.configFile: expected a file that can be read, got "environments\/models\/none\.json" \(ENOENT\)/,
    ],
    [
      'a file that is no config.json',
      () => withModel({ placement: { configFile: 'README.md' } }),
      /^models\.chat\.placement\.configFile: README\.md: config: expected the text of a config\.json/,
    ],
    [
      'weights without a bucket',
      () => withModel({ weights: WEIGHTS }),
      /^models\.chat\.weights: expected a weightsBucket of the environment, got none/,
    ],
    [
      'weights in another region',
      () =>
        checkEnvironment({
          ...staging,
          weightsBucket: { name: 'weights', existing: true, region: 'eu-west-1', storageCidrs: ['10.20.0.0/16'] },
          models: [{ ...chat, weights: WEIGHTS }],
        }),
      /^models\.chat\.weights: expected a bucket in us-east-1, got weights in eu-west-1/,
    ],
    [
      'a word for who provides nodes that is none',
      () => withNodes({ provisioning: 'Karpenter' as 'karpenter' }),
      /^cluster\.create\.nodes\.provisioning: expected one of managed-groups, karpenter, auto-mode, got "Karpenter"/,
    ],
    [
      'a word for what nodes are bought as that is none',
      () => withNodes({ types: { 'g6e.xlarge': { capacity: 'Spot' as unknown as CapacityConfig } } }),
      /^cluster\.create\.nodes\.types\["g6e\.xlarge"\]\.capacity\.kind: expected one of on-demand, spot, reservation, capacity-block, got "Spot"/,
    ],
    [
      'a word for how images come that is none',
      () => withNodes({ types: { 'g6e.xlarge': { imageAcceleration: 'Soci' as 'soci' } } }),
      /^cluster\.create\.nodes\.types\["g6e\.xlarge"\]\.imageAcceleration: expected one of soci, \{ snapshotId \}, got "Soci"/,
    ],
    [
      'a word for what becomes of data that is none',
      () => checkEnvironment({ ...staging, retention: 'Retain' as 'retain' }),
      /^retention: expected one of retain, destroy, got "Retain"/,
    ],
    [
      'a word for routing that is none',
      () =>
        withModel({
          ...chat,
          routing: {
            by: 'leastBusy' as 'least-busy',
            gatewayName: 'g',
            gatewayNamespace: 'g',
            hostname: 'chat.example.com',
          },
        }),
      /^models\.chat\.routing\.by: expected one of least-busy, prefix-aware, got "leastBusy"/,
    ],
    [
      'a word for a precision that is none',
      () =>
        withModel({
          ...chat,
          placement: { configFile: 'environments/models/qwen2.5-coder-7b-instruct.json', precision: 'fp8' as 'FP8' },
        }),
      /^models\.chat\.placement\.precision: expected one of BF16, .*, got "fp8"/,
    ],
    [
      'a word for how weights come that is none',
      () => withModel({ ...chat, weights: { ...WEIGHTS, delivery: 'Stream' as 'stream' } }),
      /^models\.chat\.weights\.delivery: expected one of .*stream.*, got "Stream"/,
    ],
    [
      'a word for too few requests that is none',
      () =>
        withModel({
          ...chat,
          rollout: { ...chat.rollout, judgement: { ...chat.rollout.judgement, tooFewRequests: 'Pass' as 'pass' } },
        }),
      /^models\.chat\.rollout\.judgement\.tooFewRequests: expected one of fail, pass, got "Pass"/,
    ],
    [
      'nodes of a type that no model uses',
      () => withNodes({ types: { 'g5.xlarge': {} } }),
      /^cluster\.create\.nodes\.types: expected instance types of models, got "g5\.xlarge"/,
    ],
    [
      'nodes that end before their pods',
      () => withNodes({ types: { 'g6e.xlarge': { drainTimeout: '1m' } } }),
      /^cluster\.create\.nodes\.types\["g6e\.xlarge"\]\.drainTimeout: expected at least the pods' grace period of 105 s, got 60 s/,
    ],
    [
      'Spot without a fallback in production',
      () =>
        withNodes(
          {
            provisioning: 'karpenter',
            types: {
              'g6e.xlarge': { capacity: { kind: 'spot', onDemandFallback: false }, image: { version: 'v1.57.0' } },
            },
          },
          production,
        ),
      /^cluster\.create\.nodes\.types\["g6e\.xlarge"\]\.capacity: expected a fallback to on-demand nodes in production, got Spot alone/,
    ],
    [
      'images of nodes that change by themselves in production',
      () => withNodes({ provisioning: 'karpenter' }, production),
      /^cluster\.create\.nodes\.types\["g6e\.xlarge"\]\.image\.version: expected a pinned version in production/,
    ],
    [
      'groups whose images are never renewed in production',
      () => withNodes({ provisioning: 'managed-groups' }, production),
      /^cluster\.create\.nodes\.types\["g6e\.xlarge"\]\.image\.version: expected a pinned version in production/,
    ],
    [
      'an adapter for another base model',
      () =>
        withModel({
          adapters: [
            {
              name: 'law',
              path: '/models/law',
              adapterConfig:
                '{"base_model_name_or_path":"meta-llama/Llama-3.1-8B","r":8,"lora_alpha":16,"target_modules":["q_proj","v_proj"]}',
            },
          ],
        }),
      /^models\.chat\.adapters\[0\]\.adapterConfig: expected base_model_name_or_path "Qwen\/Qwen3-8B"/,
    ],
    [
      'a previous type that is none',
      () => withModel({ previousAccelerator: 'g6.tiny' }),
      /^models\.chat\.previousAccelerator: expected a listed/,
    ],
    [
      'an adapter from the hub in production',
      () =>
        checkEnvironment({
          ...production,
          models: [
            {
              ...production.models[0],
              adapters: [
                {
                  name: 'law',
                  path: 'org/law',
                  adapterConfig:
                    '{"base_model_name_or_path":"Qwen/Qwen3-8B","r":8,"lora_alpha":16,"target_modules":["q_proj","v_proj"]}',
                },
              ],
            },
          ],
        }),
      /^models\.chat\.adapters\[0\]\.path: expected a directory in the container where revisions are pinned/,
    ],
    [
      'a name that a group of another model has',
      () => checkEnvironment({ ...staging, models: [largeModel, { ...chat, name: 'large-0' }] }),
      /^models: expected no name of a group of "large", got "large-0"/,
    ],
    [
      'a repository without its ids',
      () => checkEnvironment({ ...staging, delivery: { ...staging.delivery!, repositoryId: undefined } }),
      /^delivery\.repositoryId: expected the digits of a numeric id, got none; read it by: gh api repos\/cdk-llm-platform\/cdk-llm-platform --jq \.id$/,
    ],
    [
      'an environment of GitHub that is none',
      () => checkEnvironment({ ...staging, delivery: { ...staging.delivery!, githubEnvironment: 'main:*' } }),
      /^delivery\.githubEnvironment: expected the name of a GitHub environment, got "main:\*"/,
    ],
    [
      'a provider of another account',
      () =>
        checkEnvironment({
          ...staging,
          delivery: {
            ...staging.delivery!,
            identityProviderArn: 'arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com',
          },
        }),
      /^delivery\.identityProviderArn: expected GitHub's provider in the account/,
    ],
    [
      'a cluster whose functions would have too long names',
      () => withCluster({ name: 'l'.repeat(45) }),
      /^cluster\.create\.name: expected letters, digits, hyphens and underscores, at most 44/,
    ],
    [
      'a bucket that is none',
      () => checkEnvironment({ ...staging, weightsBucket: { name: 'LLM.weights', storageCidrs: ['10.20.0.0/16'] } }),
      /^weightsBucket\.name: expected 3 to 63 lower-case letters/,
    ],
    [
      'a key by its alias',
      () =>
        checkEnvironment({
          ...staging,
          weightsBucket: {
            name: 'weights',
            existing: true,
            keyArn: 'arn:aws:kms:us-east-1:111111111111:alias/weights',
            storageCidrs: ['10.20.0.0/16'],
          },
        }),
      /^weightsBucket\.keyArn: expected the ARN of a key in us-east-1/,
    ],
    [
      'zones of another region',
      () => withNetwork({ availabilityZones: ['us-west-2a', 'us-west-2b'] }),
      /^network\.create\.availabilityZones: expected zones by name, a region and one letter, got \["us-west-2a","us-west-2b"\]/,
    ],
    [
      'ids of zones',
      () => withNetwork({ availabilityZones: ['use1-az1', 'use1-az2'] }),
      /^network\.create\.availabilityZones: expected zones by name/,
    ],
    [
      'a local zone of a network that exists',
      () => withExisting({ availabilityZones: ['us-east-1a', 'us-east-1-bos-1a'] }),
      /^network\.existing\.availabilityZones: expected zones by name, a region and one letter, got \["us-east-1-bos-1a"\]/,
    ],
    [
      'one zone of a network that exists',
      () => withExisting({ availabilityZones: ['us-east-1a', 'us-east-1a'] }),
      /^network\.existing\.availabilityZones: expected at least two different zones/,
    ],
    [
      'a VPC that is none',
      () => withExisting({ vpcId: 'main' }),
      /^network\.existing\.vpcId: expected the id of a VPC, got "main"/,
    ],
    [
      'subnets that are none',
      () => withExisting({ privateSubnetIds: ['subnet-0a', 'private-b'] }),
      /^network\.existing\.privateSubnetIds: expected ids of subnets, got \["private-b"\]/,
    ],
    [
      'a subnet too few',
      () => withExisting({ privateSubnetIds: ['subnet-0a'] }),
      /^network\.existing\.privateSubnetIds: expected one for each of the 2 zones, got 1/,
    ],
    ['a name with capitals', () => checkEnvironment({ ...staging, name: 'Staging' }), /^name: expected lower-case/],
  ])('refuses %s', (_, check, message) => {
    const problems = check();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(problems[0]).toMatch(/: expected .*, got .*; /s);
  });

  test('a region that is none is reported, whatever names it', () => {
    const problems = checkEnvironment({
      ...staging,
      region: 'us-east-1(',
      alarmTopicArn: 'arn:aws:sns:us-east-1:111111111111:alarms',
    });
    expect(problems[0]).toMatch(/^region: expected an AWS region, got "us-east-1\("/);
  });

  test('lists every problem at once', () => {
    const problems = checkEnvironment({
      ...staging,
      account: '1',
      network: { create: { cidr: 'any', availabilityZones: ['a', 'b'], natGateways: 1 } },
      models: [
        {
          ...chat,
          image: 'vllm',
          accelerator: 'x',
          replicas: 0,
          timings: { preStop: '1s', shutdownTimeout: '60s', terminationGracePeriod: '2s' },
        },
        chat,
      ],
    });
    const paths = problems.map((problem) => problem.split(':')[0]);
    for (const path of [
      'account',
      'network.create.cidr',
      'models',
      'models.chat.image',
      'models.chat.accelerator',
      'models.chat.replicas',
      'models.chat.timings.terminationGracePeriod',
    ]) {
      expect(paths).toContain(path);
    }
  });
});

describe('selectEnvironments', () => {
  const known = [staging, production, rehearsal()];

  test('takes those that are named, else the defaults', () => {
    expect(selectEnvironments(known, ['rehearsal'], ['staging']).map(({ name }) => name)).toEqual(['rehearsal']);
    expect(selectEnvironments(known, [], ['staging', 'production']).map(({ name }) => name)).toEqual([
      'staging',
      'production',
    ]);
  });

  test('fails for names that do not exist and lists those that do', () => {
    expect(() => selectEnvironments(known, ['stagin'], [])).toThrow(
      'environment: expected one of staging, production, rehearsal, got "stagin"; pass one with -c environment=<name>',
    );
  });
});
