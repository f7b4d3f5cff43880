import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { killGroup } from './process-table';
import { GO_MODULES, PROGRAMS, type Program, pinnedVersion, programVersion } from './programs';

const run = promisify(execFile);
const MINIMUM_GO = [1, 26] as const;
const ARGO_ROLLOUTS = 'github.com/argoproj/argo-rollouts';

/** What to build, and where to. */
export interface GoBuildOptions {
  readonly programs: readonly Program[];
  /** Each program is moved there under its name once it is complete. */
  readonly targetDirectory: string;
  readonly log: (line: string) => void;
  /** Ends the compiler. */
  readonly signal?: AbortSignal;
  /** Told the compiler's process group; what it answers is called when the compiler has ended. */
  readonly adopt?: (name: string, group: number) => () => void;
}

/** Version of the Go compiler, for example `go1.26.8`; throws what to install when there is none that will do. */
export async function goVersion(path = process.env.PATH): Promise<string> {
  const wanted = `Go ${MINIMUM_GO.join('.')} or newer on the PATH`;
  const advice = 'install it from https://go.dev/dl';
  let version: string;
  try {
    version = (await run('go', ['env', 'GOVERSION'], { cwd: join(GO_MODULES, 'kube'), env: { ...process.env, PATH: path } })).stdout.trim();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(`go: expected ${wanted}, got ${missing ? 'none' : String((error as { stderr?: string }).stderr ?? error).trim()}; ${advice}`, { cause: error });
  }
  const [major, minor] = version.replace(/^go/, '').split('.').map(Number);
  if (major < MINIMUM_GO[0] || (major === MINIMUM_GO[0] && minor < MINIMUM_GO[1])) {
    throw new Error(`go: expected ${wanted}, got ${version}; ${advice}`);
  }
  return version;
}

/** Everything that decides what the compiler makes, as text. */
export function buildRecipe(): string {
  const modules = [...new Set(PROGRAMS.map(program => program.module))];
  return [
    ...modules.flatMap(module => ['go.mod', 'go.sum', 'tools.go'].map(file => readFileSync(join(GO_MODULES, module, file), 'utf8'))),
    ...modules.map(module => flags(module).join(' ')),
    PATCH.to,
  ].join('\n');
}

/** Builds programs from the pinned modules, one module after the other, and says how far it is. */
export async function buildPrograms(options: GoBuildOptions): Promise<void> {
  mkdirSync(options.targetDirectory, { recursive: true });
  for (const left of readdirSync(options.targetDirectory).filter(name => name.startsWith('.build-'))) {
    rmSync(join(options.targetDirectory, left), { recursive: true, force: true }); // of a build that was killed
  }
  const work = mkdtempSync(join(options.targetDirectory, '.build-'));
  const started = Date.now();
  const finished: string[] = [];
  const say = (): void => options.log(`building: ${finished.length} of ${options.programs.length} programs${finished.length > 0 ? ` (${finished.join(', ')})` : ''}, ${elapsed(started)}`);
  const keep = (): void => {
    for (const program of options.programs) {
      // The compiler links into a file of another name and moves it, so that what is there is complete.
      if (!finished.includes(program.name) && existsSync(join(work, program.compiledAs ?? program.name))) {
        finished.push(program.name);
        say();
      }
    }
  };
  const watch = setInterval(keep, 2_000);
  const tick = setInterval(say, 30_000);
  say();
  try {
    for (const module of new Set(options.programs.map(program => program.module))) {
      await compile(module, options.programs.filter(program => program.module === module), work, options);
      keep();
    }
    for (const program of options.programs) {
      renameSync(join(work, program.compiledAs ?? program.name), join(options.targetDirectory, program.name));
    }
  } finally {
    clearInterval(watch);
    clearInterval(tick);
    rmSync(work, { recursive: true, force: true });
  }
  options.log(`built ${options.programs.length} programs in ${elapsed(started)}`);
}

