import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { killGroup } from './process-table';
import { spawnLogged } from './run-program';

/** A program to start and to watch. */
export interface ProcessSpec {
  /** Name in messages and of the log file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing of this process's own environment is passed on by itself. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Folder of the log file `<name>.log`, which is appended to. */
  readonly logDirectory: string;
  /** Asked again and again until it answers true; a rejection counts as "not yet". */
  readonly ready?: () => Promise<boolean>;
  /** @default 60 s */
  readonly readyTimeoutMs?: number;
  /** Told as soon as there is a process, before it is ready. */
  readonly onStart?: (managed: ManagedProcess) => void;
}

/** A running program, the leader of a process group of its own. */
export class ManagedProcess {
  /** Starts the program and waits until it is ready; throws with the end of its log when it ends or stays unready. */
  static async start(spec: ProcessSpec): Promise<ManagedProcess> {
    const managed = new ManagedProcess(spec);
    try {
      await managed.untilReady();
      return managed;
    } catch (error) {
      await managed.kill();
      throw error;
    }
  }

  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves with how it ended, in words. */
  readonly ended: Promise<string>;

  private readonly child: ChildProcess;
  private ending?: string;

  private constructor(private readonly spec: ProcessSpec) {
    this.name = spec.name;
    this.logFile = join(spec.logDirectory, `${spec.name}.log`);
    this.child = spawnLogged(spec.command, spec.args, { cwd: spec.cwd, env: spec.env, logFile: this.logFile });
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.ending ??= how;
        resolve(this.ending);
      };
      this.child.once('error', (error) => end(`could not be started: ${error.message}`));
      this.child.once('exit', (code, signal) => end(signal ? `ended by ${signal}` : `ended with exit code ${code}`));
    });
    this.pid = this.child.pid ?? 0;
    if (this.pid > 0) spec.onStart?.(this);
  }

  get isRunning(): boolean {
    return this.ending === undefined;
  }

  /** Last lines of its log. */
  tail(lines = 15): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Kills its whole process group at once, as a crash would: nothing that it could still write is of use. */
  async kill(): Promise<void> {
    if (this.pid === 0) return;
    killGroup(this.pid, 'SIGKILL');
    await this.ended;
  }

  private async untilReady(): Promise<void> {
    const limit = this.spec.readyTimeoutMs ?? 60_000;
    const deadline = Date.now() + limit;
    for (;;) {
      if (this.spec.ready && (await this.spec.ready().catch(() => false))) return;
      if (!this.spec.ready && this.pid > 0) return;
      if (this.ending !== undefined)
        throw new Error(`${this.name} ${this.ending}; the end of its log:\n${indent(this.tail())}`);
      if (Date.now() > deadline)
        throw new Error(
          `${this.name} was not ready after ${limit / 1000} s; the end of its log:\n${indent(this.tail())}`,
        );
      await Promise.race([this.ended, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
