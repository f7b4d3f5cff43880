import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { withLock } from './file-lock';
import { buildPrograms, buildRecipe } from './go-build';
import { type CompilerOptions, lackOfGo } from './go-compile';
import { KWOKCTL_VERSION, downloadAddresses } from './kwokctl';
import { type CacheOptions, digestOf } from './made-once';
import { downloadPrograms } from './program-download';
import { PROGRAMS, type Program, type ProgramName, programVersion, saidVersion } from './programs';

/** Where to look for the programs. */
export interface LocateOptions extends CacheOptions, CompilerOptions {
  /**
   * Folder that holds all of them, whatever their versions; what it lacks is taken from the PATH or the cache, or downloaded,
   * where kwokctl is in the folder or on the PATH.
   *
   * @default - PATH, then the cache, then the Go compiler, then kwokctl
   */
  readonly directory?: string;
  /** @default - that of this process */
  readonly path?: string;
}

/** A program that is ready to run. */
export interface LocatedProgram {
  readonly file: string;
  /** For example `v1.36.3`; `unknown` where it does not say. */
  readonly version: string;
  readonly from: 'folder' | 'PATH' | 'cache' | 'build' | 'download';
}

/** All programs of the rehearsal. */
export type LocatedPrograms = Readonly<Record<ProgramName, LocatedProgram>>;

/** What is there, and what has to be built or downloaded. */
export interface ProgramPlan {
  readonly found: ReadonlyMap<ProgramName, LocatedProgram>;
  /** Programs that are put into, or taken from, the cache. */
  readonly cached: readonly Program[];
  readonly cacheBin: string;
  /** Where those that the cache lacks are downloaded from. @default - they are built */
  readonly addresses?: ReadonlyMap<ProgramName, string>;
}

/**
 * Looks for every program: in the folder that was named; else on the PATH, where its version is the pinned one; else in
 * the user's cache. What is nowhere is built, or downloaded where there is no compiler and kwokctl knows its address.
 *
 * @throws when one can be had in no way; the error names all of these, and says how to get each.
 */
