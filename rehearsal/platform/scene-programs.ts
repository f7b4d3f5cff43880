import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LocatedProgram, LocateOptions } from './binaries';
import { withLock } from './file-lock';
import { compiledName, goCompile, lackOfGo, moduleFolder } from './go-compile';
import { digestOf, inWorkFolder } from './made-once';
import { GO_MODULES, type GoProgram, pinnedVersion } from './programs';

/** A program that only some scenes or tests need, so that the others do not wait for it to be built. */
export interface SceneProgram extends GoProgram {
  /** Folders of that module whose files the program's user needs too, and what they are called together beside the program. */
  readonly data?: { readonly folders: readonly string[]; readonly as: string };
  /** How long it takes to build, for the person who waits. */
  readonly buildTime: string;
  /** Whether that is more than five minutes. @default false */
  readonly slow?: boolean;
}

/** Karpenter's own controller with its kwok provider. No flag makes its two servers listen on loopback only. */
export const KARPENTER: SceneProgram = {
  name: 'karpenter',
  module: 'karpenter',
  package: 'sigs.k8s.io/karpenter/kwok',
  versionedBy: 'sigs.k8s.io/karpenter',
  patch: {
    module: 'sigs.k8s.io/karpenter',
    file: 'pkg/operator/operator.go',
    replacements: [
      {
        from: 'fmt.Sprintf(":%d", options.FromContext(ctx).MetricsPort)',
        to: 'fmt.Sprintf("127.0.0.1:%d", options.FromContext(ctx).MetricsPort)',
      },
      {
        from: 'fmt.Sprintf(":%d", options.FromContext(ctx).HealthProbePort)',
        to: 'fmt.Sprintf("127.0.0.1:%d", options.FromContext(ctx).HealthProbePort)',
      },
    ],
    leaveOut: ['designs', 'dra-kwok-driver', 'hack', 'test'],
  },
  data: { folders: ['kwok/charts/crds', 'kwok/apis/crds'], as: 'karpenter-definitions' },
  buildTime: 'about two minutes on two cores',
};

/** KEDA's own operator. Its flags name the addresses that it listens on. */
export const KEDA_OPERATOR: SceneProgram = {
  name: 'keda-operator',
  module: 'keda',
  package: 'github.com/kedacore/keda/v2/cmd/operator',
  versionedBy: 'github.com/kedacore/keda/v2',
  buildTime: 'about eight minutes on two cores',
  slow: true,
};

/** KEDA's own metrics adapter, which answers for the operator what a HorizontalPodAutoscaler asks. No flag makes its metrics listen on loopback only. */
export const KEDA_ADAPTER: SceneProgram = {
  name: 'keda-adapter',
  module: 'keda',
  package: 'github.com/kedacore/keda/v2/cmd/adapter',
  versionedBy: 'github.com/kedacore/keda/v2',
  patch: {
    module: 'github.com/kedacore/keda/v2',
    file: 'cmd/adapter/main.go',
    replacements: [
      { from: 'fmt.Sprintf(":%v", metricsAPIServerPort)', to: 'fmt.Sprintf("127.0.0.1:%v", metricsAPIServerPort)' },
    ],
    leaveOut: ['config', 'hack', 'images', 'schema', 'tests', 'tools'],
  },
  buildTime: 'about two minutes on two cores, after the operator',
};

/** An analyzer of network policies, for `npm run test:connectivity`. It runs no servers. */
export const CYCLONUS: SceneProgram = {
  name: 'cyclonus',
  module: 'cyclonus',
  package: 'github.com/mattfenwick/cyclonus/cmd/cyclonus',
  versionedBy: 'github.com/mattfenwick/cyclonus',
  buildTime: 'about two minutes on two cores',
};

/** Version of a scene's program, as `v1.2.3`. */
export function sceneProgramVersion(program: SceneProgram): string {
  return pinnedVersion(program.module, program.versionedBy);
}

/** Whether the program need not be built. */
export function hasSceneProgram(
  program: SceneProgram,
  options: Pick<LocateOptions, 'directory' | 'cacheDirectory'>,
): boolean {
  return foundIn(program, options) !== undefined;
}

/** Takes the program from the folder that was named, where it lies there; else from the cache, built once from its pinned Go module. */
export async function obtainSceneProgram(program: SceneProgram, options: LocateOptions): Promise<LocatedProgram> {
  const version = sceneProgramVersion(program);
  const found = foundIn(program, options);
  if (found) return { ...found, version };
  const directory = cachedIn(program, options.cacheDirectory);
  const file = join(directory, program.name);
  const lack = await lackOfGo(options.path);
  if (lack !== undefined)
    throw new Error(`${lack}, or put ${partsOf(program).join(' and ')} into a folder and name it by --binaries`);
  await withLock({ ...options, path: join(options.cacheDirectory, 'programs.lock'), what: program.name }, async () => {
    if (!existsSync(file)) {
      options.log(`building ${program.name} ${version}, once; ${program.buildTime}`);
      await build(program, directory, options);
    }
  });
  return { file, version, from: 'build' };
}

function foundIn(
  program: SceneProgram,
  { directory: folder, cacheDirectory }: Pick<LocateOptions, 'directory' | 'cacheDirectory'>,
): Pick<LocatedProgram, 'file' | 'from'> | undefined {
  if (folder !== undefined && partsOf(program).every((name) => existsSync(join(folder, name))))
    return { file: resolve(folder, program.name), from: 'folder' };
  const file = join(cachedIn(program, cacheDirectory), program.name);
  return existsSync(file) ? { file, from: 'cache' } : undefined;
}

function partsOf({ name, data }: SceneProgram): string[] {
  return [name, ...(data === undefined ? [] : [data.as])];
}

function cachedIn(program: SceneProgram, cacheDirectory: string): string {
  return join(cacheDirectory, `programs-${program.name}-${recipe(program)}`);
}

async function build(program: SceneProgram, target: string, options: LocateOptions): Promise<void> {
  const started = Date.now();
  const say = (): void => options.log(`building ${program.name}: ${Math.round((Date.now() - started) / 1000)} s`);
  await inWorkFolder({ target, prefix: '.build-', everyMs: 30_000, say }, async (work) => {
    const output = join(work, 'bin');
    mkdirSync(output);
    const flags = ['-ldflags', '-s -w'];
    await goCompile({ ...options, programs: [program], outputDirectory: output, workDirectory: work, flags });
    if (program.data !== undefined) {
      const source = await moduleFolder(program.module, program.versionedBy);
      const data = join(target, program.data.as);
      mkdirSync(data, { recursive: true });
      // Not copied as they are, because nobody may write to what lies in the module cache.
      program.data.folders.forEach((folder) =>
        readdirSync(join(source, folder)).forEach((file) =>
          writeFileSync(join(data, file), readFileSync(join(source, folder, file))),
        ),
      );
    }
    // Last, because it stands for the whole.
    renameSync(join(output, compiledName(program)), join(target, program.name));
  });
}

/** Changes with everything that decides what the compiler makes. */
function recipe({ module, patch, data }: SceneProgram): string {
  return digestOf([
    ...['go.mod', 'go.sum', 'tools.go'].map((file) => readFileSync(join(GO_MODULES, module, file))),
    `${JSON.stringify([patch, data])}\n${process.platform} ${process.arch}`,
  ]);
}
