import { createHash, generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { staging } from '../../../../environments';
import { Hub } from '../../../../lib/commands/weights-import/hub';
import { importCommand } from '../../../../lib/commands/weights-import/import-command';
import { importWeights, type ImportRequest } from '../../../../lib/commands/weights-import/import-weights';
import type { WeightsManifest } from '../../../../lib/commands/weights-import/manifest';
import { ModelSigning } from '../../../../lib/commands/weights-import/model-signing';
import { ObjectStore } from '../../../../lib/commands/weights-import/object-store';
import type { SignatureRequest } from '../../../../lib/commands/weights-import/signature';
import { FakeHub, type FakeHubOptions, type HubContent } from './fake-hub';
import { FakeS3 } from './fake-s3';
import { Publisher } from './publisher';

const REPOSITORY = 'Qwen/Qwen3-8B';
const COMMIT = 'b968826d9c46dd6066d109eabc6255188de91218';
const KIBIBYTE = 1024;

/** MODEL_SIGNING names a folder with the real command, for which these tests hold as well. */
const REAL = process.env.MODEL_SIGNING;

const text = (content: string): HubContent => ({ bytes: Buffer.from(content) });
const FILES: Record<string, HubContent> = {
  '.gitattributes': text('*.safetensors filter=lfs'),
  'README.md': text('---\nlicense: apache-2.0\n---'),
  'config.json': text('{"model_type":"qwen3"}'),
  'model.safetensors': { bytes: Buffer.alloc(400 * KIBIBYTE + 5, 1), large: true },
  'pytorch_model.bin': { bytes: Buffer.alloc(10, 3), large: true },
  '1_Pooling/config.json': text('{}'),
};
const SIGNED = Object.fromEntries(
  Object.entries(FILES)
    .filter(([name]) => name !== '.gitattributes')
    .map(([name, { bytes }]) => [name, bytes]),
);

const publisher = new Publisher();
let folder: string;
let tools: string;
let s3: FakeS3;
let hub: FakeHub;
let client: S3;
let log: string[];
const stops: (() => unknown)[] = [];

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signed-'));
  fs.mkdirSync(path.join(folder, 'disk'));
  tools = REAL ?? path.join(folder, 'bin');
  if (!REAL) command(tools, `exec "${process.execPath}" "${path.join(__dirname, 'fake-model-signing.mjs')}" "$@"`);
  s3 = await FakeS3.start();
  client = new S3({
    endpoint: s3.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  log = [];
  stops.push(
    () => s3.stop(),
    () => client.destroy(),
    () => fs.rmSync(folder, { recursive: true }),
  );
});
afterEach(async () => {
  const left = fs.readdirSync(path.join(folder, 'disk'));
  for (const stop of stops.splice(0)) await stop();
  // Whatever happened, no copy stays.
  expect(left).toEqual([]);
});

/** Writes a command `model_signing` into a folder. */
function command(directory: string, script: string): void {
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, 'model_signing'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

interface Situation {
  /** Files of the commit, which may be others than were signed. */
  readonly files?: Record<string, HubContent>;
  readonly signature?: Buffer;
  readonly publisher?: SignatureRequest['publisher'];
  readonly tool?: ModelSigning;
  readonly hub?: Partial<FakeHubOptions>;
  readonly request?: Partial<ImportRequest>;
}

async function start({
  files = FILES,
  signature = publisher.sign(SIGNED),
  hub: options,
}: Situation = {}): Promise<FakeHub> {
  hub = await FakeHub.start({
    repository: REPOSITORY,
    commit: COMMIT,
    files: { ...files, 'model.sig': { bytes: signature } },
    cardData: { license: 'apache-2.0' },
    ...options,
  });
  const started = hub;
  stops.push(() => started.stop());
  return hub;
}

async function run(situation: Situation = {}) {
  const { endpoint } = await start(situation);
  const imported = await importWeights({
    repository: REPOSITORY,
    commit: COMMIT,
    hub: new Hub({ endpoint }),
    store: new ObjectStore({ client, bucket: 'weights', partSize: 160 * KIBIBYTE }),
    allowedLicenses: ['apache-2.0'],
    acknowledgments: {},
    log: (line) => log.push(line),
    temporaryFolder: path.join(folder, 'disk'),
    streamAbove: 32 * KIBIBYTE,
    signature: {
      file: 'model.sig',
      publisher: situation.publisher ?? { publicKey: publisher.publicKey },
      tool: situation.tool ?? new ModelSigning(tools),
    },
    ...situation.request,
  });
  return { ...imported, manifest: manifestOf(imported) };
}

function manifestOf({ path: prefix, manifestSha256 }: { path: string; manifestSha256: string }): WeightsManifest {
  return JSON.parse(s3.latest(`${prefix}/manifests/${manifestSha256}.json`)!.bytes.toString()) as WeightsManifest;
}

test('files that the publisher signed are imported, and the manifest tells by which key', async () => {
  const signature = publisher.sign(SIGNED);
  const { manifest, path: prefix } = await run({ signature });
  const publicKeySha256 = createHash('sha256')
    .update(publisher.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  expect(manifest.signature).toEqual({
    file: 'model.sig',
    sha256: createHash('sha256').update(signature).digest('hex'),
    method: 'key',
    publicKeySha256,
  });
  expect(manifest.files.map((file) => file.path)).toEqual([
    '1_Pooling/config.json',
    'README.md',
    'config.json',
    'model.safetensors',
  ]);
  for (const file of manifest.files)
    expect(s3.latest(`${prefix}/files/${file.path}`)!.bytes.equals(FILES[file.path].bytes)).toBe(true);
  expect(log.slice(1, 3)).toEqual([
    'model_signing, version 1.1.1',
    `model.sig: verified over 6 files, key with SHA-256 ${publicKeySha256}`,
  ]);
  // What was looked at before is not fetched again, and nothing twice.
  expect(hub.requests.length).toBe(new Set(hub.requests).size);
});

test('it is the same import as one without a signature, but for the manifest', async () => {
  const unsigned = await run({ request: { signature: undefined } });
  expect(unsigned.manifest).not.toHaveProperty('signature');
  s3.writes.length = 0;
  const signed = await run();
  expect(signed.path).toBe(unsigned.path);
  expect(signed.manifest.files).toEqual(unsigned.manifest.files);
  expect(s3.writes).toEqual([`PUT ${signed.path}/manifests/${signed.manifestSha256}.json`]);
});

const CHANGED = {
  ...FILES,
  'model.safetensors': { bytes: Buffer.from(FILES['model.safetensors'].bytes).fill(9, 77, 78), large: true },
};
const without = (name: string) => Object.fromEntries(Object.entries(FILES).filter(([file]) => file !== name));
const bundle = () =>
  JSON.parse(publisher.sign(SIGNED).toString()) as {
    verificationMaterial: object;
    dsseEnvelope: { payload: string; signatures: { sig: string }[] };
  };

/** A signature whose payload was changed after it was made. */
function forged(): Buffer {
  const { dsseEnvelope, ...rest } = bundle();
  const other = JSON.parse(
    publisher.sign({ ...SIGNED, 'model.safetensors': CHANGED['model.safetensors'].bytes }).toString(),
  ) as ReturnType<typeof bundle>;
  return Buffer.from(
    JSON.stringify({ ...rest, dsseEnvelope: { ...dsseEnvelope, payload: other.dsseEnvelope.payload } }),
  );
}

/** One whose envelope another reader may find elsewhere. */
function twofold(): Buffer {
  return Buffer.from(JSON.stringify({ ...bundle(), dsse_envelope: bundle().dsseEnvelope }));
}

describe('nothing reaches S3 when', () => {
  test.each<[string, Situation, RegExp]>([
    [
      'a byte is another than was signed',
      { files: CHANGED },
      /^signature: expected model\.sig to be of the key with SHA-256 [0-9a-f]{64} and over every file of the commit, got "Signature mismatch: \[Hash mismatch for 'model\.safetensors'\]"; take a commit/,
    ],
    [
      'bytes of three files are others',
      { files: { ...CHANGED, 'config.json': text('{ }'), 'README.md': text('') } },
      /got "Signature mismatch: \['?Hash mismatch for 'README\.md''?, '?Hash mismatch for 'config\.json''?, '?Hash mismatch for 'model\.safetensors''?\]"; take/,
    ],
    [
      'a file was added',
      { files: { ...FILES, 'run.py': text('import os') } },
      /got "Signature mismatch: .*Extra files found in model 'files': run\.py/,
    ],
    [
      'a file of what is imported was added',
      { files: { ...FILES, 'chat_template.jinja': text('{{ }}') } },
      /^signature: expected model\.sig to cover every imported file, got none for chat_template\.jinja; take a commit/,
    ],
    [
      'a file was removed',
      { files: without('pytorch_model.bin') },
      /Missing files in model 'files': pytorch_model\.bin/,
    ],
    [
      'it is the signature of another publisher',
      { publisher: { publicKey: new Publisher().publicKey } },
      /got "Key mismatch: The public key hash.*"; take a commit that its publisher signed, and the key that the publisher hands out$/,
    ],
    [
      'what is signed was changed',
      { files: CHANGED, signature: forged() },
      /and over every file of the commit, got an invalid signature; take/,
    ],
    [
      'the signature does not look at a file',
      {
        signature: publisher.sign(
          Object.fromEntries(Object.entries(SIGNED).filter(([name]) => name !== 'config.json')),
          { ignore: ['config.json'] },
        ),
      },
      /^signature: expected model\.sig to cover every imported file, got none for config\.json/,
    ],
    [
      'it covers weights that the tool takes for files of git',
      {
        files: {
          ...FILES,
          '.github/model.safetensors': { bytes: Buffer.alloc(9), large: true },
          'model.safetensors.index.json': text('{"weight_map":{"a":".github/model.safetensors"}}'),
        },
      },
      /got none for \.github\/model\.safetensors/,
    ],
    [
      'the signature is something else',
      { signature: Buffer.from('{}') },
      /^signature: expected model\.sig to be a signature of OpenSSF model signing 1\.0, got something else \(.*\); name the file/,
    ],
    ['it can be read in two ways', { signature: twofold() }, /got something else \(an envelope in two spellings\)/],
    [
      'a file would leave the folder',
      {
        files: { ...FILES, '../../outside.json': text('{}') },
        signature: publisher.sign({ ...SIGNED, '../../outside.json': Buffer.from('{}') }),
      },
      /^files: expected paths inside the repository, got "\.\.\/\.\.\/outside\.json"/,
    ],
    [
      'the hub delivers other bytes than it lists',
      { hub: { spoil: (name, bytes) => (name === 'model.safetensors' ? bytes.subarray(1) : bytes) } },
      /^model\.safetensors: expected the SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}; the hub delivered something else/,
    ],
    [
      'the hub does not end',
      { hub: { spoil: (name, bytes) => (name === 'pytorch_model.bin' ? Buffer.concat([bytes, bytes]) : bytes) } },
      /^pytorch_model\.bin: expected the SHA-256/,
    ],
  ])('%s', async (_, situation, message) => {
    await expect(run(situation)).rejects.toThrow(message);
    expect(s3.writes).toEqual([]);
  });

  test('the repository has no such signature', async () => {
    await expect(
      run({
        request: {
          signature: {
            file: 'other.sig',
            publisher: { publicKey: publisher.publicKey },
            tool: new ModelSigning(tools),
          },
        },
      }),
    ).rejects.toThrow(/^signature: expected a file of the repository, got "other\.sig"; copy its name/);
    expect(s3.writes).toEqual([]);
  });

  test('the disk is too small, before anything is fetched to it', async () => {
    await expect(
      run({ files: { ...FILES, 'pytorch_model.bin': { ...FILES['pytorch_model.bin'], listedSize: 1e18 } } }),
    ).rejects.toThrow(
      /^disk: expected 1000000000000\d{6} bytes free in .*disk for a copy of the commit, got \d+; set TMPDIR/,
    );
    expect(hub.requests.filter((url) => url.includes('safetensors'))).toEqual([]);
  });
});

test('an identity is passed on to Sigstore as it is, and the manifest tells which', async () => {
  const identity = { identity: '--ci@publisher.example', identityProvider: 'https://accounts.example.com' };
  const bin = path.join(folder, 'fake');
  command(bin, `exec "${process.execPath}" "${path.join(__dirname, 'fake-model-signing.mjs')}" "$@"`);
  const signature = publisher.sign(SIGNED, { identity: Object.values(identity).join(' ') });
  const { manifest } = await run({ signature, publisher: identity, tool: new ModelSigning(bin) });
  expect(manifest.signature).toMatchObject({ method: 'sigstore', ...identity });
  expect(manifest.signature).not.toHaveProperty('publicKeySha256');
  await expect(
    run({ signature, publisher: { ...identity, identity: 'other' }, tool: new ModelSigning(bin) }),
  ).rejects.toThrow(
    /^signature: expected model\.sig to be of other \(by https:\/\/accounts\.example\.com\) and over every file of the commit, got "Certificate's SANs do not match"; take .* and a machine that reaches Sigstore$/,
  );
});

describe('without the tool one line says how to install it', () => {
  test.each<[string, string | undefined, RegExp]>([
    [
      'none in the folder',
      undefined,
      /^model_signing: expected the command of OpenSSF model signing in \S+, got ENOENT; install it in a virtual environment with "pip install model-signing==[\d.]+ pyopenssl==[\d.]+"/,
    ],
    [
      'one without its dependencies',
      'echo "Traceback (most recent call last):" >&2; echo "ModuleNotFoundError: No module named \'OpenSSL\'" >&2; exit 1',
      /got "ModuleNotFoundError: No module named 'OpenSSL'"; install it .* pyopenssl==/,
    ],
  ])('%s', async (_, script, message) => {
    const bin = path.join(folder, 'other');
    if (script) command(bin, script);
    await expect(run({ tool: new ModelSigning(bin) })).rejects.toThrow(message);
    expect(hub.requests.filter((url) => url.includes('safetensors'))).toEqual([]);
  });

  test('none on the PATH', async () => {
    const { PATH } = process.env;
    stops.push(() => {
      process.env.PATH = PATH;
    });
    process.env.PATH = folder;
    await expect(run({ tool: new ModelSigning() })).rejects.toThrow(
      /^model_signing: expected the command of OpenSSF model signing on the PATH, got ENOENT; install/,
    );
  });
});

describe('the command', () => {
  const weightsBucket = { name: 'weights', storageCidrs: ['10.20.0.0/16'] };
  const free = { ...staging, weightsBucket, allowedLicenses: ['apache-2.0'] };
  const printed: string[] = [];
  const run = (flags: string[], environment = 'staging') =>
    importCommand({
      environments: [free, { ...free, name: 'strict', requireSignedWeights: true }],
      print: (line) => printed.push(line),
      log: (line) => log.push(line),
    }).parseAsync(
      [environment, REPOSITORY, '--commit', COMMIT, '--hub', hub.endpoint, '--s3-endpoint', s3.endpoint, ...flags],
      { from: 'user' },
    );
  const file = (content: string): string => {
    fs.writeFileSync(path.join(folder, 'key'), content);
    return path.join(folder, 'key');
  };

  beforeEach(async () => {
    process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = 'test';
    printed.length = 0;
    await start();
  });

  test('verifies with a public key in a file', async () => {
    await run(
      ['--signature', 'model.sig', '--public-key', file(publisher.publicPem), '--model-signing', tools],
      'strict',
    );
    expect(
      manifestOf(JSON.parse(printed.join('\n')) as { path: string; manifestSha256: string }).signature,
    ).toMatchObject({ method: 'key', file: 'model.sig' });
  });

  test('refuses unsigned weights where the environment requires signed ones', async () => {
    await expect(run([], 'strict')).rejects.toThrow(
      /^--signature: expected one in environment strict, which requires signed weights, got none; name the file/,
    );
    expect(hub.requests).toEqual([]);
    await run([]);
    expect(printed).toHaveLength(1);
  });

  test.each<[string, () => string[], RegExp]>([
    [
      'neither key nor identity',
      () => ['--signature', 'model.sig'],
      /^--signature: expected --public-key, or --identity with --identity-provider, got neither; take them from the publisher/,
    ],
    [
      'an identity without its provider',
      () => ['--signature', 'model.sig', '--identity', 'a@b.example'],
      /^--signature: expected --public-key, or --identity with --identity-provider/,
    ],
    [
      'both',
      () => ['--signature', 'model.sig', '--public-key', file(publisher.publicPem), '--identity', 'a@b.example'],
      /^--public-key: expected no identity beside it, got both/,
    ],
    [
      'a key without a signature',
      () => ['--public-key', file(publisher.publicPem)],
      /^--signature: expected a file of the repository beside a key or an identity, got none/,
    ],
    [
      'a key that is not there, and no signature',
      () => ['--public-key', '/nowhere/key'],
      /^--public-key: expected .*got ENOENT.*\n--signature: expected a file of the repository beside/,
    ],
    [
      'a private key',
      () => ['--signature', 'model.sig', '--public-key', file(publisher.privatePem)],
      /^--public-key: expected a file with a public key of the curve P-256, P-384 or P-521 in PEM, got no PUBLIC KEY in PEM/,
    ],
    [
      'a key of another kind',
      () => [
        '--signature',
        'model.sig',
        '--public-key',
        file(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()),
      ],
      /got one of ed25519; take it from the publisher$/,
    ],
  ])('refuses %s', async (_, flags, message) => {
    await expect(run(flags())).rejects.toThrow(message);
    expect(hub.requests).toEqual([]);
  });
});
