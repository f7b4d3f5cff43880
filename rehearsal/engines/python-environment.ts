import { readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type MakingOptions } from '../platform/file-lock';
import { interpreterOf, pip, pythonVersion } from '../platform/virtual-environment';
import { type ProgramOptions, runProgram } from '../platform/run-program';

/** The Pythons for which the files of `requirements/` are locks; the first one that is found is taken. */
const PYTHONS = ['3.11', '3.12'];

/** A file of `requirements/`. */
export function requirementsFile(name: string): string {
  return join(__dirname, 'requirements', `${name}.txt`);
}

/** Version that a file of `requirements/` pins. */
export function pinnedVersion(name: string, distribution: string): string {
  const found = new RegExp(`^${distribution}==([^\\s;]+)`, 'm').exec(readFileSync(requirementsFile(name), 'utf8'));
  if (!found) throw new Error(`requirements/${name}.txt: expected a line ${distribution}==…, got none; pin it there`);
  return found[1];
}

/** A Python that the locks are for. */
export interface Python {
  readonly command: string;
  readonly version: string;
}

/** @throws what to install, where none will do */
export async function findPython(): Promise<Python> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `machine: expected Linux on x86_64 for a real engine, got ${process.platform} on ${process.arch}; the packages are pinned for that only`,
    );
  for (const command of [...PYTHONS.map((version) => `python${version}`), 'python3']) {
    const version = await pythonVersion(command).catch(() => undefined);
    if (version !== undefined && PYTHONS.includes(version)) return { command, version };
  }
  throw new Error(
    `python: expected Python ${PYTHONS.join(' or ')} on the PATH for a real engine, got none; install it with its module venv (Debian: python3 and python3-venv)`,
  );
}

/** What to put into a new virtual environment. */
export interface PythonEnvironmentOptions extends MakingOptions {
  readonly python: Python;
  /** Folder of the environment; it exists and is empty. */
  readonly folder: string;
  /** Name of the file of `requirements/` that locks its packages. */
  readonly requirements: string;
}

/** Makes a virtual environment of exactly the packages of a lock, by hash; returns its interpreter. */
export async function makePythonEnvironment(options: PythonEnvironmentOptions): Promise<string> {
  const { python, folder, requirements, log, signal } = options;
  const interpreter = interpreterOf(folder);
  // In the same file system as the environment, so that files are moved and not copied.
  const cache = join(folder, 'download');
  try {
    await run(python.command, ['-m', 'venv', folder], { signal });
    await run(interpreter, pip('install', requirementsFile('uv'), ['--only-binary=:all:']), { signal });
    // The bytecode is compiled now, or every start of the engine would do it where Python may not write.
    const exactly = ['--no-deps', '--require-hashes', '--no-build', '--compile-bytecode'];
    const args = ['pip', 'install', '--python', interpreter, ...exactly, '-r', requirementsFile(requirements)];
    await run(join(folder, 'bin', 'uv'), args, {
      env: { UV_CACHE_DIR: cache },
      onLine: (line) => {
        if (/\(\d{3,}(\.\d+)?MiB\)|^(Prepared|Installed|Bytecode)/.test(line)) log(line.trim());
      },
      signal,
    });
  } catch (error) {
    throw new Error(
      `python packages: expected them to be installed from rehearsal/engines/requirements/${requirements}.txt, got ${(error as Error).message}; ` +
        'check the package index that pip and uv are set to, and that the module venv is installed (Debian: python3-venv)',
      { cause: error },
    );
  }
  rmSync(cache, { recursive: true, force: true });
  return interpreter;
}

/** @throws when the disk of the folder has less than this free, GB */
export function checkDisk(folder: string, gigabytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / 1e9;
  if (free < gigabytes)
    throw new Error(
      `disk: expected ${gigabytes} GB free for ${folder}, got ${free.toFixed(1)}; make room, or set XDG_CACHE_HOME to a larger disk`,
    );
}

/**
 * Runs a program that makes a part of an engine; a failure says the end of what it wrote.
 *
 * @param options.env is added to the environment
 */
export async function run(
  command: string,
  args: readonly string[],
  { env, ...options }: Partial<Pick<ProgramOptions, 'env' | 'onLine' | 'signal'>>,
): Promise<void> {
  options.signal?.throwIfAborted();
  const { exitCode, how, output } = await runProgram(command, args, { ...options, env: { ...process.env, ...env } });
  if (exitCode === 0) return;
  const lines = output.split('\n').map((line) => line.trim());
  throw new Error(`${command} ended with ${how}: ${lines.filter(Boolean).slice(-4).join(' ')}`);
}
