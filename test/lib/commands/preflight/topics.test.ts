import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { production, rehearsal, staging } from '../../../../environments';
import type { EnvironmentConfig, ExistingNetwork, NewCluster } from '../../../../lib/environment/environment-config';
import type { NodesConfig, NodeTypeConfig } from '../../../../lib/environment/nodes/node-config';
import { type SubnetFacts } from '../../../../lib/commands/preflight/account-facts';
import { type AccountReader } from '../../../../lib/commands/preflight/aws-account';
import { type CheckResult } from '../../../../lib/commands/preflight/check';
import { checkAccount } from '../../../../lib/commands/preflight/checks';
import { GithubApi, type GithubReader } from '../../../../lib/commands/preflight/github-reader';
import { requirementsOf } from '../../../../lib/commands/preflight/requirements';
import { fixedNames } from '../../../../lib/commands/preflight/topics/names';
import { PlatformStage } from '../../../../lib/stage';
import { testApp } from '../../../support/app';
import { fullEnvironment } from '../../../support/full-environment';
import { FakeAccount, ZONES } from './fake-account';

/** The rows of the report whose check begins with a text. */
async function rows(
  check: string,
  environment: EnvironmentConfig,
  account: Partial<AccountReader> = {},
  github?: GithubReader,
): Promise<CheckResult[]> {
  const reader = Object.assign(new FakeAccount(), { accountId: () => Promise.resolve(environment.account) }, account);
  const results = await checkAccount({
    environment,
    requirements: requirementsOf(environment),
    account: reader,
    github,
  });
  return results.filter((result) => result.check.startsWith(check));
}

/** The one row of a check. */
async function row(...given: Parameters<typeof rows>): Promise<CheckResult> {
  const found = await rows(...given);
  expect(found).toHaveLength(1);
  return found[0];
}

const created = (staging.cluster as { create: NewCluster }).create;
const withCluster = (cluster: Partial<NewCluster>): EnvironmentConfig => ({
  ...staging,
  cluster: { create: { ...created, ...cluster } },
});
const withNodes = (type: NodeTypeConfig, nodes: NodesConfig = {}, instanceType = 'g6e.xlarge'): EnvironmentConfig => ({
  ...withCluster({ nodes: { provisioning: 'karpenter', ...nodes, types: { [instanceType]: type } } }),
  models: [{ ...staging.models[0], accelerator: instanceType }],
});
const withZones = (...availabilityZones: string[]): EnvironmentConfig => ({
  ...staging,
  network: { create: { cidr: '10.20.0.0/16', availabilityZones, natGateways: 1 } },
});

describe('zones', () => {
  test('a name that stands for a zone without EKS is a problem, and those that do are named', async () => {
    expect(await row('Zones', withZones('us-east-1a', 'us-east-1e'))).toMatchObject({
      state: 'problem',
      found: 'us-east-1e is use1-az3, which EKS refuses',
      advice: expect.stringMatching(
        /^choose among us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1f,/,
      ) as string,
    });
    expect(
      await row('Zones', withZones('us-east-1a', 'us-east-1e'), {
        zones: () =>
          Promise.resolve(
            new Map([
              ['us-east-1a', 'use1-az3'],
              ['us-east-1e', 'use1-az1'],
            ]),
          ),
      }),
    ).toMatchObject({ state: 'problem', found: 'us-east-1a is use1-az3, which EKS refuses' });
  });

  test('a zone that the account has not is a problem', async () => {
    expect(await row('Zones', withZones('us-east-1a', 'us-east-1g'))).toMatchObject({
      state: 'problem',
      found: 'us-east-1g is not there',
    });
  });

  test('a cluster that exists has its zones already', async () => {
    const environment = {
      ...rehearsal(),
      account: staging.account,
      network: { existing: { vpcId: 'vpc-1', availabilityZones: ['us-east-1e'], privateSubnetIds: ['subnet-1'] } },
    };
    expect(await row('Zones', environment)).toMatchObject({ state: 'ok', found: 'use1-az3' });
  });

  test('an endpoint without its service in a zone is a problem', async () => {
    const endpointZones = (services: readonly string[]) =>
      Promise.resolve(new Map(services.map((service) => [service, service === 'eks-auth' ? ['us-east-1a'] : ZONES])));
    expect(await row('Endpoints', staging, { endpointZones })).toMatchObject({
      state: 'problem',
      found: 'eks-auth not in us-east-1b, us-east-1c',
    });
    expect(await row('Endpoints', staging, { endpointZones: () => Promise.resolve(new Map()) })).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(/^ec2 not in us-east-1a, us-east-1b, us-east-1c; ecr\.api/) as string,
    });
  });
});

