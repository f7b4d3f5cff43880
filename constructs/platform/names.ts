/** Names that platform charts, models and tools agree on. */

/** Label of a namespace that says what it holds; `model` opens it to model releases. */
export const TIER_LABEL = 'llm-platform.dev/tier';

/** Namespace of models. */
export const MODEL_NAMESPACE = 'models';

/** Namespace of Prometheus and of what reads it. */
export const MONITORING_NAMESPACE = 'monitoring';

/** Namespace of the rollout controller. */
export const ROLLOUTS_NAMESPACE = 'argo-rollouts';

/** Labels of the pods of the rollout controller. */
export const ROLLOUTS_POD_LABELS = { 'app.kubernetes.io/name': 'argo-rollouts' };

/** Namespace of KEDA. */
export const KEDA_NAMESPACE = 'keda';

/** Namespace of the controller of LeaderWorkerSets. */
export const LEADER_WORKER_SET_NAMESPACE = 'lws-system';

/** Address of Prometheus inside the cluster. */
export const PROMETHEUS_ADDRESS = `http://prometheus.${MONITORING_NAMESPACE}.svc:9090`;

/** Labels of the pods of Prometheus, as its operator sets them. */
export const PROMETHEUS_POD_LABELS = { 'app.kubernetes.io/name': 'prometheus' };

/** Label of pods in the namespace of models that are no models and may call them; its value is `true`. */
export const CALLS_MODELS_LABEL = 'llm-platform.dev/calls-models';

/** Port of every engine. */
export const ENGINE_PORT = 8000;

/** Storage class of everything that asks for a volume. */
export const STORAGE_CLASS = 'gp3';

/** Image with kubectl, for Jobs that bring CRDs. */
export const KUBECTL_IMAGE = 'registry.k8s.io/kubectl:v1.36.3';
