import { routedKeys, withFallbacks } from '../model-providers/routed-models';
import { type GatewayOptions } from './gateway-options';
import { type SyncedSecretOptions } from '../secrets/synced-secret';
import { MODEL_KEYS_SECRET, REDIS_PASSWORD_KEY, REDIS_SECRET, TENANT_KEYS_SECRET } from './names';

/** The Secrets that the pods of a gateway are started with. */
export function gatewaySecrets({ models, tenants, redis }: GatewayOptions): SyncedSecretOptions[] {
  const keys = routedKeys(withFallbacks(models.map(({ endpoint }) => endpoint)));
  const { passwordSecret, passwordSecretField } = redis;
  const secrets: SyncedSecretOptions[] = [
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
