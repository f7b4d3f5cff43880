import type { ControllerFacts } from '../controller-facts';
import { EXTERNAL_SECRETS_ACCOUNT, EXTERNAL_SECRETS_NAMESPACE } from '../names';
import { apart, KEEP } from './values';

/** Its three programs are one image. */
const IMAGE = 'ghcr.io/external-secrets/external-secrets:v2.9.0';

export const EXTERNAL_SECRETS: ControllerFacts = {
  name: 'external-secrets',
  namespace: EXTERNAL_SECRETS_NAMESPACE,
  chart: 'external-secrets',
  repository: 'https://charts.external-secrets.io',
  version: '2.9.0',
  values: {
    // Containers are restricted by the chart itself.
    fullnameOverride: 'external-secrets',
    installCRDs: true,
    crds: {
      annotations: KEEP,
      // A store of the cluster would be open to every namespace.
      createClusterExternalSecret: false,
      createClusterSecretStore: false,
      createClusterGenerator: false,
      createClusterPushSecret: false,
      createPushSecret: false,
    },
    processClusterExternalSecret: false,
    processClusterStore: false,
    processClusterGenerator: false,
    processClusterPushSecret: false,
    processPushSecret: false,
    openshiftFinalizers: false,
    serviceAccount: { name: EXTERNAL_SECRETS_ACCOUNT },
    rbac: {
      // It acts by roles of IAM, never as a service account of others.
      serviceAccountTokenCreate: false,
      servicebindings: { create: false },
      // Who makes a store names a role that the controller takes: administrators alone.
      aggregateToEdit: false,
      aggregateToAdmin: false,
    },
    leaderElect: true,
    replicaCount: 2,
    affinity: apart('external-secrets'),
    podDisruptionBudget: { enabled: true },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    readinessProbe: { enabled: true },
    serviceMonitor: { enabled: true },
    webhook: {
      replicaCount: 2,
      affinity: apart('external-secrets-webhook'),
      podDisruptionBudget: { enabled: true },
      resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    },
    certController: { resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } } },
  },
  images: ['image', 'webhook.image', 'certController.image'].map((values) => ({ reference: IMAGE, values })),
  provides: { kinds: ['ExternalSecret', 'SecretStore'].map((kind) => `external-secrets.io/${kind}`) },
};
