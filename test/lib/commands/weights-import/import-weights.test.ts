import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { Hub } from '../../../../lib/commands/weights-import/hub';
import { staging } from '../../../../environments';
import { importCommand } from '../../../../lib/commands/weights-import/import-command';
import { importWeights, type ImportRequest } from '../../../../lib/commands/weights-import/import-weights';
import type { WeightsManifest } from '../../../../lib/commands/weights-import/manifest';
import { ObjectStore } from '../../../../lib/commands/weights-import/object-store';
import { FakeHub, type FakeHubOptions, type HubContent } from './fake-hub';
import { FakeS3 } from './fake-s3';

const REPOSITORY = 'Qwen/Qwen3-8B';
const COMMIT = 'b968826d9c46dd6066d109eabc6255188de91218';
const PROGRAM = path.resolve(__dirname, '../../../../constructs/weights/verify-weights.py');
const KIBIBYTE = 1024;

const text = (content: string): HubContent => ({ bytes: Buffer.from(content) });
const large = (size: number, fill: number): HubContent => ({ bytes: Buffer.alloc(size, fill), large: true });

/** A repository as they are: two formats of the same weights, and things that nobody serves. */
const FILES: Record<string, HubContent> = {
  '.gitattributes': text('*.safetensors filter=lfs'),
  'README.md': text('---\nlicense: apache-2.0\n---'),
  LICENSE: text('Apache'),
  'config.json': text('{"model_type":"qwen3"}'),
  'tokenizer.json': large(2 * KIBIBYTE, 7),
  'model-00001-of-00002.safetensors': large(400 * KIBIBYTE + 5, 1),
  'model-00002-of-00002.safetensors': large(3, 2),
  'model.safetensors.index.json': text('{}'),
  'pytorch_model.bin': large(10, 3),
  'convert.py': text('print()'),
  '1_Pooling/config.json': text('{}'),
};

let s3: FakeS3;
let hub: FakeHub;
let client: S3;
const stops: (() => unknown)[] = [];

