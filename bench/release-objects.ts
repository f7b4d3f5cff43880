import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';

/** How many of each kind: 500 in all, about as a platform's own release would mix them. */
const COUNTS = { configMap: 200, service: 100, serviceAccount: 100, networkPolicy: 50, deployment: 50 } as const;

/** 500 objects for a namespace. No pod starts: Deployments have no replicas, so that only applying is measured. */
export function releaseObjects(namespace: string): KubernetesObject[] {
  return (Object.keys(COUNTS) as (keyof typeof COUNTS)[]).flatMap((kind) =>
    Array.from({ length: COUNTS[kind] }, (_, index) =>
      MAKERS[kind]({ name: `object-${index}`, namespace, labels: { 'app.kubernetes.io/name': `object-${index}` } }),
    ),
  );
}

const MAKERS: Readonly<Record<keyof typeof COUNTS, (metadata: KubernetesObject['metadata']) => KubernetesObject>> = {
  configMap: (metadata) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`key-${index}`, 'value '.repeat(20)])),
  }),
  service: (metadata) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector: metadata.labels, ports: [{ name: 'http', port: 8000, targetPort: 8000, protocol: 'TCP' }] },
  }),
  serviceAccount: (metadata) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }),
  networkPolicy: (metadata) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: { podSelector: { matchLabels: metadata.labels }, policyTypes: ['Ingress'] },
  }),
  deployment: (metadata) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 0,
      selector: { matchLabels: metadata.labels },
      template: {
        metadata: { labels: metadata.labels },
        spec: {
          containers: [
            {
              name: 'app',
              image: 'registry.example/app:1',
              ports: [{ name: 'http', containerPort: 8000, protocol: 'TCP' }],
            },
          ],
        },
      },
    },
  }),
};