describe('quotas', () => {
  test.each<[string, NodeTypeConfig, string, string[]]>([
    ['on demand', {}, 'g6e.xlarge', ['L-DB2E81BA']],
    ['Spot', { capacity: { kind: 'spot', onDemandFallback: false } }, 'g6e.xlarge', ['L-3819A6DF']],
    ['Spot with on-demand nodes', { capacity: { kind: 'spot' } }, 'g6e.xlarge', ['L-DB2E81BA', 'L-3819A6DF']],
    [
      'reservations, which are on demand',
      { capacity: { kind: 'reservation', reservationIds: ['cr-1'] } },
      'g6e.xlarge',
      ['L-DB2E81BA'],
    ],
    [
      'a block, which counts nowhere',
      { capacity: { kind: 'capacity-block', reservationIds: ['cr-1'] }, availabilityZone: 'us-east-1a' },
      'p5.48xlarge',
      [],
    ],
    ['P4 as Spot', { capacity: { kind: 'spot', onDemandFallback: false } }, 'p4d.24xlarge', ['L-7212CCBC']],
    ['P5 as Spot', { capacity: { kind: 'spot', onDemandFallback: false } }, 'p5.48xlarge', ['L-C4BD4855']],
    ['Inferentia', {}, 'inf2.xlarge', ['L-1945791B']],
    ['Inferentia as Spot', { capacity: { kind: 'spot', onDemandFallback: false } }, 'inf2.xlarge', ['L-B5D1601B']],
    ['Trainium', {}, 'trn1.2xlarge', ['L-2C3B7624']],
    ['Trainium as Spot', { capacity: { kind: 'spot', onDemandFallback: false } }, 'trn1.2xlarge', ['L-6B0D517C']],
  ])('of nodes: %s', (_, type, instanceType, codes) => {
    expect(
      requirementsOf(withNodes(type, {}, instanceType))
        .vcpus.map(({ quota }) => quota?.code)
        .filter((code) => code !== 'L-1216C47A'),
    ).toEqual(codes);
  });

  test('a family whose quota is not known is not left out', async () => {
    expect(
      await row(
        'Quota: Spot',
        withNodes({ capacity: { kind: 'spot', onDemandFallback: false } }, {}, 'p6-b200.48xlarge'),
      ),
    ).toMatchObject({
      check: 'Quota: Spot p6-b200.48xlarge',
      found: 'unknown',
      state: 'warning',
      advice: expect.stringMatching(/^look up the quota for 3 × p6-b200\.48xlarge/) as string,
    });
  });
});

