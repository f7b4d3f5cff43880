import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const PROGRAM = path.resolve(__dirname, '../../../constructs/weights/verify-weights.py');

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

/** A model as it lies on a disk. */
const MODEL: Record<string, string> = {
  'config.json': '{"model_type":"qwen3"}',
  'model-00001-of-00002.safetensors': 'a'.repeat(100_000),
  'model-00002-of-00002.safetensors': 'b'.repeat(50_000),
  '1_Pooling/config.json': '{}',
};

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weights-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const entry = (file: string, content: string) => ({
  path: file,
  size: content.length,
  sha256: sha256(content),
  object: { versionId: `v-${file}`, checksumSha256: `c-${file}` },
});

const manifestOf = (files = Object.entries(MODEL).map(([file, content]) => entry(file, content))) =>
  JSON.stringify({ version: 1, files });

/** Lays the model out, lets `spoil` change it, and runs the program as the pod does. */
function verify({
  manifest = manifestOf(),
  pinned = sha256(manifest),
  spoil = () => undefined,
}: {
  manifest?: string;
  pinned?: string;
  spoil?: (directory: string) => void;
} = {}) {
  const directory = path.join(folder, 'model');
  for (const [file, content] of Object.entries(MODEL)) {
    fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    fs.writeFileSync(path.join(directory, file), content);
  }
  fs.writeFileSync(path.join(folder, 'manifest.json'), manifest);
  spoil(directory);
  return run('--manifest', path.join(folder, 'manifest.json'), '--sha256', pinned, '--directory', directory);
}

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('python3', [PROGRAM, ...args], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return { status, stdout, stderr };
}

/** One line on standard error, and a failure. */
const refused = (line: RegExp) => ({
  status: 1,
  stdout: '',
  stderr: expect.stringMatching(new RegExp(`^weights refused: ${line.source}\\n$`)) as string,
});

test('runs on the oldest Python that the project asks for', () => {
  expect(execFileSync('python3', ['-c', 'import sys; print(sys.version_info >= (3, 9))'], { encoding: 'utf8' })).toBe(
    'True\n',
  );
});

test('lets good weights through, and says how much it read', () => {
  expect(verify()).toEqual({
    status: 0,
    stderr: '',
    stdout: expect.stringMatching(/^weights verified: 4 files, 150024 bytes in \d+\.\d s\n$/) as string,
  });
});

test.each<[string, (directory: string) => void, RegExp]>([
  [
    'a flipped byte',
    (directory) => {
      const file = path.join(directory, 'model-00002-of-00002.safetensors');
      const bytes = fs.readFileSync(file);
      bytes[25_000] ^= 1;
      fs.writeFileSync(file, bytes);
    },
    /model-00002-of-00002\.safetensors has SHA-256 [0-9a-f]{64} instead of [0-9a-f]{64}/,
  ],
  [
    'a missing file',
    (directory) => fs.rmSync(path.join(directory, 'model-00001-of-00002.safetensors')),
    /model-00001-of-00002\.safetensors is missing/,
  ],
  [
    'an extra file',
    (directory) => fs.writeFileSync(path.join(directory, '1_Pooling/modeling.py'), 'import os'),
    /1_Pooling\/modeling\.py is not in the manifest/,
  ],
  [
    'a file that was cut off',
    (directory) => fs.truncateSync(path.join(directory, 'model-00001-of-00002.safetensors'), 99_999),
    /model-00001-of-00002\.safetensors has 99999 bytes instead of 100000/,
  ],
  [
    'a link in the place of a file',
    (directory) => {
      fs.renameSync(path.join(directory, 'config.json'), path.join(folder, 'elsewhere.json'));
      fs.symlinkSync(path.join(folder, 'elsewhere.json'), path.join(directory, 'config.json'));
    },
    /config\.json is a link; config\.json is missing/,
  ],
  ['a link to another directory', (directory) => fs.symlinkSync('/etc', path.join(directory, 'etc')), /etc is a link/],
  [
    'no directory',
    (directory) => fs.rmSync(directory, { recursive: true }),
    /\S+\/model cannot be read: No such file or directory/,
  ],
  [
    'no manifest',
    () => fs.rmSync(path.join(folder, 'manifest.json')),
    /the manifest cannot be read: No such file or directory: \S+\/manifest\.json/,
  ],
])('refuses %s', (_, spoil, line) => {
  expect(verify({ spoil })).toEqual(refused(line));
});

test('names several problems in one line, and how many more there are', () => {
  const spoil = (directory: string) => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) fs.writeFileSync(path.join(directory, name), name);
    fs.rmSync(path.join(directory, 'config.json'));
  };
  expect(verify({ spoil })).toEqual(
    refused(/config\.json is missing; a is not in the manifest; b is not .*; d is not in the manifest; and 2 more/),
  );
});

