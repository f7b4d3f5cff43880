import type { Container, EnvVar } from 'kubernetes-types/core/v1';
import type { NetworkPolicyEgressRule } from 'kubernetes-types/networking/v1';
import { canonicalQuantity } from '../kubernetes/quantities';
import { POD_IDENTITY_AGENT } from '../network/private-ranges';
import { type StoredWeights, WeightsDelivery } from './stored-weights';
import { RESTRICTED_CONTAINER } from '../policy/restricted-pod';

/** Image that fetches weights: the AWS CLI, which takes credentials of EKS Pod Identity since 2.15.0. */
export const FETCH_IMAGE = 'public.ecr.aws/aws-cli/aws-cli:2.35.11';

/** Directory of manifest and files in every container of a model. */
const WEIGHTS_DIRECTORY = '/weights';

/** Name of the program that verifies weights, and of its file. */
export const VERIFY_PROGRAM = 'verify-weights.py';

/** Directory of the verifying program. */
const PROGRAM_DIRECTORY = '/etc/weights';

/** What the pod is otherwise like. */
export interface WeightsPodOptions {
  /** Name of the ConfigMap with `weightsFiles`. */
  readonly configName: string;
  /** Image of the engine. */
  readonly engineImage: string;
  /** CPUs of the engine; containers that run before it take no more. */
  readonly cpus: number;
  /** Memory of the engine, MiB. */
  readonly memoryMib: number;
  /** Most that the weights may take of the node's disk, MiB. */
  readonly sizeMib: number;
}

/**
 * Files that the containers before the engine need, by name.
 *
 * @param program text of the program that verifies weights
 */
export function weightsFiles(program: string): { [name: string]: string } {
  return {
    [VERIFY_PROGRAM]: program,
    // The transfer client that is made for the bandwidth of large instances.
    'aws-config': '[default]\ns3 =\n  preferred_transfer_client = crt\n',
  };
}

/** Where the engine finds the weights: a directory, or an `s3://` URI where it streams them. */
export function weightsUri({ delivery, bucketName, path }: StoredWeights): string {
  return delivery === WeightsDelivery.STREAM ? `s3://${bucketName}/${path}/files/` : `${WEIGHTS_DIRECTORY}/files`;
}

/** Containers before the engine, volumes, and mounts and variables of the engine, by which weights are there, and verified, before it starts. */
export function weightsPod(weights: StoredWeights, options: WeightsPodOptions) {
  const streamed = weights.delivery === WeightsDelivery.STREAM;
  const aws = awsEnvironment(weights);
  return {
    initContainers: [fetchContainer(weights, options), verifyContainer(weights, options)],
    volumes: [
      { name: 'weights', emptyDir: { sizeLimit: canonicalQuantity(`${options.sizeMib}Mi`) } },
      { name: 'weights-program', configMap: { name: options.configName } },
    ],
    // What was verified cannot be changed by what reads it.
    mounts: streamed ? [] : [{ name: 'weights', mountPath: WEIGHTS_DIRECTORY, readOnly: true }],
    environment: [
      { name: 'HF_HUB_OFFLINE', value: '1' },
      { name: 'TRANSFORMERS_OFFLINE', value: '1' },
      ...(streamed ? aws : []),
    ],
  };
}

/**
 * What a model with imported weights may reach: S3, and the agent that gives it credentials for it. A NetworkPolicy holds for a
 * whole pod, so the engine may reach them as well as the containers before it.
 */
export function weightsEgress({ storageCidrs }: StoredWeights): NetworkPolicyEgressRule[] {
  return [
    { ports: [{ port: 80, protocol: 'TCP' }], to: [{ ipBlock: { cidr: POD_IDENTITY_AGENT } }] },
    { ports: [{ port: 443, protocol: 'TCP' }], to: storageCidrs.map((cidr) => ({ ipBlock: { cidr } })) },
  ];
}

/** Copies what is not there yet, so that a fetch that was broken off continues. */
function fetchContainer(weights: StoredWeights, options: WeightsPodOptions): Container {
  const { bucketName, path, delivery, fetchImage } = weights;
  const manifest = manifestOf(weights);
  const others = delivery === WeightsDelivery.STREAM ? '*' : 'manifests/*';
  return {
    ...container('fetch-weights', fetchImage ?? FETCH_IMAGE, options),
    command: ['aws', 's3', 'sync', `s3://${bucketName}/${path}/`, WEIGHTS_DIRECTORY],
    args: ['--only-show-errors', `--exclude=${others}`, `--include=${manifest}`],
    env: [
      ...awsEnvironment(weights),
      { name: 'AWS_CONFIG_FILE', value: `${PROGRAM_DIRECTORY}/aws-config` },
      { name: 'HOME', value: '/tmp' },
    ],
    volumeMounts: [
      { name: 'weights', mountPath: WEIGHTS_DIRECTORY },
      { name: 'weights-program', mountPath: PROGRAM_DIRECTORY, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function verifyContainer(weights: StoredWeights, options: WeightsPodOptions): Container {
  const { bucketName, path, delivery, manifestSha256, verifyImage } = weights;
  const streamed = delivery === WeightsDelivery.STREAM;
  return {
    ...container('verify-weights', verifyImage ?? options.engineImage, options),
    command: ['python3', `${PROGRAM_DIRECTORY}/${VERIFY_PROGRAM}`],
    args: [
      `--manifest=${WEIGHTS_DIRECTORY}/${manifestOf(weights)}`,
      `--sha256=${manifestSha256}`,
      ...(streamed
        ? [`--bucket=${bucketName}`, `--prefix=${path}/files/`]
        : [`--directory=${WEIGHTS_DIRECTORY}/files`]),
    ],
    env: [
      { name: 'HOME', value: '/tmp' },
      { name: 'PYTHONDONTWRITEBYTECODE', value: '1' },
      ...(streamed ? awsEnvironment(weights) : []),
    ],
    volumeMounts: [
      { name: 'weights', mountPath: WEIGHTS_DIRECTORY, readOnly: true },
      { name: 'weights-program', mountPath: PROGRAM_DIRECTORY, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function container(name: string, image: string, { cpus, memoryMib }: WeightsPodOptions): Container {
  const memory = canonicalQuantity(`${memoryMib}Mi`);
  return {
    name,
    image,
    // Before the engine they have its share of the node to themselves, and the pod asks for no more because of them.
    resources: { requests: { cpu: canonicalQuantity(cpus), memory }, limits: { memory } },
    // The last line says what was wrong; with this it is the message of the container, which the release reports.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: RESTRICTED_CONTAINER,
  };
}

function manifestOf({ manifestSha256 }: StoredWeights): string {
  return `manifests/${manifestSha256}.json`;
}

/** The role of the pod is all that counts; the instance's own, if it could be reached, never. */
function awsEnvironment({ region, endpointUrl }: StoredWeights): EnvVar[] {
  return [
    { name: 'AWS_REGION', value: region },
    { name: 'AWS_EC2_METADATA_DISABLED', value: 'true' },
    ...(endpointUrl === undefined ? [] : [{ name: 'AWS_ENDPOINT_URL_S3', value: endpointUrl }]),
  ];
}
