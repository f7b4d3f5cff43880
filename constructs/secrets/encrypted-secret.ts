import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { keptOnceCreated } from '../policy/retention';

/** How a secret is given a new value. */
export interface SecretRotation {
  /** Function that does it, in the four steps of AWS Secrets Manager. */
  readonly function: lambda.IFunction;

  /**
   * Time from one rotation to the next, 4 hours to 1000 days.
   *
   * @default Duration.days(30)
   */
  readonly every?: Duration;
}

/** Properties of `EncryptedSecret`. */
export interface EncryptedSecretProps {
  /** What the secret is for. */
  readonly description: string;

  /**
   * Name of the secret.
   *
   * @default - chosen by CloudFormation
   */
  readonly secretName?: string;

  /**
   * How AWS Secrets Manager makes the first value.
   *
   * @default - none: a person or a pipeline puts a value into the secret before something reads it
   */
  readonly generate?: secretsmanager.SecretStringGenerator;

  /**
   * How the secret is given a new value.
   *
   * @default - by whoever puts a value into it
   */
  readonly rotation?: SecretRotation;

  /**
   * What becomes of the secret and its key when they are deleted here.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/**
 * A secret of AWS Secrets Manager under a key of its own, so that a right to the one is of no use for another. There is no prop for its value:
 * that would stand in the template.
 *
 * @example
 * const hubToken = new EncryptedSecret(this, 'HubToken', { description: 'Access token of the model hub' });
 */
export class EncryptedSecret extends Construct {
  /** The secret. */
  public readonly secret: secretsmanager.ISecret;

  /** Its key, which AWS renews every year. */
  public readonly encryptionKey: kms.IKey;

  /** @throws when something is wrong with the props. */
  constructor(scope: Construct, id: string, props: EncryptedSecretProps) {
    super(scope, id);
    const { description, generate, rotation } = props;
    const every = rotation?.every ?? Duration.days(30);
    if (!every.isUnresolved() && (every.toSeconds() < 4 * HOUR || every.toSeconds() > 1000 * DAY))
      throw new Error(
        `${this.node.path}:\n  rotation.every: expected 4 hours to 1000 days, got ${every.toHumanString()}; AWS Secrets Manager knows no other`,
      );
    const removalPolicy = keptOnceCreated(props.removalPolicy);
    this.encryptionKey = new kms.Key(this, 'Key', {
      description: `Secret: ${description}`,
      enableKeyRotation: true,
      removalPolicy,
    });
    const secret = new secretsmanager.Secret(this, 'Resource', {
      secretName: props.secretName,
      description,
      generateSecretString: generate,
      encryptionKey: this.encryptionKey,
      removalPolicy,
    });
    // The library generates a value that nobody has asked for: what reads it would take it for a real one.
    if (!generate) (secret.node.defaultChild as secretsmanager.CfnSecret).generateSecretString = undefined;
    if (rotation)
      secret.addRotationSchedule('Rotation', { rotationLambda: rotation.function, automaticallyAfter: every });
    else
      Validations.of(secret).acknowledge({
        id: 'AwsSolutions-SMG4',
        reason: 'What the secret opens is not of AWS: who gives a new value there puts it here',
      });
    this.secret = secret;
  }
}
