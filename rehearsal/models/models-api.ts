import type { LoadOptions, LoadTarget } from '../load/generator';
import type { LoadCounters, LoadPoint } from '../load/tally';
import type { EngineRun, RealEngines } from './process-engines';
import type { RevisionProfile } from './profiles';
import type { PodView } from './simulated-pod';

/** What is known of a simulated pod. */
export interface PodSummary
  extends Pick<PodView, 'namespace' | 'name' | 'port' | 'ready' | 'terminating' | 'restarts'> {
  readonly revision: string;
}

export interface StartOptions {
  readonly kubeconfig: string;
  /** Where the targets for `file_sd_configs` of Prometheus are written. */
  readonly targetsFile: string;
  /** @default - engines are simulated */
  readonly engines?: RealEngines;
}

/** Where the models' process listens. */
export interface StartedModels {
  /** URL for HTTP_PROXY of a program that calls Services by their names in the cluster. */
  readonly proxyUrl: string;
}

/** The commands of the process that simulates models and sends load; each takes one JSON value and returns one. */
export interface ModelsApi {
  /** Starts kubelet, discovery and the proxy to Services. */
  start(options: StartOptions): Promise<StartedModels>;
  setProfile(options: { readonly revision: string; readonly profile: RevisionProfile }): void;
  /** Sends load to a Service until `stopLoad`, or until its own bounds. */
  startLoad(options: LoadOptions): void;
  /** Resolves when every request in flight has ended, with the final counters. */
  stopLoad(target: LoadTarget): Promise<LoadCounters>;
  counters(target: LoadTarget): LoadCounters;
  /** Starts counting anew; requests in flight count when they end. */
  resetCounters(target: LoadTarget): void;
  /** Counts and latencies by second and ReplicaSet, since the start or the last reset. */
  series(target: LoadTarget): readonly LoadPoint[];
  pods(): readonly PodSummary[];
  /** Every start of a real engine, oldest first. */
  engineRuns(): readonly EngineRun[];
}

export type ModelsCommand = keyof ModelsApi;

/** Parent to child. */
export interface ModelsRequest {
  readonly id: number;
  readonly command: ModelsCommand;
  readonly options: unknown;
}

/** Child to parent: the answer of a request, with exactly one of value and error. */
export interface ModelsResponse {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Child to parent, unasked: a process group that has begun or ended. */
export interface GroupNotice {
  readonly group: number;
  readonly running: boolean;
}
