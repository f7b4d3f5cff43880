import * as fs from 'node:fs';
import * as path from 'node:path';
import { Lazy } from 'aws-cdk-lib';
import { storedWeightsProblems } from '../../../constructs/weights/stored-weights-problems';
import { type StoredWeights, WeightsDelivery } from '../../../constructs/weights/stored-weights';
import { VERIFY_PROGRAM_TEXT } from '../../../constructs/weights/verify-program';
import { weightsEgress, weightsPod, weightsUri } from '../../../constructs/weights/weights-pod';

const COMMIT = 'b968826d9c46dd6066d109eabc6255188de91218';
const PATH = `Qwen/Qwen3-8B/${COMMIT}/0123456789ab`;
const SHA256 = 'ab'.repeat(32);
const SUBJECT = { repository: 'Qwen/Qwen3-8B', revision: COMMIT };

const weights = (overrides: Partial<StoredWeights> = {}): StoredWeights => ({
  bucketName: 'weights',
  region: 'us-east-1',
  path: PATH,
  manifestSha256: SHA256,
  storageCidrs: ['10.0.0.0/16'],
  ...overrides,
});

const podOf = (overrides: Partial<StoredWeights> = {}) =>
  weightsPod(weights(overrides), {
    configName: 'chat-weights',
    engineImage: 'vllm/vllm-openai:v0.32.0',
    cpus: 3,
    memoryMib: 11264,
    sizeMib: 102400,
  });

test('files are fetched, then verified, then mounted where nothing can change them', () => {
  const {
    initContainers: [fetch, verify],
    volumes,
    mounts,
    environment,
  } = podOf();
  expect([...fetch.command!, ...fetch.args!]).toEqual([
    'aws',
    's3',
    'sync',
    `s3://weights/${PATH}/`,
    '/weights',
    '--only-show-errors',
    '--exclude=manifests/*',
    `--include=manifests/${SHA256}.json`,
  ]);
  expect(fetch).toMatchObject({ name: 'fetch-weights', image: 'public.ecr.aws/aws-cli/aws-cli:2.35.11' });
  expect(fetch.env).toEqual([
    { name: 'AWS_REGION', value: 'us-east-1' },
    { name: 'AWS_EC2_METADATA_DISABLED', value: 'true' },
    { name: 'AWS_CONFIG_FILE', value: '/etc/weights/aws-config' },
    { name: 'HOME', value: '/tmp' },
  ]);
  expect([...verify.command!, ...verify.args!]).toEqual([
    'python3',
    '/etc/weights/verify-weights.py',
    `--manifest=/weights/manifests/${SHA256}.json`,
    `--sha256=${SHA256}`,
    '--directory=/weights/files',
  ]);
  // The engine's image is on the node anyhow; no role is needed to read a disk.
  expect(verify).toMatchObject({ name: 'verify-weights', image: 'vllm/vllm-openai:v0.32.0' });
  expect(verify.env!.map(({ name }) => name)).toEqual(['HOME', 'PYTHONDONTWRITEBYTECODE']);
  expect([fetch, verify].map(({ volumeMounts }) => volumeMounts!.find(({ name }) => name === 'weights'))).toEqual([
    { name: 'weights', mountPath: '/weights' },
    { name: 'weights', mountPath: '/weights', readOnly: true },
  ]);
  expect(mounts).toEqual([{ name: 'weights', mountPath: '/weights', readOnly: true }]);
  expect(volumes).toEqual([
    { name: 'weights', emptyDir: { sizeLimit: '100Gi' } },
    { name: 'weights-program', configMap: { name: 'chat-weights' } },
  ]);
  expect(environment).toEqual([
    { name: 'HF_HUB_OFFLINE', value: '1' },
    { name: 'TRANSFORMERS_OFFLINE', value: '1' },
  ]);
  expect(weightsUri(weights())).toBe('/weights/files');
});

test('streamed weights stay in S3: only their manifest is fetched, and their objects are compared', () => {
  const stream = {
    delivery: WeightsDelivery.STREAM,
    endpointUrl: 'https://bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com',
    verifyImage: 'python-with-boto3:1',
  };
  const {
    initContainers: [fetch, verify],
    mounts,
    environment,
  } = podOf(stream);
  const aws = [
    { name: 'AWS_REGION', value: 'us-east-1' },
    { name: 'AWS_EC2_METADATA_DISABLED', value: 'true' },
    { name: 'AWS_ENDPOINT_URL_S3', value: stream.endpointUrl },
  ];
  expect(fetch.args).toEqual(['--only-show-errors', '--exclude=*', `--include=manifests/${SHA256}.json`]);
  expect(fetch.env).toEqual(expect.arrayContaining(aws));
  expect(verify.image).toBe('python-with-boto3:1');
  expect(verify.args!.slice(2)).toEqual(['--bucket=weights', `--prefix=${PATH}/files/`]);
  expect(verify.env).toEqual(expect.arrayContaining(aws));
  expect(mounts).toEqual([]);
  expect(environment).toEqual(expect.arrayContaining(aws));
  expect(weightsUri(weights(stream))).toBe(`s3://weights/${PATH}/files/`);
});

