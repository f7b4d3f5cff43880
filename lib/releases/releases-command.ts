import { Argument, Command } from 'commander';
import { type ReleaseSummary } from '../../constructs/kubernetes/release-operations';
import { environmentNamed } from '../command-line/environment-named';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../environment';
import { driftSummary, driftText } from './drift-text';
import { fit } from './fit';
import { listText } from './list-text';
import { reapply } from './reapply';
import { recover } from './recover';
import { type FunctionInvoker, nameOfRelease, ReleaseOperationsClient } from './release-operations-client';
import { type Stacks } from './stacks';

/** What the command works with. */
export interface ReleasesCommandOptions {
  readonly environments: readonly EnvironmentConfig[];
  /** Lambda of a region. */
  functions(region: string): FunctionInvoker;
  /** CloudFormation of a region. */
  stacks(region: string): Stacks;
  readonly print: (text: string) => void;
  /**
   * Time between two looks at what is waited for, milliseconds.
   *
   * @default 2000
   */
  readonly intervalMs?: number;
}

const VERBS = ['list', 'drift', 'reapply', 'recover'] as const;
type Verb = (typeof VERBS)[number];

interface Tools {
  readonly environment: EnvironmentConfig;
  readonly operations: ReleaseOperationsClient;
  readonly print: (text: string) => void;
}

interface Flags {
  readonly exitCode?: boolean;
  readonly skip?: readonly string[];
}

/** `releases <environment> [verb] [release or stack]` */
export function releasesCommand(options: ReleasesCommandOptions): Command {
  return new Command('releases')
    .description('Look at what is released in an environment, compare it with the cluster, put it back, or bring a stuck stack out of it.')
    .argument('<environment>', `one of ${options.environments.map(({ name }) => name).join(', ')}`)
    .addArgument(new Argument('[verb]', 'what to do').choices(VERBS).default('list'))
    .argument('[what]', 'of drift and reapply the release, as in models/chat; of recover the stack, as in staging-Serving-chat')
    .option('--exit-code', 'with drift: exit with 1 when an object differs')
    .option('--skip <logical id>', 'with recover: a resource that the rollback leaves as it is; may be given again', (id: string, before: string[] = []) => [...before, id])
    .action(async (environmentName: string, verb: Verb, what: string | undefined, flags: Flags) => {
      const environment = environmentNamed(options.environments, environmentName);
      refuseWrongWords(verb, what, flags);
      const { region } = environment;
      const operations = new ReleaseOperationsClient(environment, options.functions(region));
      const tools = { environment, operations, stacks: options.stacks(region), print: (text: string) => options.print(fit(text)), skip: flags.skip ?? [], intervalMs: options.intervalMs ?? 2000 };
      if (verb === 'recover') {
        if (!await recover(what!, tools)) process.exitCode = 1;
        return;
      }
      const releases = await operations.list();
      if (verb === 'list') options.print(listText(environment, releases));
      else if (verb === 'reapply') await reapply(releaseNamed(releases, what!), tools);
      else await drift(what === undefined ? releases : [releaseNamed(releases, what)], tools, flags.exitCode);
    });
}

function refuseWrongWords(verb: Verb, what: string | undefined, { exitCode, skip = [] }: Flags): void {
  if (exitCode && verb !== 'drift') throw new UserError(`--exit-code: expected with drift, got it with ${verb}; leave it out`);
  if (skip.length > 0 && verb !== 'recover') throw new UserError(`--skip: expected with recover, got it with ${verb}; leave it out`);
  if (verb === 'list' && what !== undefined) throw new UserError(`list: expected nothing after it, got ${JSON.stringify(what)}; for one release ask for its drift`);
  if (verb === 'reapply' && what === undefined) throw new UserError('reapply: expected a release as <namespace>/<name>, got none; leave the verb out to see which there are');
  if (verb === 'recover' && what === undefined) throw new UserError('recover: expected a stack as in staging-Serving-chat, got none; `npx cdk list` names those of the app');
}

/** @throws UserError that names the releases that there are */
function releaseNamed(releases: readonly ReleaseSummary[], name: string): ReleaseSummary {
  const found = releases.find((release) => nameOfRelease(release) === name);
  if (!found) throw new UserError(`release: expected ${releases.map(nameOfRelease).join(', ') || 'one, but nothing is released'}, got ${JSON.stringify(name)}; a release is named <namespace>/<name>`);
  return found;
}

/** Compares each release with the cluster; what cannot be compared is exit code 1, and never "no drift". */
async function drift(releases: readonly ReleaseSummary[], { environment, operations, print }: Tools, exitCode?: boolean): Promise<void> {
  const compared = await Promise.all(releases.map(async (release) => {
    const name = nameOfRelease(release);
    try {
      return { name, objects: await operations.drift(release) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { name, trouble: error.message };
    }
  }));
  for (const { name, objects = [], trouble } of compared) {
    if (trouble !== undefined) print(`${name}: was not compared: ${trouble}`);
    else if (objects.length === 0) print(`${name}: as it was deployed last`);
    else print(`${name}: ${driftSummary(objects)}\n${driftText(objects)}`);
    if (objects.some(({ state }) => state !== 'taken')) print(`  npm run releases -- ${environment.name} reapply ${name}   (puts it back)`);
  }
  const differs = compared.some(({ objects = [] }) => objects.length > 0);
  if (compared.some(({ trouble }) => trouble !== undefined) || (differs && exitCode)) process.exitCode = 1;
}
