import { Argument, Command } from 'commander';
import { type ReleaseSummary } from '../../../constructs/kubernetes/contract/release-operations';
import { environmentNamed } from '../command-line/environment-named';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { refuseOtherAccount } from './aws-identity';
import { command, nextSteps, withOwnName } from './commands';
import { compareWithCluster } from './compare';
import { driftSummary, driftText } from './drift-text';
import { explain } from './explain';
import { fit } from './fit';
import { listText } from './list-text';
import { refuseWrongName } from './names';
import { reapply } from './reapply';
import { recover, type RecoverOptions } from './recover';
import {
  type FunctionInvoker,
  type ListedReleases,
  nameOfRelease,
  ReleaseOperationsClient,
} from './release-operations-client';
import { type Stacks } from './stacks';

export interface ReleasesCommandOptions {
  readonly environments: readonly EnvironmentConfig[];
  /** Account of the present AWS identity. */
  accountOf(region: string): Promise<string>;
  /** Lambda of a region. */
  functions(region: string): FunctionInvoker;
  /** CloudFormation of a region. */
  stacks(region: string): Stacks;
  readonly print: (text: string) => void;
  /** Longest line that is printed, characters. */
  readonly width: number;
  /**
   * Time between two looks at what is waited for, milliseconds.
   *
   * @default 2000
   */
  readonly intervalMs?: number;
}

const VERBS = ['list', 'drift', 'reapply', 'recover'] as const;
type Verb = (typeof VERBS)[number];

type Tools = Pick<RecoverOptions, 'environment' | 'operations' | 'print' | 'width'>;

interface Flags {
  readonly exitCode?: boolean;
  readonly skip?: readonly string[];
}

const EXAMPLES = `
list and drift change nothing. reapply changes the cluster;
recover lets CloudFormation continue with a rollback that failed.

Examples:
  npm run releases -- staging                                what is released, and how it is
  npm run releases -- staging drift                          how the cluster differs from it
  npm run releases -- staging drift models/chat --exit-code
  npm run releases -- staging reapply models/chat            as it was last released well
  npm run releases -- staging recover staging-Serving-chat   out of UPDATE_ROLLBACK_FAILED

docs/runbooks/drift.md and docs/runbooks/stuck-stack.md say more.`;

/** `releases <environment> [verb] [release or stack]` */
export function releasesCommand(options: ReleasesCommandOptions): Command {
  return new Command('releases')
    .description(
      'Look at what is released in an environment, compare it with the cluster, put it back, or bring a stuck stack out of it.',
    )
    .argument('<environment>', `one of ${options.environments.map(({ name }) => name).join(', ')}`)
    .addArgument(new Argument('[verb]', 'what to do').choices(VERBS).default('list'))
    .argument(
      '[what]',
      'of drift and reapply the release, as in models/chat; of recover the stack, as in staging-Serving-chat',
    )
    .option('--exit-code', 'with drift: exit with 1 when an object differs, or nothing is released')
    .option(
      '--skip <logical id>',
      'with recover: a resource that the rollback leaves as it is; may be given again',
      (id: string, before: string[] = []) => [...before, id],
    )
    .addHelpText('after', EXAMPLES)
    .action(async (environmentName: string, verb: Verb, what: string | undefined, flags: Flags) => {
      const environment = environmentNamed(options.environments, environmentName);
      refuseWrongWords(verb, what, flags);
      if (verb !== 'list' && what !== undefined)
        refuseWrongName(verb, what, { environment, environments: options.environments, skip: flags.skip ?? [] });
      const { region } = environment;
      await refuseOtherAccount(environment, (of) => options.accountOf(of));
      const operations = new ReleaseOperationsClient(environment, options.functions(region));
      const { width } = options;
      const print = (text: string) => options.print(fit(withOwnName(text, environment), width));
      const tools = {
        environment,
        operations,
        stacks: options.stacks(region),
        print,
        width,
        skip: flags.skip ?? [],
        intervalMs: options.intervalMs ?? 2000,
      };
      switch (verb) {
        case 'list':
          return list(tools, options.print);
        case 'drift':
          return drift(what, tools, flags.exitCode);
        case 'reapply':
          return reapply(releaseNamed(await operations.records(), what!), tools);
        case 'recover':
          if (!(await recover(what!, tools))) process.exitCode = 1;
      }
    });
}

