import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { killGroup, listProcesses } from '../../platform/process-table';
import { spawnLogged } from '../../platform/run-program';
import { ask } from './asking';
import { Metrics } from './metrics-text';

/** What a promise gives, if it does so within so many milliseconds. */
export async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  return Promise.race([promise, over]).finally(() => clearTimeout(timer));
}

/** What to start. */
export interface EngineStart {
  readonly program: string;
  readonly args: readonly string[];
  /** Variables besides PATH. */
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  /** Folder of the log and of everything that it writes. */
  readonly folder: string;
  readonly name: string;
}

/** How the process ended. */
export interface Exit {
  /** As the kubelet has it: 128 and the signal's number where a signal ended it. */
  readonly code: number;
  /** As `performance.now()` has it. */
  readonly at: number;
}

const READY_LIMIT_MS = 300_000;

/** One run of the real program, the leader of a process group of its own. */
export class EngineRun {
  public readonly port: number;
  public readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly started = performance.now();
  private readonly log: string;
  private exit?: Exit;
  private readonly killAtExit = (): void => void (this.child.pid !== undefined && killGroup(this.child.pid, 'SIGKILL'));

  public constructor(private readonly options: EngineStart) {
    this.port = options.port;
    mkdirSync(options.folder, { recursive: true });
    this.log = join(options.folder, `${options.name}.log`);
    this.child = spawnLogged(options.program, options.args, {
      cwd: options.folder,
      // Programs of its own environment come first, such as the interpreter that it starts its processes with.
      env: { PATH: `${dirname(options.program)}:${process.env.PATH ?? ''}`, ...options.environment },
      logFile: this.log,
    });
    // A group of its own does not hear of Ctrl-C.
    process.once('exit', this.killAtExit);
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('exit', (code, signal) => {
        process.off('exit', this.killAtExit);
        this.exit = { code: code ?? 128 + constants.signals[signal!], at: performance.now() };
        resolve(this.exit);
      });
    });
  }

  /** Waits until `/health` answers 200; returns the seconds since the start. */
  public async ready(): Promise<number> {
    while (performance.now() - this.started < READY_LIMIT_MS) {
      if (this.exit)
        throw new Error(
          `${this.options.name} ended with exit code ${this.exit.code} before it was ready; the end of its log:\n${this.tail()}`,
        );
      if ((await ask({ port: this.port, method: 'GET', path: '/health', giveUpMs: 2_000 })).status === 200)
        return (performance.now() - this.started) / 1000;
      await pause(100);
    }
    throw new Error(
      `${this.options.name} was not ready after ${READY_LIMIT_MS / 1000} s; the end of its log:\n${this.tail()}`,
    );
  }

  /** One scrape; undefined when there is no answer within five seconds. */
  public async metrics(): Promise<Metrics | undefined> {
    const { status, text } = await ask({ port: this.port, method: 'GET', path: '/metrics', giveUpMs: 5_000 });
    return status === 200 ? new Metrics(text) : undefined;
  }

  /** Signals the program itself, as the kubelet does. */
  public terminate(): void {
    this.child.kill('SIGTERM');
  }

  /** The end of the process, if it comes within so many seconds. */
  public async endWithin(seconds: number): Promise<Exit | undefined> {
    return within(this.exited, seconds * 1000);
  }

  /** Process that computes: vLLM's engine core, else the program itself. */
  public core(): number {
    return this.processOf(/EngineCore/) ?? this.child.pid!;
  }

  /** Whether the program has started a process of its own that computes. */
  public hasCore(): boolean {
    if (this.exit)
      throw new Error(
        `${this.options.name} ended with exit code ${this.exit.code} before it had an engine core; the end of its log:\n${this.tail()}`,
      );
    // It has its own name only when it has read its modules.
    return this.processOf(/EngineCore|spawn_main/) !== undefined;
  }

  /** Ends everything that was started. */
  public async kill(): Promise<void> {
    if (this.child.pid !== undefined && killGroup(this.child.pid, 'SIGKILL')) await this.exited;
  }

  private processOf(command: RegExp): number | undefined {
    return listProcesses().find((entry) => entry.group === this.child.pid && command.test(entry.command))?.pid;
  }

  private tail(): string {
    return readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  }
}
