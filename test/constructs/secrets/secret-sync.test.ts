import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { LlmPlatform } from '../../../constructs/platform/llm-platform';
import { EncryptedSecret } from '../../../constructs/secrets/encrypted-secret';
import { SecretSync } from '../../../constructs/secrets/secret-sync';
import { ModelService } from '../../../constructs/serving/model-service';
import { testApp } from '../../support/app';
import { CONTROLLER, ENV, platformOf, secretNamed, syncOf } from './fixture';

const objectsOf = ({ release }: SecretSync): KubernetesObject[] => release.objects as KubernetesObject[];
const specOf = (sync: SecretSync, kind: string, name: string): Record<string, unknown> =>
  objectsOf(sync).find((object) => object.kind === kind && object.metadata.name === name)!.spec as Record<
    string,
    unknown
  >;
const templateOf = (sync: SecretSync): Template => Template.fromStack(Stack.of(sync));

describe('in the cluster', () => {
  test('a store that acts by the role of the namespace, and a Secret with what is read', () => {
    const sync = syncOf();
    expect(objectsOf(sync).map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      'SecretStore models/secrets',
      'ExternalSecret models/hub-token',
    ]);
    expect(specOf(sync, 'SecretStore', 'secrets')).toEqual({
      provider: { aws: { service: 'SecretsManager', region: 'us-east-1', role: expect.anything() } },
    });
    expect(specOf(sync, 'ExternalSecret', 'hub-token')).toEqual({
      refreshInterval: '300s',
      secretStoreRef: { kind: 'SecretStore', name: 'secrets' },
      target: { name: 'hub-token', creationPolicy: 'Owner', deletionPolicy: 'Retain' },
      data: [
        {
          secretKey: 'token',
          remoteRef: { key: `arn:aws:secretsmanager:us-east-1:${ENV.account}:secret:hub-AbCdEf` },
        },
      ],
    });
    templateOf(sync).hasResourceProperties('Custom::KubernetesRelease', {
      ServiceToken: 'arn:platform',
      ReleaseName: 'secrets',
      Namespace: 'models',
      DeadlineSeconds: 600,
    });
  });

  test('fields of a secret under keys of their own, and another interval', () => {
    const sync = syncOf((stack) => {
      const secret = secretNamed(stack, 'database');
      return {
        refreshInterval: Duration.seconds(5),
        secrets: [
          {
            name: 'database',
            entries: [
              { key: 'PGUSER', secret, field: 'username' },
              { key: 'PGPASSWORD', secret, field: 'password' },
            ],
          },
        ],
      };
    });
    expect(specOf(sync, 'ExternalSecret', 'database')).toMatchObject({
      refreshInterval: '5s',
      data: [
        { secretKey: 'PGUSER', remoteRef: { property: 'username' } },
        { secretKey: 'PGPASSWORD', remoteRef: { property: 'password' } },
      ],
    });
  });

  test('of keys of callers, digests alone: what is read is in no key of the Secret', () => {
    const sync = syncOf((stack) => ({
      secrets: [
        {
          name: 'tenant-keys',
          digestsOnly: true,
          entries: ['search', 'support.eu'].map((key) => ({ key, secret: secretNamed(stack, key) })),
        },
      ],
    }));
    const { target, data } = specOf(sync, 'ExternalSecret', 'tenant-keys') as {
      target: { template: { engineVersion: string; mergePolicy: string; data: Record<string, string> } };
      data: { secretKey: string }[];
    };
    const digests = (value: string): string =>
      `{{ range splitList "\\n" .${value} }}{{ with trim . }}{{ sha256sum . }}{{ "\\n" }}{{ end }}{{ end }}`;
    expect(target.template).toEqual({
      engineVersion: 'v2',
      mergePolicy: 'Replace',
      data: { search: digests('value0'), 'support.eu': digests('value1') },
    });
    expect(data.map(({ secretKey }) => secretKey)).toEqual(['value0', 'value1']);
  });

  test('what names a Secret is told its name, and what to wait for', () => {
    const sync = syncOf({ namespace: 'gateway', syncName: 'gateway-secrets' });
    expect(sync.secret('hub-token')).toEqual({
      name: 'hub-token',
      namespace: 'gateway',
      keys: ['token'],
      release: sync.release,
    });
    expect(() => sync.secret('hub')).toThrow(
      'Secrets/Sync.secret: expected one of hub-token, got "hub"; add it to secrets',
    );
  });
});