describe('what nodes are bought from', () => {
  const facts = { state: 'active', isBlock: false, instanceType: 'g6e.xlarge', zone: 'us-east-1a', instances: 3 };
  const reserved = withNodes({ capacity: { kind: 'reservation', reservationIds: ['cr-1'] } });
  const reservations = (change: Partial<typeof facts>) => ({
    reservations: () => Promise.resolve(new Map([['cr-1', { ...facts, ...change }]])),
  });

  test.each<[string, Partial<AccountReader>, Partial<CheckResult>]>([
    ['that fits', reservations({}), { state: 'ok', found: '3 instances' }],
    ['that is not there', {}, { state: 'problem', found: 'cr-1 is not there; 0 instances' }],
    [
      'of another type',
      reservations({ instanceType: 'g6.xlarge' }),
      { state: 'problem', found: 'cr-1 is of g6.xlarge' },
    ],
    ['in another zone', reservations({ zone: 'us-east-1f' }), { state: 'problem', found: 'cr-1 is in us-east-1f' }],
    ['that has ended', reservations({ state: 'expired' }), { state: 'problem', found: 'cr-1 is expired' }],
    ['that is a block', reservations({ isBlock: true }), { state: 'problem', found: 'cr-1 is a capacity block' }],
    ['that is too small', reservations({ instances: 2 }), { state: 'problem', found: '2 instances' }],
  ])('a reservation %s', async (_, account, expected) => {
    expect(await row('Capacity reservations: g6e.xlarge', reserved, account)).toMatchObject(expected);
  });

  test('on-demand nodes make up for a reservation that is too small', async () => {
    expect(
      await row(
        'Capacity reservations',
        withNodes({ capacity: { kind: 'reservation', reservationIds: ['cr-1'], onDemandFallback: true } }),
        reservations({ instances: 1 }),
      ),
    ).toMatchObject({ state: 'ok' });
  });

  test('a block is one, in the zone of the nodes', async () => {
    const environment = withNodes({
      capacity: { kind: 'capacity-block', reservationIds: ['cr-1'] },
      availabilityZone: 'us-east-1b',
    });
    expect(await row('Capacity block: g6e.xlarge', environment, reservations({ isBlock: true }))).toMatchObject({
      needed: '3 in us-east-1b',
      state: 'problem',
      found: 'cr-1 is in us-east-1a',
    });
    expect(
      await row('Capacity block: g6e.xlarge', environment, reservations({ isBlock: true, zone: 'us-east-1b' })),
    ).toMatchObject({ state: 'ok' });
  });

  test('a snapshot is completed', async () => {
    const environment = withNodes({ imageAcceleration: { snapshotId: 'snap-1' } });
    expect(await row('Snapshot of images', environment)).toMatchObject({ state: 'problem', found: 'none' });
    expect(
      await row('Snapshot of images', environment, { snapshotState: () => Promise.resolve('pending') }),
    ).toMatchObject({ state: 'problem', found: 'pending' });
    expect(
      await row('Snapshot of images', environment, { snapshotState: () => Promise.resolve('completed') }),
    ).toMatchObject({ state: 'ok' });
  });

  test('Karpenter starts Spot nodes only where the service has its role', async () => {
    const environment = withNodes(
      { capacity: { kind: 'spot', onDemandFallback: false } },
      { provisioning: 'karpenter' },
    );
    expect(await row('Role of the Spot service', environment)).toMatchObject({
      state: 'problem',
      advice: 'aws iam create-service-linked-role --aws-service-name spot.amazonaws.com',
    });
    expect(
      await row('Role of the Spot service', environment, { principal: (arn) => Promise.resolve(arn) }),
    ).toMatchObject({ state: 'ok' });
    expect(
      await rows(
        'Role of the Spot service',
        withNodes({ capacity: { kind: 'spot', onDemandFallback: false } }, { provisioning: 'managed-groups' }),
      ),
    ).toEqual([]);
  });
});

