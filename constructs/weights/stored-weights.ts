/** How an engine gets imported weights. */
export enum WeightsDelivery {
  /** An init container fetches them to the node's disk, where every byte is read and verified. */
  FILES = 'files',
  /**
   * The engine streams them from S3 into the memory of its GPUs. Versions, sizes and SHA-256 checksums that S3 keeps are verified
   * instead of bytes.
   */
  STREAM = 'stream',
}

/** Where imported weights lie, as `npm run import-weights` prints it. */
export interface WeightsReference {
  /** Path in the bucket: `<repository>/<commit>/<selection>`. */
  readonly path: string;

  /** SHA-256 of the manifest of the import, 64 hexadecimal digits. */
  readonly manifestSha256: string;

  /**
   * Bytes of all files of the import.
   *
   * @default - unknown: that the disk of a pod holds them is not checked
   */
  readonly bytes?: number;
}

/** Imported weights, and how they reach a model. */
export interface ImportedWeights extends WeightsReference {
  /**
   * How the engine gets them.
   *
   * @default WeightsDelivery.FILES
   */
  readonly delivery?: WeightsDelivery;

  /**
   * Address ranges of S3 as the model's pods see it, in CIDR notation; port 443 of these is all that they may reach. Either the
   * range of the VPC, where S3 has an interface endpoint, or the entries of the region's prefix list `com.amazonaws.<region>.s3`,
   * where a gateway endpoint leads there. A range wider than /8 is refused: the hub would lie in it.
   */
  readonly storageCidrs: string[];

  /**
   * Address of S3, such as that of an interface endpoint without private DNS, `https://bucket.vpce-….s3.us-east-1.vpce.amazonaws.com`.
   *
   * @default - S3's own in the region
   */
  readonly endpointUrl?: string;

  /**
   * Image with the AWS CLI, version 2.15 or newer, which fetches the manifest and the files.
   *
   * @default 'public.ecr.aws/aws-cli/aws-cli:2.35.11'
   */
  readonly fetchImage?: string;

  /**
   * Image with `python3`, version 3.9 or newer, which verifies them; for `WeightsDelivery.STREAM` with boto3 too.
   *
   * @default - the engine's own image; those of vLLM and SGLang hold Python, and boto3 as part of their streamer
   */
  readonly verifyImage?: string;
}

/** Imported weights as a chart refers to them; plain values only. */
export interface StoredWeights extends ImportedWeights {
  /** Name of the bucket. */
  readonly bucketName: string;

  /** Region of the bucket. */
  readonly region: string;
}
