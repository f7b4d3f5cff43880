import * as http from 'node:http';
import { type AddressInfo } from 'node:net';
import { AwsAccount } from '../../../lib/preflight/aws-account';

interface Answer { readonly status?: number; readonly body: string }

const tags = (stack: string) => `<tagSet><item><key>aws:cloudformation:stack-name</key><value>${stack}</value></item></tagSet>`;
const json = (body: object, status = 200): Answer => ({ status, body: JSON.stringify(body) });

/** What AWS answers, by a part of the request. */
const ANSWERS: readonly [RegExp, Answer][] = [
  [/GetCallerIdentity/, { body: '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>' }],
  [/GetParameter[^]*image_version/, json({ Parameter: { Value: '1.63.0-6154605b' } })],
  [/GetParameter/, json({ __type: 'ParameterNotFound' }, 400)],
  [/GetServiceQuota[^]*L-CHANGED/, json({ Quota: { Value: 96 } })],
  [/GetServiceQuota[^]*L-DEFAULT/, json({ __type: 'NoSuchResourceException' }, 400)],
  [/GetServiceQuota[^]*L-SECRET/, json({ __type: 'AccessDeniedException', message: 'not authorized' }, 400)],
  [/GetAWSDefaultServiceQuota/, json({ Quota: { Value: 5 } })],
  [/DescribeVpcs[^]*NextToken=more/, { body: `<R><vpcSet><item><vpcId>vpc-2</vpcId>${tags('staging-Network')}</item></vpcSet></R>` }],
  [/DescribeVpcs/, { body: '<R><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet><nextToken>more</nextToken></R>' }],
  [/DescribeAddresses/, { body: `<R><addressesSet><item>${tags('staging-Network')}</item></addressesSet></R>` }],
  [/DescribeInstanceTypeOfferings/, { body: '<R><instanceTypeOfferingSet><item><instanceType>g6e.xlarge</instanceType><location>us-east-1a</location></item></instanceTypeOfferingSet></R>' }],
  [/cluster-versions/, json({ clusterVersions: [{ clusterVersion: '1.36', versionStatus: 'STANDARD_SUPPORT', endOfStandardSupportDate: 1817164800 }, { clusterVersion: '1.35', versionStatus: 'EXTENDED_SUPPORT' }] })],
  [/supported-versions[^]*coredns/, json({ addons: [{ addonVersions: [{ addonVersion: 'v1.14.3-eksbuild.3' }, { addonVersion: 'v1.14.3-eksbuild.16' }, { addonVersion: 'v1.9.3-eksbuild.7' }] }] })],
];

let server: http.Server;
const saved = { ...process.env };

beforeAll(async () => {
  server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const text = `${request.url} ${String(request.headers['x-amz-target'])} ${Buffer.concat(chunks).toString()}`;
      const { status = 200, body } = ANSWERS.find(([pattern]) => pattern.test(text))?.[1] ?? { status: 404, body: '' };
      response.writeHead(status, { 'content-type': body.startsWith('<') ? 'text/xml' : 'application/x-amz-json-1.1' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
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
  expect(await account.offeredZones(['g6e.xlarge', 'p5.48xlarge'])).toEqual(new Map([['g6e.xlarge', ['us-east-1a']], ['p5.48xlarge', []]]));
});

test('versions of Kubernetes', async () => {
});

test('versions of Kubernetes, its add-ons and its images', async () => {
  expect(await account.kubernetesReleases()).toEqual([{ version: '1.36', standardSupport: true, endOfStandardSupport: '2027-08-02' }, { version: '1.35', standardSupport: false }]);
  expect(await account.addonVersions('coredns', '1.36')).toEqual(['v1.14.3-eksbuild.16', 'v1.14.3-eksbuild.3', 'v1.9.3-eksbuild.7']);
  expect(await account.parameter('/aws/service/bottlerocket/aws-k8s-1.36/x86_64/latest/image_version')).toBe('1.63.0-6154605b');
  expect(await account.parameter('/aws/service/bottlerocket/none')).toBeUndefined();
});
