import { Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { production, staging } from '../../../../environments';
import type { EnvironmentConfig } from '../../../../lib/environment/environment-config';
import { type AccountReader } from '../../../../lib/commands/preflight/aws-account';
import { requirementsOf } from '../../../../lib/commands/preflight/requirements';
import { preflightCommand } from '../../../../lib/commands/preflight/preflight-command';
import { ClusterStack } from '../../../../lib/stacks/cluster-stack';
import { NetworkStack } from '../../../../lib/stacks/network-stack';
import { testApp } from '../../../support/app';
import { FakeAccount, ZONES } from './fake-account';

async function run(
  account: Partial<AccountReader> = {},
  environments: readonly EnvironmentConfig[] = [staging],
  name = 'staging',
): Promise<string> {
  const printed: string[] = [];
  await preflightCommand({
    environments,
    account: () => Object.assign(new FakeAccount(), account),
    print: (text) => printed.push(text),
  })
    .exitOverride()
    .parseAsync([name], { from: 'user' });
  return printed.join('\n');
}

afterEach(() => {
  process.exitCode = undefined;
});

test('an account that is ready', async () => {
  expect(`\n${await run()}\n`).toMatchInlineSnapshot(`
"
staging: account 111111111111, us-east-1

┌─────────────────────────────────────────────┬────────────────────────────────────┬───────────────────────────────────┬─────────┐
│ Check                                       │ Needed                             │ Found                             │ Result  │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ CDK bootstrap                               │ version 23 or newer                │ version 30                        │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Zones                                       │ us-east-1a, us-east-1b, us-east-1c │ use1-az4, use1-az6, use1-az1      │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Endpoints of AWS services                   │ 6 in each zone                     │ in all                            │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Offered: g6e.xlarge                         │ us-east-1a, us-east-1b, us-east-1c │ in all                            │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Offered: m7i.xlarge                         │ us-east-1a, us-east-1b, us-east-1c │ in all                            │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Quota: running on-demand G and VT instances │ 24 vCPU (6 × g6e.xlarge)           │ 64 vCPU                           │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Quota: running on-demand standard instances │ 24 vCPU (6 × m7i.xlarge)           │ 640 vCPU                          │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Quota: Elastic IP addresses                 │ 1 of NAT gateways                  │ 5 free of 5                       │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Quota: VPCs                                 │ 1                                  │ 4 free of 5                       │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Name of the cluster                         │ llm-staging                        │ free                              │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Name of the role                            │ llm-staging-break-glass            │ free                              │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Name of the log group                       │ /llm-platform/staging/metrics      │ free                              │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Name of the role                            │ llm-staging-deploy                 │ free                              │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ IAM principals                              │ 2 of operators, breakGlass         │ all                               │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Default key of volumes                      │ usable by nodes                    │ AWS's own                         │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Identity provider for GitHub                │ none, or this environment's        │ none                              │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Images of Docker Hub                        │ within 100 pulls in 6 h            │ vllm/vllm-openai:v0.32.0          │ warning │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Version: Kubernetes                         │ 1.36                               │ standard support until 2027-08-02 │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Version: eks-pod-identity-agent             │ v1.3.10-eksbuild.3                 │ newest                            │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Version: vpc-cni                            │ v1.22.4-eksbuild.3                 │ newest                            │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Version: kube-proxy                         │ v1.36.0-eksbuild.21                │ newest                            │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Version: coredns                            │ v1.14.3-eksbuild.16                │ newest                            │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Version: aws-ebs-csi-driver                 │ v1.63.1-eksbuild.1                 │ newest                            │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Version: eks-node-monitoring-agent          │ v1.6.5-eksbuild.1                  │ newest                            │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Image: system nodes                         │ 1.63.0-00000000                    │ newest                            │ ok      │
├─────────────────────────────────────────────┼────────────────────────────────────┼───────────────────────────────────┼─────────┤
│ Image: nodes g6e.xlarge                     │ v1.63.0                            │ newest                            │ ok      │
└─────────────────────────────────────────────┴────────────────────────────────────┴───────────────────────────────────┴─────────┘

What to do
  Images of Docker Hub
    all nodes share the address of a NAT gateway, and each new node pulls: copy the images to a registry of yours, or pull them through a cache of Amazon ECR (docs/guides/models.md)

GPU nodes: 7.44 USD/h (5,434 USD a month), up to 11.17 USD/h (8,151 USD a month)
  4 × g6e.xlarge, 6 while models roll out: 7.44 USD/h (5,434 USD a month), up to 11.17 USD/h (8,151 USD a month)
  Linux on-demand, us-east-1: pkg/providers/pricing/zz_generated.pricing_aws.go of karpenter-provider-aws, generated 2026-07-20

Ready to deploy.
"
`);
  expect(process.exitCode).toBeUndefined();
});

describe('what is not ready, with what to do', () => {
  test.each<[string, Partial<AccountReader>, RegExp]>([
    [
      'no bootstrap',
      { bootstrapVersion: () => Promise.resolve(undefined) },
      /npx cdk bootstrap aws:\/\/111111111111\/us-east-1/,
    ],
    ['an old bootstrap', { bootstrapVersion: () => Promise.resolve(22) }, /version 22 .*PROBLEM/],
    [
      'too few GPUs',
      { quota: () => Promise.resolve(16) },
      /request-service-quota-increase --region us-east-1 --service-code ec2 --quota-code L-DB2E81BA --desired-value 24/,
    ],
    [
      'no address left',
      { addresses: () => Promise.resolve([undefined, undefined, undefined, undefined, undefined]) },
      /quota-code L-0263D0A3 --desired-value 6/,
    ],
    [
      'no VPC left',
      { vpcs: () => Promise.resolve(Array<undefined>(5).fill(undefined)) },
      /quota-code L-F678F1CE --desired-value 6/,
    ],
    [
      'a type that no zone has',
      { offeredZones: () => Promise.resolve(new Map()) },
      /choose zones or an instance type for g6e.xlarge/,
    ],
    [
      'no such Kubernetes',
      { kubernetesReleases: () => Promise.resolve([{ version: '1.35', standardSupport: true }]) },
      /Version: Kubernetes\n +take one of 1\.35/,
    ],
    [
      'a right that is missing',
      { quota: () => Promise.reject(new Error('not authorized to perform: servicequotas:GetServiceQuota')) },
      /could not be read: not authorized[^]*Not ready: 4 unknown/,
    ],
  ])('%s', async (_, account, text) => {
    expect(await run(account)).toMatch(text);
    expect(process.exitCode).toBe(1);
  });

  test('a type that one zone lacks is a warning', async () => {
    const text = await run({
      offeredZones: (types) =>
        Promise.resolve(new Map(types.map((type) => [type, ['us-east-1a', 'us-east-1c', 'us-east-1f']]))),
    });
    expect(text).toMatch(/only us-east-1a, us-east-1c .*warning/);
    expect(process.exitCode).toBeUndefined();
  });

  test('what an earlier deployment took counts as its own', async () => {
    const full = ['staging-Network', undefined, undefined, undefined, undefined];
    expect(await run({ vpcs: () => Promise.resolve(full), addresses: () => Promise.resolve(full) })).toContain(
      'Ready to deploy.',
    );
  });
});

describe('what ends it at once', () => {
  test.each<[string, Partial<AccountReader>, string]>([
    [
      'no credentials',
      { accountId: () => Promise.reject(new Error('Could not load credentials from any providers')) },
      'credentials: expected some for account 111111111111, got none that work',
    ],
    [
      'another account',
      { accountId: () => Promise.resolve('999999999999') },
      'credentials: expected account 111111111111 of staging, got 999999999999',
    ],
    [
      'no connection',
      { accountId: () => Promise.reject(Object.assign(new Error(''), { code: 'ECONNREFUSED' })) },
      'AWS: expected an answer, got none: ECONNREFUSED; check the connection',
    ],
  ])('%s', async (_, account, message) => {
    await expect(run(account)).rejects.toThrow(message);
  });

  test('no such environment', async () => {
    await expect(run({}, [staging, production], 'nowhere')).rejects.toThrow(
      'environment: expected staging, production, got "nowhere"',
    );
  });
});

describe('what an environment needs', () => {
  test('P instances have a quota of their own, and a price that is unknown is said to be', async () => {
    const models = [{ ...staging.models[0], accelerator: 'p5e.48xlarge' }];
    const text = await run({}, [{ ...staging, models }]);
    expect(text).toMatch(/running on-demand P instances .* 576 vCPU \(3 × p5e.48xlarge\) .* PROBLEM/);
    expect(text).toContain('0.00 USD/h (0 USD a month) and what has no known price');
  });

  test('an environment with its own VPC and cluster needs neither', () => {
    const existing = { vpcId: 'vpc-1', availabilityZones: ZONES, privateSubnetIds: [] };
    const cluster = {
      name: 'own',
      endpoint: 'https://own',
      certificateAuthority: '',
      securityGroupId: 'sg-1',
      provides: { kinds: [], accelerators: [], endpoints: [] },
    };
    expect(requirementsOf({ ...staging, network: { existing }, cluster: { existing: cluster } })).toMatchObject({
      vcpus: [],
      instanceTypes: [],
      addresses: 0,
      vpcs: 0,
    });
  });

  test('is what the Cluster stack asks for', () => {
    const stage = new Stage(testApp(), 'Test', { env: { account: staging.account, region: staging.region } });
    if (!('create' in staging.network)) throw new Error('staging makes its own network');
    const { vpc } = new NetworkStack(stage, 'Network', { environment: staging, network: staging.network.create });
    const template = Template.fromStack(new ClusterStack(stage, 'Cluster', { environment: staging, vpc }));
    template.hasResourceProperties('AWS::EKS::Cluster', { Version: '1.36' });
    template.hasResourceProperties('AWS::EKS::Nodegroup', {
      InstanceTypes: ['m7i.xlarge'],
      ScalingConfig: { DesiredSize: 2 },
    });
    const { vcpus } = requirementsOf(staging);
    // An update starts up to two system nodes in each of their two zones before it ends old ones; GPU nodes are within the limit of their pool.
    expect(vcpus.map(({ nodes }) => nodes)).toEqual(['6 × g6e.xlarge', '6 × m7i.xlarge']);
  });
});
