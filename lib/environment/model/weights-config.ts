import type { ImportedWeights } from '../../../constructs/weights';
import type { PlainData } from '../plain-data';

/** Bucket of imported weights. */
export interface WeightsBucketConfig {
  /** Name of the bucket. */
  readonly name: string;
  /**
   * Whether the bucket exists; otherwise the Data stack makes it.
   *
   * @default false
   */
  readonly existing?: boolean;
  /**
   * Region of a bucket that exists. It must be that of the models.
   *
   * @default - that of the environment
   */
  readonly region?: string;
  /**
   * ARN of the key that encrypts a bucket that exists.
   *
   * @default - S3's own key
   */
  readonly keyArn?: string;
  /**
   * Address ranges of S3 as pods see it, in CIDR notation: that of the VPC where S3 has an interface endpoint, or the entries of
   * the region's prefix list `com.amazonaws.<region>.s3` where a gateway endpoint leads there.
   */
  readonly storageCidrs: readonly string[];
  /**
   * Address of S3, such as that of an interface endpoint without private DNS.
   *
   * @default - S3's own in the region
   */
  readonly endpointUrl?: string;
  /**
   * Image with the AWS CLI 2.15 or newer, which fetches the files.
   *
   * @default - the library's, by tag; where digests are required, by that of `images.digests`
   */
  readonly fetchImage?: string;
}

/** Imported weights of a model, as `npm run import-weights` prints them; the environment says where S3 is. */
export type WeightsConfig = PlainData<Omit<ImportedWeights, 'storageCidrs' | 'endpointUrl' | 'fetchImage'>>;
