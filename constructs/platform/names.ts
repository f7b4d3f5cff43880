/** Names that platform charts, models and tools agree on. */

/** Label of a namespace that says what it holds; `model` opens it to model releases. */
export const TIER_LABEL = 'llm-platform.dev/tier';

/** Namespace of models. */
export const MODEL_NAMESPACE = 'models';

/** Namespace of Prometheus and of what reads it. */
export const MONITORING_NAMESPACE = 'monitoring';

/** Namespace of the rollout controller. */
export const ROLLOUTS_NAMESPACE = 'argo-rollouts';

/** Address of Prometheus inside the cluster. */
export const PROMETHEUS_ADDRESS = 'http://prometheus.monitoring.svc:9090';

/** Storage class of everything that asks for a volume. */
export const STORAGE_CLASS = 'gp3';

/** Kubernetes group of people who may control rollouts. */
export const OPERATORS_GROUP = 'llm-platform:operators';
