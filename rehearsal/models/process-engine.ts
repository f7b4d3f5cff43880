import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { listenPreferably } from '../cluster/loopback';
import { killGroup } from '../platform/process-table';
import { spawnLogged } from '../platform/run-program';
import type { ContainerEngine, EngineStart } from './container-engine';
import { type ProcessProgram, processCommand } from './process-command';
import { ProcessFault } from './process-fault';

export interface ProcessEngineOptions {
  readonly start: EngineStart;
  readonly installed: ProcessProgram;
  /** Folder of the pod: its volumes, its working directory, and its log. */
  readonly directory: string;
  /** Told what was changed of the pod's command, and the process group. */
  readonly onStart: (started: { readonly group: number; readonly changes: readonly string[] }) => void;
  readonly log: (line: string) => void;
}

/** A real engine as the process of a container: what it does, its profile only makes worse. */
export class ProcessEngine implements ContainerEngine {
  /** Resolves when the process runs; the model may still be loading. */
  public static async start(options: ProcessEngineOptions): Promise<ProcessEngine> {
    const { start, installed, directory } = options;
    const server = createServer();
    const port = await listenPreferably(server, start.port);
    await new Promise((resolve) => server.close(resolve));
    const command = { container: start.spec, installed, port, directory };
    const { program, args, environment, changes } = processCommand(command);
    (start.spec.volumeMounts ?? []).forEach(({ mountPath }) =>
      mkdirSync(join(directory, mountPath), { recursive: true }),
    );
    // A group of its own, because an engine is several processes.
    const logFile = join(directory, 'engine.log');
    const child = spawnLogged(program, args, { cwd: directory, env: environment, logFile });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return new ProcessEngine(child, child.pid!, port, options, changes);
  }

  private readonly fault: ProcessFault;

  private constructor(
    child: ChildProcess,
    private readonly group: number,
    public readonly port: number,
    options: ProcessEngineOptions,
    changes: readonly string[],
  ) {
    const { profile, onExit } = options.start;
    this.fault = new ProcessFault({ group, port, profile, log: options.log });
    child.once('exit', (code, signal) => {
      this.fault.stop();
      // A container ends with its first process, and takes the others with it.
      killGroup(group, 'SIGKILL');
      onExit(code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
    options.onStart({ group, changes });
    this.fault.start();
  }

  public terminate(): void {
    try {
      process.kill(this.group, 'SIGTERM');
    } catch {
      // It has ended meanwhile, which `onExit` tells.
    }
  }

  public kill(): void {
    killGroup(this.group, 'SIGKILL');
  }
}
