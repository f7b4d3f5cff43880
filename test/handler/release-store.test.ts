import { createHash } from 'node:crypto';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ReleaseStore, UnusableRelease } from '../../handler/release-store';
import { ReleaseTier } from '../../constructs/kubernetes/contract/release-tier';

const text = '{"version":1,"objects":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"}}]}\n';
const sha256 = createHash('sha256').update(text).digest('hex');
const subject = { namespace: 'models', name: 'chat', bucket: 'assets', key: 'a.json', sha256, values: {} };
const COPY = `own/model/copies/models/chat/${sha256}.json`;

/** Buckets in memory, by `<bucket>/<key>`. */
const stored = new Map<string, string>();
const refused = new Map<string, Error>();

beforeEach(() => {
  stored.clear();
  refused.clear();
  jest.spyOn(S3Client.prototype, 'send').mockImplementation((command: unknown) => {
    const { Bucket, Key, Body } = (command as { input: { Bucket: string; Key: string; Body?: string } }).input;
    const path = `${Bucket}/${Key}`;
    if (command instanceof PutObjectCommand) return stored.set(path, Body!);
    if (!(command instanceof GetObjectCommand)) throw new Error('no such command');
    if (refused.has(path)) throw refused.get(path)!;
    if (!stored.has(path)) throw new NoSuchKey({ message: 'no such key', $metadata: {} });
    return { Body: { transformToString: () => Promise.resolve(stored.get(path)) } };
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

const store = new ReleaseStore('own', ReleaseTier.MODEL);
const reasonOf = async () =>
  store.load(subject).then(
    () => 'none',
    (error: unknown) => {
      expect(error).toBeInstanceOf(UnusableRelease);
      return (error as Error).message;
    },
  );

test('a release is read from its asset once, and from the copy after that', async () => {
  stored.set('assets/a.json', text);
  expect(await store.load(subject)).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } }]);
  expect(stored.get(COPY)).toBe(text);
  stored.delete('assets/a.json');
  expect(await store.load(subject)).toHaveLength(1);
});

test('a copy that somebody else has written is refused, whatever the asset says', async () => {
  stored.set('assets/a.json', text);
  stored.set(COPY, text.replace('settings', 'backdoor'));
  expect(await reasonOf()).toMatch(
    new RegExp(
      `^s3://${COPY} was altered: expected SHA-256 ${sha256}, got [0-9a-f]{64}; nothing of it was applied. Find out who wrote it, delete it, and try again`,
    ),
  );
  stored.delete(COPY);
  expect(await store.load(subject)).toHaveLength(1);
});

test('an asset that is not the one of the template is refused, and not kept', async () => {
  stored.set('assets/a.json', text.replace('settings', 'backdoor'));
  expect(await reasonOf()).toMatch(
    /^s3:\/\/assets\/a\.json was altered: .* and publish the assets of this revision again$/,
  );
  expect([...stored.keys()]).toEqual(['assets/a.json']);
});

test('an asset that is gone says so', async () => {
  expect(await reasonOf()).toBe(
    'release asset s3://assets/a.json does not exist, and no copy of it was kept; publish the assets of this revision again',
  );
});

test('an asset that S3 refuses may be gone, or not be for the handler: S3 does not tell', async () => {
  const message =
    'User: arn:aws:sts::1:assumed-role/handler is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext';
  refused.set('assets/a.json', Object.assign(new Error(message), { name: 'AccessDenied' }));
  expect(await reasonOf()).toBe(
    `release asset s3://assets/a.json does not exist, or the handler may not read it or use its key (${message}), and no copy of it was kept; publish the assets of this revision again`,
  );
});

test('a bucket of its own that it may not read is no release that is gone', async () => {
  refused.set(COPY, Object.assign(new Error('Access Denied'), { name: 'AccessDenied' }));
  await expect(store.load(subject)).rejects.not.toBeInstanceOf(UnusableRelease);
});

test('a tier keeps its records where no other tier looks', async () => {
  await store.keep({ namespace: 'models', name: 'chat', deletedAt: 1 });
  expect([...stored.keys()]).toEqual(['own/model/records/models/chat.json']);
  expect(
    await new ReleaseStore('own', ReleaseTier.PLATFORM).record({ namespace: 'models', name: 'chat' }),
  ).toBeUndefined();
});
