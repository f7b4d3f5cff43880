import Table from 'cli-table3';
import { Command } from 'commander';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { environmentNamed } from '../command-line/environment-named';
import { describePrice } from '../prices';
import { type AccountReader } from './aws-account';
import { type CheckResult } from './check';
import { checkAccount } from './checks';
import { type GithubReader } from './github-reader';
import { type CostEstimate, requirementsOf } from './requirements';

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
    .description(
      'Check whether an AWS account is ready for an environment, and which versions are behind. Nothing is changed.',
    )
    .argument('<environment>', `one of ${options.environments.map(({ name }) => name).join(', ')}`)
    .action(async (name: string) => {
      const environment = environmentNamed(options.environments, name);
      const requirements = requirementsOf(environment);
      const results = await checkAccount({
        environment,
        requirements,
        account: options.account(environment.region),
        github: options.github,
      });
      options.print(reportText(environment, results, requirements.cost));
      if (results.some(({ state }) => state === 'problem' || state === 'unknown')) process.exitCode = 1;
    });
}

const WORDS: Record<CheckResult['state'], string> = {
  ok: 'ok',
  warning: 'warning',
  problem: 'PROBLEM',
  unknown: 'unknown',
};

/** The results as a table, with what to do and what it will cost below. */
function reportText(
  { name, account, region }: EnvironmentConfig,
  results: readonly CheckResult[],
  cost: CostEstimate,
): string {
  const table = new Table({ head: ['Check', 'Needed', 'Found', 'Result'], style: { head: [], border: [] } });
  table.push(...results.map(({ check, needed, found, state }) => [check, needed, found, WORDS[state]]));
  const advice = results
    .filter((result) => result.advice !== undefined)
    .map((result) => `  ${result.check}\n    ${result.advice}`);
  return [
    `${name}: account ${account}, ${region}`,
    table.toString(),
    ...(advice.length > 0 ? [['What to do', ...advice].join('\n')] : []),
    ...(cost.nodes.length > 0 ? [costText(cost)] : []),
    summary(results),
  ].join('\n\n');
}

function costText({ nodes }: CostEstimate): string {
  const priced = nodes.filter((node) => node.hourlyUsd !== undefined);
  const total = (count: (node: CostEstimate['nodes'][number]) => number) =>
    priced.reduce((sum, node) => sum + count(node) * (node.hourlyUsd ?? 0), 0);
  const lines = nodes.map(
    ({ instanceType, nodes: most, standingNodes, hourlyUsd }) =>
      `  ${standingNodes} × ${instanceType}${most > standingNodes ? `, ${most} while models roll out` : ''}: ${hourlyUsd === undefined ? 'price unknown' : priceText(standingNodes * hourlyUsd, most * hourlyUsd)}`,
  );
  const unknown = priced.length < nodes.length ? ' and what has no known price' : '';
  return [
    `GPU nodes: ${priceText(
      total(({ standingNodes }) => standingNodes),
      total(({ nodes: most }) => most),
    )}${unknown}`,
    ...lines,
    `  ${Accelerator.PRICE_SOURCE}`,
  ].join('\n');
}

function priceText(standing: number, most: number): string {
  return `${describePrice(standing)}${most > standing ? `, up to ${describePrice(most)}` : ''}`;
}

function summary(results: readonly CheckResult[]): string {
  const count = (state: CheckResult['state']) => results.filter((result) => result.state === state).length;
  const problems = count('problem');
  const unknown = count('unknown');
  if (problems + unknown === 0) return 'Ready to deploy.';
  return `Not ready: ${[...(problems > 0 ? [`${problems} to fix`] : []), ...(unknown > 0 ? [`${unknown} unknown`] : [])].join(', ')}.`;
}
