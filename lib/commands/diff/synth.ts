import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../command-line/user-error';

const run = promisify(execFile);

/** Synthesizes environments of this repository, of its working tree or of a commit, into folders that are removed afterwards. */
export class Synth {
  private readonly temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'diff-'));

  /** @param repository root of the repository */
  public constructor(private readonly repository: string) {}

  /** The commit of a git reference; undefined when there is none. */
  public commitOf(ref: string): string | undefined {
    const { status, stdout } = spawnSync('git', ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], {
      cwd: this.repository,
      encoding: 'utf8',
    });
    return status === 0 ? stdout.trim() : undefined;
  }

  /** The assemblies of both; a failure of one is told when both have ended, so that nothing is written after {@link dispose}. */
  public async both(ref: string, environment: string): Promise<{ before: string; after: string }> {
    const [before, after] = await Promise.allSettled([this.commit(ref, environment), this.workingTree(environment)]);
    if (before.status === 'rejected') throw before.reason;
    if (after.status === 'rejected') throw after.reason;
    return { before: before.value, after: after.value };
  }

  /** The assembly of an environment in the working tree. */
  public async workingTree(environment: string): Promise<string> {
    return this.synthesize(this.repository, environment, 'the working tree');
  }

  /** The assembly of an environment at a commit, with the packages that are installed now. */
  public async commit(ref: string, environment: string): Promise<string> {
    const worktree = path.join(this.temporary, 'worktree');
    await run('git', ['worktree', 'add', '--quiet', '--detach', worktree, ref], { cwd: this.repository });
    fs.symlinkSync(path.join(this.repository, 'node_modules'), path.join(worktree, 'node_modules'));
    const { scripts = {} } = readJson(path.join(worktree, 'package.json')) as { scripts?: Record<string, string> };
    // What is built from the sources is not in git. The bundle names the files it is made of: by their links, they have the
    // same names as in the working tree.
    if (scripts.bundle)
      await this.execute('npm', ['run', '--silent', 'bundle', '--', '--preserve-symlinks'], worktree, ref, process.env);
    return this.synthesize(worktree, environment, ref);
  }

  /** Removes everything that was made; safe to call twice and while it works. */
  public dispose(): void {
    fs.rmSync(this.temporary, { recursive: true, force: true });
    // Git forgets worktrees whose folder is gone.
    spawnSync('git', ['worktree', 'prune'], { cwd: this.repository });
  }

  /** Runs the app as the CDK CLI does. */
  private async synthesize(directory: string, environment: string, name: string): Promise<string> {
    const output = path.join(this.temporary, directory === this.repository ? 'to' : 'from');
    const config = path.join(directory, 'cdk.json');
    if (!fs.existsSync(config))
      throw new UserError(`--from: expected a commit with a CDK app, got ${name}, which has no cdk.json`);
    const { app, context } = readJson(config) as { app: string; context?: object };
    await this.execute('sh', ['-c', app], directory, name, {
      ...process.env,
      CDK_OUTDIR: output,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, environment }),
      CDK_VALIDATION: 'false',
    });
    return output;
  }

  private async execute(
    program: string,
    args: string[],
    cwd: string,
    name: string,
    env: NodeJS.ProcessEnv,
  ): Promise<void> {
    try {
      await run(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      throw new UserError(`${name} cannot be synthesized:\n${causeOf(stderr).replace(/^/gm, '  ')}`);
    }
  }
}

/** The message of an uncaught error without the stack below it; everything when there is no such message. */
function causeOf(stderr: string): string {
  const lines = stderr.split('\n');
  const start = lines.findIndex((line) => /^\w*Error\b.*: /.test(line));
  if (start < 0) return stderr.trim();
  const end = lines.findIndex((line, index) => index > start && /^\s+at /.test(line));
  return lines
    .slice(start, end < 0 ? undefined : end)
    .join('\n')
    .trim();
}

function readJson(file: string): unknown {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}
