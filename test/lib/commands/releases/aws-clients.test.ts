import * as http from 'node:http';
import { type AddressInfo } from 'node:net';
import { accountOfIdentity } from '../../../../lib/commands/releases/aws-identity';
import { explain } from '../../../../lib/commands/releases/explain';
import { LambdaInvoker } from '../../../../lib/commands/releases/release-operations-client';
import { CloudFormationStacks } from '../../../../lib/commands/releases/stacks';

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

const refusal = (code: string, message: string): Answer => ({
  status: 400,
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});
const event = (logicalId: string, status: string, token: string) =>
  `<member><StackId>arn:stack</StackId><PhysicalResourceId>${logicalId === 'chat' ? 'arn:stack' : 'x'}</PhysicalResourceId><LogicalResourceId>${logicalId}</LogicalResourceId><ResourceType>T</ResourceType><ResourceStatus>${status}</ResourceStatus><Timestamp>2026-03-01T12:00:00Z</Timestamp><ClientRequestToken>${token}</ClientRequestToken></member>`;
const resource = (logicalId: string, status: string, reason: string) =>
  `<member><LogicalResourceId>${logicalId}</LogicalResourceId><ResourceType>Custom::KubernetesRelease</ResourceType><ResourceStatus>${status}</ResourceStatus><ResourceStatusReason>${reason}</ResourceStatusReason><LastUpdatedTimestamp>2026-03-01T12:00:00Z</LastUpdatedTimestamp></member>`;

/** What AWS answers, by a part of the request. */
const ANSWERS: readonly [RegExp, Answer][] = [
  [/DescribeStacks[^]*StackName=none/, refusal('ValidationError', 'Stack with id none does not exist')],
  [
    /DescribeStacks[^]*StackName=secret/,
    refusal(
      'AccessDenied',
      'User: arn:x is not authorized to perform: cloudformation:DescribeStacks on resource: arn:y',
    ),
  ],
  [
    /DescribeStacks/,
    {
      body: '<R><DescribeStacksResult><Stacks><member><StackName>chat</StackName><StackStatus>UPDATE_ROLLBACK_FAILED</StackStatus></member></Stacks></DescribeStacksResult></R>',
    },
  ],
  [
    /ListStackResources[^]*NextToken=more/,
    {
      body: `<R><ListStackResourcesResult><StackResourceSummaries>${resource('Plain', 'UPDATE_FAILED', 'Resource update cancelled')}</StackResourceSummaries></ListStackResourcesResult></R>`,
    },
  ],
  [
    /ListStackResources/,
    {
      body: `<R><ListStackResourcesResult><StackResourceSummaries>${resource('Release', 'UPDATE_FAILED', 'Received response status [FAILED] from custom resource. Message returned: Error: namespace models does not exist\n    at x (y.js:1)\n (RequestId: 1-2)')}</StackResourceSummaries><NextToken>more</NextToken></ListStackResourcesResult></R>`,
    },
  ],
  [
    /DescribeStackEvents[^]*NextToken=older/,
    {
      body: `<R><DescribeStackEventsResult><StackEvents>${event('Release', 'UPDATE_FAILED', 'other')}</StackEvents></DescribeStackEventsResult></R>`,
    },
  ],
  [
    /DescribeStackEvents/,
    {
      body: `<R><DescribeStackEventsResult><StackEvents>${event('chat', 'UPDATE_ROLLBACK_COMPLETE', 'mine')}${event('Release', 'UPDATE_COMPLETE', 'mine')}</StackEvents><NextToken>older</NextToken></DescribeStackEventsResult></R>`,
    },
  ],
  [
    /GetCallerIdentity/,
    { body: '<R><GetCallerIdentityResult><Account>111111111111</Account></GetCallerIdentityResult></R>' },
  ],
  [/ContinueUpdateRollback/, { body: '<R><ContinueUpdateRollbackResult/></R>' }],
  [/functions\/broken/, { headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorMessage":"no"}' }],
  [
    /functions\/absent/,
    {
      status: 404,
      headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
      body: '{"Message":"Function not found"}',
    },
  ],
  [/functions\/list/, { body: '[]' }],
];

const asked: string[] = [];
let server: http.Server;
const saved = { ...process.env };

beforeAll(async () => {
  server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const text = `${request.url} ${Buffer.concat(chunks).toString()}`;
        asked.push(text);
        const {
          status = 200,
          headers = {},
          body,
        } = ANSWERS.find(([pattern]) => pattern.test(text))?.[1] ?? { status: 404, body: '' };
        response
          .writeHead(status, { 'content-type': body.startsWith('<') ? 'text/xml' : 'application/json', ...headers })
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

const at = new Date('2026-03-01T12:00:00Z');
const stacks = new CloudFormationStacks('us-east-1');

test('the account of the identity', async () => {
  expect(await accountOfIdentity('us-east-1')).toBe('111111111111');
});

test('a stack, and none', async () => {
  expect(await stacks.find('chat')).toEqual({ name: 'chat', status: 'UPDATE_ROLLBACK_FAILED' });
  expect(await stacks.find('none')).toBeUndefined();
});

test('a right that is missing is named', async () => {
  await expect(
    stacks.find('secret').catch((error: unknown) => {
      throw new Error(explain(error));
    }),
  ).rejects.toThrow('it needs cloudformation:DescribeStacks');
});

test('resources of all pages, with what the custom resource itself said', async () => {
  expect(await stacks.resources('chat')).toEqual([
    {
      logicalId: 'Release',
      type: 'Custom::KubernetesRelease',
      status: 'UPDATE_FAILED',
      reason: 'namespace models does not exist',
      at,
    },
    {
      logicalId: 'Plain',
      type: 'Custom::KubernetesRelease',
      status: 'UPDATE_FAILED',
      reason: 'Resource update cancelled',
      at,
    },
  ]);
});

test('events of one request, oldest first', async () => {
  expect(await stacks.events('chat', 'mine')).toEqual([
    { logicalId: 'Release', type: 'T', status: 'UPDATE_COMPLETE', at, ofStack: false },
    { logicalId: 'chat', type: 'T', status: 'UPDATE_ROLLBACK_COMPLETE', at, ofStack: true },
  ]);
  const before = asked.length;
  expect(await stacks.events('chat', 'of nobody')).toEqual([]);
  expect(asked).toHaveLength(before + 1);
});

test('what is skipped is named, and nothing where nothing is', async () => {
  await stacks.continueRollback('chat', ['Release'], 'token');
  expect(asked.at(-1)).toMatch(/ResourcesToSkip\.member\.1=Release&ClientRequestToken=token/);
  await stacks.continueRollback('chat', [], 'token');
  expect(asked.at(-1)).not.toContain('ResourcesToSkip');
});

test("a function's answer, its failure, and one that does not exist", async () => {
  const lambda = new LambdaInvoker('us-east-1');
  expect(await lambda.invoke('list', { operation: 'list' })).toEqual({ payload: '[]' });
  expect(asked.at(-1)).toBe('/2015-03-31/functions/list/invocations {"operation":"list"}');
  expect(await lambda.invoke('broken', {})).toEqual({ payload: '{"errorMessage":"no"}', functionError: 'Unhandled' });
  await expect(lambda.invoke('absent', {})).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