describe('a network and a cluster that exist', () => {
  const network: ExistingNetwork = {
    vpcId: 'vpc-1',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    privateSubnetIds: ['subnet-1', 'subnet-2'],
  };
  const environment: EnvironmentConfig = { ...staging, network: { existing: network } };
  const good: SubnetFacts = { vpcId: 'vpc-1', zone: 'us-east-1a', zoneId: 'use1-az4', freeAddresses: 4000 };
  const subnets = (second: Partial<SubnetFacts>) => ({
    subnets: () =>
      Promise.resolve(
        new Map([
          ['subnet-1', good],
          ['subnet-2', { ...good, zone: 'us-east-1b', zoneId: 'use1-az6', ...second }],
        ]),
      ),
  });

  test.each<[string, Partial<AccountReader>, Partial<CheckResult>]>([
    ['that fit', subnets({}), { state: 'ok' }],
    ['of another VPC', subnets({ vpcId: 'vpc-2' }), { state: 'problem', found: 'subnet-2 is in vpc-2' }],
    [
      'in another zone',
      subnets({ zone: 'us-east-1c' }),
      { state: 'problem', found: 'subnet-2 is in us-east-1c, not us-east-1b' },
    ],
    [
      'in a zone without EKS',
      subnets({ zoneId: 'use1-az3' }),
      { state: 'problem', found: 'subnet-2 is in use1-az3, which EKS refuses' },
    ],
    ['that are full', subnets({ freeAddresses: 4 }), { state: 'problem', found: 'subnet-2 has 4 free addresses' }],
    [
      'that are not there',
      { subnets: () => Promise.resolve(new Map([['subnet-1', good]])) },
      { state: 'problem', found: 'subnet-2 is not there' },
    ],
  ])('subnets %s', async (_, account, expected) => {
    expect(await row('Private subnets', environment, account)).toMatchObject(expected);
  });

  test.each<[string, Awaited<ReturnType<AccountReader['vpc']>>, Partial<CheckResult>]>([
    ['that is not there', undefined, { state: 'problem', found: 'none' }],
    ['without DNS', { cidrs: ['10.0.0.0/16'], hasDns: false }, { state: 'problem', found: 'without DNS' }],
    [
      'with a range of the internet',
      { cidrs: ['10.0.0.0/16', '11.0.0.0/16'], hasDns: true },
      { state: 'warning', found: '10.0.0.0/16, 11.0.0.0/16' },
    ],
    ['that fits', { cidrs: ['10.0.0.0/16'], hasDns: true }, { state: 'ok' }],
  ])('a VPC %s', async (_, vpc, expected) => {
    expect(await row('VPC vpc-1', environment, { vpc: () => Promise.resolve(vpc) })).toMatchObject(expected);
  });

  test.each<[string, Awaited<ReturnType<AccountReader['cluster']>>, Partial<CheckResult>]>([
    ['that is not there', undefined, { state: 'problem', found: 'none' }],
    [
      'without access entries',
      { endpoint: 'https://127.0.0.1:6443', vpcId: 'vpc-00000000000000000', authenticationMode: 'CONFIG_MAP' },
      { state: 'problem', found: 'authentication mode CONFIG_MAP' },
    ],
    [
      'in another VPC, under another endpoint',
      { endpoint: 'https://other', vpcId: 'vpc-2', authenticationMode: 'API' },
      { state: 'problem', found: 'endpoint https://other; in vpc-2' },
    ],
    [
      'that fits',
      { endpoint: 'https://127.0.0.1:6443', vpcId: 'vpc-00000000000000000', authenticationMode: 'API_AND_CONFIG_MAP' },
      { state: 'ok' },
    ],
  ])('a cluster %s', async (_, cluster, expected) => {
    expect(await row('Cluster rehearsal', rehearsal(), { cluster: () => Promise.resolve(cluster) })).toMatchObject(
      expected,
    );
  });
});

