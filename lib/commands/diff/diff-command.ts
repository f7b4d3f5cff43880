import * as fs from 'node:fs';
import { Command } from 'commander';
import { environmentNamed } from '../command-line/environment-named';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { readAssembly } from './assembly';
import { diffText } from './diff-text';
import { diffEnvironment } from './environment-diff';
import { modelPlans } from './model-plans';
import { Synth } from './synth';

export interface DiffCommandOptions {
  readonly environments: readonly EnvironmentConfig[];
  /** Root of the repository. */
  readonly repository: string;
  print(text: string): void;
}

interface Flags {
  readonly from?: string;
  readonly json?: boolean;
  readonly exitCode?: boolean;
}

/** What is compared with when nothing is named: what was merged last, else what was committed last. */
const DEFAULT_REFS = ['origin/main', 'HEAD'];

/** `diff <environment>` */
export function diffCommand(options: DiffCommandOptions): Command {
  return new Command('diff')
    .description('Show what the working tree changes in an environment, object by object.')
    .argument('<environment>', `one of ${options.environments.map(({ name }) => name).join(', ')}`)
    .option(
      '--from <assembly|ref>',
      'folder of a cloud assembly or git reference to compare with (default: origin/main, else HEAD)',
    )
    .option('--json', 'print the changes as JSON')
    .option('--exit-code', 'exit with 1 when there are changes')
    .action(async (name: string, flags: Flags) => {
      const environment = environmentNamed(options.environments, name);
      const diff = await compare(environment, options.repository, flags.from);
      options.print(flags.json ? JSON.stringify(diff, undefined, 2) : diffText(diff));
      if (flags.exitCode && diff.stacks.length > 0) process.exitCode = 1;
    });
}

async function compare(environment: EnvironmentConfig, repository: string, from: string | undefined) {
  const { name } = environment;
  const synth = new Synth(repository);
  const stop = (signal: NodeJS.Signals) => {
    synth.dispose();
    process.kill(process.pid, signal);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const isFolder = from !== undefined && fs.existsSync(from) && fs.statSync(from).isDirectory();
    const ref = isFolder
      ? undefined
      : (from ?? DEFAULT_REFS.find((candidate) => synth.commitOf(candidate) !== undefined));
    const commit = ref === undefined ? undefined : synth.commitOf(ref);
    if (!isFolder && commit === undefined)
      throw new UserError(
        `--from: expected a folder with a cloud assembly or a git reference, got ${JSON.stringify(ref ?? '')}; fetch the commit or give another one`,
      );
    const { before, after } = isFolder
      ? { before: from, after: await synth.workingTree(name) }
      : await synth.both(commit!, name);
    const fromText = isFolder ? from : `${ref} (${commit!.slice(0, 10)})`;
    return diffEnvironment(
      name,
      fromText,
      readAssembly(before, name),
      readAssembly(after, name),
      modelPlans(environment),
    );
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    synth.dispose();
  }
}
