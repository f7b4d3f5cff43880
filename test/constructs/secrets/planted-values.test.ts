import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { ExternalModel } from '../../../constructs/model-providers/external-model';
import { EncryptedSecret } from '../../../constructs/secrets/encrypted-secret';
import { SecretSync } from '../../../constructs/secrets/secret-sync';
import { ModelService } from '../../../constructs/serving/model-service';
import { testApp } from '../../support/app';
import { ENV, platformOf } from './fixture';

// Values that a machine which synthesizes may hold, and where it would find them.
const PLANTED: Readonly<Record<string, string>> = {
  HF_TOKEN: 'hf_PlantedHubToken0123456789',
  OPENAI_API_KEY: 'sk-PlantedProviderKey0123456789',
  MODEL_KEY_SPARE: 'PlantedGatewayKey0123456789',
  REDIS_URL: 'rediss://:PlantedRedisPassword@redis.example:6379',
  AWS_SECRET_ACCESS_KEY: 'PlantedAccessKey0123456789',
};
/** A reference by which CloudFormation would put a value into a property, where whoever may describe the resource reads it. */
const REFERENCE = '{{resolve:secretsmanager:';

let directory: string;
const before = { ...process.env };
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'planted-'));
  Object.assign(process.env, PLANTED);
});
afterEach(() => {
  process.env = { ...before };
  rmSync(directory, { recursive: true, force: true });
});

/** Everything that reads secrets, and writes something. */
function synthesize(more: (stack: Stack) => void = () => undefined): void {
  const app = testApp({ outdir: directory });
  const data = new Stack(app, 'Data', { env: ENV });
  const rotator = new lambda.Function(data, 'Rotator', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = () => {};'),
  });
  const secretOf = (id: string) => new EncryptedSecret(data, id, { description: id }).secret;
  const spare = ExternalModel.openAi({ modelName: 'spare', model: 'gpt-4.1', secret: secretOf('Spare') });
  const redis = new EncryptedSecret(data, 'Redis', {
    description: 'Redis',
    generate: { secretStringTemplate: '{"username":"gateway"}', generateStringKey: 'password' },
    rotation: { function: rotator, every: Duration.days(7) },
  });
  const serving = new Stack(app, 'Serving', { env: ENV });
  const platform = platformOf(serving);
  const secrets = new SecretSync(serving, 'Secrets', {
    platform,
    secrets: [
      { name: 'hub-token', entries: [{ key: 'token', secret: secretOf('HubToken') }] },
      { name: 'model-keys', entries: [{ key: 'MODEL_KEY_SPARE', secret: secretOf('Provider'), field: 'key' }] },
      { name: 'tenant-keys', digestsOnly: true, entries: [{ key: 'search', secret: secretOf('Search') }] },
      { name: 'redis', entries: [{ key: 'password', secret: redis.secret, field: 'password' }] },
    ],
  });
  new ModelService(serving, 'Chat', {
    platform,
    model: { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' },
    accelerator: Accelerator.G6E_XLARGE,
    hubToken: secrets.secret('hub-token'),
    fallback: spare,
  });
  more(serving);
  app.synth();
}

/** What a text becomes in base64, wherever within three bytes it begins, without what its neighbors decide. */
function encodings(text: string): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
    return bytes.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

/** Files below a folder that hold one of the texts, as they are or in base64. */
function filesWith(texts: readonly string[]): string[] {
  const wanted = texts.flatMap((text) => [text, ...encodings(text)]);
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => {
      const written = readFileSync(file, 'latin1');
      return wanted.some((text) => written.includes(text));
    });
}

test('nothing that is written holds a value of a secret, or a reference by which it would be put there', () => {
  synthesize();
  expect(existsSync(join(directory, 'manifest.json'))).toBe(true);
  // Templates and the documents of both releases are among what was looked through.
  expect(filesWith(['hub-token']).length).toBeGreaterThanOrEqual(2);
  expect(filesWith([...Object.values(PLANTED), REFERENCE])).toEqual([]);
});

test.each([
  ['a value', PLANTED.HF_TOKEN],
  ...['', 't', 'to', 'token:'].map((prefix) => [
    `"${prefix}" and a value in base64`,
    Buffer.from(`${prefix}${PLANTED.HF_TOKEN}!`).toString('base64'),
  ]),
])('%s that is written is found', (_, value) => {
  synthesize((stack) => new CfnOutput(stack, 'Leak', { value }));
  expect(filesWith(Object.values(PLANTED))).toEqual([join(directory, 'Serving.template.json')]);
});
