import { type SecurityAuthentication } from '@kubernetes/client-node';
import { ClusterClient } from '../../../kubernetes-client/cluster-client';
import { type TestRelease, adminAccess } from './releases';

interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  /** All when it is absent. */
  readonly verbs?: string[];
}

/** A client that the API server does not know. */
export function stranger(): ClusterClient {
  return new ClusterClient({ ...adminAccess(), token: 'nobody' });
}

/** A client that is known to the API server, and may do something with some resources of the release's namespace, and nothing else. */
export async function limitedTo(release: TestRelease, rules: readonly Rule[]): Promise<ClusterClient> {
  const { client, namespace } = release;
  const metadata = { name: 'limited', namespace };
  await client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  const rbac = 'rbac.authorization.k8s.io';
  await client.create({
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata,
    rules: rules.map((rule) => ({ verbs: ['*'], ...rule })),
  });
  await client.create({
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'limited' },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  });
  return new ClusterClient({ ...adminAccess(), token: await tokenOf(client, namespace, metadata.name) });
}

/** A token of a service account, which has to exist. */
export async function tokenOf(client: ClusterClient, namespace: string, name: string): Promise<string> {
  await client.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, annotations: { 'kubernetes.io/service-account.name': name } },
    type: 'kubernetes.io/service-account-token',
  });
  for (;;) {
    const { data } = (await client.find({ apiVersion: 'v1', kind: 'Secret', name, namespace })) as {
      data?: { token?: string };
    };
    if (data?.token) return Buffer.from(data.token, 'base64').toString();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A client of the administrator who acts as another user, of a group. */
export function impersonating(user: string, group: string): ClusterClient {
  const client = new ClusterClient(adminAccess());
  const { configuration } = (
    client as unknown as { transport: { configuration: { authMethods: { default: SecurityAuthentication } } } }
  ).transport;
  const authentication = configuration.authMethods.default;
  configuration.authMethods.default = {
    getName: () => authentication.getName(),
    async applySecurityAuthentication(context) {
      await authentication.applySecurityAuthentication(context);
      context.setHeaderParam('Impersonate-User', user);
      context.setHeaderParam('Impersonate-Group', group);
    },
  };
  return client;
}
