/** What the parts of a gateway call each other by, and what the program in its image expects. */

/** Namespace of a gateway that names none. */
export const GATEWAY_NAMESPACE = 'gateway';

/** Name of the release, the Rollout, the Service and the service account: a namespace holds one gateway. */
export const GATEWAY_NAME = 'gateway';

/** Service of the canary alone. */
export const CANARY_SERVICE = `${GATEWAY_NAME}-canary`;

/** Label of everything that belongs to a gateway; its value is the gateway's name. */
export const GATEWAY_LABEL = 'llm-platform.dev/gateway';

/** Labels of the pods of a gateway, by which network policies and selectors know them. */
export const GATEWAY_POD_LABELS = { [GATEWAY_LABEL]: GATEWAY_NAME };

/** Port for callers. Only the routes of the API answer here. */
export const GATEWAY_PORT = 8000;

/** Port for probes and metrics, which no caller reaches. */
export const MANAGEMENT_PORT = 8001;

/** Directory of the configuration, named by its content. */
export const CONFIG_DIRECTORY = '/etc/llm-gateway/policy';

/** File with the policy, as `llm_gateway/config.py` reads it. */
export const POLICY_FILE = 'policy.json';

/** Directory with one file a tenant: digests of its keys. */
export const KEYS_DIRECTORY = '/etc/llm-gateway/keys';

/** Secret with one entry a tenant: lines of SHA-256 of its keys. */
export const TENANT_KEYS_SECRET = `${GATEWAY_NAME}-tenant-keys`;

/** Secret with the keys of model providers, by environment variable. */
export const MODEL_KEYS_SECRET = `${GATEWAY_NAME}-model-keys`;

/** Secret with the password of Redis. */
export const REDIS_SECRET = `${GATEWAY_NAME}-redis`;

/** Its entry. */
export const REDIS_PASSWORD_KEY = 'password';
