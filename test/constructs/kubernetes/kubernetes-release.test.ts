import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  App,
  CfnParameter,
  DefaultStackSynthesizer,
  Duration,
  Lazy,
  SecretValue,
  Stack,
  type StackProps,
  Token,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  KubernetesRelease,
  type KubernetesReleaseProps,
  ReleaseProvider,
  ReleaseTier,
} from '../../../constructs/kubernetes';
import { MARKER } from '../../../constructs/kubernetes/contract/release-document';
import { testApp } from '../../support/app';
import { chartOf, configMap, releaseFixture } from '../../support/release';

function release(props: Partial<KubernetesReleaseProps> = {}) {
  const { stack, provider } = releaseFixture();
  const made = new KubernetesRelease(stack, 'Release', {
    provider,
    tier: ReleaseTier.MODEL,
    name: 'chat',
    namespace: 'models',
    charts: [chartOf(configMap('one'))],
    ...props,
  });
  return { stack, release: made };
}

test('is one custom resource of the tier that it names', () => {
  const template = Template.fromStack(release().stack);
  template.hasResourceProperties('Custom::KubernetesRelease', {
    ServiceToken: 'arn:model',
    ServiceTimeout: '3600',
    ReleaseName: 'chat',
    Namespace: 'models',
    DeadlineSeconds: 3300,
  });
  Template.fromStack(release({ tier: ReleaseTier.PLATFORM }).stack).hasResourceProperties('Custom::KubernetesRelease', {
    ServiceToken: 'arn:platform',
  });
});

describe('a stack that its provider cannot serve', () => {
  const token = (name: string) => `arn:aws:lambda:us-east-1:111111111111:function:${name}`;
  const inStack = (props: StackProps, clusterName = 'llm') => {
    const stack = new Stack(testApp(), 'llm-chat', props);
    const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
      clusterName,
      platformServiceToken: token('platform'),
      modelServiceToken: token('model'),
      bootstrapQualifier: 'hnb659fds',
      assetBucketName: 'cdk-hnb659fds-assets-111111111111-us-east-1',
    });
    return () =>
      new KubernetesRelease(stack, 'Release', {
        provider,
        tier: ReleaseTier.MODEL,
        name: 'chat',
        namespace: 'models',
        charts: [chartOf(configMap('settings'))],
      });
  };

  test('is refused with everything that differs', () => {
    expect(
      inStack({
        env: { account: '222222222222', region: 'eu-west-1' },
        synthesizer: new DefaultStackSynthesizer({ qualifier: 'team' }),
      }),
    ).toThrow(
      [
        'llm-chat/Release: env.account: expected 111111111111, that of the handlers of llm, got 222222222222; CloudFormation finds them in its own account and region alone, give the stack llm-chat the same',
        'env.region: expected us-east-1, that of the handlers of llm, got eu-west-1; CloudFormation finds them in its own account and region alone, give the stack llm-chat the same',
        'synthesizer.qualifier: expected hnb659fds, that of the handlers of llm, got team; they read no bucket of assets but that of their own, give the stack llm-chat the same',
      ].join('\n  '),
    );
  });

  test('is refused when its assets lie in another bucket', () => {
    const env = { account: '111111111111', region: 'us-east-1' };
    const synthesizer = new DefaultStackSynthesizer({ fileAssetsBucketName: 'acme-assets' });
    expect(inStack({ env, synthesizer })).toThrow(
      'llm-chat/Release: synthesizer: expected the bucket of assets cdk-hnb659fds-assets-111111111111-us-east-1, that of the handlers of llm, got acme-assets; they read no other, give the stack llm-chat the synthesizer of theirs',
    );
  });

  test('is told by what is known at synth alone', () => {
    expect(inStack({})).not.toThrow();
    expect(inStack({ env: { account: '111111111111', region: 'us-east-1' } })).not.toThrow();
  });
});

test('hands flags over only when they are set', () => {
  const plain = Object.values(Template.fromStack(release().stack).findResources('Custom::KubernetesRelease'))[0]
    .Properties as object;
  expect(plain).not.toHaveProperty('Adopt');
  expect(plain).not.toHaveProperty('DeleteEverything');
  Template.fromStack(
    release({ adopt: true, deleteNamespacesAndData: true, detached: true, deadline: Duration.minutes(5) }).stack,
  ).hasResourceProperties('Custom::KubernetesRelease', {
    Adopt: true,
    DeleteEverything: true,
    Detached: true,
    DeadlineSeconds: 300,
  });
});

test('names the objects of others that it waits for', () => {
  const waitFor = [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'monitoring', name: 'prometheus', source: '88.5.3' },
  ];
  Template.fromStack(release({ waitFor }).stack).hasResourceProperties('Custom::KubernetesRelease', {
    WaitFor: waitFor,
  });
});

