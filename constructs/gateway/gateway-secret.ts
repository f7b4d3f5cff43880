import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { routedKeys, withFallbacks } from '../model-providers/routed-models';
import { type GatewayOptions } from './gateway-options';
import { MODEL_KEYS_SECRET, REDIS_PASSWORD_KEY, REDIS_SECRET, TENANT_KEYS_SECRET } from './names';

/** An entry of a Secret that a gateway reads. */
export interface GatewaySecretEntry {
  /** Name of the entry. */
  readonly key: string;

  /** Where the value is kept. */
  readonly secret: secretsmanager.ISecret;

  /**
   * Field of the secret, when it is a JSON object.
   *
   * @default - the whole secret
   */
  readonly field?: string;
}

/** A Secret in the namespace of a gateway, which the gateway reads and does not make. */
export interface GatewaySecret {
  /** Name of the Secret. */
  readonly name: string;

  /** What it holds. */
  readonly entries: GatewaySecretEntry[];

  /**
   * Whether it holds the SHA-256 of each line of a value, as hexadecimal digits, in the place of the value.
   *
   * @default false
   */
  readonly digestsOnly?: boolean;
}

/** The Secrets that the pods of a gateway are started with. */
export function gatewaySecrets({ models, tenants, redis }: GatewayOptions): GatewaySecret[] {
  const keys = routedKeys(withFallbacks(models.map(({ endpoint }) => endpoint)));
  const { passwordSecret, passwordSecretField } = redis;
  const secrets: GatewaySecret[] = [
    {
      name: TENANT_KEYS_SECRET,
      entries: tenants.map(({ name, keySecret, keySecretField }) => ({
        key: name,
        secret: keySecret,
        field: keySecretField,
      })),
      digestsOnly: true,
    },
    {
      name: MODEL_KEYS_SECRET,
      entries: keys.map(({ variable, apiKey }) => ({ key: variable, ...apiKey })),
    },
    {
      name: REDIS_SECRET,
      entries: passwordSecret ? [{ key: REDIS_PASSWORD_KEY, secret: passwordSecret, field: passwordSecretField }] : [],
    },
  ];
  return secrets.filter(({ entries }) => entries.length > 0);
}
