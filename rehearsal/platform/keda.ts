import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import type { ClusterClient } from '../../kubernetes-client/cluster-client';
import type { ObjectReference } from '../../kubernetes-client/kubernetes-client';
import { holds } from '../../kubernetes-client/objects';
import { ensureCrds } from './ensure-crds';
import type { ManagedProcess } from './managed-process';
import { choosePorts } from './ports';
import type { ControllerOptions } from './run';

/** Namespace and Services of KEDA, as its chart names them; its certificate is made out to them. */
const NAMESPACE = 'keda';
const OPERATOR = 'keda-operator';
const ADAPTER = 'keda-metrics-apiserver';

/** Where the operator keeps its certificate. */
const SECRET = { apiVersion: 'v1', kind: 'Secret', namespace: NAMESPACE, name: 'kedaorg-certs' } as const;
const CERTIFICATE_FILES = ['ca.crt', 'tls.crt', 'tls.key'] as const;

/** Group of the API by which a HorizontalPodAutoscaler reads metrics of others. */
const GROUP = 'external.metrics.k8s.io';

/** Who reads them: what the API server passes on carries no certificate of its own, so that nobody's name arrives. */
const READER = 'rehearsal-external-metrics';

const RBAC = 'rbac.authorization.k8s.io';
const API_SERVICE = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: `v1beta1.${GROUP}` } as const;
const ROLE = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', name: READER } as const;
const BINDING = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', name: READER } as const;

/** How to start KEDA. */
export interface KedaOptions extends Omit<ControllerOptions, 'client'> {
  readonly operator: string;
  readonly adapter: string;
  /** Folder with its CustomResourceDefinitions. */
  readonly crds: string;
  readonly client: Pick<ClusterClient, 'find' | 'findMetadata' | 'create' | 'remove' | 'get'>;
}

/** A running KEDA. */
export interface Keda {
  /** Ends it; what its objects say is carried out by nobody any more. */
  stop(): Promise<void>;
}

/**
 * Starts KEDA's operator, which makes HorizontalPodAutoscalers of ScaledObjects, and its metrics adapter, which tells the
 * HorizontalPodAutoscaler controller what the operator reads. Kinds that the platform's release has not brought are created first.
 */
export async function startKeda(options: KedaOptions): Promise<Keda> {
  const { client, start } = options;
  await ensureCrds({ ...options, folder: options.crds });
  const ports = await choosePorts(['metrics', 'health', 'service', 'adapter', 'adapterMetrics']);
  const certificates = join(options.runDirectory, 'keda');
  mkdirSync(certificates, { recursive: true });
  const environment = {
    KUBECONFIG: options.kubeconfig,
    // All of them.
    WATCH_NAMESPACE: '',
    POD_NAMESPACE: NAMESPACE,
    KEDA_CLUSTER_OBJECT_NAMESPACE: NAMESPACE,
  };
  const operator = {
    name: OPERATOR,
    command: options.operator,
    args: [
      `--metrics-bind-address=127.0.0.1:${ports.metrics}`,
      `--health-probe-bind-address=127.0.0.1:${ports.health}`,
      `--metrics-service-bind-address=127.0.0.1:${ports.service}`,
      '--enable-cert-rotation=true',
      '--enable-webhook-patching=false',
      `--cert-dir=${certificates}`,
    ],
    env: environment,
  };
  const adapter = {
    name: 'keda-adapter',
    command: options.adapter,
    args: [
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.adapter}`,
      `--port=${ports.adapterMetrics}`,
      `--cert-dir=${certificates}`,
      `--tls-cert-file=${join(certificates, 'tls.crt')}`,
      `--tls-private-key-file=${join(certificates, 'tls.key')}`,
      `--metrics-service-address=127.0.0.1:${ports.service}`,
      `--metrics-service-grpc-authority=${OPERATOR}.${NAMESPACE}.svc`,
      `--lister-kubeconfig=${options.kubeconfig}`,
      `--authorization-kubeconfig=${options.kubeconfig}`,
      `--authentication-kubeconfig=${options.kubeconfig}`,
      // The rehearsal's API server publishes no authority for callers.
      '--authentication-skip-lookup=true',
    ],
    env: environment,
  };
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await registerExternalMetrics(client, ports.adapter);
  try {
    // In its first life it only makes its certificate, and ends for a kubelet to start it again with the Secret mounted.
    const first = await start(operator);
    await mountCertificates(options, first, certificates);
    await first.kill();
    const processes = [
      await start({ ...operator, ready: async () => (await fetch(`http://127.0.0.1:${ports.health}/readyz`)).ok }),
      await start({ ...adapter, ready: () => externalMetricsAreServed(client) }),
    ];
    return {
      stop: async () => {
        await unregisterExternalMetrics(client);
        await Promise.all(processes.map((process) => process.kill()));
        await client.remove({ apiVersion: 'v1', kind: 'Namespace', name: NAMESPACE });
      },
    };
  } catch (error) {
    await unregisterExternalMetrics(client);
    throw error;
  }
}

/** Does what a kubelet does with the Secret of the operator's certificate. */
async function mountCertificates(
  { client, signal }: KedaOptions,
  operator: ManagedProcess,
  directory: string,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    // Asked first: it may end between its last write and the next look.
    const { isRunning } = operator;
    const { data = {} } = ((await client.find(SECRET)) ?? {}) as { data?: Partial<Record<string, string>> };
    if (CERTIFICATE_FILES.every((file) => data[file] !== undefined)) {
      CERTIFICATE_FILES.forEach((file) =>
        writeFileSync(join(directory, file), Buffer.from(data[file] ?? '', 'base64'), { mode: 0o600 }),
      );
      return;
    }
    signal.throwIfAborted();
    if (Date.now() > deadline || !isRunning)
      throw new Error(
        `${OPERATOR} made no certificate${isRunning ? ' within 60 s' : ''}; the end of its log:\n${operator.tail()}`,
      );
    await pause(200);
  }
}

/** Has the API server pass questions for external metrics on to a program on loopback. */
async function registerExternalMetrics(client: Pick<ClusterClient, 'create'>, port: number): Promise<void> {
  await client.create({
    apiVersion: 'v1',
    kind: 'Service',
    // By its name the API server checks the certificate.
    metadata: { namespace: NAMESPACE, name: ADAPTER },
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
      service: { namespace: NAMESPACE, name: ADAPTER, port },
    },
  });
}

/** Whether the API server reaches the program and trusts it. */
async function externalMetricsAreServed(client: Pick<ClusterClient, 'find'>): Promise<boolean> {
  return holds(await client.find(API_SERVICE), 'Available');
}

/** Takes the registration away: with it and nobody behind it, no namespace could be deleted any more. */
async function unregisterExternalMetrics(client: Pick<ClusterClient, 'remove'>): Promise<void> {
  for (const each of [API_SERVICE, BINDING, ROLE]) await client.remove(each);
}

function objectOf({ apiVersion, kind, name }: ObjectReference): KubernetesObject {
  return { apiVersion, kind, metadata: { name } };
}