describe('names', () => {
  const everything: Partial<AccountReader> = {
    cluster: () => Promise.resolve({ endpoint: '', vpcId: '', authenticationMode: 'API' }),
    hasLogGroup: () => Promise.resolve(true),
    principal: (arn) => Promise.resolve(arn),
  };

  test('what is left over stops the creation', async () => {
    const found = await rows('Name of', staging, everything);
    expect(found.map(({ state, found: text }) => `${state} ${text}`)).toEqual(Array(4).fill('problem taken'));
    expect(found[2].advice).toContain('aws logs delete-log-group --log-group-name /llm-platform/staging/metrics');
  });

  test("what an earlier deployment made is the environment's own; what another stack made is not", async () => {
    const stackOf = (id: string) =>
      Promise.resolve(
        `staging-${{ '/llm-platform/staging/metrics': 'Observability', 'llm-staging-deploy': 'Delivery' }[id] ?? 'Cluster'}`,
      );
    expect((await rows('Name of', staging, { ...everything, stackOf })).map(({ state }) => state)).toEqual(
      Array(4).fill('ok'),
    );
    expect(
      await row('Name of the cluster', staging, { ...everything, stackOf: () => Promise.resolve('other-Cluster') }),
    ).toMatchObject({ state: 'problem', found: 'of other-Cluster' });
  });

  test.each([staging, fullEnvironment])('$name asks for every name that its templates write down', (environment) => {
    // Functions, queues and alarms go with their stack, whatever becomes of it.
    const properties: Readonly<Record<string, string>> = {
      'AWS::EKS::Cluster': 'Name',
      'AWS::IAM::Role': 'RoleName',
      'AWS::Logs::LogGroup': 'LogGroupName',
      'AWS::S3::Bucket': 'BucketName',
    };
    const stage = new PlatformStage(testApp(), environment.name, { environment });
    const literal = (stage.node.children as Stack[]).flatMap((stack) =>
      Object.values(
        Template.fromStack(stack).toJSON().Resources as Record<
          string,
          { Type: string; Properties?: Record<string, unknown> }
        >,
      )
        .map(({ Type, Properties }) => ({ stack: stack.node.id, name: Properties?.[properties[Type]] }))
        .filter(({ name }) => typeof name === 'string' && !name.startsWith('/aws/lambda/')),
    );
    const asked = [
      ...fixedNames(environment).map(({ name, stack }) => ({ stack, name })),
      ...(environment.weightsBucket ? [{ stack: 'Data', name: environment.weightsBucket.name }] : []),
    ];
    const inOrder = (list: readonly { stack: string; name: unknown }[]) =>
      list.map(({ stack, name }) => `${stack} ${String(name)}`).sort();
    expect(inOrder(literal)).toEqual(inOrder(asked));
  });
});

describe('principals', () => {
  test('that do not exist are named, as are those under another path', async () => {
    const environment = withCluster({
      operators: ['arn:aws:iam::111111111111:role/gone', 'arn:aws:iam::111111111111:role/people'],
      breakGlass: [],
    });
    const principal = (arn: string) =>
      Promise.resolve(arn.endsWith('people') ? 'arn:aws:iam::111111111111:role/team/people' : undefined);
    expect(await row('IAM principals', environment, { principal })).toMatchObject({
      state: 'problem',
      found: 'role/gone is not there; role/people is role/team/people',
    });
  });

  test('of another account cannot be asked for, which is said', async () => {
    const asked: string[] = [];
    const environment = withCluster({
      operators: ['arn:aws:iam::333333333333:role/people'],
      breakGlassFederated: ['arn:aws:iam::111111111111:user/anna'],
      breakGlass: [],
    });
    const principal = (arn: string) => {
      asked.push(arn);
      return Promise.resolve(arn);
    };
    expect(await row('IAM principals', environment, { principal })).toMatchObject({
      needed: '2 of operators, breakGlassFederated',
      state: 'warning',
      found: 'unknown: role/people of 333333333333',
    });
    expect(asked).not.toContain('arn:aws:iam::333333333333:role/people');
  });
});

describe('the default key of volumes', () => {
  const KEY = 'arn:aws:kms:us-east-1:111111111111:key/1';
  const underKey = (key: Awaited<ReturnType<AccountReader['key']>>) => ({
    defaultVolumeKey: () => Promise.resolve(KEY),
    key: () => Promise.resolve(key),
  });

  test('of the account needs a grant', async () => {
    const { state, advice } = await row('Default key', staging, underKey({ enabled: true, awsManaged: false }));
    expect(state).toBe('warning');
    expect(advice).toMatch(
      /aws kms create-grant --region us-east-1 --key-id \S+ --grantee-principal arn:aws:iam::111111111111:role\/aws-service-role\/autoscaling\.amazonaws\.com\/AWSServiceRoleForAutoScaling/,
    );
  });

  test.each([
    [undefined, 'problem'],
    [{ enabled: false, awsManaged: false }, 'problem'],
    [{ enabled: true, awsManaged: true }, 'ok'],
  ])('%j: %s', async (key, state) => {
    expect(await row('Default key', staging, underKey(key))).toMatchObject({ state });
  });
});

