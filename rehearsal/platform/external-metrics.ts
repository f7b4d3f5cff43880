import type { ApiClient } from './api-client';

/** Group of the API by which a HorizontalPodAutoscaler reads metrics of others. */
const GROUP = 'external.metrics.k8s.io';

const NAME = `v1beta1.${GROUP}`;
const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const CLUSTER_ROLE_BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';

/** Who reads them: what the API server passes on carries no certificate of its own, so that nobody's name arrives. */
const READER = 'rehearsal-external-metrics';

/** Where the metrics are served. */
export interface ExternalMetricsOptions {
  readonly api: Pick<ApiClient, 'create'>;
  /** Namespace of the Service; it exists. */
  readonly namespace: string;
  /** Service by whose name the API server checks the certificate. */
  readonly service: string;
  /** Port on loopback. */
  readonly port: number;
}

/** Has the API server pass questions for external metrics on to a program on loopback. */
export async function registerExternalMetrics({ api, namespace, service, port }: ExternalMetricsOptions): Promise<void> {
  await api.create(`/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1', kind: 'Service', metadata: { name: service }, spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  await api.create(CLUSTER_ROLES, {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: READER },
    rules: [{ apiGroups: [GROUP], resources: ['*'], verbs: ['get', 'list'] }, { nonResourceURLs: ['/apis', `/apis/${GROUP}`, `/apis/${GROUP}/*`, '/openapi/*'], verbs: ['get'] }],
  });
  await api.create(CLUSTER_ROLE_BINDINGS, {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: READER },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: READER },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:anonymous' }],
  });
  await api.create(API_SERVICES, {
    apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: NAME },
    // Which authority signs the certificate is left to the program that makes it.
    spec: { group: GROUP, version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100, service: { namespace, name: service, port } },
  });
}

/** Whether the API server reaches the program and trusts it. */
export async function externalMetricsAreServed(api: Pick<ApiClient, 'call'>): Promise<boolean> {
  const { body } = await api.call('GET', `${API_SERVICES}/${NAME}`);
  const { conditions = [] } = (body as { status?: { conditions?: { type: string; status: string }[] } } | undefined)?.status ?? {};
  return conditions.some(({ type, status }) => type === 'Available' && status === 'True');
}

/** Takes the registration away: with it and nobody behind it, no namespace could be deleted any more. */
export async function unregisterExternalMetrics(api: Pick<ApiClient, 'delete'>): Promise<void> {
  await api.delete(`${API_SERVICES}/${NAME}`);
  await api.delete(`${CLUSTER_ROLE_BINDINGS}/${READER}`);
  await api.delete(`${CLUSTER_ROLES}/${READER}`);
}
