import type { ControllerFacts } from '../controller-facts';
import { KEDA_NAMESPACE } from '../names';
import { apart, KEEP, NON_ROOT } from './values';

export const KEDA: ControllerFacts = {
  name: 'keda',
  namespace: KEDA_NAMESPACE,
  chart: 'keda',
  repository: 'https://kedacore.github.io/charts',
  version: '2.20.2',
  values: {
    // Containers are restricted by the chart itself.
    podSecurityContext: { operator: NON_ROOT, metricServer: NON_ROOT, webhooks: NON_ROOT },
    operator: { replicaCount: 2, affinity: apart('keda-operator') },
    metricsServer: { replicaCount: 2, affinity: apart('keda-operator-metrics-apiserver') },
    webhooks: { replicaCount: 2, affinity: apart('keda-admission-webhooks') },
    podDisruptionBudget: {
      operator: { maxUnavailable: 1 },
      metricServer: { maxUnavailable: 1 },
      webhooks: { maxUnavailable: 1 },
    },
    crds: { additionalAnnotations: KEEP },
    // Models are scaled by what Prometheus says, which asks for no Secret.
    permissions: { operator: { restrict: { secret: true } }, metricServer: { restrict: { secret: true } } },
    // The chart's default is to get every object of the cluster, Secrets among them.
    rbac: {
      scaledRefKinds: [
        { apiGroup: 'argoproj.io', kind: 'rollouts' },
        { apiGroup: 'leaderworkerset.x-k8s.io', kind: 'leaderworkersets' },
      ],
    },
    resources: {
      operator: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
      metricServer: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
      webhooks: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    },
    // The alert on a pause that was forgotten reads these.
    prometheus: { operator: { enabled: true, serviceMonitor: { enabled: true } } },
  },
  images: [
    ['ghcr.io/kedacore/keda:2.20.2', 'image.keda'],
    ['ghcr.io/kedacore/keda-metrics-apiserver:2.20.2', 'image.metricsApiServer'],
    ['ghcr.io/kedacore/keda-admission-webhooks:2.20.2', 'image.webhooks'],
  ].map(([reference, values]) => ({ reference, values, registryApart: true })),
  provides: {
    kinds: [
      ...['ScaledObject', 'ScaledJob', 'TriggerAuthentication', 'ClusterTriggerAuthentication'].map(
        (kind) => `keda.sh/${kind}`,
      ),
      'eventing.keda.sh/CloudEventSource',
      'eventing.keda.sh/ClusterCloudEventSource',
    ],
  },
};