beforeEach(async () => {
  s3 = await FakeS3.start();
  client = new S3({
    endpoint: s3.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  stops.push(
    () => s3.stop(),
    () => client.destroy(),
  );
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Imports from a hub of its own. */
async function run(options: Partial<FakeHubOptions> = {}, request: Partial<ImportRequest> = {}) {
  const started = await FakeHub.start({
    repository: REPOSITORY,
    commit: COMMIT,
    files: FILES,
    cardData: { license: 'apache-2.0' },
    ...options,
  });
  hub = started;
  stops.push(() => started.stop());
  const log: string[] = [];
  const imported = await importWeights({
    repository: REPOSITORY,
    commit: COMMIT,
    hub: new Hub({ endpoint: `${hub.endpoint}/`, token: options.token }),
    store: new ObjectStore({ client, bucket: 'weights', partSize: 160 * KIBIBYTE }),
    allowedLicenses: ['apache-2.0', 'mit'],
    acknowledgments: {},
    log: (line) => log.push(line),
    streamAbove: 32 * KIBIBYTE,
    ...request,
  });
  const manifest = s3.latest(`${imported.path}/manifests/${imported.manifestSha256}.json`)!.bytes;
  return { ...imported, manifest: JSON.parse(manifest.toString()) as WeightsManifest, manifestBytes: manifest, log };
}

const pathsOf = ({ files }: WeightsManifest) => files.map((file) => file.path);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('imports safetensors and what belongs to them, and nothing else', async () => {
  const { manifest, path: prefix, bytes, log } = await run();
  expect(pathsOf(manifest)).toEqual([
    '1_Pooling/config.json',
    'LICENSE',
    'README.md',
    'config.json',
    'model-00001-of-00002.safetensors',
    'model-00002-of-00002.safetensors',
    'model.safetensors.index.json',
    'tokenizer.json',
  ]);
  expect(prefix).toMatch(new RegExp(`^${REPOSITORY}/${COMMIT}/[0-9a-f]{12}$`));
  expect(hub.requests.filter((url) => /bin|convert|gitattributes/.test(url))).toEqual([]);
  expect(log[0]).toBe(`${REPOSITORY} at ${COMMIT}, license apache-2.0: 8 files, ${bytes} bytes`);
});

test('the manifest tells repository, commit, license, and of each file the bytes and the object', async () => {
  const { manifest, manifestBytes, manifestSha256, path: prefix } = await run();
  expect(manifest).toMatchObject({
    version: 1,
    repository: REPOSITORY,
    commit: COMMIT,
    license: 'apache-2.0',
    acknowledgments: {},
  });
  expect(sha256(manifestBytes)).toBe(manifestSha256);
  for (const file of manifest.files) {
    const { bytes } = FILES[file.path];
    const object = s3.latest(`${prefix}/files/${file.path}`)!;
    expect(object.bytes.equals(bytes)).toBe(true);
    expect(file).toEqual({
      path: file.path,
      size: bytes.length,
      sha256: sha256(bytes),
      object: { versionId: object.versionId, checksumSha256: object.checksum },
    });
  }
  const checksums = Object.fromEntries(manifest.files.map((file) => [file.path, file.object.checksumSha256]));
  // One of three parts, one of a single one.
  expect(checksums['model-00001-of-00002.safetensors']).toMatch(/^.{44}-3$/);
  expect(checksums['model-00002-of-00002.safetensors']).toBe(
    createHash('sha256').update(FILES['model-00002-of-00002.safetensors'].bytes).digest('base64'),
  );
});

test('the init container accepts what was imported, and refuses a byte that was changed', async () => {
  const { manifest, manifestBytes, manifestSha256, path: prefix } = await run();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'imported-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(path.join(folder, 'manifest.json'), manifestBytes);
  for (const file of pathsOf(manifest)) {
    fs.mkdirSync(path.dirname(path.join(folder, 'files', file)), { recursive: true });
    fs.writeFileSync(path.join(folder, 'files', file), s3.latest(`${prefix}/files/${file}`)!.bytes);
  }
  const verify = () =>
    spawnSync(
      'python3',
      [PROGRAM, `--manifest=${folder}/manifest.json`, `--sha256=${manifestSha256}`, `--directory=${folder}/files`],
      { encoding: 'utf8' },
    );
  expect(verify()).toMatchObject({ status: 0, stdout: expect.stringMatching(/^weights verified: 8 files/) as string });
  fs.appendFileSync(path.join(folder, 'files/config.json'), ' ');
  expect(verify()).toMatchObject({ status: 1, stderr: 'weights refused: config.json has 23 bytes instead of 22\n' });
});

test('a second import carries nothing and changes nothing', async () => {
  const first = await run();
  s3.writes.length = 0;
  const second = await run();
  expect(second).toMatchObject({ path: first.path, manifestSha256: first.manifestSha256 });
  expect(s3.writes).toEqual([]);
  expect(hub.requests.filter((url) => url.includes('model-00001'))).toEqual([]);
});

test('an object that is not the imported one is put again, and the manifest names the new version', async () => {
  const first = await run();
  const key = `${first.path}/files/model-00001-of-00002.safetensors`;
  s3.objects.get(key)!.push({ ...s3.latest(key)!, sha256: 'ff', versionId: 'foreign' });
  const second = await run();
  expect(second.manifestSha256).not.toBe(first.manifestSha256);
  expect(second.manifest.files.map((file) => file.object.versionId)).not.toContain('foreign');
});

test('weights that are named are taken, in a place of their own', async () => {
  const first = await run();
  const second = await run({}, { weights: ['model-00002-of-00002.safetensors'] });
  expect(second.path).not.toBe(first.path);
  expect(pathsOf(second.manifest)).not.toContain('model-00001-of-00002.safetensors');
});

describe('nothing is left when', () => {
  const flip = (bytes: Buffer) => Buffer.from(bytes).fill(9, bytes.length - 1);

  test.each<[string, string, (bytes: Buffer) => Buffer, RegExp]>([
    [
      'a byte of streamed weights is another',
      'model-00001-of-00002.safetensors',
      flip,
      /files\/model-00001-of-00002\.safetensors: expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}; the hub delivered something else/,
    ],
    [
      'streamed weights end early',
      'model-00001-of-00002.safetensors',
      (bytes) => bytes.subarray(1),
      /expected 409605 bytes, got 409604;/,
    ],
    [
      'streamed weights do not end',
      'model-00001-of-00002.safetensors',
      (bytes) => Buffer.concat([bytes, bytes]),
      /expected 409605 bytes, got more;/,
    ],
    [
      'a byte of a small file is another',
      'config.json',
      flip,
      /^config\.json: expected the git object id [0-9a-f]{40}, got [0-9a-f]{40}/,
    ],
    [
      'a byte of small weights is another',
      'model-00002-of-00002.safetensors',
      flip,
      /^model-00002-of-00002\.safetensors: expected the SHA-256 [0-9a-f]{64}, got/,
    ],
  ])('%s', async (_, spoiled, change, message) => {
    await expect(run({ spoil: (file, bytes) => (file === spoiled ? change(bytes) : bytes) })).rejects.toThrow(message);
    expect([...s3.objects.keys()].filter((key) => key.endsWith(spoiled) || key.includes('/manifests/'))).toEqual([]);
    expect(s3.uploads.size).toBe(0);
  });

  test.each([1, 2, 3])('part %i is refused', async (part) => {
    s3.refusedPart = part;
    await expect(run()).rejects.toThrow('Access Denied');
    expect([...s3.objects.keys()].filter((key) => key.includes('model-00001') || key.includes('/manifests/'))).toEqual(
      [],
    );
    expect(s3.uploads.size).toBe(0);
  });

  test('the bucket keeps no versions', async () => {
    s3.versioned = false;
    await expect(run()).rejects.toThrow(/expected a version of the object, got none; turn on versioning of the bucket/);
  });
});

describe('refuses', () => {
  const WITHOUT_SAFETENSORS = Object.fromEntries(
    Object.entries(FILES).filter(([file]) => !file.endsWith('.safetensors')),
  );
  const WITH_CODE = {
    ...FILES,
    'config.json': text('{"auto_map":{"AutoModel":"modeling.Model"}}'),
    'modeling.py': text('import os'),
  };
  const REASON = 'converted by nobody yet; the file was scanned, ticket 17';

  test('everything that is wrong, at once, before it carries anything', async () => {
    const files = { ...WITH_CODE, 'a.safetensors': undefined };
    await expect(
      run(
        {
          files: Object.fromEntries(Object.entries(files).filter(([file]) => !file.endsWith('.safetensors'))) as Record<
            string,
            HubContent
          >,
          cardData: { license: 'other', license_name: 'llama3.1' },
        },
        { acknowledgments: { pickles: 'ok' } },
      ),
    ).rejects.toThrow(
      new RegExp(
        [
          '^license: expected one of apache-2\\.0, mit, got llama3\\.1; .*',
          'pickles: expected safetensors, got pytorch_model\\.bin; .*acknowledge it with a reason',
          'remoteCode: expected a model without code of its own, got auto_map in config\\.json; .*$',
        ].join('\\n'),
      ),
    );
    expect(s3.writes).toEqual([]);
  });

  test('a model without a license, and one without weights', async () => {
    await expect(run({ cardData: undefined })).rejects.toThrow(
      /^license: expected one of apache-2\.0, mit, got none in the model card/,
    );
    await expect(run({ files: { 'config.json': text('{}') } })).rejects.toThrow(
      /^weights: expected \.safetensors or \.gguf files, got none/,
    );
    await expect(run({}, { weights: ['modle.safetensors'] })).rejects.toThrow(
      /^weights: expected files of the repository, got "modle\.safetensors"/,
    );
  });

  test('pickles and code, unless the reason is given, which the manifest keeps', async () => {
    await expect(run({ files: WITHOUT_SAFETENSORS })).rejects.toThrow('pickles: expected safetensors');
    const pickles = await run({ files: WITHOUT_SAFETENSORS }, { acknowledgments: { pickles: REASON } });
    expect(pathsOf(pickles.manifest)).toContain('pytorch_model.bin');
    expect(pickles.manifest.acknowledgments).toEqual({ pickles: REASON });

    await expect(run({ files: WITH_CODE })).rejects.toThrow('remoteCode: expected a model without code of its own');
    const code = await run({ files: WITH_CODE }, { acknowledgments: { remoteCode: REASON } });
    expect(pathsOf(code.manifest)).toEqual(expect.arrayContaining(['modeling.py', 'convert.py']));
  });

  test('a branch, and a commit that the hub does not have', async () => {
    await expect(run({}, { commit: 'main' })).rejects.toThrow(
      /^commit: expected 40 hexadecimal digits, got "main"; .*a branch or tag may move$/,
    );
    await expect(run({}, { commit: COMMIT.replace('b', 'a') })).rejects.toThrow(
      /^hub: expected \/api\/models\/Qwen\/Qwen3-8B\/revision\/a968\S+, got 404 Not Found; look whether/,
    );
  });
});

test('a token reaches the hub, and not the storage behind it', async () => {
  const { manifest } = await run({ token: 'hf_secret' });
  expect(manifest.files).toHaveLength(8);
  expect(hub.tokenReachedStorage).toBe(false);
  const gated = FakeHub.start({ repository: REPOSITORY, commit: COMMIT, files: FILES, token: 'hf_secret' });
  stops.push(async () => (await gated).stop());
  await expect(new Hub({ endpoint: (await gated).endpoint }).describe(REPOSITORY, COMMIT)).rejects.toThrow(
    /got 401 .*; accept the model's terms on its page, and set HF_TOKEN/,
  );
});

test('the command prints what a release refers to', async () => {
  const { path: prefix, manifestSha256, bytes } = await run();
  const printed: string[] = [];
  process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = 'test';
  const args = (repository: string, environment = 'staging') => [
    environment,
    repository,
    '--commit',
    COMMIT,
    '--hub',
    hub.endpoint,
    '--s3-endpoint',
    s3.endpoint,
  ];
  const weightsBucket = { name: 'weights', storageCidrs: ['10.20.0.0/16'] };
  const environments = [
    { ...staging, weightsBucket, allowedLicenses: ['apache-2.0'] },
    { ...staging, name: 'strict', weightsBucket, allowedLicenses: ['mit'] },
    { ...staging, name: 'bare' },
  ];
  const command = () => importCommand({ environments, print: (line) => printed.push(line), log: () => undefined });
  await command().parseAsync(args(REPOSITORY), { from: 'user' });
  expect(JSON.parse(printed.join('\n'))).toEqual({ path: prefix, manifestSha256, bytes });
  await expect(command().parseAsync(args('Qwen3-8B'), { from: 'user' })).rejects.toThrow(
    'repository: expected <organization>/<model>, got "Qwen3-8B"',
  );
  await expect(command().parseAsync(args(REPOSITORY, 'strict'), { from: 'user' })).rejects.toThrow(
    /license.*expected .*mit.*got .*apache-2\.0/s,
  );
  await expect(command().parseAsync(args(REPOSITORY, 'bare'), { from: 'user' })).rejects.toThrow(
    'environment bare: expected a weightsBucket to import into, got none',
  );
});
