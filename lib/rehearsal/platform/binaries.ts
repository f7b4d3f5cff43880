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
  /** Tells how to end a compiler that was started, for a run that is stopped. */
  readonly onCompiler?: (stop: () => void) => void;
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

/**
 * Finds every program: in the folder that was named; else on the PATH, where its version is the pinned one; else in the
 * user's cache; else it is built from the pinned Go modules into that cache, once.
 */
export async function locatePrograms(options: LocateOptions): Promise<LocatedPrograms> {
  if (options.directory !== undefined) {
    return inFolder(resolve(options.directory));
  }
  const found = new Map<ProgramName, LocatedProgram>();
  await Promise.all(PROGRAMS.filter(program => program.fromPath).map(async program => {
    const file = await onPath(program, options.path ?? process.env.PATH ?? '');
    if (file) {
      found.set(program.name, { file, version: programVersion(program), from: 'PATH' });
    }
  }));
  if (found.size < PROGRAMS.length) {
    await addBuilt(found, options);
  }
  return Object.fromEntries(found) as LocatedPrograms;
}

async function addBuilt(found: Map<ProgramName, LocatedProgram>, options: LocateOptions): Promise<void> {
  const target = join(options.cacheDirectory, `programs-${createHash('sha256').update(`${buildRecipe()}\n${process.platform} ${process.arch}`).digest('hex').slice(0, 16)}`, 'bin');
  const absent = (): Program[] => PROGRAMS.filter(program => !found.has(program.name) && !existsSync(join(target, program.name)));
  const atFirst = absent();
  if (atFirst.length > 0) {
    // Asked for before the lock, so that the error comes at once.
    await goVersion();
    await withLock({ path: join(options.cacheDirectory, 'programs.lock'), what: 'the programs of the control plane', log: options.log }, async () => {
      const programs = absent();
      if (programs.length > 0) {
        options.log(`building ${programs.length} programs into ${target}, once; about ten minutes on two cores`);
        await buildPrograms({ programs, targetDirectory: target, log: options.log, onCompiler: options.onCompiler });
      }
    });
  }
  for (const program of PROGRAMS.filter(({ name }) => !found.has(name))) {
    found.set(program.name, { file: join(target, program.name), version: programVersion(program), from: atFirst.includes(program) ? 'build' : 'cache' });
  }
}

async function inFolder(directory: string): Promise<LocatedPrograms> {
  const missing = PROGRAMS.filter(program => !isExecutable(join(directory, program.name))).map(program => program.name);
  if (missing.length > 0) {
    throw new Error(`binaries: expected executables named ${PROGRAMS.map(program => program.name).join(', ')} in ${directory}, got none for ${missing.join(', ')}; add them or leave the folder out`);
  }
  return Object.fromEntries(await Promise.all(PROGRAMS.map(async program => {
    const file = join(directory, program.name);
    return [program.name, { file, version: await saidVersion(program, file) ?? 'unknown', from: 'folder' }];
  }))) as LocatedPrograms;
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
