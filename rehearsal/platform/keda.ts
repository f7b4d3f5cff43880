import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterClient } from '../../kubernetes-client/cluster-client';
import { ensureCrds } from './ensure-crds';
import { externalMetricsAreServed, registerExternalMetrics, unregisterExternalMetrics } from './external-metrics';
import type { ManagedProcess } from './managed-process';
import { choosePorts } from './ports';
import type { StartProcess } from './run';

/** Namespace and Services of KEDA, as its chart names them; its certificate is made out to them. */
const NAMESPACE = 'keda';
const OPERATOR = 'keda-operator';
const ADAPTER = 'keda-metrics-apiserver';

/** Where the operator keeps its certificate. */
const SECRET = { apiVersion: 'v1', kind: 'Secret', namespace: NAMESPACE, name: 'kedaorg-certs' } as const;
const CERTIFICATE_FILES = ['ca.crt', 'tls.crt', 'tls.key'] as const;

/** How to start KEDA. */
export interface KedaOptions {
  readonly operator: string;
  readonly adapter: string;
  /** Folder with its CustomResourceDefinitions. */
  readonly crds: string;
  readonly kubeconfig: string;
  readonly runDirectory: string;
  readonly client: Pick<ClusterClient, 'find' | 'findMetadata' | 'create' | 'remove' | 'get'>;
  readonly start: StartProcess;
  /** Ends the waits. */
  readonly signal: AbortSignal;
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
    PATH: process.env.PATH,
    HOME: options.runDirectory,
    TMPDIR: options.runDirectory,
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
  await registerExternalMetrics({ client, namespace: NAMESPACE, service: ADAPTER, port: ports.adapter });
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
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