describe('weights', () => {
  const made: EnvironmentConfig = { ...staging, weightsBucket: { name: 'weights', storageCidrs: ['10.20.0.0/16'] } };
  const own: EnvironmentConfig = {
    ...staging,
    weightsBucket: {
      name: 'weights',
      existing: true,
      keyArn: 'arn:aws:kms:us-east-1:111111111111:key/1',
      storageCidrs: ['10.20.0.0/16'],
    },
  };

  test.each<[string, EnvironmentConfig, Partial<AccountReader>, Partial<CheckResult>]>([
    ['a name that is free', made, {}, { state: 'ok', found: 'free' }],
    [
      'a name that another account has',
      made,
      { bucket: () => Promise.resolve('forbidden') },
      { state: 'problem', found: 'taken by another account' },
    ],
    ['a bucket left over', made, { bucket: () => Promise.resolve('here') }, { state: 'problem', found: 'taken' }],
    [
      'its own bucket',
      made,
      { bucket: () => Promise.resolve('here'), stackOf: () => Promise.resolve('staging-Data') },
      { state: 'ok', found: 'deployed already' },
    ],
    ['a bucket that exists', own, { bucket: () => Promise.resolve('here') }, { state: 'ok' }],
    ['a bucket that should exist', own, {}, { state: 'problem', found: 'none' }],
    [
      'a bucket of another region',
      own,
      { bucket: () => Promise.resolve('elsewhere') },
      { state: 'problem', found: 'in another region' },
    ],
  ])('%s', async (_, environment, account, expected) => {
    expect(await row('Bucket of weights', environment, account)).toMatchObject(expected);
  });

  test('the key of a bucket that exists is there and enabled', async () => {
    expect(await row('Key of the weights', own)).toMatchObject({ state: 'problem', found: 'none' });
    expect(
      await row('Key of the weights', own, { key: () => Promise.resolve({ enabled: false, awsManaged: false }) }),
    ).toMatchObject({ state: 'problem', found: 'disabled' });
    expect(
      await row('Key of the weights', own, { key: () => Promise.resolve({ enabled: true, awsManaged: false }) }),
    ).toMatchObject({ state: 'ok' });
  });
});

describe('the topic of alarms', () => {
  const environment: EnvironmentConfig = { ...staging, alarmTopicArn: 'arn:aws:sns:us-east-1:111111111111:alarms' };
  const policy = (Principal: unknown) =>
    JSON.stringify({ Statement: [{ Effect: 'Allow', Principal, Action: 'sns:Publish' }] });
  const open = policy({ Service: 'cloudwatch.amazonaws.com' });
  const enabled = { enabled: true, awsManaged: false };

  test.each<[string, Partial<AccountReader>, Partial<CheckResult>]>([
    ['is not there', {}, { state: 'problem', found: 'none' }],
    ['lets CloudWatch publish', { topic: () => Promise.resolve({ policy: open }) }, { state: 'ok' }],
    ['has its first policy', { topic: () => Promise.resolve({ policy: policy({ AWS: '*' }) }) }, { state: 'ok' }],
    [
      'lets only others publish',
      { topic: () => Promise.resolve({ policy: policy({ Service: ['events.amazonaws.com'] }) }) },
      { state: 'problem', found: 'not open' },
    ],
    [
      "is under AWS's own key",
      {
        topic: () => Promise.resolve({ policy: open, key: 'alias/aws/sns' }),
        key: () => Promise.resolve({ enabled: true, awsManaged: true }),
      },
      { state: 'problem', found: 'under alias/aws/sns' },
    ],
    [
      'is under a key that does not let it',
      { topic: () => Promise.resolve({ policy: open, key: 'key' }), key: () => Promise.resolve(enabled) },
      { state: 'problem', found: 'under key' },
    ],
    [
      'is under a key that does',
      {
        topic: () => Promise.resolve({ policy: open, key: 'key' }),
        key: () => Promise.resolve(enabled),
        keyPolicy: () => Promise.resolve(open),
      },
      { state: 'ok' },
    ],
  ])('%s', async (_, account, expected) => {
    expect(await row('Topic of alarms', environment, account)).toMatchObject(expected);
  });
});

