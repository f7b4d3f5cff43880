import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterClient } from '../../kubernetes-client/cluster-client';
import type { ManagedProcess } from './managed-process';
import type { ControllerOptions } from './run';

/** How to start the controller of Argo Rollouts. */
export interface RolloutsControllerOptions extends Omit<ControllerOptions, 'runDirectory'> {
  readonly binary: string;
  readonly ports: { readonly metrics: number; readonly health: number };
  /** HTTP proxy to Services by their names in the cluster: the controller runs outside of its network. */
  readonly proxyUrl: string;
}

const CRDS = ['rollouts', 'analysistemplates', 'clusteranalysistemplates', 'analysisruns', 'experiments'];

/**
 * Waits until the kinds of Argo Rollouts exist, then starts its controller and waits until it is healthy.
 *
 * Started before they exist it would ask for them with ever longer pauses, of up to half a minute.
 */
export async function startRolloutsController(options: RolloutsControllerOptions): Promise<ManagedProcess> {
  const { binary, kubeconfig, ports, proxyUrl, client, start, signal } = options;
  while (!(await crdsAreServed(client))) {
    if (signal.aborted)
      throw new Error('the kinds of Argo Rollouts did not come into being before the rehearsal stopped');
    await pause(250);
  }
  return start({
    name: 'rollouts-controller',
    command: binary,
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      '--rollout-resync=5',
      `--metricsPort=${ports.metrics}`,
      `--healthzPort=${ports.health}`,
    ],
    // Go asks no proxy for loopback addresses, so the API server and Prometheus are reached as ever.
    env: { HTTP_PROXY: proxyUrl },
    ready: async () => (await fetch(`http://127.0.0.1:${ports.health}/healthz`)).ok,
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
