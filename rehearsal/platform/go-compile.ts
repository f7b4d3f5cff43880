import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { killGroup } from './process-table';
import { GO_MODULES, pinnedVersion } from './programs';

const run = promisify(execFile);

/** A change to the source of a pinned module, for what no flag of the program changes. */
export interface SourcePatch {
  /** Public module. */
  readonly module: string;
  /** File in it. */
  readonly file: string;
  /** Texts that stand there exactly once each, and what they become. */
  readonly replacements: readonly { readonly from: string; readonly to: string }[];
  /** Folders at its root that the compiler does not need. */
  readonly leaveOut: readonly string[];
}

/** One run of the compiler. */
export interface GoCompileOptions {
  /** Our Go module that pins the packages: a folder of `rehearsal/go`. */
  readonly goModule: string;
  readonly packages: readonly string[];
  /** Folder for the programs, each under the last element of its package. */
  readonly outputDirectory: string;
  readonly flags?: readonly string[];
  /** Changes to one pinned module. */
  readonly patch?: SourcePatch;
  /** Folder for changed copies; it is left to the caller. */
  readonly workDirectory: string;
  /** Ends the compiler. */
  readonly signal?: AbortSignal;
  /** Told the compiler's process group; what it answers is called when the compiler has ended. */
  readonly adopt?: (name: string, group: number) => () => void;
}

/** Compiles packages of one of our Go modules; throws with the end of what the compiler said. */
export async function goCompile(options: GoCompileOptions): Promise<void> {
  const { goModule, packages, outputDirectory, flags = [], patch, workDirectory, signal } = options;
  const modfile = patch === undefined ? [] : ['-modfile', await patchedModfile(goModule, patch, workDirectory)];
  // Without cgo the result does not depend on a C compiler that is there or not.
  const compiler = spawn('go', ['build', '-trimpath', ...flags, '-o', `${outputDirectory}/`, ...modfile, ...packages], {
    cwd: join(GO_MODULES, goModule), env: { ...process.env, CGO_ENABLED: '0' }, detached: true, stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = (): void => void (compiler.pid !== undefined && killGroup(compiler.pid, 'SIGKILL'));
  signal?.addEventListener('abort', kill, { once: true });
  const release = compiler.pid === undefined ? undefined : options.adopt?.('go build', compiler.pid);
  const said = await ending(compiler);
  release?.();
  signal?.removeEventListener('abort', kill);
  signal?.throwIfAborted();
  if (said !== undefined) {
    throw new Error(`go build in rehearsal/go/${goModule}: expected ${packages.join(', ')}, got:\n${said}`);
  }
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
  const unused = patch.leaveOut.map(name => join(source, name));
  cpSync(source, copy, { recursive: true, filter: from => !unused.includes(from) && !from.endsWith('_test.go') });
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
  const { stdout } = await run('go', ['mod', 'download', '-json', `${module}@${pinnedVersion(goModule, module)}`], { cwd: join(GO_MODULES, goModule) });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

/** A text with the replacements of a patch; throws when one does not stand there exactly once. */
export function patched(text: string, { module, file, replacements }: SourcePatch): string {
  const problems = replacements.filter(({ from }) => text.split(from).length !== 2)
    .map(({ from }) => `${module}/${file}: expected ${from} once, got ${text.split(from).length - 1} times; adapt the patch`);
  if (problems.length > 0) {
    throw new Error(problems.join('\n'));
  }
  return replacements.reduce((changed, { from, to }) => changed.replace(from, () => to), text);
}

function ending(compiler: ChildProcess): Promise<string | undefined> {
  return new Promise(resolve => {
    let said = '';
    compiler.stderr?.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-4_000); });
    compiler.once('error', error => resolve(error.message));
    compiler.once('close', (code, signal) => resolve(code === 0 ? undefined : `${said.trim()}\n${signal ?? `exit code ${code}`}`));
  });
}