describe('refuses a manifest', () => {
  const [first, ...others] = Object.entries(MODEL).map(([file, content]) => entry(file, content));
  const files = (...entries: object[]) => manifestOf(entries as ReturnType<typeof entry>[]);

  test('that is not the pinned one, such as one that was cut off', () => {
    const cut = manifestOf().slice(0, 200);
    expect(verify({ manifest: cut, pinned: sha256(manifestOf()) })).toEqual(
      refused(/the manifest has SHA-256 [0-9a-f]{64} \(200 bytes\), the release pins [0-9a-f]{64}/),
    );
  });

  test.each<[string, string, RegExp]>([
    ['that is no JSON', manifestOf().slice(0, 200), /the manifest is malformed: JSONDecodeError: .*/],
    [
      'of another version',
      JSON.stringify({ version: 2, files: [] }),
      /the manifest has version 2, this program knows 1/,
    ],
    ['without files', files(), /the manifest names no file/],
    ['that is a list', '[]', /the manifest is malformed: TypeError: .*/],
    [
      'without the size of a file',
      files({ path: 'config.json', sha256: first.sha256 }),
      /the manifest is malformed: KeyError: 'size'/,
    ],
    [
      'that leads out of the directory',
      files({ ...first, path: '../../etc/passwd' }, ...others),
      /the manifest names '\.\.\/\.\.\/etc\/passwd', which is no path inside the weights/,
    ],
    [
      'with an absolute path',
      files({ ...first, path: '/etc/passwd' }, ...others),
      /the manifest names '\/etc\/passwd', which is no path inside the weights/,
    ],
    [
      'with a path of another system',
      files({ ...first, path: 'a\\..\\b' }, ...others),
      /the manifest names 'a\\\\\.\.\\\\b', which .*/,
    ],
    ['that names a file twice', files(first, first, ...others), /the manifest names 'config\.json' twice/],
    [
      'with a negative size and half a digest',
      files({ ...first, size: -1, sha256: 'ab' }, ...others),
      /the manifest gives 'config\.json' the size -1; the manifest gives 'config\.json' the SHA-256 'ab'/,
    ],
  ])('%s', (_, manifest, line) => {
    expect(verify({ manifest })).toEqual(refused(line));
  });
});

describe('objects in S3', () => {
  /** A boto3 that knows the objects of one bucket. */
  const BOTO3 = `
import json, os
OBJECTS = json.load(open(os.path.join(os.path.dirname(__file__), 'objects.json')))
class Client:
    def get_paginator(self, name):
        assert name == 'list_objects_v2'
        return self
    def paginate(self, Bucket, Prefix):
        assert Bucket == 'weights'
        yield {'Contents': [{'Key': key, 'Size': head['ContentLength']} for key, head in OBJECTS.items() if key.startswith(Prefix)]}
        yield {}
    def head_object(self, Bucket, Key, ChecksumMode):
        assert Bucket == 'weights' and ChecksumMode == 'ENABLED'
        return OBJECTS[Key]
def client(name):
    assert name == 's3'
    return Client()
`;
  type Head = { ContentLength: number; VersionId?: string; ChecksumSHA256?: string };

  function verifyObjects(spoil: (objects: Record<string, Head>) => void = () => undefined, withBoto3 = true) {
    const objects: Record<string, Head> = { 'other/model/file': { ContentLength: 1 } };
    for (const [file, content] of Object.entries(MODEL)) {
      objects[`some/model/files/${file}`] = {
        ContentLength: content.length,
        VersionId: `v-${file}`,
        ChecksumSHA256: `c-${file}`,
      };
    }
    spoil(objects);
    fs.writeFileSync(path.join(folder, 'objects.json'), JSON.stringify(objects));
    fs.mkdirSync(path.join(folder, 'botocore'));
    fs.writeFileSync(path.join(folder, 'botocore/__init__.py'), '');
    fs.writeFileSync(
      path.join(folder, 'botocore/exceptions.py'),
      'class BotoCoreError(Exception): pass\nclass ClientError(Exception): pass\n',
    );
    fs.writeFileSync(path.join(folder, 'boto3.py'), withBoto3 ? BOTO3 : "raise ImportError('no boto3')");
    fs.writeFileSync(path.join(folder, 'manifest.json'), manifestOf());
    return run(
      '--manifest',
      path.join(folder, 'manifest.json'),
      '--sha256',
      sha256(manifestOf()),
      '--bucket',
      'weights',
      '--prefix',
      'some/model/files/',
    );
  }

  test('pass in the version, size and checksum of their import', () => {
    expect(verifyObjects()).toEqual({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^weights verified: 4 files, 150024 bytes in/) as string,
    });
  });

  test.each<[string, (objects: Record<string, Head>) => void, RegExp]>([
    [
      'in another version',
      (objects) => {
        objects['some/model/files/config.json'].VersionId = 'later';
      },
      /config\.json has version later instead of v-config\.json/,
    ],
    [
      'with another checksum',
      (objects) => {
        objects['some/model/files/config.json'].ChecksumSHA256 = 'other';
      },
      /config\.json has S3 checksum other instead of c-config\.json/,
    ],
    [
      'without a checksum',
      (objects) => {
        delete objects['some/model/files/config.json'].ChecksumSHA256;
      },
      /config\.json has S3 checksum None instead of c-config\.json/,
    ],
    [
      'of another size',
      (objects) => {
        objects['some/model/files/config.json'].ContentLength = 1;
      },
      /config\.json has size 1 instead of 22/,
    ],
    [
      'that are gone',
      (objects) => {
        delete objects['some/model/files/config.json'];
      },
      /config\.json is missing/,
    ],
    [
      'that nobody imported',
      (objects) => {
        objects['some/model/files/x.py'] = { ContentLength: 1 };
      },
      /x\.py is not in the manifest/,
    ],
  ])('are refused %s', (_, spoil, line) => {
    expect(verifyObjects(spoil)).toEqual(refused(line));
  });

  test('are refused in an image without boto3, which says so', () => {
    expect(verifyObjects(undefined, false)).toEqual(
      refused(
        /this image has no boto3, which comparing objects needs; name an image that has it, or let files be fetched/,
      ),
    );
  });
});