describe('delivery', () => {
  const PROVIDER = 'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com';
  const existing = {
    identityProviders: () => Promise.resolve(['arn:aws:iam::111111111111:oidc-provider/other', PROVIDER]),
  };

  test('a provider that the account has already is named', async () => {
    expect(await row('Identity provider', staging, existing)).toMatchObject({
      state: 'problem',
      found: PROVIDER,
      advice: expect.stringContaining(`set delivery.identityProviderArn to ${PROVIDER}`) as string,
    });
    expect(
      await row('Identity provider', staging, { ...existing, stackOf: () => Promise.resolve('staging-Delivery') }),
    ).toMatchObject({ state: 'ok', found: 'deployed already' });
    const named = { ...staging, delivery: { ...staging.delivery!, identityProviderArn: PROVIDER } };
    expect(await row('Identity provider', named, existing)).toMatchObject({ state: 'ok' });
    expect(await row('Identity provider', named)).toMatchObject({ state: 'problem', found: 'none' });
  });

  const OWN = 'repo:cdk-llm-platform@123456/cdk-llm-platform@456789';
  /** GitHub, as it answers. */
  const github = (body: object, status = 200) =>
    new GithubApi('token', ((url: string, { headers }: { headers: Record<string, string> }) => {
      expect([url, headers.authorization]).toEqual([
        'https://api.github.com/repos/cdk-llm-platform/cdk-llm-platform/actions/oidc/customization/sub',
        'Bearer token',
      ]);
      return Promise.resolve(new Response(JSON.stringify(body), { status }));
    }) as typeof fetch);

  test.each<[string, object, Partial<CheckResult>]>([
    [
      'the same',
      { use_default: true, use_immutable_subject: true, sub_claim_prefix: OWN },
      { state: 'ok', needed: OWN },
    ],
    [
      'names only',
      { use_default: true, use_immutable_subject: false, sub_claim_prefix: 'repo:cdk-llm-platform/cdk-llm-platform' },
      { state: 'problem', found: 'repo:cdk-llm-platform/cdk-llm-platform' },
    ],
    [
      'a template',
      { use_default: false, include_claim_keys: ['repo'] },
      { state: 'problem', found: 'a template of the repository' },
    ],
    ['nothing', { use_default: true }, { state: 'warning', found: 'unknown' }],
  ])('GitHub sends %s', async (_, body, expected) => {
    expect(await row('Subject', staging, {}, github(body))).toMatchObject(expected);
  });

  test('what GitHub refuses is unknown; without a token it is not asked', async () => {
    expect(await row('Subject', staging, {}, github({}, 404))).toMatchObject({
      state: 'unknown',
      advice: expect.stringContaining('GitHub answers 404 for cdk-llm-platform/cdk-llm-platform') as string,
    });
    expect(await rows('Subject', staging)).toEqual([]);
  });
});

test("images of Docker Hub are a warning, copies of one's own are none", async () => {
  expect(await row('Images of Docker Hub', staging)).toMatchObject({
    state: 'warning',
    found: 'vllm/vllm-openai:v0.32.0',
  });
  expect(await rows('Images of Docker Hub', production)).toEqual([]);
});
