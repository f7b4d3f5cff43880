import type { ClusterClient } from '../../kubernetes-client/cluster-client';
import type { ManagedProcess } from './managed-process';
import type { StartProcess } from './run';

/** How to start the controller of Argo Rollouts. */
export interface RolloutsControllerOptions {
  readonly binary: string;
  readonly kubeconfig: string;
  readonly ports: { readonly metrics: number; readonly health: number };
  readonly runDirectory: string;
  /** HTTP proxy to Services by their names in the cluster: the controller runs outside of its network. */
  readonly proxyUrl: string;
  readonly client: ClusterClient;
  readonly start: StartProcess;
  /** Ends the wait for the CRDs. */
  readonly signal: AbortSignal;
}

const CRDS = ['rollouts', 'analysistemplates', 'clusteranalysistemplates', 'analysisruns', 'experiments'];

/**
 * Waits until the kinds of Argo Rollouts exist, then starts its controller and waits until it is healthy.
 *
 * Started before they exist it would ask for them with ever longer pauses, of up to half a minute.
 */
export async function startRolloutsController(options: RolloutsControllerOptions): Promise<ManagedProcess> {
  while (!(await crdsAreServed(options.client))) {
    if (options.signal.aborted)
      throw new Error('the kinds of Argo Rollouts did not come into being before the rehearsal stopped');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const {
    ports: { metrics, health },
    runDirectory,
    proxyUrl,
  } = options;
  return options.start({
    name: 'rollouts-controller',
    command: options.binary,
    args: [
      `--kubeconfig=${options.kubeconfig}`,
      '--leader-elect=false',
      '--rollout-resync=5',
      `--metricsPort=${metrics}`,
      `--healthzPort=${health}`,
    ],
    // Go asks no proxy for loopback addresses, so the API server and Prometheus are reached as ever.
    env: { PATH: process.env.PATH, HOME: runDirectory, TMPDIR: runDirectory, HTTP_PROXY: proxyUrl },
    ready: async () => (await fetch(`http://127.0.0.1:${health}/healthz`)).ok,
  });
}

async function crdsAreServed(client: ClusterClient): Promise<boolean> {
  try {
    const { resources } = await client.get<{ resources: { name: string }[] }>('/apis/argoproj.io/v1alpha1');
    const served = resources.map(({ name }) => name);
    return CRDS.every((name) => served.includes(name));
  } catch {
    return false; // the kinds are not there yet, or the API server is being restarted
  }
}
