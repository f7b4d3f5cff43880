import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from './file-lock';
import { buildPrograms, buildRecipe, goVersion } from './go-build';
import { PROGRAMS, type Program, type ProgramName, programVersion } from './programs';

const run = promisify(execFile);

/** Where to look for the programs. */
export interface LocateOptions {
  /** Folder that holds all of them, whatever their versions. @default - PATH, then the cache, then the Go compiler */
  readonly directory?: string;
  readonly cacheDirectory: string;
  readonly log: (line: string) => void;
  /** Ends a compiler, or the wait for another run's. */
  readonly signal?: AbortSignal;
  /** Told the compiler's process group; what it answers is called when the compiler has ended. */
  readonly adopt?: (name: string, group: number) => () => void;
  /** @default - that of this process */
  readonly path?: string;
}

/** A program that is ready to run. */
export interface LocatedProgram {
  readonly file: string;
  /** For example `v1.36.3`; `unknown` where it does not say. */
  readonly version: string;
  readonly from: 'folder' | 'PATH' | 'cache' | 'build';
}

/** All programs of the rehearsal. */
export type LocatedPrograms = Readonly<Record<ProgramName, LocatedProgram>>;

/** What is there, and what has to be built. */
export interface ProgramPlan {
  readonly found: ReadonlyMap<ProgramName, LocatedProgram>;
  /** Programs that are built into, or taken from, the cache. */
  readonly cached: readonly Program[];
  readonly cacheBin: string;
}

/**
 * Looks for every program: in the folder that was named; else on the PATH, where its version is the pinned one; else in
 * the user's cache. Throws when one has to be built and there is no compiler.
 */
export async function planPrograms(options: LocateOptions): Promise<ProgramPlan> {
  const cacheBin = join(options.cacheDirectory, `programs-${createHash('sha256').update(`${buildRecipe()}\n${process.platform} ${process.arch}`).digest('hex').slice(0, 16)}`, 'bin');
  if (options.directory !== undefined) {
    return { found: await inFolder(resolve(options.directory)), cached: [], cacheBin };
  }
  const found = new Map<ProgramName, LocatedProgram>();
  await Promise.all(PROGRAMS.filter(program => program.fromPath).map(async program => {
    const file = await onPath(program, options.path ?? process.env.PATH ?? '');
    if (file) {
      found.set(program.name, { file, version: programVersion(program), from: 'PATH' });
    }
  }));
  const cached = PROGRAMS.filter(program => !found.has(program.name));
  if (notIn(cacheBin, cached).length > 0) {
    await goVersion(options.path);
  }
  return { found, cached, cacheBin };
}

/** Builds from the pinned Go modules into the user's cache what the plan has not found, once. */
export async function obtainPrograms(plan: ProgramPlan, options: LocateOptions): Promise<LocatedPrograms> {
  const { found, cached, cacheBin } = plan;
  const atFirst = notIn(cacheBin, cached);
  if (atFirst.length > 0) {
    await withLock({ path: join(options.cacheDirectory, 'programs.lock'), what: 'the programs of the control plane', log: options.log, signal: options.signal }, async () => {
      const programs = notIn(cacheBin, cached);
      if (programs.length > 0) {
        options.log(`building ${programs.length} programs into ${cacheBin}, once; about ten minutes on two cores`);
        await buildPrograms({ programs, targetDirectory: cacheBin, log: options.log, signal: options.signal, adopt: options.adopt });
      }
    });
  }
  const own = cached.map(program => [program.name, {
    file: join(cacheBin, program.name), version: programVersion(program), from: atFirst.includes(program) ? 'build' : 'cache',
  }] as const);
  return Object.fromEntries([...found, ...own]) as LocatedPrograms;
}

/** Finds every program, and builds what is nowhere. */
export async function locatePrograms(options: LocateOptions): Promise<LocatedPrograms> {
  return obtainPrograms(await planPrograms(options), options);
}

function notIn(directory: string, programs: readonly Program[]): Program[] {
  return programs.filter(program => !existsSync(join(directory, program.name)));
}

async function inFolder(directory: string): Promise<Map<ProgramName, LocatedProgram>> {
  const missing = PROGRAMS.filter(program => !isExecutable(join(directory, program.name))).map(program => program.name);
  if (missing.length > 0) {
    throw new Error(`binaries: expected executables named ${PROGRAMS.map(program => program.name).join(', ')} in ${directory}, got none for ${missing.join(', ')}; add them or leave the folder out`);
  }
  return new Map(await Promise.all(PROGRAMS.map(async program => {
    const file = join(directory, program.name);
    return [program.name, { file, version: await saidVersion(program, file) ?? 'unknown', from: 'folder' }] as const;
  })));
}

async function onPath(program: Program, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter(Boolean)) {
    const file = join(directory, program.name);
    if (isExecutable(file)) {
      return await saidVersion(program, file) === programVersion(program) ? file : undefined;
    }
  }
  return undefined;
}

async function saidVersion(program: Program, file: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(file, [...program.versionArgs], { timeout: 10_000 });
    const version = /\bv?(\d+\.\d+\.\d+)\b/.exec(`${stdout}${stderr}`);
    return version ? `v${version[1]}` : undefined;
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
