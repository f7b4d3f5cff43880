import { type KubernetesObject } from './release-document';

/** Order in which the objects of a release are applied; each wave is healthy before the next one starts. */
export const WAVES = ['prerequisites', 'configuration', 'workloads', 'routes'] as const;

const PREREQUISITES = new Set([
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'RuntimeClass',
  'IngressClass',
  'GatewayClass',
]);
const WORKLOADS = new Set([
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'CronJob',
  'Rollout',
  'LeaderWorkerSet',
  'HorizontalPodAutoscaler',
  'ScaledObject',
  'ScaledJob',
]);
// Webhooks come last as well: one whose server is not up yet would refuse the objects of its own release.
const ROUTES = new Set([
  'Ingress',
  'Gateway',
  'HTTPRoute',
  'GRPCRoute',
  'TCPRoute',
  'TLSRoute',
  'InferencePool',
  'TargetGroupBinding',
  'APIService',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
]);

/** Index in {@link WAVES} of the wave an object belongs to. */
export function waveOf(object: Pick<KubernetesObject, 'kind'>): number {
  if (PREREQUISITES.has(object.kind)) return 0;
  if (WORKLOADS.has(object.kind)) return 2;
  if (ROUTES.has(object.kind)) return 3;
  return 1;
}
