import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecr from 'aws-cdk-lib/aws-ecr';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { type Accelerator } from '../gpu/accelerator';
import { type RolloutStrategy } from '../rollout/rollout-strategy';
import { type IModelEndpoint } from './model-endpoint';

/** Files of a model in S3, uncompressed. */
export interface ModelFiles {
  /** The bucket. */
  readonly bucket: s3.IBucket;

  /** Folder in the bucket, without a slash at the end. */
  readonly prefix: string;
}

/** Properties of `SageMakerModel`. */
export interface SageMakerModelProps {
  /** Name by which callers ask for the model. */
  readonly modelName: string;

  /**
   * Repository of the container image: SageMaker pulls from ECR. The container is started with the argument `serve` and has to answer
   * `/ping` and `/invocations` on port 8080, as AWS's Deep Learning Containers of vLLM and SGLang do; vLLM's own image does not.
   */
  readonly repository: ecr.IRepository;

  /** Tag or digest (`sha256:…`) of the image. */
  readonly tagOrDigest: string;

  /** Instance type; SageMaker has it as `ml.<instance type>`. */
  readonly accelerator: Accelerator;

  /**
   * Image of the instances, which holds the driver: `al2023-ami-sagemaker-inference-gpu-4-1` has the driver 580 for CUDA 13,
   * `al2-ami-sagemaker-inference-gpu-3-1` the driver 550 for CUDA 12.4.
   *
   * @default - SageMaker's, with a driver as old as the instance type: 470 for CUDA 11.4 on g4dn, g5 and p4d, 535 for CUDA 12.2 on g6 and
   * p5. Containers of newer CUDA versions do not start there
   */
  readonly inferenceAmiVersion?: string;

  /** Instances of the endpoint. A deployment by canary or blue/green runs twice as many for its time. */
  readonly instances: number;

  /** Network that the instances are connected to. */
  readonly vpc: ec2.IVpc;

  /**
   * Subnets of the instances. The files of the model come through them: they need a way to S3.
   *
   * @default - the private subnets
   */
  readonly subnets?: ec2.SubnetSelection;

  /**
   * Files of the model, which SageMaker puts to `/opt/ml/model`.
   *
   * @default - none: the container brings or fetches its weights itself
   */
  readonly files?: ModelFiles;

  /**
   * Environment variables of the container. No secrets: they can be read with the model.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * Name of the model in requests to the container, where it is another one than `modelName`.
   *
   * @default - `modelName`
   */
  readonly servedModelName?: string;

  /**
   * How the endpoint goes from one configuration to the next: a canary of one step of at most half, equal steps of 10 % to 50 %, all
   * at once, or in batches. Gates become alarms with fixed limits, on which SageMaker takes the deployment back.
   *
   * @default - a canary at 25 %, at 50 % with fewer than four instances, or all at once with one; five minutes, judged on errors
   */
  readonly rollout?: RolloutStrategy;

  /**
   * Longest acceptable time until a stream begins, 95th percentile, for the gate on the time to first token. Both fleets count.
   *
   * @default - none; required with the gate
   */
  readonly timeToFirstToken?: Duration;

  /**
   * More alarms that take a deployment back, in the account and region of the endpoint. With them the endpoint's role may read every
   * alarm of the account: one may be composite, and CloudWatch describes those only to those who may describe all.
   *
   * @default - those of the gates only
   */
  readonly alarms?: cloudwatch.IAlarm[];

  /**
   * Longest time until a container answers its health check once the files are there, one minute to one hour. The same time is given
   * to the download.
   *
   * @default Duration.minutes(30)
   */
  readonly startupBudget?: Duration;

  /**
   * Key for the storage volumes. Storage that is part of an instance type, as most GPU types have it, is encrypted by the instance's own
   * hardware whatever is given here.
   *
   * @default - SageMaker's own
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Cut the container off from every network. It then needs `files`.
   *
   * @default false
   */
  readonly networkIsolation?: boolean;

  /**
   * Model that is asked when this one fails.
   *
   * @default - none
   */
  readonly fallback?: IModelEndpoint;
}
