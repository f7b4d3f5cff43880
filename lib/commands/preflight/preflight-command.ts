import { Command } from 'commander';
import { environmentNamed } from '../command-line/environment-named';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { type AccountReader } from './account-reader';
import { checkAccount } from './checks';
import { type GithubReader } from './github-reader';
import { needsOf } from './needs';
import { reportText } from './report';

/** What the command works with. */
export interface PreflightCommandOptions {
  readonly environments: readonly EnvironmentConfig[];
  /** Reads the account of the present identity in a region. */
  account(region: string): AccountReader;
  /** Absent without a token for GitHub. */
  readonly github?: GithubReader;
  print(text: string): void;
}

/** `preflight <environment>` */
export function preflightCommand(options: PreflightCommandOptions): Command {
  return new Command('preflight')
    .description('Check whether an AWS account is ready for an environment, and which versions are behind. Nothing is changed.')
    .argument('<environment>', `one of ${options.environments.map(({ name }) => name).join(', ')}`)
    .action(async (name: string) => {
      const environment = environmentNamed(options.environments, name);
      const needs = needsOf(environment);
      const results = await checkAccount({ environment, needs, account: options.account(environment.region), github: options.github });
      options.print(reportText(environment, results, needs.cost));
      if (results.some(({ state }) => state === 'problem' || state === 'unknown')) process.exitCode = 1;
    });
}
