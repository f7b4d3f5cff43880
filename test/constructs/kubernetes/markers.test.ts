import { CfnParameter, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import { markTokens } from '../../../constructs/kubernetes/markers';
import { type DeployTimeValues, resolveDocument } from '../../../constructs/kubernetes/contract/release-document';
import { testApp } from '../../support/app';

function fixture() {
  const stack = new Stack(testApp(), 'Test');
  const text = new CfnParameter(stack, 'Text').valueAsString;
  const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
  const list = new CfnParameter(stack, 'List', { type: 'List<String>' }).valueAsList;
  return { stack, text, number, list };
}

/** What CloudFormation would deliver: references replaced by their values, everything as text. */
function deliver(
  stack: Stack,
  values: Record<string, unknown>,
  deployed: Record<string, string | string[]>,
): DeployTimeValues {
  const put = (node: unknown): string | string[] => {
    const value = node as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
    if (typeof node === 'string') return node;
    if (value.Ref) return deployed[value.Ref];
    if (value['Fn::Join']) return value['Fn::Join'][1].map(put).join(value['Fn::Join'][0]);
    return JSON.stringify(node);
  };
  return Object.fromEntries(Object.entries(stack.resolve(values) as object).map(([key, value]) => [key, put(value)]));
}

const object = (spec: unknown) => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'thing' }, spec });

function roundTrip(
  make: (fixed: ReturnType<typeof fixture>) => unknown,
  deployed: Record<string, string | string[]>,
): unknown {
  const fixed = fixture();
  const marked = markTokens(fixed.stack, [object(make(fixed))]);
  expect(JSON.stringify(marked.objects)).not.toContain('Token[');
  return resolveDocument({ version: 1, objects: marked.objects }, deliver(fixed.stack, marked.values, deployed))[0]
    .spec;
}

describe('a value that is known only at deploy time', () => {
  test('keeps its type: text, number, list', () => {
    expect(
      roundTrip(({ text, number, list }) => ({ text, number, list, given: 7 }), {
        Text: '8',
        Number: '3',
        List: ['a', 'b'],
      }),
    ).toEqual({ text: '8', number: 3, list: ['a', 'b'], given: 7 });
  });

  test('is put into surrounding text', () => {
    expect(roundTrip(({ text }) => ({ url: `s3://${text}/models/${text}` }), { Text: 'bucket' })).toEqual({
      url: 's3://bucket/models/bucket',
    });
  });

  test('may be the key of a map', () => {
    expect(
      roundTrip(({ text, number }) => ({ labels: { [`team/${text}`]: number, fixed: 'x' } }), {
        Text: 'blue',
        Number: '1',
      }),
    ).toEqual({ labels: { 'team/blue': 1, fixed: 'x' } });
  });

  test('is escaped inside a string that holds JSON', () => {
    const spec = roundTrip(({ text, number }) => ({ config: JSON.stringify({ path: `/${text}`, [text]: number }) }), {
      Text: 'a"b\\c',
      Number: '5',
    }) as { config: string };
    expect(JSON.parse(spec.config)).toEqual({ path: '/a"b\\c', 'a"b\\c': 5 });
  });

  test('may be a structure that is resolved late', () => {
    expect(roundTrip(() => ({ node: Lazy.any({ produce: () => ({ a: [1, 'b'] }) }) }), {})).toEqual({
      node: { a: [1, 'b'] },
    });
    expect(roundTrip(({ text }) => ({ node: Token.asAny(Fn.join('-', [text, 'x'])) }), { Text: 'ab' })).toEqual({
      node: 'ab-x',
    });
  });

  test('may change until the template is written', () => {
    const { stack } = fixture();
    const counts = { pods: 1, gpus: 1 };
    const { values } = markTokens(stack, [
      object({
        pods: Lazy.uncachedString({ produce: () => String(counts.pods) }),
        gpus: Lazy.uncachedString({ produce: () => String(counts.gpus) }),
      }),
    ]);
    counts.pods = 5;
    expect(Object.values(stack.resolve(values) as object)).toEqual(['5', '1']);
  });

  test('travels once, however often it is used', () => {
    const { stack, text } = fixture();
    const { values } = markTokens(stack, [object({ a: text, b: `x${text}`, c: [text] })]);
    expect(Object.keys(values)).toEqual(['v0']);
  });
});

test('lists of lists stay as they are', () => {
  const spec = { rows: [[1, 'a']], empty: [] };
  expect(markTokens(new Stack(testApp()), [object(spec)]).objects).toEqual([object(spec)]);
});

test('values that are known at synth stay as they are', () => {
  const { stack } = fixture();
  const given = object({ a: 'text', b: [1, true, null], c: { d: '{not json' } });
  expect(markTokens(stack, [given])).toEqual({ objects: [given], values: {} });
});

test('fails when a number that was promised is not one', () => {
  const { stack, number } = fixture();
  const { objects } = markTokens(stack, [object({ number })]);
  expect(() => resolveDocument({ version: 1, objects }, { v0: 'many' })).toThrow('should be a number, got "many"');
  expect(() => resolveDocument({ version: 1, objects }, {})).toThrow('the value v0 of a marker was not given');
});
