import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { killGroup } from './process-table';

/** How a program is run. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends it with everything that it has started. */
  readonly signal?: AbortSignal;
  /** Signal by which that is done. @default SIGKILL */
  readonly endBy?: NodeJS.Signals;
  /** Told its process group; what it answers is called when the program has ended. */
  readonly onStart?: (group: number) => (() => void) | undefined;
  /** Told every line of its output. */
  readonly onLine?: (line: string) => void;
}

/** How a program ended. */
export interface ProgramEnd {
  /** Null when it was ended by a signal. */
  readonly exitCode: number | null;
  /** The exit code or the signal, in words. */
  readonly how: string;
  /** All that it wrote, standard output and standard error in the order in which it came. */
  readonly output: string;
}

/** Runs a program, the leader of a process group of its own, to its end; rejects when it cannot be started. */
export function runProgram(command: string, args: readonly string[], options: ProgramOptions): Promise<ProgramEnd> {
  const { cwd, env, signal, endBy = 'SIGKILL', onStart, onLine } = options;
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const group = child.pid;
  const end = (): void => void (group !== undefined && killGroup(group, endBy));
  signal?.addEventListener('abort', end, { once: true });
  const ended = group === undefined ? undefined : onStart?.(group);
  return new Promise((resolve, reject) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      if (onLine) createInterface(stream).on('line', onLine);
    }
    child.once('error', reject);
    child.once('close', (exitCode, by) => {
      signal?.removeEventListener('abort', end);
      ended?.();
      resolve({ exitCode, how: by ?? `exit code ${exitCode}`, output });
    });
  });
}

/** Starts a program, the leader of a process group of its own, whose output is appended to a file. */
export function spawnLogged(
  command: string,
  args: readonly string[],
  { logFile, ...options }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly logFile: string },
): ChildProcess {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}
