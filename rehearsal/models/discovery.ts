import { renameSync, writeFileSync } from 'node:fs';
import type { IClusterApi } from '../cluster/cluster-api';
import { type PodMonitor, scrapeTargets, type TargetGroup } from './scrape-targets';
import type { PodView } from './simulated-pod';

/** How often it is looked for pods that have come or gone, in milliseconds. */
const LOOK_MS = 200;

/**
 * Targets for Prometheus, in place of the Prometheus operator: the simulated pods that the cluster's PodMonitors select. Where no
 * PodMonitor exists, nor its CRD, nothing is scraped.
 *
 * It is a file, because Prometheus watches that: what is asked for again and again is throttled to once in five seconds and more, which is
 * half of a window here.
 */
export class ScrapeDiscovery {
  private readonly monitors = new Map<string, PodMonitor>();
  private readonly complained = new Set<string>();
  private stopWatching?: () => void;
  private timer?: NodeJS.Timeout;
  private written?: string;

  /** @param file for `file_sd_configs` */
  constructor(
    private readonly api: IClusterApi,
    private readonly pods: () => readonly PodView[],
    private readonly file: string,
    private readonly log: (line: string) => void,
  ) {}

  /** Writes the targets, and again whenever they change. */
  public start(): void {
    this.stopWatching = this.api.watch<PodMonitor>(
      { path: '/apis/monitoring.coreos.com/v1/podmonitors' },
      {
        onChange: (monitor) => this.monitors.set(monitor.metadata?.uid ?? '', monitor),
        onGone: (monitor) => this.monitors.delete(monitor.metadata?.uid ?? ''),
      },
    );
    this.write();
    this.timer = setInterval(() => this.write(), LOOK_MS);
  }

  public stop(): void {
    this.stopWatching?.();
    clearInterval(this.timer);
  }

  private write(): void {
    const targets = JSON.stringify(this.groups());
    if (targets === this.written) return;
    writeFileSync(`${this.file}.new`, targets);
    renameSync(`${this.file}.new`, this.file);
    this.written = targets;
  }

  private groups(): TargetGroup[] {
    return [...this.monitors.values()].flatMap((monitor) => {
      try {
        return scrapeTargets(monitor, this.pods());
      } catch (error) {
        const { namespace, name } = monitor.metadata ?? {};
        this.complain(`PodMonitor ${namespace}/${name}: ${(error as Error).message}`);
        return [];
      }
    });
  }

  /** The targets are looked for again and again: say it once. */
  private complain(line: string): void {
    if (this.complained.has(line)) return;
    this.complained.add(line);
    this.log(line);
  }
}
