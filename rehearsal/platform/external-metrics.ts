import type { KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import type { ClusterClient } from '../../kubernetes-client/cluster-client';
import type { ObjectReference } from '../../kubernetes-client/kubernetes-client';

/** Group of the API by which a HorizontalPodAutoscaler reads metrics of others. */
const GROUP = 'external.metrics.k8s.io';

/** Who reads them: what the API server passes on carries no certificate of its own, so that nobody's name arrives. */
const READER = 'rehearsal-external-metrics';

const RBAC = 'rbac.authorization.k8s.io';
const API_SERVICE = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: `v1beta1.${GROUP}` } as const;
const ROLE = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', name: READER } as const;
const BINDING = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', name: READER } as const;

/** Where the metrics are served. */
export interface ExternalMetricsOptions {
  readonly client: Pick<ClusterClient, 'create'>;
  /** Namespace of the Service; it exists. */
  readonly namespace: string;
  /** Service by whose name the API server checks the certificate. */
  readonly service: string;
  /** Port on loopback. */
  readonly port: number;
}

/** Has the API server pass questions for external metrics on to a program on loopback. */
export async function registerExternalMetrics({
  client,
  namespace,
  service,
  port,
}: ExternalMetricsOptions): Promise<void> {
  await client.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: service },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  await client.create({
    ...objectOf(ROLE),
    rules: [
      { apiGroups: [GROUP], resources: ['*'], verbs: ['get', 'list'] },
      { nonResourceURLs: ['/apis', `/apis/${GROUP}`, `/apis/${GROUP}/*`, '/openapi/*'], verbs: ['get'] },
    ],
  });
  await client.create({
    ...objectOf(BINDING),
    roleRef: { apiGroup: RBAC, kind: ROLE.kind, name: READER },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: 'system:anonymous' }],
  });
  await client.create({
    ...objectOf(API_SERVICE),
    // Which authority signs the certificate is left to the program that makes it.
    spec: {
      group: GROUP,
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { namespace, name: service, port },
    },
  });
}

/** Whether the API server reaches the program and trusts it. */
export async function externalMetricsAreServed(client: Pick<ClusterClient, 'find'>): Promise<boolean> {
  const { conditions = [] } = ((await client.find(API_SERVICE))?.status ?? {}) as {
    conditions?: { type: string; status: string }[];
  };
  return conditions.some(({ type, status }) => type === 'Available' && status === 'True');
}

/** Takes the registration away: with it and nobody behind it, no namespace could be deleted any more. */
export async function unregisterExternalMetrics(client: Pick<ClusterClient, 'remove'>): Promise<void> {
  for (const each of [API_SERVICE, BINDING, ROLE]) await client.remove(each);
}

function objectOf({ apiVersion, kind, name }: ObjectReference): KubernetesObject {
  return { apiVersion, kind, metadata: { name } };
}
