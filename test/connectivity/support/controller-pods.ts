/** A workload of a controller's chart, as far as network policies and those who call it see it. */
export interface ControllerPods {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
}

const named = (name: string) => ({ 'app.kubernetes.io/name': name });
const at = (namespace: string, name: string, ports: readonly number[], labels = named(name)): ControllerPods => ({
  name,
  namespace,
  labels,
  ports,
});

/**
 * Pods that the charts of controllers make, by the name of the controller: Helm is not at hand in every place where this is judged. Where the
 * charts are, a test compares. Prometheus has what its operator gives it.
 */
export const CONTROLLER_PODS: Readonly<Record<string, readonly ControllerPods[]>> = {
  'prometheus-stack': [
    at('monitoring', 'prometheus', [8080, 9090]),
    at('monitoring', 'prometheus-operator', [10250], named('kube-prometheus-stack-prometheus-operator')),
    at('monitoring', 'kube-state-metrics', [8080, 8081]),
  ],
  'argo-rollouts': [at('argo-rollouts', 'argo-rollouts', [8080, 8090])],
  'karpenter-crd': [],
  karpenter: [at('kube-system', 'karpenter', [8080, 8081])],
  keda: [
    at('keda', 'keda-operator', [8080, 9666]),
    at('keda', 'keda-operator-metrics-apiserver', [6443, 8080]),
    at('keda', 'keda-admission-webhooks', [9443]),
  ],
  'external-secrets': [
    at('external-secrets', 'external-secrets', [8080, 8082]),
    at('external-secrets', 'external-secrets-webhook', [8080, 8081, 10250]),
    at('external-secrets', 'external-secrets-cert-controller', [8080, 8081]),
  ],
  'cert-manager': [
    at('cert-manager', 'cert-manager', [9402, 9403]),
    at('cert-manager', 'webhook', [6080, 9402, 10250]),
    at('cert-manager', 'cainjector', [9402]),
  ],
  'aws-load-balancer-controller': [at('aws-load-balancer-controller', 'aws-load-balancer-controller', [8080, 9443])],
  lws: [at('lws-system', 'lws', [8443, 9443])],
  'nvidia-device-plugin': [at('kube-system', 'nvidia-device-plugin', [])],
  neuron: [at('kube-system', 'neuron-device-plugin', [])],
  // In the network of its node, where no policy holds.
  'aws-efa-k8s-device-plugin': [],
};
