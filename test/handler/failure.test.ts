import fc from 'fast-check';
import { ApiError } from '../../kubernetes-client/kubernetes-client';
import { inOneLine, oneLine, ReleaseFailure, summarize } from '../../handler/failure';
import { configMap, MemoryDeployer } from '../support/memory-deployer';

// The reason that goes to CloudFormation is one line and fits its limit, whatever a server or a webhook says.

/** The program that aws-cdk-lib deploys, which its package does not export; it calls Lambda and CloudFormation by `outbound`. */
jest.mock('../../node_modules/aws-cdk-lib/custom-resources/lib/provider-framework/runtime/outbound', () => ({
  invokeFunction: jest.fn(),
  httpRequest: jest.fn(),
}));
const RUNTIME = '../../node_modules/aws-cdk-lib/custom-resources/lib/provider-framework/runtime';
const framework = jest.requireActual<{ isComplete(event: object): Promise<void> }>(`${RUNTIME}/framework`);
const outbound = jest.requireMock<{ invokeFunction: jest.Mock; httpRequest: jest.Mock }>(`${RUNTIME}/outbound`);

const BYTES = 900;
const isOneLine = (text: string): boolean =>
  !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text) && Buffer.byteLength(text) <= BYTES;

test.each([
  ['line breaks', 'a\nb\r\n\r\nc', 'a b c'],
  ['tabs and trailing blanks', '\ta\t b \n', 'a b'],
  ['the colors of a terminal', '\u001b[31mdenied\u001b[0m', 'denied'],
  ['separators of lines that JSON leaves as they are', 'a\u2028b\u2029c\u0085d', 'a b c d'],
  ['a null', 'a\u0000b', 'a b'],
])('%s become one line', (_, text, expected) => {
  expect(oneLine(text)).toBe(expected);
});

test('what is too long is cut off between characters, not within one', () => {
  expect(oneLine('ä'.repeat(10), 10)).toBe('äää…');
  expect(oneLine('👍'.repeat(10), 12)).toBe('👍👍…');
  expect(oneLine('a'.repeat(10), 10)).toBe('a'.repeat(10));
});

test('the first problem leaves room for the others, and what is not named is counted', () => {
  const text = summarize(['x'.repeat(5000), 'second', 'third', 'fourth', 'fifth']);
  expect(text).toMatch(/^x+…; second; third; and 2 more$/);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(BYTES);
});

test('whatever a webhook answers, the reason of the request is one line within the limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', maxLength: 4000 }), { minLength: 1, maxLength: 5 }),
      async (messages) => {
        const deployer = new MemoryDeployer();
        const objects = messages.map((_, index) => configMap(`settings-${index}`));
        deployer.cluster.intercept = ({ verb, object }) => {
          const index = objects.findIndex(({ metadata }) => object.endsWith(metadata.name));
          if (verb === 'apply' && index >= 0) throw new ApiError(400, { message: messages[index] });
        };
        const reason = await deployer.reasonOf(deployer.request('Create', objects));
        expect(reason).toMatch(/^ConfigMap models\/settings-0 was refused/);
        expect(isOneLine(reason)).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});

test('what is waited for is one line too, whoever says it', async () => {
  const deployer = new MemoryDeployer();
  deployer.cluster.intercept = () => {
    throw new ApiError(503, { message: `a proxy says:\n\u001b[31m${'no '.repeat(2000)}` });
  };
  const { waitingFor = '' } = await deployer.tick(deployer.request('Create', [configMap('settings')]));
  expect(waitingFor).toMatch(/^the cluster: a proxy says: no no/);
  expect(isOneLine(waitingFor)).toBe(true);
});

describe('what CloudFormation is answered', () => {
  /** Longest answer that CloudFormation takes, bytes. */
  const ANSWER = 4096;

  /** The answer that the provider framework makes of an error of the handler, which comes to it as Lambda writes errors down. */
  async function answerTo(error: Error): Promise<{ body: string; reason: string }> {
    const thrown = await inOneLine(() => Promise.reject(error)).catch((caught: unknown) => caught as Error);
    const payload = { errorType: thrown.name, errorMessage: thrown.message, trace: thrown.stack?.split('\n') };
    process.env.USER_IS_COMPLETE_FUNCTION_ARN = `arn:aws:lambda:us-east-1:111111111111:function:${'f'.repeat(64)}`;
    outbound.invokeFunction.mockResolvedValue({ FunctionError: 'Unhandled', Payload: JSON.stringify(payload) });
    const bodies: string[] = [];
    outbound.httpRequest.mockImplementation((_, body: string) => Promise.resolve(void bodies.push(body)));
    await framework.isComplete({
      RequestType: 'Update',
      RequestId: '0'.repeat(36),
      LogicalResourceId: 'L'.repeat(255),
      PhysicalResourceId: `${'c'.repeat(100)}/${'n'.repeat(63)}/${'r'.repeat(63)}`,
      StackId: `arn:aws:cloudformation:us-east-1:111111111111:stack/${'s'.repeat(128)}/${'0'.repeat(36)}`,
      ResponseURL: 'https://answers.example/x',
    });
    expect(bodies).toHaveLength(1);
    return { body: bodies[0], reason: (JSON.parse(bodies[0]) as { Reason: string }).Reason };
  }

  beforeEach(() => {
    jest.spyOn(console, 'error').mockImplementation();
    jest.spyOn(console, 'log').mockImplementation();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('has the reason once, and no stack trace', async () => {
    const { reason } = await answerTo(
      new ReleaseFailure('ConfigMap models/settings was refused: first line\nsecond line'),
    );
    expect(reason.match(/was refused/g)).toHaveLength(1);
    expect(reason).not.toMatch(/\bat .*\.(js|ts)/);
  });

  test.each([
    ['quotation marks, each of which JSON doubles', '"'.repeat(10_000)],
    ['halves of characters, each of which JSON writes with six bytes', '\ud800'.repeat(10_000)],
    ['lines of a webhook', 'violation of policy "x":\n\t- rule\n'.repeat(500)],
    ['characters of four bytes', '👍'.repeat(5000)],
  ])('stays within the limit, with %s', async (_, message) => {
    expect(Buffer.byteLength((await answerTo(new ReleaseFailure(message))).body)).toBeLessThanOrEqual(ANSWER);
  });
});
