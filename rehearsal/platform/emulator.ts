import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT } from './commands';
import type { ManagedProcess } from './managed-process';
import { killMatching } from './process-table';
import type { StartProcess } from './run';

/** Folder of what runs in Python. */
export const EMULATOR = join(__dirname, '..', 'emulator');

/** Account of everything in the rehearsal. */
export const ACCOUNT = '000000000000';
/** Region of everything in the rehearsal. */
export const REGION = 'us-east-1';

/** What the emulator brings as the default VPC. */
export const NETWORK = {
  vpcId: 'vpc-00000001',
  availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
  privateSubnetIds: ['subnet-00000001', 'subnet-00000002', 'subnet-00000003'],
} as const;

/** The part of the control plane that the emulated EKS cluster stands for. */
export interface EmulatedCluster {
  readonly name: string;
  readonly endpoint: string;
  /** PEM file; it need not exist before `createCluster`. */
  readonly certificateAuthorityFile: string;
  /** Token of the cluster administrator, by which access policies become RBAC. */
  readonly adminToken: string;
}

/** Where token reviews go, which the API server must know before it starts. */
export interface TokenReview {
  readonly url: string;
  /** Without it the emulator answers that nobody is authenticated. */
  readonly secret: string;
}

/** How to start the emulator. */
export interface EmulatorOptions {
  readonly port: number;
  /** Base of the ports that it would give to clusters of its own; nothing listens there. */
  readonly clusterPort: number;
  readonly runDirectory: string;
  /** Interpreter with the packages of the emulator. */
  readonly python: string;
  readonly cluster: EmulatedCluster;
  readonly tokenReview: TokenReview;
  readonly start: StartProcess;
}

/** Where the API server sends token reviews for the cluster of this name. */
export function tokenReview(port: number, clusterName: string): TokenReview {
  const secret = randomBytes(24).toString('base64url');
  return { secret, url: `http://127.0.0.1:${port}/_ministack/eks-auth/${ACCOUNT}/${REGION}/${clusterName}/${secret}` };
}

/** Version of MiniStack, as `requirements.txt` pins it. */
export function emulatorVersion(): string {
  return /^ministack==(\S+)/m.exec(readFileSync(join(EMULATOR, 'requirements.txt'), 'utf8'))?.[1] ?? 'unknown';
}

/** MiniStack, started through `launcher.py`, with one EKS cluster. */
export class Emulator {
  static async start(options: EmulatorOptions): Promise<Emulator> {
    const temporary = join(options.runDirectory, 'emulator');
    mkdirSync(temporary, { recursive: true });
    const { cluster } = options;
    const endpoint = `http://127.0.0.1:${options.port}`;
    const managed = await options.start({
      name: 'emulator',
      command: options.python,
      args: [join(EMULATOR, 'launcher.py'), options.runDirectory],
      env: {
        PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
        // As in Lambda, whose Node runtimes bring the AWS SDK: functions that were not bundled with it find it.
        NODE_PATH: join(PROJECT, 'node_modules'),
        HOME: temporary,
        TMPDIR: temporary,
        STATE_DIR: join(temporary, 'state'),
        S3_DATA_DIR: join(temporary, 's3'),
        PYTHONUNBUFFERED: '1',
        PYTHONDONTWRITEBYTECODE: '1',
        BIND_HOST: '127.0.0.1',
        MINISTACK_HOST: '127.0.0.1',
        GATEWAY_PORT: String(options.port),
        EKS_BASE_PORT: String(options.clusterPort),
        MINISTACK_ACCOUNT_ID: ACCOUNT,
        MINISTACK_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_EC2_METADATA_DISABLED: 'true',
        LAMBDA_EXECUTOR: 'local',
        LOG_LEVEL: 'INFO',
        REHEARSAL_CLUSTER: cluster.name,
        REHEARSAL_API_SERVER: cluster.endpoint,
        REHEARSAL_CA_FILE: cluster.certificateAuthorityFile,
        REHEARSAL_ADMIN_TOKEN: cluster.adminToken,
        REHEARSAL_WEBHOOK_SECRET: options.tokenReview.secret,
      },
      ready: async () => (await fetch(`${endpoint}/_ministack/health`)).ok,
    });
    return new Emulator(endpoint, managed);
  }

  private constructor(
    readonly endpoint: string,
    private readonly managed: ManagedProcess,
  ) {}

  /**
   * Kills the process in which a Lambda function runs, in the middle of whatever it does.
   *
   * @param matches is given the function's name
   * @returns how many were killed
   */
  killFunction(matches: (functionName: string) => boolean): number {
    return killMatching(this.managed.pid, (command) => {
      const worker = /\/ministack-lambda-(.+)-[^-/]+\/_worker\.js/.exec(command);
      return worker !== null && matches(worker[1]);
    });
  }

  /** Creates the EKS cluster that stands for the control plane, which must be up. */
  async createCluster(name: string): Promise<void> {
    const answer = await fetch(`${this.endpoint}/clusters`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${REGION}/eks/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify({
        name,
        version: '1.36',
        roleArn: `arn:aws:iam::${ACCOUNT}:role/rehearsal-cluster`,
        resourcesVpcConfig: {},
      }),
    });
    if (!answer.ok)
      throw new Error(`the emulator refused the cluster ${name}: ${answer.status} ${await answer.text()}`);
  }
}
