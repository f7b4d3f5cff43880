import type { Container, EnvVar, PodSpec, Probe } from 'kubernetes-types/core/v1';
import { canonicalQuantity } from '../kubernetes/quantities';
import { pullSecrets } from '../kubernetes/pull-secrets';
import { RESTRICTED_CONTAINER, restrictedPod } from '../policy/restricted-pod';
import { spreadOver } from '../policy/topology-spread';
import {
  CONFIG_DIRECTORY,
  GATEWAY_NAME,
  GATEWAY_POD_LABELS,
  GATEWAY_PORT,
  KEYS_DIRECTORY,
  MANAGEMENT_PORT,
  MODEL_KEYS_SECRET,
  POLICY_FILE,
  REDIS_PASSWORD_KEY,
  REDIS_SECRET,
  TENANT_KEYS_SECRET,
} from './names';
import { type ResolvedGateway } from './resolved-gateway';

/** ConfigMap of the configuration, before its content is appended to its name. */
export const CONFIG_NAME = `${GATEWAY_NAME}-config`;

/** Most that the process writes to /tmp, MiB: bodies are held in memory. */
const TMP_MIB = 256;

/** Pod of a gateway. It passes Pod Security "restricted". */
export function gatewayPod(gateway: ResolvedGateway): PodSpec {
  const { userId } = gateway.engine;
  return {
    serviceAccountName: GATEWAY_NAME,
    ...pullSecrets(gateway.imagePullSecrets),
    automountServiceAccountToken: false,
    // Kubernetes would set GATEWAY_PORT and the like for the Service.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: gateway.terminationGracePeriodSeconds,
    topologySpreadConstraints: spreadOver(GATEWAY_POD_LABELS),
    securityContext: { ...restrictedPod(userId), fsGroup: userId },
    containers: [container(gateway)],
    volumes: [
      { name: 'config', configMap: { name: CONFIG_NAME } },
      // Read again when it changes: a key is changed without a new pod.
      { name: 'tenant-keys', secret: { secretName: TENANT_KEYS_SECRET, defaultMode: 0o440 } },
      { name: 'tmp', emptyDir: { sizeLimit: canonicalQuantity(`${TMP_MIB}Mi`) } },
    ],
  };
}

function container(gateway: ResolvedGateway): Container {
  const { engine } = gateway;
  // Neither can be taken back from a container, so request and limit are the same; CPU can.
  const firm = {
    memory: canonicalQuantity(`${engine.memoryMib}Mi`),
    'ephemeral-storage': canonicalQuantity(`${TMP_MIB}Mi`),
  };
  return {
    name: 'gateway',
    image: gateway.image,
    command: engine.command,
    args: engine.args,
    env: environment(gateway),
    ports: [
      { name: 'http', containerPort: GATEWAY_PORT, protocol: 'TCP' },
      { name: 'management', containerPort: MANAGEMENT_PORT, protocol: 'TCP' },
    ],
    resources: { requests: { cpu: canonicalQuantity(engine.cpus), ...firm }, limits: firm },
    ...probes(gateway),
    // The process refuses new connections once it is told to end.
    lifecycle: { preStop: { sleep: { seconds: gateway.preStopSeconds } } },
    securityContext: RESTRICTED_CONTAINER,
    volumeMounts: [
      { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
      { name: 'tenant-keys', mountPath: KEYS_DIRECTORY, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function environment({ engine, keys, redis }: ResolvedGateway): EnvVar[] {
  const credentials = redis.password ? ':$(REDIS_PASSWORD)@' : '';
  return [
    { name: 'POLICY_CONFIG', value: `${CONFIG_DIRECTORY}/${POLICY_FILE}` },
    ...Object.entries(engine.environment).map(([name, value]) => ({ name, value })),
    ...keys.map(({ variable }) => fromSecret(variable, MODEL_KEYS_SECRET, variable)),
    // Kubernetes puts in what was declared before.
    ...(redis.password ? [fromSecret('REDIS_PASSWORD', REDIS_SECRET, REDIS_PASSWORD_KEY)] : []),
    { name: 'REDIS_URL', value: `${redis.tls ? 'rediss' : 'redis'}://${credentials}${redis.host}:${redis.port}/0` },
  ];
}

function fromSecret(variable: string, name: string, key: string): EnvVar {
  return { name: variable, valueFrom: { secretKeyRef: { name, key } } };
}

/** On the port that no caller reaches: the routes of the API ask for a key, and a probe of a model would cost tokens. */
function probes({ engine }: ResolvedGateway): { startupProbe: Probe; readinessProbe: Probe; livenessProbe: Probe } {
  const { livenessPath, readinessPath, startupBudgetSeconds } = engine;
  const get = (path: string) => ({ httpGet: { path, port: 'management' }, timeoutSeconds: 5 });
  return {
    startupProbe: {
      ...get(readinessPath),
      periodSeconds: 3,
      failureThreshold: Math.ceil(startupBudgetSeconds / 3),
    },
    readinessProbe: { ...get(readinessPath), periodSeconds: 5, failureThreshold: 2 },
    // A busy process answers late: a restart ends every stream, and needs a minute of silence.
    livenessProbe: { ...get(livenessPath), periodSeconds: 10, failureThreshold: 6 },
  };
}
