import { shortText } from '../../../../lib/commands/diff/assembly';
import { diffFields, diffObjects } from '../../../../lib/commands/diff/object-diff';

const service = (port: number, apiVersion = 'v1') => ({
  apiVersion,
  kind: 'Service',
  metadata: { name: 'chat' },
  spec: { ports: [{ name: 'http', port }] },
});

test('an object of a newer API version is the same object', () => {
  expect(
    diffObjects([{ ...service(1), apiVersion: 'apps/v1beta1' }], [{ ...service(1), apiVersion: 'apps/v1' }]),
  ).toEqual([
    {
      change: 'changed',
      apiVersion: 'apps/v1',
      kind: 'Service',
      name: 'chat',
      fields: [{ path: 'apiVersion', from: 'apps/v1beta1', to: 'apps/v1' }],
    },
  ]);
});

test('an item more does not change those that follow it', () => {
  expect(
    diffFields(
      {
        env: [
          { name: 'a', value: '1' },
          { name: 'b', value: '2' },
        ],
      },
      {
        env: [
          { name: 'x', value: '0' },
          { name: 'a', value: '1' },
          { name: 'b', value: '3' },
        ],
      },
    ),
  ).toEqual([
    { path: 'env[b].value', from: '2', to: '3' },
    { path: 'env[x]', to: { name: 'x', value: '0' } },
  ]);
  expect(diffFields({ args: ['serve', '--a=1', '--b=2'] }, { args: ['serve', '--c', '--a=1', '--b=3'] })).toEqual([
    { path: 'args[--b]', from: '--b=2', to: '--b=3' },
    { path: 'args[--c]', to: '--c' },
  ]);
});

test('lists without names go by position, in values too', () => {
  expect(
    diffFields({ steps: [{ setWeight: 25 }] }, { steps: [{ setWeight: 50 }, { pause: { list: [1, 2] } }] }),
  ).toEqual([
    { path: 'steps[0].setWeight', from: 25, to: 50 },
    { path: 'steps[1]', to: { pause: { list: [1, 2] } } },
  ]);
  expect(diffFields({ args: ['--a', '--a'] }, { args: ['--a', '--b'] })).toEqual([
    { path: 'args[0]', from: '--a' },
    { path: 'args[1]', from: '--a' },
    { path: 'args[--a]', to: '--a' },
    { path: 'args[--b]', to: '--b' },
  ]);
});

test('another order of named items is a change, another order of keys is none', () => {
  expect(diffFields({ c: [{ name: 'a' }, { name: 'b' }] }, { c: [{ name: 'b' }, { name: 'a' }] })).toHaveLength(1);
  expect(diffFields({ a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 })).toEqual([]);
});

test.each([
  [{ Ref: 'Queue' }, '${Queue}'],
  [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, '${Queue.Arn}'],
  [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3']] }, 'arn:${AWS::Partition}:s3'],
  [{ 'Fn::ImportValue': 'exported' }, '${exported}'],
  [{ 'Fn::Sub': ['a-${B}', {}] }, 'a-${B}'],
  [{ 'Fn::GetStackOutput': { StackName: 'test-Cluster', OutputName: 'Endpoint' } }, '${test-Cluster.Endpoint}'],
  [{ 'Fn::Select': [0, ['a']] }, '{"Fn::Select":[0,["a"]]}'],
  [['a', { Ref: 'B' }], 'a,${B}'],
  [3, '3'],
])('%j reads %s', (value, text) => {
  expect(shortText(value)).toBe(text);
});
