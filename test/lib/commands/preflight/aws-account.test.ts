import * as http from 'node:http';
import { type AddressInfo } from 'node:net';
import { AwsAccount } from '../../../../lib/commands/preflight/aws-account';

interface Answer {
  readonly status?: number;
  readonly body: string;
}

const tags = (stack: string) =>
  `<tagSet><item><key>aws:cloudformation:stack-name</key><value>${stack}</value></item></tagSet>`;
const json = (body: object, status = 200): Answer => ({ status, body: JSON.stringify(body) });

const ec2Error = (code: string): Answer => ({
  status: 400,
  body: `<Response><Errors><Error><Code>${code}</Code><Message>${code}</Message></Error></Errors><RequestID>1</RequestID></Response>`,
});

/** What AWS answers, by a part of the request. */
const ANSWERS: readonly [RegExp, Answer][] = [
  [
    /GetCallerIdentity/,
    {
      body: '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
    },
  ],
  [/GetParameter[^]*image_version/, json({ Parameter: { Value: '1.63.0-6154605b' } })],
  [/GetParameter/, json({ __type: 'ParameterNotFound' }, 400)],
  [/GetServiceQuota[^]*L-CHANGED/, json({ Quota: { Value: 96 } })],
  [/GetServiceQuota[^]*L-DEFAULT/, json({ __type: 'NoSuchResourceException' }, 400)],
  [/GetServiceQuota[^]*L-SECRET/, json({ __type: 'AccessDeniedException', message: 'not authorized' }, 400)],
  [/GetAWSDefaultServiceQuota/, json({ Quota: { Value: 5 } })],
  [
    /DescribeVpcs[^]*NextToken=more/,
    { body: `<R><vpcSet><item><vpcId>vpc-2</vpcId>${tags('staging-Network')}</item></vpcSet></R>` },
  ],
  [/DescribeVpcs/, { body: '<R><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet><nextToken>more</nextToken></R>' }],
  [/DescribeAddresses/, { body: `<R><addressesSet><item>${tags('staging-Network')}</item></addressesSet></R>` }],
  [
    /DescribeInstanceTypeOfferings/,
    {
      body: '<R><instanceTypeOfferingSet><item><instanceType>g6e.xlarge</instanceType><location>us-east-1a</location></item></instanceTypeOfferingSet></R>',
    },
  ],
  [
    /DescribeAvailabilityZones[^]*zone-type/,
    {
      body: '<R><availabilityZoneInfo><item><zoneName>us-east-1a</zoneName><zoneId>use1-az3</zoneId></item></availabilityZoneInfo></R>',
    },
  ],
  [
    /DescribeVpcEndpointServices[^]*com.amazonaws.us-east-1.ecr.api/,
    {
      body: '<R><serviceDetailSet><item><serviceName>com.amazonaws.us-east-1.ecr.api</serviceName><availabilityZoneSet><item>us-east-1a</item></availabilityZoneSet></item></serviceDetailSet></R>',
    },
  ],
  [
    /DescribeSubnets/,
    {
      body: '<R><subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-east-1a</availabilityZone><availabilityZoneId>use1-az3</availabilityZoneId><availableIpAddressCount>250</availableIpAddressCount></item></subnetSet></R>',
    },
  ],
  [
    /DescribeVpcAttribute[^]*enableDnsSupport/,
    { body: '<R><enableDnsSupport><value>true</value></enableDnsSupport></R>' },
  ],
  [/DescribeVpcAttribute/, { body: '<R><enableDnsHostnames><value>false</value></enableDnsHostnames></R>' }],
  [
    /DescribeCapacityReservations/,
    {
      body:
        '<R><capacityReservationSet>' +
        '<item><capacityReservationId>cr-1</capacityReservationId><state>active</state><reservationType>capacity-block</reservationType><instanceType>p5.48xlarge</instanceType><availabilityZone>us-east-1a</availabilityZone><totalInstanceCount>2</totalInstanceCount></item>' +
        '<item><capacityReservationId>cr-2</capacityReservationId></item></capacityReservationSet></R>',
    },
  ],
  [
    /DescribeSnapshots[^]*snap-1/,
    {
      body: '<R><snapshotSet><item><snapshotId>snap-1</snapshotId><status>completed</status></item></snapshotSet></R>',
    },
  ],
  [/DescribeSnapshots/, ec2Error('InvalidSnapshot.NotFound')],
  [/GetEbsDefaultKmsKeyId/, { body: '<R><kmsKeyId>alias/aws/ebs</kmsKeyId></R>' }],
  [/TrentService.DescribeKey[^]*gone/, json({ __type: 'NotFoundException' }, 400)],
  [/TrentService.DescribeKey/, json({ KeyMetadata: { KeyId: 'key-1', Enabled: true, KeyManager: 'AWS' } })],
  [/TrentService.GetKeyPolicy[^]*key-1/, json({ Policy: '{"Statement":[]}' })],
  [
    /GetRole&[^]*RoleName=people/,
    {
      body: '<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::111111111111:role/team/people</Arn></Role></GetRoleResult></GetRoleResponse>',
    },
  ],
  [
    /GetUser&[^]*UserName=anna/,
    {
      body: '<GetUserResponse><GetUserResult><User><Arn>arn:aws:iam::111111111111:user/anna</Arn></User></GetUserResult></GetUserResponse>',
    },
  ],
  [
    /GetRole&|GetUser&/,
    {
      status: 404,
      body: '<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>',
    },
  ],
  [
    /ListOpenIDConnectProviders/,
    {
      body: '<ListOpenIDConnectProvidersResponse><ListOpenIDConnectProvidersResult><OpenIDConnectProviderList><member><Arn>arn:provider</Arn></member></OpenIDConnectProviderList></ListOpenIDConnectProvidersResult></ListOpenIDConnectProvidersResponse>',
    },
  ],
  [
    /GetTopicAttributes[^]*gone/,
    {
      status: 404,
      body: '<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error></ErrorResponse>',
    },
  ],
  [
    /GetTopicAttributes/,
    {
      body: '<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>Policy</key><value>{}</value></entry><entry><key>KmsMasterKeyId</key><value>alias/aws/sns</value></entry></Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>',
    },
  ],
  [/^\/own/, { body: '' }],
  [/^\/free/, { status: 404, body: '' }],
  [/^\/foreign/, { status: 403, body: '' }],
  [/^\/far/, { status: 301, body: '' }],
  [
    /DescribeLogGroups/,
    json({ logGroups: [{ logGroupName: '/aws/eks/llm/cluster-2' }, { logGroupName: '/aws/eks/llm/cluster' }] }),
  ],
  [
    /^\/clusters\/llm /,
    json({
      cluster: {
        endpoint: 'https://llm',
        resourcesVpcConfig: { vpcId: 'vpc-1' },
        accessConfig: { authenticationMode: 'API' },
      },
    }),
  ],
  [/^\/clusters\/none /, json({ __type: 'ResourceNotFoundException' }, 404)],
  [
    /DescribeStackResources[^]*PhysicalResourceId=llm/,
    {
      body:
        '<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources>' +
        '<member><StackName>staging-Cluster</StackName><PhysicalResourceId>other</PhysicalResourceId></member>' +
        '</StackResources></DescribeStackResourcesResult></DescribeStackResourcesResponse>',
    },
  ],
  [
    /DescribeStackResources/,
    {
      status: 400,
      body: '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack for nothing does not exist</Message></Error></ErrorResponse>',
    },
  ],
  [
    /cluster-versions/,
    json({
      clusterVersions: [
        { clusterVersion: '1.36', versionStatus: 'STANDARD_SUPPORT', endOfStandardSupportDate: 1817164800 },
        { clusterVersion: '1.35', versionStatus: 'EXTENDED_SUPPORT' },
      ],
    }),
  ],
  [
    /supported-versions[^]*coredns/,
    json({
      addons: [
        {
          addonVersions: [
            { addonVersion: 'v1.14.3-eksbuild.3' },
            { addonVersion: 'v1.14.3-eksbuild.16' },
            { addonVersion: 'v1.9.3-eksbuild.7' },
          ],
        },
      ],
    }),
  ],
];