test('what runs before the engine asks for no more than it, may do nothing else, and tells why it failed', () => {
  for (const container of podOf().initContainers) {
    expect(container).toMatchObject({
      resources: { requests: { cpu: '3', memory: '11Gi' }, limits: { memory: '11Gi' } },
      terminationMessagePolicy: 'FallbackToLogsOnError',
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
  }
});

test('brings the program as it was tested', () => {
  expect(VERIFY_PROGRAM_TEXT).toBe(
    fs.readFileSync(path.resolve(__dirname, '../../../constructs/weights/verify-weights.py'), 'utf8'),
  );
});

test('the pod reaches S3 and the agent of its role, and nothing else', () => {
  expect(weightsEgress(weights({ storageCidrs: ['52.216.0.0/15', '3.5.0.0/19'] }))).toEqual([
    { ports: [{ port: 80, protocol: 'TCP' }], to: [{ ipBlock: { cidr: '169.254.170.23/32' } }] },
    {
      ports: [{ port: 443, protocol: 'TCP' }],
      to: [{ ipBlock: { cidr: '52.216.0.0/15' } }, { ipBlock: { cidr: '3.5.0.0/19' } }],
    },
  ]);
});

describe('problems', () => {
  test('there are none with what an import printed, nor with deploy-time values', () => {
    expect(storedWeightsProblems(weights(), SUBJECT)).toEqual([]);
    const later = Lazy.string({ produce: () => 'later' });
    expect(
      storedWeightsProblems(
        weights({
          path: later,
          manifestSha256: later,
          storageCidrs: [later],
          endpointUrl: later,
          verifyImage: later,
          bucketName: later,
        }),
        SUBJECT,
      ),
    ).toEqual([]);
  });

  test('all are named at once', () => {
    expect(
      storedWeightsProblems(
        weights({
          path: `Qwen/Qwen3-4B/${COMMIT}/0123456789ab`,
          manifestSha256: 'sha256:ab',
          storageCidrs: ['0.0.0.0/0', '10.0.0.0', '10.0.0.300/16', '10.0.0.0/33'],
          endpointUrl: 'http://s3.internal',
          fetchImage: 'aws-cli',
          verifyImage: 'python:latest',
        }),
        SUBJECT,
      ),
    ).toEqual([
      `weights.path: expected Qwen/Qwen3-8B/${COMMIT}/<12 hexadecimal digits>, got "Qwen/Qwen3-4B/${COMMIT}/0123456789ab"; import this revision and copy what import-weights printed`,
      'weights.manifestSha256: expected 64 hexadecimal digits, got "sha256:ab"; copy what import-weights printed',
      'weights.storageCidrs: expected ranges of /8 or longer, got "0.0.0.0/0"; the hub would be within reach of the engine',
      ...['10.0.0.0', '10.0.0.300/16', '10.0.0.0/33'].map(
        (range) =>
          `weights.storageCidrs: expected ranges in CIDR notation, got "${range}"; write them like 10.0.0.0/16`,
      ),
      'weights.endpointUrl: expected an https address, got "http://s3.internal"; the bucket refuses what is not encrypted',
      'weights.fetchImage: expected a tag or a digest, got "aws-cli"; append :<version>, without it every pull may bring another engine',
      'weights.verifyImage: expected a tag that stays, got "python:latest"; name a version instead of latest',
    ]);
  });

  test('no range at all would let nothing in', () => {
    expect(storedWeightsProblems(weights({ storageCidrs: [] }), SUBJECT)).toEqual([
      expect.stringMatching(/^weights\.storageCidrs: expected the address ranges of S3, got none;/),
    ]);
  });

  test('images without a digest, where one is required', () => {
    expect(storedWeightsProblems(weights(), { ...SUBJECT, requireDigest: true })).toEqual([
      expect.stringMatching(
        /^weights\.fetchImage: expected a digest, got "public\.ecr\.aws\/aws-cli\/aws-cli:2\.35\.11"/,
      ),
    ]);
  });
});
