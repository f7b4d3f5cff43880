import type { ControllerFacts } from '../controller-facts';
import { LEADER_WORKER_SET_NAMESPACE } from '../names';
import { apart, NON_ROOT } from './values';

export const LEADER_WORKER_SET: ControllerFacts = {
  name: 'lws',
  namespace: LEADER_WORKER_SET_NAMESPACE,
  chart: 'lws',
  repository: 'oci://registry.k8s.io/lws/charts/lws',
  version: '0.10.0',
  values: {
    image: { manager: { pullPolicy: 'IfNotPresent' } },
    podSecurityContext: NON_ROOT,
    replicaCount: 2,
    affinity: apart('lws'),
    enablePrometheus: true,
    resources: { requests: { cpu: '200m', memory: '256Mi' }, limits: { memory: '512Mi' } },
  },
  images: [{ reference: 'registry.k8s.io/lws/lws:v0.10.0', values: 'image.manager' }],
  crds: [
    ['leaderworkersets', 'leaderworkerset'],
    ['disaggregatedsets', 'disaggregatedset'],
    ['disaggregatedsetrolescalers', 'disaggregatedset'],
  ].map(([plural, group]) => ({
    name: `${plural}.${group}.x-k8s.io`,
    url: `https://raw.githubusercontent.com/kubernetes-sigs/lws/v0.10.0/config/crd/bases/${group}.x-k8s.io_${plural}.yaml`,
  })),
  provides: {
    kinds: [
      'leaderworkerset.x-k8s.io/LeaderWorkerSet',
      ...['DisaggregatedSet', 'DisaggregatedSetRoleScaler'].map((kind) => `disaggregatedset.x-k8s.io/${kind}`),
    ],
  },
};
