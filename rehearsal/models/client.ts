import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadOptions, LoadTarget } from '../load/generator';
import type { LoadCounters, LoadPoint } from '../load/tally';
import { killGroup } from '../platform/process-table';
import type {
  GroupNotice,
  ModelsApi,
  ModelsCommand,
  ModelsRequest,
  ModelsResponse,
  PodSummary,
  StartedModels,
  StartOptions,
} from './models-api';
import type { EngineRun } from './process-engines';
import type { RevisionProfile } from './profiles';

const STOP_TIMEOUT_MS = 3000;

/** The simulation acts as the user of the kubeconfig: it has to watch pods, EndpointSlices and PodMonitors, patch pods/status and delete pods. */
export interface ModelsClientOptions extends StartOptions {
  /** File that gets what the process says. */
  readonly logFile: string;
  /** Told every process group that a real engine begins, so that it is ended should the models' process be killed. @default - nobody */
  readonly onGroup?: (group: number) => void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The simulated models and their load, in a process of their own, so that they do not disturb what measures them. The
 * process ends with its parent, whatever the parent dies of.
 */
export class ModelsClient {
  public static async start(options: ModelsClientOptions): Promise<ModelsClient> {
    const log = openSync(options.logFile, 'a');
    const child = fork(join(__dirname, '../../scripts/start.mjs'), [join(__dirname, 'main.ts')], {
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const { logFile, onGroup, ...start } = options;
    const client = new ModelsClient(child, logFile, onGroup);
    try {
      client.started = await client.call('start', start);
      return client;
    } catch (error) {
      await client.stop();
      throw error;
    }
  }

  private readonly pending = new Map<number, Pending>();
  /** Process groups of real engines. */
  private readonly groups = new Set<number>();
  private readonly exited: Promise<void>;
  private running = true;
  private requests = 0;
  private started: StartedModels = { discoveryUrl: '', proxyUrl: '' };

  private constructor(
    private readonly child: ChildProcess,
    private readonly logFile: string,
    private readonly onGroup: (group: number) => void = () => undefined,
  ) {
    // Only a command under way keeps the parent running.
    child.unref();
    child.on('message', (message: ModelsResponse | GroupNotice) =>
      'group' in message ? this.noted(message) : this.answered(message),
    );
    child.on('error', () => child.kill('SIGKILL'));
    this.exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.running = false;
        this.pending.forEach(({ reject }) => reject(this.ended()));
        this.pending.clear();
        resolve();
      });
    });
  }

  /** URL for `http_sd_configs` of Prometheus. */
  public get discoveryUrl(): string {
    return this.started.discoveryUrl;
  }

  /** URL for HTTP_PROXY of a program that calls Services by their names in the cluster. */
  public get proxyUrl(): string {
    return this.started.proxyUrl;
  }

  /** Process id, to measure what it uses. */
  public get pid(): number | undefined {
    return this.child.pid;
  }

  /** Takes effect with the next request; what happens at a container's start, with the next start. */
  public async setProfile(revision: string, profile: RevisionProfile): Promise<void> {
    await this.call('setProfile', { revision, profile });
  }

  /** Sends load to a Service until `stopLoad`, or until its own bounds. */
  public async startLoad(options: LoadOptions): Promise<void> {
    await this.call('startLoad', options);
  }

  /** Resolves when every request in flight has ended, with the final counters. */
  public stopLoad(target: LoadTarget): Promise<LoadCounters> {
    return this.call('stopLoad', target);
  }

  public counters(target: LoadTarget): Promise<LoadCounters> {
    return this.call('counters', target);
  }

  /** Starts counting anew; requests in flight count when they end. */
  public async resetCounters(target: LoadTarget): Promise<void> {
    await this.call('resetCounters', target);
  }

  /** Counts and latencies by second and ReplicaSet, since the start or the last reset. */
  public series(target: LoadTarget): Promise<readonly LoadPoint[]> {
    return this.call('series', target);
  }

  public pods(): Promise<readonly PodSummary[]> {
    return this.call('pods', undefined);
  }

  /** Every start of a real engine, oldest first. */
  public engineRuns(): Promise<readonly EngineRun[]> {
    return this.call('engineRuns', undefined);
  }

  /** Ends the process and everything it simulates or runs. */
  public async stop(): Promise<void> {
    this.child.ref();
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
    // It has done so itself, unless it was killed.
    this.groups.forEach((group) => killGroup(group, 'SIGKILL'));
  }

  private call<C extends ModelsCommand>(
    command: C,
    options: Parameters<ModelsApi[C]>[0],
  ): Promise<Awaited<ReturnType<ModelsApi[C]>>> {
    return new Promise((resolve, reject) => {
      if (!this.running) {
        reject(this.ended());
        return;
      }
      this.requests += 1;
      this.child.channel?.ref();
      this.pending.set(this.requests, { resolve: resolve as (value: unknown) => void, reject });
      this.child.send({ id: this.requests, command, options } satisfies ModelsRequest);
    });
  }

  private noted({ group, running }: GroupNotice): void {
    if (running) {
      this.groups.add(group);
      this.onGroup(group);
    } else {
      this.groups.delete(group);
    }
  }

  private answered({ id, value, error }: ModelsResponse): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    if (this.pending.size === 0) this.child.channel?.unref();
    if (error !== undefined) {
      pending?.reject(new Error(`simulated models: ${error}`));
    } else {
      pending?.resolve(value);
    }
  }

  private ended(): Error {
    return new Error(`simulated models: expected a running process, got one that has ended; see ${this.logFile}`);
  }
}