export async function planPrograms(options: LocateOptions): Promise<ProgramPlan> {
  const cacheBin = join(
    options.cacheDirectory,
    `programs-${digestOf([`${buildRecipe()}\n${process.platform} ${process.arch}`])}`,
    'bin',
  );
  const folder = options.directory === undefined ? undefined : resolve(options.directory);
  const folders = (options.path ?? process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = new Map<ProgramName, LocatedProgram>(folder === undefined ? [] : await inFolder(folder));
  const notFound = (programs = PROGRAMS): Program[] => programs.filter(({ name }) => !found.has(name));
  if (found.size === PROGRAMS.length) return { found, cached: [], cacheBin };
  const kwokctl = executable('kwokctl', folder === undefined ? folders : [folder, ...folders]);
  if (
    folder !== undefined &&
    (kwokctl === undefined || (found.size === 0 && executable('kwokctl', [folder]) === undefined))
  )
    throw new Error(
      `binaries: expected executables named ${names(PROGRAMS)} in ${folder}, got none for ${names(notFound())}; add them or leave the folder out`,
    );
  const lookOnPath = async (programs: readonly Program[]): Promise<void> => {
    for (const [program, file] of await onPath(notFound(programs), folders))
      found.set(program.name, { file, version: programVersion(program), from: 'PATH' });
  };
  const missing = (): Program[] => notIn(cacheBin, notFound());
  const plan = (addresses?: ProgramPlan['addresses']): ProgramPlan => ({
    found,
    cached: notFound(),
    cacheBin,
    addresses,
  });

  // One that others have built lacks the patch: it will do only where there is no other way.
  await lookOnPath(PROGRAMS.filter(({ patch }) => !patch));
  if (missing().length === 0) return plan();
  // A folder says that nothing is to be compiled.
  const go = folder === undefined ? await lackOfGo(options.path) : undefined;
  if (folder === undefined && go === undefined) return plan();
  await lookOnPath(missing());
  if (found.get('rollouts-controller')?.from === 'PATH')
    options.log(
      `rollouts-controller: the one on the PATH (${found.get('rollouts-controller')?.file}) listens on all interfaces; one that is built here listens on loopback only`,
    );
  const addresses =
    kwokctl === undefined || missing().length === 0 ? new Map<ProgramName, string>() : await downloadAddresses(kwokctl);
  const unobtainable = missing().filter(({ name }) => !addresses.has(name));
  const head = go === undefined ? [] : [`${go}, which builds all programs, or get each in another way:`];
  if (unobtainable.length > 0) throw new Error([...head, ...problemsOf(unobtainable, kwokctl)].join('\n'));
  return plan(addresses);
}

/** Builds from the pinned Go modules, or downloads, into the user's cache what the plan has not found, once. */
export async function obtainPrograms(plan: ProgramPlan, options: LocateOptions): Promise<LocatedPrograms> {
  const { found, cached, cacheBin, addresses } = plan;
  const { log, signal, adopt } = options;
  const atFirst = notIn(cacheBin, cached);
  const lock = { path: join(options.cacheDirectory, 'programs.lock'), what: 'the programs of the control plane' };
  if (atFirst.length > 0)
    await withLock({ ...lock, log, signal }, async () => {
      const programs = notIn(cacheBin, cached);
      if (programs.length > 0 && addresses) {
        log(`downloading ${names(programs)} into ${cacheBin}, once`);
        await downloadPrograms({ programs, addresses, targetDirectory: cacheBin, log, signal });
      } else if (programs.length > 0) {
        log(`building ${programs.length} programs into ${cacheBin}, once; about ten minutes on two cores`);
        await buildPrograms({ programs, targetDirectory: cacheBin, log, signal, adopt });
      }
    });
  const made = addresses ? 'download' : 'build';
  const own = cached.map((program) => {
    const from = atFirst.includes(program) ? made : 'cache';
    return [program.name, { file: join(cacheBin, program.name), version: programVersion(program), from }] as const;
  });
  return Object.fromEntries([...found, ...own]) as LocatedPrograms;
}

/** Finds every program, and builds or downloads what is nowhere. */
export async function locatePrograms(options: LocateOptions): Promise<LocatedPrograms> {
  return obtainPrograms(await planPrograms(options), options);
}

/** A line for each way to get programs that cannot be had. */
function problemsOf(programs: readonly Program[], kwokctl: string | undefined): string[] {
  const remedies = {
    download:
      kwokctl === undefined
        ? `; install kwokctl ${KWOKCTL_VERSION} from https://kwok.sigs.k8s.io, which downloads them`
        : `, and ${kwokctl} names no address; install kwokctl ${KWOKCTL_VERSION}, or add the programs`,
    'image only':
      '; it is published in a container image only: take it from there, or from the cache folder of a machine with Go, where a rehearsal has built it',
  };
  return Object.entries(remedies).flatMap(([published, remedy]) => {
    const some = programs.filter((program) => program.published === published);
    const versions = [...new Set(some.map(programVersion))].join(', ');
    return some.length === 0
      ? []
      : [`${names(some)}: expected in the folder of --binaries, or on the PATH as ${versions}, got none${remedy}`];
  });
}

function names(programs: readonly Program[]): string {
  return programs.map(({ name }) => name).join(', ');
}

function notIn(directory: string, programs: readonly Program[]): Program[] {
  return programs.filter((program) => !existsSync(join(directory, program.name)));
}

function inFolder(directory: string): Promise<[ProgramName, LocatedProgram][]> {
  return Promise.all(
    PROGRAMS.filter(({ name }) => isExecutable(join(directory, name))).map(async (program) => {
      const file = join(directory, program.name);
      return [program.name, { file, version: (await saidVersion(file)) ?? 'unknown', from: 'folder' }];
    }),
  );
}

/** Those whose first file on the PATH has the pinned version. */
async function onPath(programs: readonly Program[], folders: readonly string[]): Promise<[Program, string][]> {
  const all = await Promise.all(
    programs.map(async (program): Promise<[Program, string][]> => {
      const file = executable(program.name, folders);
      return file !== undefined && (await saidVersion(file)) === programVersion(program) ? [[program, file]] : [];
    }),
  );
  return all.flat();
}

function executable(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
