import { RESTRICTED_CONTAINER } from '../../policy/restricted-pod';
import type { ControllerFacts } from '../controller-facts';
import { ROLLOUTS_NAMESPACE } from '../names';
import { apart, NON_ROOT } from './values';

export const ARGO_ROLLOUTS: ControllerFacts = {
  name: 'argo-rollouts',
  namespace: ROLLOUTS_NAMESPACE,
  chart: 'argo-rollouts',
  repository: 'https://argoproj.github.io/argo-helm',
  version: '2.41.0',
  values: {
    fullnameOverride: 'argo-rollouts',
    installCRDs: true,
    keepCRDs: true,
    podSecurityContext: NON_ROOT,
    containerSecurityContext: { ...RESTRICTED_CONTAINER, ...NON_ROOT },
    controller: {
      replicas: 2,
      affinity: apart('argo-rollouts'),
      pdb: { enabled: true, maxUnavailable: 1 },
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
      metrics: { enabled: true, serviceMonitor: { enabled: true } },
    },
    dashboard: { enabled: false },
  },
  images: [{ reference: 'quay.io/argoproj/argo-rollouts:v1.9.2', values: 'controller.image', registryApart: true }],
  provides: {
    kinds: ['AnalysisRun', 'AnalysisTemplate', 'ClusterAnalysisTemplate', 'Experiment', 'Rollout'].map(
      (kind) => `argoproj.io/${kind}`,
    ),
  },
};
