import type { ControllerFacts } from '../controller-facts';
import { CERT_MANAGER_NAMESPACE } from '../names';
import { apart } from './values';

export const CERT_MANAGER: ControllerFacts = {
  name: 'cert-manager',
  namespace: CERT_MANAGER_NAMESPACE,
  chart: 'cert-manager',
  repository: 'https://charts.jetstack.io',
  version: 'v1.21.2',
  values: {
    // Containers are restricted by the chart itself.
    crds: { enabled: true, keep: true },
    global: { leaderElection: { namespace: CERT_MANAGER_NAMESPACE } },
    replicaCount: 2,
    affinity: apart('cert-manager'),
    podDisruptionBudget: { enabled: true },
    resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    prometheus: { servicemonitor: { enabled: true } },
    webhook: {
      replicaCount: 2,
      affinity: apart('webhook'),
      podDisruptionBudget: { enabled: true },
      resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '128Mi' } },
    },
    cainjector: {
      replicaCount: 2,
      affinity: apart('cainjector'),
      podDisruptionBudget: { enabled: true },
      resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    },
    startupapicheck: { resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } } },
  },
  images: [
    ['controller', 'image'],
    ['webhook', 'webhook.image'],
    ['cainjector', 'cainjector.image'],
    ['acmesolver', 'acmesolver.image'],
    ['startupapicheck', 'startupapicheck.image'],
  ].map(([program, values]) => ({ reference: `quay.io/jetstack/cert-manager-${program}:v1.21.2`, values })),
  provides: {
    kinds: [
      ...['Certificate', 'CertificateRequest', 'ClusterIssuer', 'Issuer'].map((kind) => `cert-manager.io/${kind}`),
      ...['Challenge', 'Order'].map((kind) => `acme.cert-manager.io/${kind}`),
    ],
  },
};
