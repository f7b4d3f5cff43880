import { eksToken } from '../../kubernetes-client/eks-token';

const before = { ...process.env };
beforeEach(() => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
});
afterEach(() => {
  process.env = { ...before };
});

const request = async (region: string): Promise<URL> => {
  const [version, url] = (await eksToken('production', region)).split('.');
  expect(version).toBe('k8s-aws-v1');
  return new URL(Buffer.from(url, 'base64url').toString());
};

test("a token is a request for the identity, which is signed with the cluster's name and soon invalid", async () => {
  const { pathname, searchParams } = await request('us-east-1');
  expect(pathname).toBe('/');
  expect(Object.fromEntries(searchParams)).toMatchObject({
    Action: 'GetCallerIdentity',
    Version: '2011-06-15',
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
  });
});

test.each([
  ['us-east-1', 'sts.us-east-1.amazonaws.com'],
  ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
  ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
  ['eusc-de-east-1', 'sts.eusc-de-east-1.amazonaws.eu'],
  ['us-iso-east-1', 'sts.us-iso-east-1.c2s.ic.gov'],
  ['us-isob-east-1', 'sts.us-isob-east-1.sc2s.sgov.gov'],
  ['eu-isoe-west-1', 'sts.eu-isoe-west-1.cloud.adc-e.uk'],
  ['us-isof-south-1', 'sts.us-isof-south-1.csp.hci.ic.gov'],
])('in %s it is for %s', async (region, host) => {
  const { host: given, searchParams } = await request(region);
  expect(given).toBe(host);
  expect(searchParams.get('X-Amz-Credential')).toMatch(new RegExp(`/${region}/sts/aws4_request$`));
});
