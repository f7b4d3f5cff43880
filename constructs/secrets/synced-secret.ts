import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { KubernetesRelease } from '../kubernetes/kubernetes-release';

/** One key of a Secret in the cluster, and where its value comes from. */
export interface SyncedSecretEntry {
  /** Key in the Secret: letters, digits, '-', '_' and '.'. */
  readonly key: string;

  /** The secret in AWS Secrets Manager. */
  readonly secret: secretsmanager.ISecret;

  /**
   * Field of the secret, when it is a JSON object.
   *
   * @default - the whole secret is the value
   */
  readonly field?: string;
}

/** A Secret that is to be in the cluster. */
export interface SyncedSecretOptions {
  /** Name of the Secret. */
  readonly name: string;

  /** What is in it. */
  readonly entries: SyncedSecretEntry[];

  /**
   * Whether the Secret holds no value, only what recognizes one: for each line of the value that is not empty, without the white space around
   * it, a line with its SHA-256 as 64 hexadecimal digits. For keys of callers, which the cluster only has to compare. The values themselves
   * should be long and random: a digest of a password can be guessed.
   *
   * @default false
   */
  readonly digestsOnly?: boolean;
}

/** A Secret that `SecretSync` brings into the cluster. */
export interface SyncedSecret {
  /** Name of the Secret. */
  readonly name: string;

  /** Namespace of the Secret. */
  readonly namespace: string;

  /** Keys in the Secret. */
  readonly keys: string[];

  /** The release that it comes with; what names the Secret waits for this. */
  readonly release: KubernetesRelease;
}
