import { setTimeout as pause } from 'node:timers/promises';
import { MODEL_LABEL, REVISION_LABEL } from '../../constructs/kubernetes/contract/names';
import type { Pod } from 'kubernetes-types/core/v1';
import type { IClusterApi } from '../cluster/cluster-api';
import { type IEngineRuntime, SIMULATED_ENGINES } from './container-engine';
import type { ProfileRegistry } from './profiles';
import { type PodView, SimulatedPod } from './simulated-pod';

const DEFAULT_GRACE_SECONDS = 30;
const RETRY_MS = 300;

interface ManagedPod {
  readonly simulated: SimulatedPod;
  /** Last status that the API server has taken, as JSON. */
  reported?: string;
  reporting: boolean;
  gone: boolean;
}

/**
 * The kubelet of every pod that serves a model and is bound to a node: starts an engine for each, reports what it
 * does to the API server, and ends the pod as its spec asks. Other pods are left to whoever runs them.
 */
export class SimulatedKubelet {
  private readonly managed = new Map<string, ManagedPod>();
  private addresses = 0;
  private stopWatching?: () => void;

  constructor(
    private readonly api: IClusterApi,
    private readonly profiles: ProfileRegistry,
    private readonly log: (line: string) => void,
    private readonly runtime: IEngineRuntime = SIMULATED_ENGINES,
  ) {}

  public start(): void {
    this.stopWatching = this.api.watch<Pod>(
      { path: '/api/v1/pods', labelSelector: MODEL_LABEL },
      {
        onChange: (pod) => this.changed(pod),
        onGone: (pod) => this.forget(pod.metadata?.uid ?? ''),
      },
    );
  }

  /** Ends every engine at once and reports nothing more. */
  public stop(): void {
    this.stopWatching?.();
    [...this.managed.keys()].forEach((uid) => this.forget(uid));
  }

  public pods(): readonly PodView[] {
    return [...this.managed.values()].map((managed) => managed.simulated);
  }

  /** The pod of an address, if one has it now. */
  public resolve(ip: string): PodView | undefined {
    return this.pods().find((pod) => pod.ip === ip);
  }

  private changed(pod: Pod): void {
    const uid = pod.metadata?.uid ?? '';
    if (!pod.spec?.nodeName) return;
    const known = this.managed.get(uid);
    if (known === undefined && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') {
      this.adopt(uid, pod);
    } else {
      known?.simulated.update(pod);
    }
    if (pod.metadata?.deletionTimestamp !== undefined) void this.terminate(uid, pod);
  }

  private adopt(uid: string, pod: Pod): void {
    this.addresses += 1;
    const ip = `10.64.${this.addresses >> 8}.${this.addresses & 255}`;
    const revision = pod.metadata?.labels?.[REVISION_LABEL] ?? '';
    const managed: ManagedPod = {
      simulated: new SimulatedPod({
        pod,
        ip,
        runtime: this.runtime,
        profile: () => this.profiles.get(revision),
        onChange: () => void this.report(uid),
      }),
      reporting: false,
      gone: false,
    };
    this.managed.set(uid, managed);
    if (pod.metadata?.deletionTimestamp === undefined) void managed.simulated.start();
  }

  private async terminate(uid: string, pod: Pod): Promise<void> {
    const managed = this.managed.get(uid);
    if (managed === undefined) return;
    const alreadyEnding = managed.simulated.terminating;
    const ended = managed.simulated.terminate(pod.metadata?.deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS);
    if (alreadyEnding) return;
    await ended;
    await this.report(uid);
    await this.retry(managed, () => this.api.deletePod(managed.simulated.namespace, managed.simulated.name, uid));
  }

  private forget(uid: string): void {
    const managed = this.managed.get(uid);
    if (managed === undefined) return;
    managed.gone = true;
    managed.simulated.kill();
    this.managed.delete(uid);
  }

  /** Sends the newest status; changes that come meanwhile are sent after it, as one. */
  private async report(uid: string): Promise<void> {
    const managed = this.managed.get(uid);
    if (managed === undefined || managed.reporting) return;
    managed.reporting = true;
    try {
      const { namespace, name } = managed.simulated;
      while (!managed.gone) {
        const status = managed.simulated.status();
        const sent = JSON.stringify(status);
        if (sent === managed.reported) return;
        await this.retry(managed, async () => {
          managed.gone ||= !(await this.api.patchPodStatus(namespace, name, uid, status));
        });
        managed.reported = sent;
      }
    } finally {
      managed.reporting = false;
    }
  }

  /** Until it succeeds or the pod is gone: the API server may be restarting. */
  private async retry(managed: ManagedPod, send: () => Promise<void>): Promise<void> {
    let complained = false;
    while (!managed.gone) {
      try {
        return await send();
      } catch (error) {
        const { namespace, name } = managed.simulated;
        if (!complained) this.log(`pod ${namespace}/${name}: ${(error as Error).message}; trying again`);
        complained = true;
        await pause(RETRY_MS);
      }
    }
  }
}
