import { MODEL_LABEL } from '../../../constructs/kubernetes/contract/names';
import { ENGINE_PORT } from '../../../constructs/models/names';
import {
  ENDPOINT_PICKER_METRICS_PORT,
  ENDPOINT_PICKER_PORT,
  PICKS_FOR_LABEL,
} from '../../../constructs/routing/routing-names';
import { CALLS_MODELS_LABEL } from '../../../constructs/platform/namespaces-chart';
import type { EnvironmentConfig } from '../../../lib/environment';
import type { Flow } from './analyzer';
import type { Peer } from './peer';

const PROMETHEUS = 'monitoring/prometheus';
const ROLLOUTS = 'argo-rollouts/argo-rollouts';

/**
 * Whether a flow is one that the platform means to allow, as people would say it of an environment. It knows nothing of policies, so that it can
 * judge them.
 */
export function isDeclared({ from, to, port }: Flow, { models }: EnvironmentConfig): boolean {
  const namespace = to.pod?.namespace;
  if (namespace === 'kube-system') return to.name.endsWith('/coredns') && port === 53;
  if (namespace === 'models') return intoModels(from, to, port, models);
  const within = namespace !== undefined && from.pod?.namespace === namespace;
  switch (namespace) {
    case 'monitoring':
      // The API server asks the operator before it takes a rule.
      return (
        within || port === 10_250 || (port === 9090 && ['argo-rollouts', 'keda'].includes(from.pod?.namespace ?? ''))
      );
    case 'argo-rollouts':
      return port === 8090 && from.pod?.namespace === 'monitoring';
    case 'keda':
      return within || port === 6443 || port === 9443 || (port === 8080 && from.name === PROMETHEUS);
    case 'lws-system':
      return within || port === 9443 || (port === 8443 && from.name === PROMETHEUS);
    default:
      return to.pod === undefined && leaving(from, to, port, models);
  }
}

function intoModels(from: Peer, to: Peer, port: number, models: EnvironmentConfig['models']): boolean {
  const served = to.pod?.labels[MODEL_LABEL];
  const picked = to.pod?.labels[PICKS_FOR_LABEL];
  const model = models.find(({ name }) => name === (served ?? picked));
  if (model === undefined) return false;
  const gateway =
    model.routing !== undefined &&
    from.pod?.namespace === (model.routing.dataPlaneNamespace ?? model.routing.gatewayNamespace);
  if (picked !== undefined)
    return (
      (port === ENDPOINT_PICKER_PORT && gateway) || (port === ENDPOINT_PICKER_METRICS_PORT && from.name === PROMETHEUS)
    );
  if ((model.nodes ?? 1) > 1 && from.pod?.labels[MODEL_LABEL] === model.name) return true;
  return (
    port === ENGINE_PORT &&
    (gateway ||
      from.name === PROMETHEUS ||
      (from.name === ROLLOUTS && model.rollout.gates?.syntheticRequest !== false) ||
      from.pod?.labels[PICKS_FOR_LABEL] === model.name ||
      (from.pod?.labels[CALLS_MODELS_LABEL] === 'true' && model.callers === undefined) ||
      (from.name.includes('/caller-') && from.name.endsWith(`-of-${model.name}`)))
  );
}

function leaving(from: Peer, to: Peer, port: number, models: EnvironmentConfig['models']): boolean {
  const { labels = {}, namespace } = from.pod ?? {};
  const model = models.find(({ name }) => name === labels[MODEL_LABEL]);
  const bridge = from.name === 'monitoring/metric-bridge';
  switch (to.name) {
    case 'the internet':
      // Weights of the hub, CloudWatch, and definitions that Helm would never update.
      return (
        port === 443 &&
        ((model !== undefined && model.weights === undefined) || bridge || from.name.endsWith('-definitions (Job)'))
      );
    case 'the agent of Pod Identity':
      return port === 80 && (model?.weights !== undefined || bridge);
    case 'nodes, the API server and connected networks':
      if (namespace === 'models')
        return port === 443 && (labels[PICKS_FOR_LABEL] !== undefined || model?.weights !== undefined);
      return true;
    default:
      return false;
  }
}

/** Flows without which nothing works: source, target and port. */
export const NEEDED: readonly (readonly [string, string, number])[] = [
  [PROMETHEUS, 'argo-rollouts/argo-rollouts', 8090],
  [PROMETHEUS, 'monitoring/kube-state-metrics', 8080],
  [PROMETHEUS, 'kube-system/karpenter', 8080],
  [PROMETHEUS, 'kube-system/coredns', 53],
  [PROMETHEUS, 'keda/keda-operator', 8080],
  [PROMETHEUS, 'lws-system/lws', 8443],
  [PROMETHEUS, 'nodes, the API server and connected networks', 10_250],
  [ROLLOUTS, PROMETHEUS, 9090],
  [ROLLOUTS, 'kube-system/coredns', 53],
  [ROLLOUTS, 'nodes, the API server and connected networks', 443],
  ['keda/keda-operator', PROMETHEUS, 9090],
  ['keda/keda-operator-metrics-apiserver', 'keda/keda-operator', 9666],
  ['keda/keda-operator', 'nodes, the API server and connected networks', 443],
  ['lws-system/lws', 'nodes, the API server and connected networks', 443],
  ['lws-system/lws-definitions (Job)', 'the internet', 443],
  ['nodes, the API server and connected networks', 'monitoring/prometheus-operator', 10_250],
  ['nodes, the API server and connected networks', 'keda/keda-admission-webhooks', 9443],
  ['nodes, the API server and connected networks', 'keda/keda-operator-metrics-apiserver', 6443],
  ['nodes, the API server and connected networks', 'lws-system/lws', 9443],
  ['monitoring/metric-bridge', PROMETHEUS, 9090],
  ['monitoring/metric-bridge', 'the internet', 443],
  ['monitoring/metric-bridge', 'the agent of Pod Identity', 80],
  ['models/chat', 'kube-system/coredns', 53],
];