async function compile(module: Program['module'], programs: readonly Program[], work: string, options: GoBuildOptions): Promise<void> {
  const args = ['build', '-trimpath', ...flags(module), '-o', `${work}/`];
  if (programs.some(program => program.name === 'rollouts-controller')) {
    args.push('-modfile', await loopbackArgoRollouts(join(work, 'modules')));
  }
  // Without cgo the result does not depend on a C compiler that is there or not.
  const compiler = spawn('go', [...args, ...programs.map(program => program.package)], {
    cwd: join(GO_MODULES, module), env: { ...process.env, CGO_ENABLED: '0' }, detached: true, stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = (): void => void (compiler.pid !== undefined && killGroup(compiler.pid, 'SIGKILL'));
  options.signal?.addEventListener('abort', kill, { once: true });
  const release = compiler.pid === undefined ? undefined : options.adopt?.('go build', compiler.pid);
  const said = await ending(compiler);
  release?.();
  options.signal?.removeEventListener('abort', kill);
  options.signal?.throwIfAborted();
  if (said !== undefined) {
    throw new Error(`go build in rehearsal/go/${module}: expected ${programs.map(program => program.name).join(', ')}, got:\n${said}`);
  }
}

function ending(compiler: ChildProcess): Promise<string | undefined> {
  return new Promise(resolve => {
    let said = '';
    compiler.stderr?.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-4_000); });
    compiler.once('error', error => resolve(error.message));
    compiler.once('close', (code, signal) => resolve(code === 0 ? undefined : `${said.trim()}\n${signal ?? `exit code ${code}`}`));
  });
}

function flags(module: Program['module']): string[] {
  const version = (name: string): string => programVersion(PROGRAMS.find(program => program.name === name)!);
  if (module === 'prometheus') {
    const set = { 'github.com/prometheus/common/version.Version': version('prometheus').slice(1) };
    // Static, file and HTTP discovery stay; the clouds' own would triple the time.
    return ['-tags', 'remove_all_sd', '-ldflags', linkerFlags(set)];
  }
  const [major, minor] = version('kube-apiserver').slice(1).split('.');
  return ['-ldflags', linkerFlags({
    'k8s.io/component-base/version.gitVersion': version('kube-apiserver'),
    'k8s.io/component-base/version.gitMajor': major,
    'k8s.io/component-base/version.gitMinor': minor,
    'k8s.io/component-base/version.gitCommit': '',
    'k8s.io/component-base/version.gitTreeState': 'clean',
    [`${ARGO_ROLLOUTS}/utils/version.version`]: version('rollouts-controller').slice(1),
  })];
}

function linkerFlags(variables: Readonly<Record<string, string>>): string {
  return ['-s', '-w', ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}

/** The controller's address, which no flag of it changes. */
const PATCH = { file: 'controller/controller.go', from: '"0.0.0.0:%d"', to: '"127.0.0.1:%d"' } as const;

/**
 * A copy of Argo Rollouts that listens on loopback only, and a go.mod that takes it.
 *
 * The compiler refuses to overlay files of the module cache, hence the copy.
 */
async function loopbackArgoRollouts(directory: string): Promise<string> {
  const kube = join(GO_MODULES, 'kube');
  const { stdout } = await run('go', ['mod', 'download', '-json', `${ARGO_ROLLOUTS}@${pinnedVersion('kube', ARGO_ROLLOUTS)}`], { cwd: kube });
  const source = (JSON.parse(stdout) as { Dir: string }).Dir;
  const copy = join(directory, 'argo-rollouts');
  const unused = ['docs', 'ui', 'test', 'manifests'].map(name => join(source, name));
  cpSync(source, copy, { recursive: true, filter: from => !unused.includes(from) && !from.endsWith('_test.go') });
  await run('chmod', ['-R', 'u+w', copy]);
  const patched = join(copy, PATCH.file);
  const text = readFileSync(patched, 'utf8');
  if (text.split(PATCH.from).length !== 2) {
    throw new Error(`${ARGO_ROLLOUTS}/${PATCH.file}: expected ${PATCH.from} once, got ${text.split(PATCH.from).length - 1} times; adapt the patch in ${basename(__filename)}`);
  }
  chmodSync(patched, 0o644);
  writeFileSync(patched, text.replace(PATCH.from, PATCH.to));
  const modfile = join(directory, 'go.mod');
  cpSync(join(kube, 'go.mod'), modfile);
  cpSync(join(kube, 'go.sum'), join(directory, 'go.sum'));
  await run('go', ['mod', 'edit', `-replace=${ARGO_ROLLOUTS}=${copy}`, modfile], { cwd: kube });
  return modfile;
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
