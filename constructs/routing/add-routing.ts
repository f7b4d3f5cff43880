import { ApiObject, type Chart } from 'cdk8s';
import type { NetworkPolicyPeer, NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { CONTENT_NAMED_ANNOTATION } from '../kubernetes/contract/names';
import { MONITORING_NAMESPACE, PROMETHEUS_POD_LABELS } from '../controllers/names';
import { ENGINE_PORT } from '../models/names';
import { CLUSTER_RANGES } from '../network/private-ranges';
import { CONFIG_FILE, endpointPickerConfig, endpointPickerPod } from './endpoint-picker';
import { type ResolvedEndpointPicker } from './resolved-routing';
import { ENDPOINT_PICKER_METRICS_PORT, ENDPOINT_PICKER_PORT, PICKS_FOR_LABEL } from './routing-names';
import { type RoutingContext } from './routing-context';

const POOL = { group: 'inference.networking.k8s.io', kind: 'InferencePool' };

/**
 * Adds what routes requests to the replicas of a model beyond its Service: the InferencePool, its endpoint pickers and the
 * route from the gateway.
 */
export function addRouting(chart: Chart, picker: ResolvedEndpointPicker, context: RoutingContext): void {
  const { model } = context;
  const pickers = `${model}-picker`;
  const labels = { [PICKS_FOR_LABEL]: model };
  const selector = { matchLabels: labels };
  const add = (id: string, apiVersion: string, kind: string, spec: object, name = pickers) =>
    new ApiObject(chart, id, { apiVersion, kind, metadata: { name }, spec });
  add('InferencePool', `${POOL.group}/v1`, POOL.kind, poolOf(picker, context, pickers), model);
  add('Route', 'gateway.networking.k8s.io/v1', 'HTTPRoute', routeOf(picker, model), model);
  new ApiObject(chart, 'PickerConfig', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: pickers, annotations: { [CONTENT_NAMED_ANNOTATION]: 'true' } },
    data: { [CONFIG_FILE]: endpointPickerConfig(picker.scorers, context) },
  });
  // With TLS and a certificate of its own: `kubernetes.io/h2c` would promise a gateway clear text.
  add('PickerService', 'v1', 'Service', {
    selector: labels,
    ports: [{ name: 'grpc', port: ENDPOINT_PICKER_PORT, targetPort: 'grpc', protocol: 'TCP', appProtocol: 'http2' }],
  });
  add('PickerBudget', 'policy/v1', 'PodDisruptionBudget', { maxUnavailable: 1, selector });
  add('PickerMonitor', 'monitoring.coreos.com/v1', 'PodMonitor', {
    selector,
    podTargetLabels: [PICKS_FOR_LABEL],
    podMetricsEndpoints: [{ port: 'metrics', path: '/metrics', interval: `${context.scrapeIntervalSeconds}s` }],
  });
  add('Pickers', 'apps/v1', 'Deployment', {
    // With leader election all but one would never be ready, and the death of that one an outage. Each endpoint picker reads load and caches from the
    // replicas themselves; only prefixes are learned apart.
    replicas: picker.endpointPickers,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector,
    template: {
      metadata: { labels: { 'app.kubernetes.io/name': pickers, ...labels } },
      spec: endpointPickerPod(picker, context, labels, pickers),
    },
  });
  add('PickerPolicy', 'networking.k8s.io/v1', 'NetworkPolicy', policyOf(picker, context, labels));
}

/** Sources of requests that a model with endpoint pickers has besides its callers. */
export function routingSources(picker: ResolvedEndpointPicker, model: string): NetworkPolicyPeer[] {
  return [{ podSelector: { matchLabels: { [PICKS_FOR_LABEL]: model } } }, dataPlaneOf(picker)];
}

function dataPlaneOf({ dataPlaneNamespace }: ResolvedEndpointPicker): NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': dataPlaneNamespace } } };
}

function poolOf({ failureMode }: ResolvedEndpointPicker, { podLabels }: RoutingContext, name: string): object {
  return {
    selector: { matchLabels: podLabels },
    targetPorts: [{ number: ENGINE_PORT }],
    endpointPickerRef: { name, port: { number: ENDPOINT_PICKER_PORT }, failureMode },
  };
}

function routeOf({ gatewayName, gatewayNamespace, hostname }: ResolvedEndpointPicker, model: string): object {
  return {
    parentRefs: [{ name: gatewayName, namespace: gatewayNamespace }],
    hostnames: [hostname],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/v1' } }],
        backendRefs: [{ ...POOL, name: model }],
        // An answer that is streamed lasts as long as it lasts; the drain is what bounds it.
        timeouts: { request: '0s' },
      },
    ],
  };
}

function policyOf(
  picker: ResolvedEndpointPicker,
  { podLabels }: RoutingContext,
  labels: { [label: string]: string },
): NetworkPolicySpec {
  return {
    podSelector: { matchLabels: labels },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { ports: [{ port: ENDPOINT_PICKER_PORT, protocol: 'TCP' }], from: [dataPlaneOf(picker)] },
      {
        ports: [{ port: ENDPOINT_PICKER_METRICS_PORT, protocol: 'TCP' }],
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': MONITORING_NAMESPACE } },
            podSelector: { matchLabels: PROMETHEUS_POD_LABELS },
          },
        ],
      },
    ],
    egress: [
      { ports: [{ port: ENGINE_PORT, protocol: 'TCP' }], to: [{ podSelector: { matchLabels: podLabels } }] },
      // The API server has no address that is known here, but one of the cluster's: neither the internet nor the instance's metadata
      // service is among them.
      {
        ports: [
          { port: 443, protocol: 'TCP' },
          { port: 6443, protocol: 'TCP' },
        ],
        to: CLUSTER_RANGES.map((cidr) => ({ ipBlock: { cidr } })),
      },
    ],
  };
}
