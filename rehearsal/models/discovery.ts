import { createServer, type Server } from 'node:http';
import type { IClusterApi } from '../cluster/cluster-api';
import { listen, LOOPBACK } from '../cluster/loopback';
import { type PodMonitor, scrapeTargets, type TargetGroup } from './scrape-targets';
import type { PodView } from './simulated-pod';

/**
 * HTTP discovery for Prometheus, in place of the Prometheus operator: the simulated pods that the cluster's PodMonitors
 * select. Where no PodMonitor exists, nor its CRD, nothing is scraped.
 */
export class ScrapeDiscovery {
  private readonly monitors = new Map<string, PodMonitor>();
  private readonly complained = new Set<string>();
  private readonly server: Server;
  private stopWatching?: () => void;

  constructor(
    private readonly api: IClusterApi,
    private readonly pods: () => readonly PodView[],
    private readonly log: (line: string) => void,
  ) {
    this.server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(this.groups()));
    });
  }

  /** Starts serving; resolves to the URL for `http_sd_configs`. */
  public async start(): Promise<string> {
    this.stopWatching = this.api.watch<PodMonitor>(
      { path: '/apis/monitoring.coreos.com/v1/podmonitors' },
      {
        onChange: (monitor) => this.monitors.set(monitor.metadata?.uid ?? '', monitor),
        onGone: (monitor) => this.monitors.delete(monitor.metadata?.uid ?? ''),
      },
    );
    return `http://${LOOPBACK}:${await listen(this.server)}/targets`;
  }

  public stop(): void {
    this.stopWatching?.();
    this.server.close();
    this.server.closeAllConnections();
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

  /** Prometheus asks every second: say it once. */
  private complain(line: string): void {
    if (this.complained.has(line)) return;
    this.complained.add(line);
    this.log(line);
  }
}
