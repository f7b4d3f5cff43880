import { Fn, Lazy, Token } from 'aws-cdk-lib';
import { readAssembly } from '../../../../lib/commands/diff/assembly';
import { diffText } from '../../../../lib/commands/diff/diff-text';
import { diffEnvironment } from '../../../../lib/commands/diff/environment-diff';
import { assembly, contentNamed, queue, removeAssemblies, rollout } from './assemblies';

afterAll(removeAssemblies);

function compare(before: string, after: string) {
  return diffEnvironment('test', 'HEAD', readAssembly(before, 'test'), readAssembly(after, 'test'), {
    rolloutSeconds: (model) => (model === 'chat' ? 1500 : undefined),
    placement: () => undefined,
    hasNodes: () => true,
    gateQuality: () => undefined,
  });
}

test('the same environment twice has no change', () => {
  const models = { chat: () => [rollout('chat', 'r1')] };
  const diff = compare(assembly(models), assembly(models));
  expect(diff.stacks).toEqual([]);
  expect(diffText(diff)).toBe('test: no change against HEAD');
});

test('nor has one into which the command line of the CDK has written paths', () => {
  const models = { chat: () => [rollout('chat', 'r1')] };
  const before = assembly(models, (stack) => queue(stack, 'Kept').addMetadata('aws:cdk:path', 'test/Kept'));
  const after = assembly(models, (stack) => {
    queue(stack, 'Kept');
  });
  expect(compare(before, after).stacks).toEqual([]);
});

test('every kind of change, object by object', () => {
  const before = assembly(
    {
      chat: () => [
        rollout('chat', 'r1'),
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'chat', namespace: 'models' } },
      ],
      old: () => [rollout('old', 'r1')],
    },
    (stack) => {
      queue(stack, 'Kept', { QueueName: 'a', DelaySeconds: 1 });
      queue(stack, 'Gone');
    },
  );
  const after = assembly(
    {
      chat: () => [
        rollout('chat', 'r2', { progressDeadlineSeconds: 60 }),
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'chat', namespace: 'models' } },
      ],
      coder: () => [rollout('coder', 'r1')],
    },
    (stack) => queue(stack, 'Kept', { QueueName: 'b', DelaySeconds: 1 }),
  );
  expect(`\n${diffText(compare(before, after))}\n`).toMatchInlineSnapshot(`
"
test: working tree against HEAD

~ Serving-chat: 1 changed (Custom::KubernetesRelease); 1 replaced (AWS::SQS::Queue); 1 removed (AWS::SQS::Queue)
  release chat
    ~ Rollout models/chat
        spec.template.spec.containers[engine].args[--revision]: --revision=r1 → --revision=r2
        spec.template.spec.containers[engine].image: r1 → r2
        spec.progressDeadlineSeconds: (none) → 60
    + ConfigMap models/chat
    - Service models/chat

+ Serving-coder: 2 added (Custom::KubernetesRelease, AWS::SQS::Queue)
  release coder
    + Rollout models/coder

- Serving-old: 3 removed (Custom::KubernetesRelease, AWS::SQS::Queue ×2)
  left alone by cdk deploy: aws cloudformation delete-stack --stack-name test-Serving-old
  release old
    - Rollout models/old

Rollouts
  models/chat: pods change: canary 25 % → hold 10m → verdict → 100 %; planned 25 min, given up after 55 min
  models/coder: first revision: no steps and no gates, its pods need only become ready
"
`);
});

describe('what a Rollout will do', () => {
  const forecast = (before: Parameters<typeof assembly>[0], after: Parameters<typeof assembly>[0]) =>
    compare(assembly(before), assembly(after)).canaries.map((canary) => canary.forecast);

  test('configuration that is named by its content changes the pods that mount it', () => {
    expect(
      forecast(
        { chat: () => [contentNamed('chat', 'a'), rollout('chat', 'r1')] },
        { chat: () => [contentNamed('chat', 'b'), rollout('chat', 'r1')] },
      ),
    ).toEqual(['pods change: canary']);
  });

  test('replicas and steps alone start no canary', () => {
    expect(
      forecast(
        { chat: () => [rollout('chat', 'r1')] },
        { chat: () => [rollout('chat', 'r1', { replicas: 6, strategy: { canary: { steps: [{ setWeight: 50 }] } } })] },
      ),
    ).toEqual([
      'no canary: pods unchanged; scaled from 4 to 6 replicas; its new steps count from the next revision on',
    ]);
  });

  test('without steps pods are replaced', () => {
    const rolling = { strategy: { canary: {} } };
    expect(
      forecast({ chat: () => [rollout('chat', 'r1', rolling)] }, { chat: () => [rollout('chat', 'r2', rolling)] }),
    ).toEqual(['pods change: replaced one after the other, without steps']);
  });
});

describe('deploy-time values', () => {
  const withQueue = (attribute: 'Arn' | 'QueueName') =>
    assembly({
      chat: (stack) => {
        const source = queue(stack, 'Source');
        return [
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'chat', namespace: 'models' },
            data: {
              arn: Fn.join(':', ['prefix', source.getAtt(attribute).toString()]),
              json: JSON.stringify({ url: source.ref }),
            },
            count: Token.asNumber(source.getAtt(attribute)),
            list: Token.asList(source.getAtt(attribute)),
            known: Lazy.number({ produce: () => 3 }),
          },
        ];
      },
    });

  test('are shown by what they refer to', () => {
    const [
      {
        releases: [
          {
            objects: [object],
          },
        ],
      },
    ] = readAssembly(withQueue('Arn'), 'test');
    expect(object).toMatchObject({
      data: { arn: 'prefix:${Source.Arn}', json: '{"url":"${Source}"}' },
      count: '${Source.Arn}',
      list: '${Source.Arn}',
      known: 3,
    });
  });

  test('are compared by it', () => {
    const [
      {
        releases: [
          {
            objects: [{ fields }],
          },
        ],
      },
    ] = compare(withQueue('Arn'), withQueue('QueueName')).stacks;
    expect(fields).toContainEqual({ path: 'data.arn', from: 'prefix:${Source.Arn}', to: 'prefix:${Source.QueueName}' });
  });
});

describe('what is refused', () => {
  test('an assembly without the environment', () => {
    const directory = assembly({ chat: () => [rollout('chat', 'r1')] });
    expect(() => readAssembly(directory, 'production')).toThrow(/expected one that is in .* \(test\), got production/);
  });

  test('a folder that is no assembly', () => {
    expect(() => readAssembly(__dirname, 'test')).toThrow(
      /expected a cloud assembly \(a folder with manifest.json\), got /,
    );
  });
});
