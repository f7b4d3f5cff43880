import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { killGroup } from '../platform/process-table';
import type {
  GroupNotice,
  ModelsApi,
  ModelsCommand,
  ModelsRequest,
  ModelsResponse,
  StartedModels,
  StartOptions,
} from './models-api';
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

  /** The commands of {@link ModelsApi}. */
  public readonly startLoad = this.remote('startLoad');
  public readonly stopLoad = this.remote('stopLoad');
  public readonly counters = this.remote('counters');
  public readonly resetCounters = this.remote('resetCounters');
  public readonly series = this.remote('series');
  public readonly pods = this.remote('pods');
  public readonly engineRuns = this.remote('engineRuns');
  private readonly pending = new Map<number, Pending>();
  /** Process groups of real engines. */
  private readonly groups = new Set<number>();
  private readonly exited: Promise<void>;
  private running = true;
  private requests = 0;
  private started: StartedModels = { proxyUrl: '' };

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

  /** The command of that name. */
  private remote<C extends ModelsCommand>(
    command: C,
  ): (...options: Parameters<ModelsApi[C]>) => Promise<Awaited<ReturnType<ModelsApi[C]>>> {
    return (...options) => this.call(command, ...options);
  }

  private call<C extends ModelsCommand>(
    command: C,
    ...[options]: Parameters<ModelsApi[C]>
  ): Promise<Awaited<ReturnType<ModelsApi[C]>>> {
    return new Promise((resolve, reject) => {
      if (!this.running) return reject(this.ended());
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
    if (error === undefined) pending?.resolve(value);
    else pending?.reject(new Error(`simulated models: ${error}`));
  }

  private ended(): Error {
    return new Error(`simulated models: expected a running process, got one that has ended; see ${this.logFile}`);
  }
}
