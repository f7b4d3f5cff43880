import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../platform/file-lock';

const run = promisify(execFile);
const MINIMUM = [3, 10] as const;

/** Where the emulator's packages are kept between runs. */
export interface VirtualEnvironmentOptions {
  /** The user's cache folder of this project. */
  readonly cacheDirectory: string;
  /** @default - `python3` on the PATH */
  readonly python?: string;
  readonly log: (line: string) => void;
  /** Ends the installation, or the wait for another run's. */
  readonly signal?: AbortSignal;
}

/**
 * The Python interpreter of a virtual environment that holds exactly the packages of `requirements.txt`, by hash.
 *
 * It is made once per content of that file and version of Python, and is complete or absent.
 */
export async function ensureVirtualEnvironment(options: VirtualEnvironmentOptions): Promise<string> {
  const python = options.python ?? 'python3';
  const version = await pythonVersion(options.python);
  const requirements = join(__dirname, 'requirements.txt');
  const key = createHash('sha256').update(readFileSync(requirements)).update(version).digest('hex').slice(0, 16);
  const home = join(options.cacheDirectory, `emulator-${key}`);
  return installed(home) ?? withLock({ path: `${home}.lock`, what: 'the emulator\'s packages', log: options.log, signal: options.signal }, async () => {
    const found = installed(home);
    if (found) {
      return found;
    }
    const started = Date.now();
    options.log(`emulator: installing its packages into ${home}, once`);
    // What a killed run left; its pip may still be writing there, hence a folder of its own for each attempt.
    rmSync(home, { recursive: true, force: true, maxRetries: 2 });
    mkdirSync(home, { recursive: true });
    const attempt = mkdtempSync(join(home, 'venv-'));
    try {
      await install(python, attempt, requirements, options.signal);
    } catch (error) {
      rmSync(home, { recursive: true, force: true, maxRetries: 2 });
      options.signal?.throwIfAborted();
      throw new Error(`python packages of the emulator: expected them to be installed from lib/rehearsal/emulator/requirements.txt, got ${said(error)}; `
        + 'check the package index that pip is set to, and that the module venv is installed (Debian: python3-venv)', { cause: error });
    }
    // A virtual environment cannot be moved, so this file, written last, says which one is complete.
    writeFileSync(join(home, COMPLETE), basename(attempt));
    options.log(`emulator: packages installed in ${((Date.now() - started) / 1000).toFixed(0)} s`);
    return interpreterOf(attempt);
  });
}

const COMPLETE = 'complete';

/** The interpreter of the complete environment, if there is one and its Python has not been removed since. */
function installed(home: string): string | undefined {
  const complete = join(home, COMPLETE);
  const interpreter = existsSync(complete) ? interpreterOf(join(home, readFileSync(complete, 'utf8'))) : undefined;
  return interpreter !== undefined && existsSync(interpreter) ? interpreter : undefined;
}

function interpreterOf(directory: string): string {
  return join(directory, 'bin', 'python');
}

async function install(python: string, directory: string, requirements: string, signal: AbortSignal | undefined): Promise<void> {
  const interpreter = interpreterOf(directory);
  await run(python, ['-m', 'venv', directory], { signal });
  await run(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--require-hashes', '--only-binary=:all:', '-r', requirements], { maxBuffer: 16 * 2 ** 20, signal });
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
  if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
    throw new Error(`python: expected ${wanted} as ${python}, got ${version}; ${advice}`);
  }
  return version;
}

function said(error: unknown): string {
  const stderr = (error as { stderr?: string }).stderr?.trim();
  return stderr ? stderr.split('\n').slice(-3).join(' ') : String(error);
}
