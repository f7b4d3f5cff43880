/** Names that controllers go by, and whoever reaches them. */

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

/** Namespace of External Secrets. */
export const EXTERNAL_SECRETS_NAMESPACE = 'external-secrets';

/** Service account of External Secrets, which EKS Pod Identity gives its role to. */
export const EXTERNAL_SECRETS_ACCOUNT = 'external-secrets';

/** Path of the roles of IAM that External Secrets may take, each for what one namespace needs. */
export const SECRETS_ROLE_PATH = '/llm-platform-secrets/';

/** Namespace of cert-manager. */
export const CERT_MANAGER_NAMESPACE = 'cert-manager';

/** Namespace of the AWS Load Balancer Controller. */
export const LOAD_BALANCER_NAMESPACE = 'aws-load-balancer-controller';

/** Service account of the AWS Load Balancer Controller, which EKS Pod Identity gives its role to. */
export const LOAD_BALANCER_ACCOUNT = 'aws-load-balancer-controller';

/** Address of Prometheus inside the cluster. */
export const PROMETHEUS_ADDRESS = `http://prometheus.${MONITORING_NAMESPACE}.svc:9090`;

/** Labels of the pods of Prometheus, as its operator sets them. */
export const PROMETHEUS_POD_LABELS = { 'app.kubernetes.io/name': 'prometheus' };

/** Storage class of everything that asks for a volume. */
export const STORAGE_CLASS = 'gp3';

/** Image with kubectl, for Jobs that bring CRDs. */
export const KUBECTL_IMAGE = 'registry.k8s.io/kubectl:v1.36.3';

/** Namespace of what makes nodes and their devices: device plugins need the host's files, which no other namespace allows. */
export const NODE_CONTROLLERS_NAMESPACE = 'kube-system';
