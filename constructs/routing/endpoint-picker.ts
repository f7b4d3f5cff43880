import type { PodSpec } from 'kubernetes-types/core/v1';
import { canonicalQuantity } from '../kubernetes/quantities';
import { pullSecrets } from '../kubernetes/pull-secrets';
import { type EngineMetrics } from '../models/engine-metrics';
import { type RoutingScorer } from './model-routing';
import { type ResolvedEndpointPicker } from './resolved-routing';
import {
  ENDPOINT_PICKER_ACCOUNT,
  ENDPOINT_PICKER_HEALTH_PORT,
  ENDPOINT_PICKER_METRICS_PORT,
  ENDPOINT_PICKER_PORT,
} from './routing-names';
import { type RoutingContext } from './routing-context';
import { restrictedPod } from '../policy/restricted-pod';

/** File of the configuration, in the directory where it is mounted. */
export const CONFIG_FILE = 'config.yaml';

/** User of the image. */
const USER = 65532;

/** Engines whose metrics the endpoint picker knows by itself, by the beginning of their names; with them come the cache's size and the adapters. */
const KNOWN_ENGINES: Readonly<Record<string, string>> = {
  'vllm:': 'vllm',
  'sglang:': 'sglang',
  trtllm_: 'trtllm-serve',
};

/** Configuration of an endpoint picker (llm-d.ai/v1alpha1), as JSON, which is YAML. */
export function endpointPickerConfig(scorers: readonly RoutingScorer[], context: RoutingContext): string {
  // A replica that has the adapter in memory answers at once.
  const all = context.adapters.length > 0 ? [...scorers, { type: 'lora-affinity-scorer', weight: 1 }] : scorers;
  return JSON.stringify(
    {
      apiVersion: 'llm-d.ai/v1alpha1',
      kind: 'EndpointPickerConfig',
      plugins: [
        ...all.map(({ type }) => ({ type })),
        { type: 'metrics-data-source', parameters: { scheme: 'http', path: context.metricsPath } },
        { type: 'core-metrics-extractor', parameters: extraction(context.metrics) },
      ],
      schedulingProfiles: [{ name: 'default', plugins: all.map(({ type, weight }) => ({ pluginRef: type, weight })) }],
    },
    undefined,
    2,
  );
}

function extraction({ requestsWaiting = '', requestsRunning = '', kvCacheUsage = '' }: EngineMetrics): object {
  const known = Object.entries(KNOWN_ENGINES).find(([prefix]) => requestsWaiting.startsWith(prefix));
  if (known) return { defaultEngine: known[1] };
  return {
    defaultEngine: 'model',
    engineConfigs: [
      {
        name: 'model',
        queuedRequestsSpec: requestsWaiting,
        runningRequestsSpec: requestsRunning,
        kvUsageSpec: kvCacheUsage,
        loraSpec: '',
        cacheInfoSpec: '',
      },
    ],
  };
}

/** Pod of an endpoint picker. It passes Pod Security "restricted". */
export function endpointPickerPod(
  options: ResolvedEndpointPicker,
  context: RoutingContext,
  labels: { [label: string]: string },
  configName: string,
): PodSpec {
  const memory = canonicalQuantity(`${options.endpointPickerMemoryMib}Mi`);
  // Without leader election every endpoint picker answers the same to every service name.
  const grpc = { port: ENDPOINT_PICKER_HEALTH_PORT, service: 'readiness' };
  return {
    serviceAccountName: ENDPOINT_PICKER_ACCOUNT,
    ...pullSecrets(context.imagePullSecrets),
    enableServiceLinks: false,
    // A gateway holds a stream to the endpoint picker for as long as a request lasts.
    terminationGracePeriodSeconds: context.terminationGracePeriodSeconds,
    topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: labels },
    })),
    securityContext: { ...restrictedPod(USER), fsGroup: USER },
    containers: [
      {
        name: 'picker',
        image: options.endpointPickerImage,
        args: [
          `--pool-name=${context.model}`,
          `--pool-namespace=${context.namespace}`,
          '--pool-group=inference.networking.k8s.io',
          `--config-file=/config/${CONFIG_FILE}`,
          `--grpc-port=${ENDPOINT_PICKER_PORT}`,
          `--grpc-health-port=${ENDPOINT_PICKER_HEALTH_PORT}`,
          `--metrics-port=${ENDPOINT_PICKER_METRICS_PORT}`,
          // Who may read them is up to the NetworkPolicy; the other way asks for rights in the whole cluster.
          '--metrics-endpoint-auth=false',
          '--enable-pprof=false',
          '--tracing=false',
          '--zap-encoder=json',
        ],
        env: [
          { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
          { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
        ports: [
          { name: 'grpc', containerPort: ENDPOINT_PICKER_PORT, protocol: 'TCP' },
          { name: 'grpc-health', containerPort: ENDPOINT_PICKER_HEALTH_PORT, protocol: 'TCP' },
          { name: 'metrics', containerPort: ENDPOINT_PICKER_METRICS_PORT, protocol: 'TCP' },
        ],
        resources: {
          requests: { cpu: canonicalQuantity(options.endpointPickerCpus), memory },
          limits: { memory },
        },
        // It answers when it has seen the pool.
        startupProbe: { grpc, periodSeconds: 2, failureThreshold: 60 },
        readinessProbe: { grpc, periodSeconds: 2 },
        livenessProbe: { grpc, periodSeconds: 10 },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'config', mountPath: '/config', readOnly: true }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name: configName } }],
  };
}
