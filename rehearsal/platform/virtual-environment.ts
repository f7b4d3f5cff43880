import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EMULATOR } from './emulator';
import { type CacheOptions, makeOnce } from './made-once';

const run = promisify(execFile);
const MINIMUM = [3, 10] as const;

/**
 * The Python interpreter of a virtual environment that holds exactly the packages of `requirements.txt`, by hash.
 *
 * It is made once per content of that file and version of Python, and is complete or absent.
 */
export async function ensureVirtualEnvironment(options: CacheOptions): Promise<string> {
  const version = await pythonVersion();
  const requirements = join(EMULATOR, 'requirements.txt');
  const started = Date.now();
  const folder = await makeOnce({
    ...options,
    name: 'emulator',
    content: [readFileSync(requirements), version],
    what: "the emulator's packages",
    // Its Python may have been removed since.
    usable: (made) => existsSync(interpreterOf(made)),
    make: async (made) => {
      options.log(`emulator: installing its packages into ${made}, once`);
      try {
        await install(made, requirements, options.signal);
      } catch (error) {
        throw new Error(
          `python packages of the emulator: expected them to be installed from rehearsal/emulator/requirements.txt, got ${said(error)}; ` +
            'check the package index that pip is set to, and that the module venv is installed (Debian: python3-venv)',
          { cause: error },
        );
      }
      options.log(`emulator: packages installed in ${((Date.now() - started) / 1000).toFixed(0)} s`);
    },
  });
  return interpreterOf(folder);
}

/** The interpreter of a virtual environment. */
export function interpreterOf(directory: string): string {
  return join(directory, 'bin', 'python');
}

/** Arguments of Python that have pip do something with exactly the packages of a lock, by hash. */
export function pip(verb: 'install' | 'download', requirements: string, how: readonly string[]): string[] {
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-input'];
  return ['-m', 'pip', verb, ...quietly, '--require-hashes', ...how, '-r', requirements];
}

async function install(directory: string, requirements: string, signal: AbortSignal | undefined): Promise<void> {
  const interpreter = interpreterOf(directory);
  await run('python3', ['-m', 'venv', directory], { signal });
  await run(interpreter, pip('install', requirements, ['--only-binary=:all:']), { maxBuffer: 16 * 2 ** 20, signal });
  // Compiled now, because the emulator is told to leave no such files behind.
  await run(interpreter, ['-m', 'compileall', '-q', '-j', '0', join(directory, 'lib')], { signal });
}

/** Version of Python, for example `3.11`; throws what to install when there is none that will do. */
export async function pythonVersion(python = 'python3'): Promise<string> {
  const wanted = `Python ${MINIMUM.join('.')} or newer`;
  const advice = 'install it (Debian and Ubuntu: apt-get install python3 python3-venv; macOS: brew install python)';
  let version: string;
  try {
    version = (await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])).stdout.trim();
  } catch {
    throw new Error(`python: expected ${wanted} as ${python}, got none; ${advice}`);
  }
  const [major, minor] = version.split('.').map(Number);
  if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1]))
    throw new Error(`python: expected ${wanted} as ${python}, got ${version}; ${advice}`);
  return version;
}

/** The end of what a failed program wrote. */
function said(error: unknown): string {
  const stderr = (error as { stderr?: string }).stderr?.trim();
  return stderr ? stderr.split('\n').slice(-3).join(' ') : String(error);
}
