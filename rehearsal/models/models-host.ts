import { REVISION_LABEL } from '../../constructs/kubernetes/contract/names';
import { LoadGenerator, type LoadOptions, type LoadTarget } from '../load/generator';
import { type LoadCounters, type LoadPoint, Tally } from '../load/tally';
import type { IClusterApi } from '../cluster/cluster-api';
import { ScrapeDiscovery } from './discovery';
import { SimulatedKubelet } from './kubelet';
import type { GroupNotice, ModelsApi, PodSummary, StartedModels, StartOptions } from './models-api';
import { type EngineRun, ProcessEngines } from './process-engines';
import { ProfileRegistry, type RevisionProfile } from './profiles';
import { ServiceProxy } from './service-proxy';

interface Cluster {
  readonly api: IClusterApi;
  readonly kubelet: SimulatedKubelet;
  readonly discovery: ScrapeDiscovery;
  readonly proxy: ServiceProxy;
}

/** Everything that the models' process holds: kubelet, discovery, cluster network, and one load generator a Service. */
export class ModelsHost implements ModelsApi {
  private readonly profiles = new ProfileRegistry();
  private readonly loads = new Map<string, LoadGenerator>();
  /** By Service; they outlast its loads, so that other callers within an act leave nothing uncounted. */
  private readonly tallies = new Map<string, Tally>();
  private cluster?: Cluster;
  private engines?: ProcessEngines;

  constructor(
    private readonly connect: (kubeconfig: string) => IClusterApi,
    private readonly log: (line: string) => void,
    private readonly onGroup: (notice: GroupNotice) => void = () => undefined,
  ) {}

  public async start(options: StartOptions): Promise<StartedModels> {
    if (this.cluster !== undefined)
      throw new Error('start: expected to be called once, got a second call; stop the process first');
    const api = this.connect(options.kubeconfig);
    const { onGroup, log } = this;
    this.engines =
      options.engines &&
      new ProcessEngines({ ...options.engines, log, onGroup: (group, running) => onGroup({ group, running }) });
    const kubelet = new SimulatedKubelet(api, this.profiles, log, this.engines);
    const discovery = new ScrapeDiscovery(api, () => kubelet.pods(), options.targetsFile, log);
    const proxy = new ServiceProxy(api, (ip) => kubelet.resolve(ip));
    this.cluster = { api, kubelet, discovery, proxy };
    kubelet.start();
    discovery.start();
    return { proxyUrl: await proxy.start() };
  }

  public setProfile(options: { readonly revision: string; readonly profile: RevisionProfile }): void {
    this.profiles.set(options.revision, options.profile);
  }

  public startLoad(options: LoadOptions): void {
    const key = keyOf(options);
    if (this.cluster === undefined)
      throw new Error('startLoad: expected a started cluster, got none; call start first');
    if (this.loads.has(key))
      throw new Error(`startLoad: expected a Service without load, got ${key}; call stopLoad first`);
    const { api, kubelet } = this.cluster;
    const tally = this.tallies.get(key) ?? new Tally();
    const load = new LoadGenerator(api, (ip) => kubelet.resolve(ip), options, tally);
    this.tallies.set(key, tally);
    this.loads.set(key, load);
    load.start();
  }

  public async stopLoad(target: LoadTarget): Promise<LoadCounters> {
    const key = keyOf(target);
    const load = this.loads.get(key);
    if (load === undefined)
      throw new Error(`stopLoad: expected a Service under load, got ${key}; call startLoad first`);
    await load.stop();
    this.loads.delete(key);
    return this.counters(target);
  }

  public counters(target: LoadTarget): LoadCounters {
    return this.tally(target).counters();
  }

  public resetCounters(target: LoadTarget): void {
    this.tally(target).reset();
  }

  public series(target: LoadTarget): readonly LoadPoint[] {
    return this.tally(target).series();
  }

  public pods(): readonly PodSummary[] {
    return (this.cluster?.kubelet.pods() ?? []).map(
      ({ namespace, name, labels, port, ready, terminating, restarts }) => {
        const revision = labels[REVISION_LABEL] ?? '';
        return { namespace, name, revision, port, ready, terminating, restarts };
      },
    );
  }

  public engineRuns(): readonly EngineRun[] {
    return this.engines?.runs ?? [];
  }

  /** Ends every engine and every request at once. */
  public stop(): void {
    this.loads.forEach((load) => void load.stop());
    this.cluster?.kubelet.stop();
    this.cluster?.discovery.stop();
    this.cluster?.proxy.stop();
  }

  private tally(target: LoadTarget): Tally {
    const tally = this.tallies.get(keyOf(target));
    if (tally === undefined)
      throw new Error(`load: expected a Service that was under load, got ${keyOf(target)}; call startLoad first`);
    return tally;
  }
}

function keyOf({ namespace, service }: LoadTarget): string {
  return `${namespace}/${service}`;
}
