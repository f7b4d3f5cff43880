import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterClient } from '../../kubernetes-client/cluster-client';
import { Cleanup } from './cleanup';
import { ManagedProcess, type ProcessSpec } from './managed-process';
import { killGroup } from './process-table';
import { RunRecord } from './run-record';

/** A program to start in a run; folder and logs are the run's. @see ProcessSpec */
export type RunProcessSpec = Omit<ProcessSpec, 'cwd' | 'logDirectory' | 'env' | 'onStart'> & {
  /** Besides PATH and a home folder within the run. @default - nothing */
  readonly env?: NodeJS.ProcessEnv;
};

/** Starts a program that ends with the run. */
export type StartProcess = (spec: RunProcessSpec) => Promise<ManagedProcess>;

/** What every controller in the cluster is started with. */
export interface ControllerOptions {
  readonly kubeconfig: string;
  readonly runDirectory: string;
  readonly client: ClusterClient;
  readonly start: StartProcess;
  /** Ends the waits. */
  readonly signal: AbortSignal;
}

/** One rehearsal on this machine: its folder, its processes, and how to get rid of both. */
export class Run {
  readonly directory: string;
  readonly logDirectory: string;
  readonly cleanup: Cleanup;
  private readonly record: RunRecord;
  private pending: () => Promise<void> = () => Promise.resolve();

  constructor(cacheDirectory: string, log: (line: string) => void) {
    this.directory = realpathSync(mkdtempSync(join(tmpdir(), 'cdk-llm-platform-')));
    this.logDirectory = join(this.directory, 'logs');
    mkdirSync(this.logDirectory);
    this.cleanup = new Cleanup(log);
    this.record = new RunRecord(cacheDirectory, this.directory);
    this.cleanup.defer('record of the run', () => this.record.close());
    this.cleanup.defer('folder of the run', () =>
      rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
    );
    this.cleanup.defer('start-up', () => this.pending());
    this.cleanup.handleSignals();
  }

  /** Aborted as soon as the run is being stopped. */
  get signal(): AbortSignal {
    return this.cleanup.signal;
  }

  readonly start: StartProcess = async (spec) => {
    if (this.signal.aborted) throw new Error(`${spec.name}: not started, because the rehearsal is being stopped`);
    return ManagedProcess.start({
      ...spec,
      cwd: this.directory,
      logDirectory: this.logDirectory,
      env: { PATH: process.env.PATH, HOME: this.directory, TMPDIR: this.directory, ...spec.env },
      // Told before it is ready, so that it is stopped and recorded even when it never gets there.
      onStart: (managed) => {
        this.record.add(managed.pid);
        this.cleanup.defer(managed.name, () => managed.kill());
      },
    });
  };

  /**
   * Has a process group that somebody else started end with the run.
   *
   * @returns to be called when it has ended by itself: its number may then be given to another
   */
  adopt(name: string, group: number): () => void {
    let ended = false;
    this.record.add(group);
    this.cleanup.defer(name, () => void (ended || killGroup(group, 'SIGKILL')));
    return () => {
      ended = true;
    };
  }

  /** Has a process group that is ended otherwise be found by the next run, should this one be killed. */
  recordGroup(group: number): void {
    this.record.add(group);
  }

  /** Something to wait for after all processes have ended and before the folder is removed. */
  beforeRemoval(pending: () => Promise<void>): void {
    this.pending = pending;
  }

  /** Stops everything and removes the folder. */
  stop(): Promise<void> {
    return this.cleanup.run();
  }
}