function refuseWrongWords(verb: Verb, what: string | undefined, { exitCode, skip = [] }: Flags): void {
  if (exitCode && verb !== 'drift')
    throw new UserError(`--exit-code: expected with drift, got it with ${verb}; leave it out`);
  if (skip.length > 0 && verb !== 'recover')
    throw new UserError(`--skip: expected with recover, got it with ${verb}; leave it out`);
  if (verb === 'list' && what !== undefined)
    throw new UserError(
      `list: expected nothing after it, got ${JSON.stringify(what)}; for one release ask for its drift`,
    );
  if (verb === 'reapply' && what === undefined)
    throw new UserError(
      'reapply: expected a release as <namespace>/<name>, got none; leave the verb out to see which there are',
    );
  if (verb === 'recover' && what === undefined)
    throw new UserError(
      'recover: expected a stack as in staging-Serving-chat, got none; `npx cdk list` names those of the app',
    );
}

/** @throws UserError that names the releases that there are */
function releaseNamed({ releases, failures }: ListedReleases, name: string): ReleaseSummary {
  const found = releases.find((release) => nameOfRelease(release) === name);
  if (found) return found;
  // It may be of the tier that did not answer.
  if (failures.length > 0) throw failures[0].error;
  throw new UserError(
    `release: expected ${releases.map(nameOfRelease).join(', ') || 'one, but nothing is released'}, got ${JSON.stringify(name)}; a release is named <namespace>/<name>`,
  );
}

/** Prints what is released; what could not be listed is exit code 1, and never "nothing". */
async function list(
  { environment, operations, print, width }: Tools,
  printTable: (text: string) => void,
): Promise<void> {
  const listed = await operations.list();
  if (listed.releases.length > 0 || listed.failures.length === 0)
    printTable(listText(environment, listed.releases, width));
  reportFailures(listed, print);
}

/**
 * Says which tiers were not listed, as exit code 1.
 *
 * @throws the error of the first, when none was
 */
function reportFailures({ releases, failures }: ListedReleases, print: (text: string) => void): void {
  if (failures.length === 0) return;
  if (releases.length === 0) throw failures[0].error;
  for (const { tier, error } of failures) print(`releases of the ${tier} tier were not listed: ${explain(error)}`);
  process.exitCode = 1;
}

/** Compares releases with the cluster; what cannot be compared is exit code 1, and never "no drift". */
async function drift(what: string | undefined, tools: Tools, exitCode?: boolean): Promise<void> {
  const { environment, operations, print, width } = tools;
  const listed = await operations.records();
  if (what === undefined) reportFailures(listed, print);
  const releases = what === undefined ? listed.releases : [releaseNamed(listed, what)];
  if (releases.length === 0) print(listText(environment, [], width));
  const compared = await compareWithCluster(operations, releases);
  for (const { release, objects, failure } of compared) {
    const name = nameOfRelease(release);
    if (failure !== undefined) print(`${name}: was not compared: ${failure}`);
    else if (objects.length === 0) print(`${name}: as it was last released well`);
    else print(`${name}: ${driftSummary(objects)}\n${driftText(objects, width)}`);
    if (objects.some(({ state }) => state === 'taken'))
      print('  what to do about objects that were taken: docs/runbooks/adopting-a-release.md#single-objects');
    if (objects.some(({ state }) => state !== 'taken')) print(nextSteps([command(environment, `reapply ${name}`)]));
  }
  const differs = releases.length === 0 || compared.some(({ objects }) => objects.length > 0);
  if (compared.some(({ failure }) => failure !== undefined) || (differs && exitCode)) process.exitCode = 1;
}