let server: http.Server;
const saved = { ...process.env };

beforeAll(async () => {
  server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const text = `${request.url} ${String(request.headers['x-amz-target'])} ${Buffer.concat(chunks).toString()}`;
        const { status = 200, body } = ANSWERS.find(([pattern]) => pattern.test(text))?.[1] ?? {
          status: 404,
          body: '',
        };
        response
          .writeHead(status, { 'content-type': body.startsWith('<') ? 'text/xml' : 'application/x-amz-json-1.1' })
          .end(body);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
});

afterAll(async () => {
  process.env = saved;
  await new Promise((resolve) => server.close(resolve));
});

const account = new AwsAccount('us-east-1');

test('account and bootstrap', async () => {
  expect(await account.accountId()).toBe('111111111111');
  expect(await account.bootstrapVersion()).toBeUndefined();
});

test('a quota that was never changed has its default; a right that is missing is an error', async () => {
  expect(await account.quota({ service: 'ec2', code: 'L-CHANGED' })).toBe(96);
  expect(await account.quota({ service: 'ec2', code: 'L-DEFAULT' })).toBe(5);
  await expect(account.quota({ service: 'ec2', code: 'L-SECRET' })).rejects.toThrow('not authorized');
});

test('VPCs of all pages and addresses, with the stack that made them', async () => {
  expect(await account.vpcs()).toEqual([undefined, 'staging-Network']);
  expect(await account.addresses()).toEqual(['staging-Network']);
});

