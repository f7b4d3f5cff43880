import { get } from 'node:http';
import type { Probe } from 'kubernetes-types/core/v1';
import { LOOPBACK } from '../cluster/loopback';

export interface ProberOptions {
  /** The probe as the pod spec holds it; only httpGet is obeyed. */
  readonly spec: Probe;
  /** Loopback port of the server, which stands for the port that the probe names. */
  readonly port: () => number;
  /** Called after each attempt that completes a threshold, with the result it stands for. */
  readonly onResult: (healthy: boolean) => void;
}

/** Runs one probe of one container as the kubelet does: delay, period, timeout and both thresholds. */
export class Prober {
  private timer?: NodeJS.Timeout;
  private stopped = false;
  private streak = 0;
  private last?: boolean;

  constructor(private readonly options: ProberOptions) {}

  public start(): void {
    this.timer = setTimeout(() => void this.attempt(), (this.options.spec.initialDelaySeconds ?? 0) * 1000);
  }

  public stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async attempt(): Promise<void> {
    const { spec } = this.options;
    const startedAt = performance.now();
    const healthy = await httpHealthy(
      this.options.port(),
      spec.httpGet?.path ?? '/',
      (spec.timeoutSeconds ?? 1) * 1000,
    );
    if (this.stopped) return;
    this.streak = healthy === this.last ? this.streak + 1 : 1;
    this.last = healthy;
    const period = (spec.periodSeconds ?? 10) * 1000;
    // Before the call back, which may stop this prober.
    this.timer = setTimeout(() => void this.attempt(), Math.max(0, period - (performance.now() - startedAt)));
    if (this.streak >= (healthy ? (spec.successThreshold ?? 1) : (spec.failureThreshold ?? 3)))
      this.options.onResult(healthy);
  }
}

/** Whether a GET is answered by a status of 200 to 399 in time. */
export function httpHealthy(port: number, path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Without an agent each probe is a connection of its own, as the kubelet's is.
    const request = get(
      { host: LOOPBACK, port, path, agent: false, headers: { 'user-agent': 'kube-probe/simulated' } },
      (response) => {
        clearTimeout(timer);
        response.resume();
        resolve(response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 400);
      },
    );
    const timer = setTimeout(() => request.destroy(new Error('timeout')), timeoutMs);
    request.on('error', () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
