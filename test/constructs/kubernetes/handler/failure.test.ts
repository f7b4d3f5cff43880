import fc from 'fast-check';
import { ApiError } from '../../../../constructs/kubernetes/handler/kubernetes-client';
import { oneLine, summarize } from '../../../../constructs/kubernetes/handler/failure';
import { configMap, MemoryDeployer } from '../../../support/memory-deployer';

// The reason that goes to CloudFormation is one line and fits its limit, whatever a server or a webhook says.

const BYTES = 900;
const isOneLine = (text: string): boolean => !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text) && Buffer.byteLength(text) <= BYTES;

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
  await fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 4000 }), { minLength: 1, maxLength: 5 }), async (messages) => {
    const deployer = new MemoryDeployer();
    const objects = messages.map((_, index) => configMap(`settings-${index}`));
    deployer.cluster.intercept = ({ verb, object }) => {
      const index = objects.findIndex(({ metadata }) => object.endsWith(metadata.name));
      if (verb === 'apply' && index >= 0) throw new ApiError(400, { message: messages[index] });
    };
    const reason = await deployer.reasonOf(deployer.request('Create', objects));
    expect(reason).toMatch(/^ConfigMap models\/settings-0 was refused/);
    expect(isOneLine(reason)).toBe(true);
  }), { numRuns: 100 });
});