test('a model whose hub token it is waits for the release, and names the Secret', () => {
  const stack = new Stack(testApp(), 'Serving', { env: ENV });
  const platform = platformOf(stack);
  const secrets = new SecretSync(stack, 'Sync', {
    platform,
    secrets: [{ name: 'hub-token', entries: [{ key: 'token', secret: secretNamed(stack, 'hub') }] }],
  });
  const model = new ModelService(stack, 'Chat', {
    platform,
    model: { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' },
    accelerator: Accelerator.G6E_XLARGE,
    hubToken: secrets.secret('hub-token'),
  });
  expect(JSON.stringify(model.release.objects)).toContain('"secretKeyRef":{"key":"token","name":"hub-token"}');
  Template.fromStack(stack).hasResource('Custom::KubernetesRelease', {
    Properties: { ReleaseName: 'chat' },
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^SyncRelease')]),
  });
});

describe('in AWS', () => {
  const policyOf = (sync: SecretSync) =>
    Object.values(templateOf(sync).findResources('AWS::IAM::Policy')).map(
      ({ Properties }) => (Properties as { PolicyDocument: { Statement: unknown[] } }).PolicyDocument.Statement,
    );

  test('a role that External Secrets alone may take, and that may read exactly these secrets', () => {
    const sync = syncOf((stack) => {
      const [hub, other] = ['hub', 'other'].map((name) => secretNamed(stack, name));
      return {
        secrets: [
          { name: 'one', entries: [{ key: 'a', secret: hub }] },
          {
            name: 'two',
            entries: [
              { key: 'a', secret: hub, field: 'a' },
              { key: 'b', secret: other },
            ],
          },
        ],
      };
    });
    templateOf(sync).hasResourceProperties('AWS::IAM::Role', {
      Path: '/llm-platform-secrets/',
      AssumeRolePolicyDocument: {
        Statement: [{ Action: ['sts:AssumeRole', 'sts:TagSession'], Effect: 'Allow', Principal: { AWS: CONTROLLER } }],
      },
    });
    expect(policyOf(sync)).toEqual([
      [
        {
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          Effect: 'Allow',
          Resource: ['hub', 'other'].map(
            (name) => `arn:aws:secretsmanager:us-east-1:${ENV.account}:secret:${name}-AbCdEf`,
          ),
        },
      ],
    ]);
  });

  test('it decrypts with the key of a secret, through AWS Secrets Manager alone', () => {
    const sync = syncOf((stack) => {
      const { secret } = new EncryptedSecret(stack, 'HubToken', { description: 'Hub' });
      return { secrets: [{ name: 'hub-token', entries: [{ key: 'token', secret }] }] };
    });
    expect(policyOf(sync)).toEqual([
      [
        expect.objectContaining({
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          Resource: { Ref: expect.stringMatching(/^HubToken/) },
        }),
        expect.objectContaining({
          Action: 'kms:Decrypt',
          Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } },
          Resource: { 'Fn::GetAtt': [expect.stringMatching(/^HubTokenKey/), 'Arn'] },
        }),
      ],
    ]);
  });

  test('the key of a secret of others, where it is named', () => {
    const sync = syncOf((stack) => {
      const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:us-east-1:${ENV.account}:key/k`);
      const secret = secretsmanager.Secret.fromSecretAttributes(stack, 'Theirs', {
        secretCompleteArn: `arn:aws:secretsmanager:us-east-1:${ENV.account}:secret:theirs-AbCdEf`,
        encryptionKey,
      });
      return { secrets: [{ name: 'theirs', entries: [{ key: 'token', secret }] }] };
    });
    expect(JSON.stringify(policyOf(sync))).toContain(`arn:aws:kms:us-east-1:${ENV.account}:key/k`);
  });

  test('the key stays as it is: its stack comes first', () => {
    const app = testApp();
    const first = new Stack(app, 'First', { env: ENV });
    const { secret } = new EncryptedSecret(first, 'HubToken', { description: 'Hub' });
    const second = new Stack(app, 'Second', { env: ENV });
    new SecretSync(second, 'Sync', {
      platform: platformOf(second),
      secrets: [{ name: 'hub-token', entries: [{ key: 'token', secret }] }],
    });
    app.synth();
    expect([first.dependencies, second.dependencies]).toEqual([[], [first]]);
  });

  test('a secret that is known by its name', () => {
    const sync = syncOf((stack) => ({
      secrets: [
        {
          name: 'hub-token',
          entries: [{ key: 'token', secret: secretsmanager.Secret.fromSecretNameV2(stack, 'Named', 'hub') }],
        },
      ],
    }));
    expect(JSON.stringify(policyOf(sync))).toContain(`:secretsmanager:us-east-1:${ENV.account}:secret:hub-??????`);
  });

  test('the release comes after the role and its rights', () => {
    const sync = syncOf();
    const resources = templateOf(sync).toJSON().Resources as Record<string, { Type: string; DependsOn?: string[] }>;
    const [release] = Object.values(resources).filter(({ Type }) => Type === 'Custom::KubernetesRelease');
    expect(release.DependsOn).toEqual([
      expect.stringMatching(/^SyncRoleDefaultPolicy/),
      expect.stringMatching(/^SyncRole/),
    ]);
  });
});

describe('refuses', () => {
  test('everything that is wrong at once', () => {
    expect(() =>
      syncOf((stack) => ({
        namespace: 'Models',
        syncName: 'my.secrets',
        refreshInterval: Duration.millis(500),
        secrets: [
          {
            name: 'hf_AbC',
            entries: [
              { key: 'to ken', secret: secretNamed(stack, 'hub') },
              { key: 'token', secret: secretNamed(stack, 'far', 'eu-west-1'), field: 'a[0]' },
              { key: 'token', secret: secretNamed(stack, 'other') },
            ],
          },
          { name: 'hf_AbC', entries: [] },
        ],
      })),
    ).toThrow(
      [
        'Secrets/Sync:',
        `namespace: expected letters in lower case, digits and '-', at most 63 characters, got "Models"; it is a name in Kubernetes, never the secret itself`,
        `syncName: expected letters in lower case, digits and '-', at most 63 characters, got "my.secrets"; it is a name in Kubernetes, never the secret itself`,
        'refreshInterval: expected a whole number of seconds from 1, got 0.5; a rotated value arrives within it',
        'secrets[1].name: expected each once, got "hf_AbC" as secrets[0].name too; rename one',
        `secrets[0].name: expected letters in lower case, digits, '-' and '.', at most 253 characters, got "hf_AbC"; it is a name in Kubernetes, never the secret itself`,
        'secrets[0].entries[2].key: expected each once, got "token" as secrets[0].entries[1].key too; rename one',
        `secrets[0].entries[0].key: expected letters, digits, '-', '_' and '.', got "to ken"; it is the name of a file or a variable`,
        `secrets[0].entries[1].field: expected letters, digits, '-' and '_', with '.' between a field and one within it, got "a[0]"; rename the field in the secret`,
        'secrets[0].entries[1].secret: expected one of us-east-1, the region of the stack, got one of eu-west-1; replicate it there',
        `secrets[1].name: expected letters in lower case, digits, '-' and '.', at most 253 characters, got "hf_AbC"; it is a name in Kubernetes, never the secret itself`,
        'secrets[1].entries: expected at least one, got none; name the keys of the Secret',
      ].join('\n  '),
    );
  });

  test('a platform without External Secrets, and none at all', () => {
    expect(() =>
      syncOf((stack) => ({
        platform: LlmPlatform.fromLlmPlatformAttributes(stack, 'Without', {
          clusterName: 'llm',
          platformServiceToken: 'arn:platform',
          modelServiceToken: 'arn:model',
        }),
      })),
    ).toThrow(
      'externalSecretsRole: expected the role of External Secrets, got none; set controllers.externalSecrets of the platform',
    );
    expect(() => syncOf({ platform: undefined })).toThrow(
      /platform: expected a platform(.*\n)+ *namespace: expected one beside provider, got none/,
    );
    expect(() => syncOf({ secrets: [] })).toThrow('secrets: expected at least one, got none');
  });

  test('a key of a Secret that only the deployment knows, and takes other deploy-time values', () => {
    const late = (value: string): string => Lazy.string({ produce: () => value });
    expect(() =>
      syncOf((stack) => ({
        secrets: [{ name: 'hub', entries: [{ key: late('token'), secret: secretNamed(stack, 'hub') }] }],
      })),
    ).toThrow("key: expected letters, digits, '-', '_' and '.', got a deploy-time value");
    const sync = syncOf((stack) => ({
      namespace: late('models'),
      secrets: [
        {
          name: late('hub-token'),
          entries: [{ key: 'token', field: late('token'), secret: secretNamed(stack, 'hub') }],
        },
      ],
    }));
    expect(() => templateOf(sync)).not.toThrow();
  });

  test('a region that only the deployment knows is taken as it is', () => {
    const stack = new Stack(testApp(), 'Anywhere');
    const arn = new CfnParameter(stack, 'Arn').valueAsString;
    const secret = secretsmanager.Secret.fromSecretCompleteArn(stack, 'Hub', arn);
    const sync = new SecretSync(stack, 'Sync', {
      platform: platformOf(stack),
      secrets: [{ name: 'hub', entries: [{ key: 'token', secret }] }],
    });
    expect(JSON.stringify(specOf(sync, 'ExternalSecret', 'hub'))).toContain('"value":');
    templateOf(sync).hasResourceProperties('Custom::KubernetesRelease', {
      Values: Match.objectLike({ v2: { Ref: 'Arn' } }),
    });
  });

  test('the value of a secret in the place of a name', () => {
    const sync = syncOf((stack) => ({
      secrets: [
        {
          name: secretNamed(stack, 'name').secretValue.unsafeUnwrap(),
          entries: [{ key: 'token', secret: secretNamed(stack, 'hub') }],
        },
      ],
    }));
    expect(() => templateOf(sync)).toThrow('values: expected no secret, got a dynamic reference to one');
  });
});