test('zones by instance type, also for a type that none offers', async () => {
  expect(await account.offeredZones(['g6e.xlarge', 'p5.48xlarge'])).toEqual(
    new Map([
      ['g6e.xlarge', ['us-east-1a']],
      ['p5.48xlarge', []],
    ]),
  );
});

test('zones with their ids, and those of endpoints', async () => {
  expect(await account.zones()).toEqual(new Map([['us-east-1a', 'use1-az3']]));
  expect(await account.endpointZones(['ecr.api'])).toEqual(new Map([['ecr.api', ['us-east-1a']]]));
});

test('a VPC with its DNS, and its subnets', async () => {
  expect(await account.vpc('vpc-1')).toEqual({ cidrs: [], hasDns: false });
  expect(await account.subnets(['subnet-1', 'subnet-2'])).toEqual(
    new Map([['subnet-1', { vpcId: 'vpc-1', zone: 'us-east-1a', zoneId: 'use1-az3', freeAddresses: 250 }]]),
  );
});

test('reservations that are asked for, and the state of a snapshot', async () => {
  expect(await account.reservations(['cr-1', 'cr-3'])).toEqual(
    new Map([
      ['cr-1', { state: 'active', isBlock: true, instanceType: 'p5.48xlarge', zone: 'us-east-1a', instances: 2 }],
    ]),
  );
  expect(await account.snapshotState('snap-1')).toBe('completed');
  expect(await account.snapshotState('snap-2')).toBeUndefined();
});

test('keys', async () => {
  expect(await account.defaultVolumeKey()).toBe('alias/aws/ebs');
  expect(await account.key('alias/aws/ebs')).toEqual({ enabled: true, awsManaged: true });
  expect(await account.key('gone')).toBeUndefined();
  expect(await account.keyPolicy('alias/mine')).toBe('{"Statement":[]}');
});

test('principals by their names, and identity providers', async () => {
  expect(await account.principal('arn:aws:iam::111111111111:role/people')).toBe(
    'arn:aws:iam::111111111111:role/team/people',
  );
  expect(await account.principal('arn:aws:iam::111111111111:user/anna')).toBe('arn:aws:iam::111111111111:user/anna');
  expect(await account.principal('arn:aws:iam::111111111111:role/gone')).toBeUndefined();
  expect(await account.principal('arn:aws:iam::111111111111:user/gone')).toBeUndefined();
  expect(await account.identityProviders()).toEqual(['arn:provider']);
});

test('a topic with its key', async () => {
  expect(await account.topic('arn:topic')).toEqual({ policy: '{}', key: 'alias/aws/sns' });
  expect(await account.topic('arn:gone')).toBeUndefined();
});

test('what a name of a bucket stands for', async () => {
  expect(await Promise.all(['own', 'free', 'foreign', 'far'].map((name) => account.bucket(name)))).toEqual([
    'here',
    'none',
    'forbidden',
    'elsewhere',
  ]);
});

test('log groups by their whole name, and clusters', async () => {
  expect(await account.hasLogGroup('/aws/eks/llm/cluster')).toBe(true);
  expect(await account.hasLogGroup('/aws/eks/llm')).toBe(false);
  expect(await account.cluster('llm')).toEqual({ endpoint: 'https://llm', vpcId: 'vpc-1', authenticationMode: 'API' });
  expect(await account.cluster('none')).toBeUndefined();
});

test('the stack of a resource', async () => {
  expect(await account.stackOf('llm')).toBe('staging-Cluster');
  expect(await account.stackOf('nothing')).toBeUndefined();
});

test('versions of Kubernetes, its add-ons and its images', async () => {
  expect(await account.kubernetesReleases()).toEqual([
    { version: '1.36', standardSupport: true, endOfStandardSupport: '2027-08-02' },
    { version: '1.35', standardSupport: false },
  ]);
  expect(await account.addonVersions('coredns', '1.36')).toEqual([
    'v1.14.3-eksbuild.16',
    'v1.14.3-eksbuild.3',
    'v1.9.3-eksbuild.7',
  ]);
  expect(await account.parameter('/aws/service/bottlerocket/aws-k8s-1.36/x86_64/latest/image_version')).toBe(
    '1.63.0-6154605b',
  );
  expect(await account.parameter('/aws/service/bottlerocket/none')).toBeUndefined();
});