test('says in the template what the asset is, which nobody can change in a bucket', () => {
  const { stack } = release();
  const assembly = (stack.node.root as App).synth();
  const file = fs.readdirSync(assembly.directory).find((name) => /^asset\..*\.json$/.test(name))!;
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('Custom::KubernetesRelease')) as {
    Properties: { Sha256: string };
  }[];
  expect(Properties.Sha256).toBe(
    createHash('sha256')
      .update(fs.readFileSync(path.join(assembly.directory, file)))
      .digest('hex'),
  );
});

test('the asset holds the objects, with markers for tokens and canonical quantities', () => {
  const { stack, provider } = releaseFixture();
  const token = new CfnParameter(stack, 'Bucket').valueAsString;
  new KubernetesRelease(stack, 'Release', {
    provider,
    tier: ReleaseTier.MODEL,
    name: 'chat',
    namespace: 'models',
    charts: [
      chartOf(configMap('one', { bucket: token }), {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p' },
        spec: { containers: [{ resources: { limits: { memory: '1024Mi' } } }] },
      }),
    ],
  });
  const assembly = (stack.node.root as App).synth();
  const file = fs.readdirSync(assembly.directory).find((name) => /^asset\..*\.json$/.test(name))!;
  const document = JSON.parse(fs.readFileSync(path.join(assembly.directory, file), 'utf8')) as {
    objects: { data?: object; spec?: object }[];
  };
  expect(document.objects[0].data).toEqual({ bucket: { [MARKER]: 'value', value: 'v0', type: 'string' } });
  expect(document.objects[1].spec).toEqual({ containers: [{ resources: { limits: { memory: '1Gi' } } }] });
  Template.fromStack(stack).hasResourceProperties('Custom::KubernetesRelease', { Values: { v0: { Ref: 'Bucket' } } });
});

test('lists the releases below a scope', () => {
  const { stack, release: made } = release();
  expect(KubernetesRelease.allIn(stack.node.root)).toEqual([made]);
  expect(made.objects).toHaveLength(1);
});

test('two renderings of the same charts are the same asset', () => {
  const key = () => JSON.stringify(Template.fromStack(release().stack).toJSON());
  expect(key()).toBe(key());
});

test('refuses numbers of deploy time that were computed with, or written into a text', () => {
  const seconds = Lazy.number({ produce: () => 15 });
  const computed = (value: unknown) => () => release({ charts: [chartOf({ ...configMap('one'), spec: { value } })] });
  for (const value of [seconds / 2, `--timeout=${seconds}`]) {
    expect(computed(value)).toThrow(
      /expected numbers that are known at synth .*, got ConfigMap\/"one" with a deploy-time value/,
    );
  }
  expect(computed(seconds)).not.toThrow();
});

test('fails with everything that is wrong at once', () => {
  const wrong = () =>
    release({
      deadline: Duration.minutes(56),
      charts: [
        chartOf(configMap('one'), configMap('one'), {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 's' },
          stringData: { a: 'b' },
        }),
      ],
    });
  expect(wrong).toThrow(/deadline: expected 1 second to 55 minutes, got 56 minutes/);
  expect(wrong).toThrow(/expected each object once, got ConfigMap\/"one" twice/);
  expect(wrong).toThrow(/expected no secret data, got Secret\/"s"/);
});

test('fails when an object is larger than the API server stores', () => {
  expect(() => release({ charts: [chartOf(configMap('big', { text: 'x'.repeat(1_000_001) }))] })).toThrow(
    /at most 1000000 bytes, got ConfigMap\/"big"/,
  );
});

test('fails when the planned rollout does not end before the deadline, unless it is detached', () => {
  const props = { plannedRollout: Duration.minutes(55) };
  expect(() => release(props)).toThrow(
    /plannedRollout: expected less than the deadline of 55 minutes, got 55 minutes; shorten the steps or set detached/,
  );
  expect(() => release({ ...props, detached: true })).not.toThrow();
});

test('fails at synth when a secret would enter the template', () => {
  const { stack } = release({
    charts: [chartOf(configMap('one', { key: SecretValue.secretsManager('hub').unsafeUnwrap() }))],
  });
  expect(() => Template.fromStack(stack)).toThrow(/expected no secret, got a dynamic reference to one/);
});

test('a name that is a token is no reason to fail', () => {
  const { stack, provider } = releaseFixture();
  const name = new CfnParameter(stack, 'Name').valueAsString;
  expect(Token.isUnresolved(name)).toBe(true);
  expect(
    () =>
      new KubernetesRelease(stack, 'Release', {
        provider,
        tier: ReleaseTier.MODEL,
        name: 'chat',
        namespace: 'models',
        charts: [chartOf({ ...configMap('one'), metadata: { name, namespace: 'models' } })],
      }),
  ).not.toThrow();
});
