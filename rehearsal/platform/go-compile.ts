import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GO_MODULES, type GoProgram, pinnedVersion, type SourcePatch } from './programs';
import { runProgram } from './run-program';

const run = promisify(execFile);

const MINIMUM_GO = [1, 26] as const;

/** Why there is no Go compiler that will do, and what to install; undefined where there is one. */
export function lackOfGo(path?: string): Promise<string | undefined> {
  return goVersion(path).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** Version of the Go compiler, for example `go1.26.8`; throws what to install when there is none that will do. */
export async function goVersion(path = process.env.PATH): Promise<string> {
  const wanted = `Go ${MINIMUM_GO.join('.')} or newer on the PATH`;
  const advice = 'install it from https://go.dev/dl';
  let version: string;
  try {
    version = (
      await run('go', ['env', 'GOVERSION'], { cwd: join(GO_MODULES, 'kube'), env: { ...process.env, PATH: path } })
    ).stdout.trim();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(
      `go: expected ${wanted}, got ${missing ? 'none' : String((error as { stderr?: string }).stderr ?? error).trim()}; ${advice}`,
      { cause: error },
    );
  }
  const [major, minor] = version.replace(/^go/, '').split('.').map(Number);
  if (major < MINIMUM_GO[0] || (major === MINIMUM_GO[0] && minor < MINIMUM_GO[1]))
    throw new Error(`go: expected ${wanted}, got ${version}; ${advice}`);
  return version;
}

/** What ends with a compiler, and who is told of it. */
export interface CompilerOptions {
  /** Ends the compiler. */
  readonly signal?: AbortSignal;
  /** Told the compiler's process group; what it answers is called when the compiler has ended. */
  readonly adopt?: (name: string, group: number) => () => void;
}

/** One run of the compiler. */
export interface GoCompileOptions extends CompilerOptions {
  /** Programs of one module, of which at most one has a patch. */
  readonly programs: readonly GoProgram[];
  /** Folder for the programs, each by its {@link compiledName}. */
  readonly outputDirectory: string;
  readonly flags: readonly string[];
  /** Folder for changed copies; it is left to the caller. */
  readonly workDirectory: string;
}

/** Compiles programs; throws with the end of what the compiler said. */
export async function goCompile(options: GoCompileOptions): Promise<void> {
  const { programs, outputDirectory, flags, workDirectory, signal, adopt } = options;
  const [{ module }] = programs;
  const patch = programs.find((program) => program.patch)?.patch;
  const modfile = patch === undefined ? [] : ['-modfile', await patchedModfile(module, patch, workDirectory)];
  // Without cgo the result does not depend on a C compiler that is there or not.
  const packages = programs.map((program) => program.package);
  const args = ['build', '-trimpath', ...flags, '-o', `${outputDirectory}/`, ...modfile, ...packages];
  const { exitCode, how, output } = await runProgram('go', args, {
    cwd: join(GO_MODULES, module),
    env: { ...process.env, CGO_ENABLED: '0' },
    signal,
    onStart: (group) => adopt?.('go build', group),
  });
  signal?.throwIfAborted();
  if (exitCode !== 0)
    throw new Error(
      `go build in rehearsal/go/${module}: expected ${programs.map(({ name }) => name).join(', ')}, got:\n${output.slice(-4_000).trim()}\n${how}`,
    );
}

/**
 * A copy of a pinned module with the patch in it, and a go.mod that takes the copy.
 *
 * The compiler refuses to overlay files of the module cache, hence the copy.
 */
async function patchedModfile(goModule: string, patch: SourcePatch, directory: string): Promise<string> {
  const folder = join(GO_MODULES, goModule);
  const source = await moduleFolder(goModule, patch.module);
  const copy = join(directory, 'patched');
  const unused = patch.leaveOut.map((name) => join(source, name));
  cpSync(source, copy, { recursive: true, filter: (from) => !unused.includes(from) && !from.endsWith('_test.go') });
  await run('chmod', ['-R', 'u+w', copy]);
  const file = join(copy, patch.file);
  writeFileSync(file, patched(readFileSync(file, 'utf8'), patch));
  const modfile = join(directory, 'go.mod');
  cpSync(join(folder, 'go.mod'), modfile);
  cpSync(join(folder, 'go.sum'), join(directory, 'go.sum'));
  await run('go', ['mod', 'edit', `-replace=${patch.module}=${copy}`, modfile], { cwd: folder });
  return modfile;
}

/** Folder of a public module in the version that one of our Go modules pins; it is downloaded where it is not there. */
export async function moduleFolder(goModule: string, module: string): Promise<string> {
  const { stdout } = await run('go', ['mod', 'download', '-json', `${module}@${pinnedVersion(goModule, module)}`], {
    cwd: join(GO_MODULES, goModule),
  });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

/** A text with the replacements of a patch; throws when one does not stand there exactly once. */
export function patched(text: string, { module, file, replacements }: SourcePatch): string {
  const problems = replacements
    .filter(({ from }) => text.split(from).length !== 2)
    .map(
      ({ from }) =>
        `${module}/${file}: expected ${from} once, got ${text.split(from).length - 1} times; adapt the patch`,
    );
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return replacements.reduce((changed, { from, to }) => changed.replace(from, () => to), text);
}

/** What the compiler calls a program: the last element of its package that is no major version. */
export function compiledName({ package: path }: GoProgram): string {
  return path.split('/').findLast((element) => !/^v\d+$/.test(element))!;
}
