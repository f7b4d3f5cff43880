import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type ObjectDrift, type ReleaseSummary } from '../../constructs/kubernetes/release-operations';
import { ReleaseTier } from '../../constructs/kubernetes/release-tier';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../environment';
import { driftSummary, driftText } from './drift-text';
import { nameOfRelease, type ReleaseOperationsClient } from './release-operations-client';
import { ownerOf, type Stack, type StackEvent, type StackResource, type Stacks } from './stacks';

/** What recovering a stack works with. */
export interface RecoverOptions {
  readonly environment: EnvironmentConfig;
  readonly operations: ReleaseOperationsClient;
  readonly stacks: Stacks;
  readonly print: (text: string) => void;
  /** Logical ids of resources that the rollback leaves as they are. */
  readonly skip: readonly string[];
  /** Time between two looks at the stack, milliseconds. */
  readonly intervalMs: number;
}

/** A release with how it differs from the cluster. */
interface Compared {
  readonly release: ReleaseSummary;
  readonly objects: readonly ObjectDrift[];
  /** Why it could not be compared. */
  readonly trouble?: string;
}

/**
 * Brings a stack out of `UPDATE_ROLLBACK_FAILED`, or says what else to do about it.
 *
 * @param name the stack as CloudFormation or as `cdk` names it
 * @returns whether nothing is left to do for the stack
 * @throws UserError when there is no such stack, or a resource to skip is not one that failed
 */
export async function recover(name: string, options: RecoverOptions): Promise<boolean> {
  const { environment, stacks, print, skip } = options;
  const stackName = name.replace('/', '-');
  const stack = await stacks.find(stackName);
  if (!stack) throw new UserError(`stack: expected one that exists in ${environment.region}, got ${JSON.stringify(name)}; \`npx cdk list\` names those of the app`);
  const resources = await stacks.resources(stackName);
  const failed = resources.filter(({ status }) => status.endsWith('_FAILED'));
  print([`${stackName} in ${environment.region}: ${stack.status}`, ...failedText(failed)].join('\n'));

  if (stack.status !== 'UPDATE_ROLLBACK_FAILED') {
    if (skip.length > 0) throw new UserError(`--skip: expected with a stack in UPDATE_ROLLBACK_FAILED, got ${stack.status}; leave it out`);
    const { text, done } = adviceFor(stack, environment.name);
    print(text);
    return done;
  }
  const skippable = failed.filter(({ status }) => status === 'UPDATE_FAILED').map(({ logicalId }) => logicalId);
  const unknown = skip.filter((id) => !skippable.includes(id));
  if (unknown.length > 0) throw new UserError(`--skip: expected resources whose rollback failed (${skippable.join(', ')}), got ${unknown.join(', ')}; CloudFormation skips no others`);

  const releases = await compareReleases(stackName, options);
  const own = releases.filter(({ release }) => ownerOf(release)?.stack === stackName);
  if (own.length > 0) print(own.map(releaseText).join('\n'));
  const blocked = ofWhatIsNotSkipped(own, skip);
  const first = releases.filter((each) => !own.includes(each)).flatMap(({ release, objects }) => {
    const missing = objects.filter(({ state, object }) => state === 'missing' && blocked.some((needing) => isNeeded(object, needing.release)));
    return missing.length > 0 ? [{ release, missing }] : [];
  });
  if (first.length > 0) {
    print(first.map(({ release, missing }) => `${nameOfRelease(release)} has to be put back first:\n${driftText(missing)}`).join('\n'));
    print(nextSteps([...first.map(({ release }) => command(environment, `reapply ${nameOfRelease(release)}`)), recoverCommand(environment, stackName, skip)]));
    return false;
  }
  if (skip.length > 0) print(skip.map((id) => skipText(id, own)).join('\n'));
  return continueRollback(stackName, own, options);
}

/** What is compared: releases of the stack, and those that bring what they live in. */
async function compareReleases(stackName: string, { operations }: RecoverOptions): Promise<Compared[]> {
  const releases = (await operations.list()).filter((release) => release.tier === ReleaseTier.PLATFORM || ownerOf(release)?.stack === stackName);
  return Promise.all(releases.map(async (release): Promise<Compared> => {
    try {
      return { release, objects: await operations.drift(release) };
    } catch (error) {
      // The stack may be stuck for the very reason that keeps the handler from looking.
      if (!(error instanceof UserError)) throw error;
      return { release, objects: [], trouble: error.message };
    }
  }));
}

function ofWhatIsNotSkipped(own: readonly Compared[], skip: readonly string[]): readonly Compared[] {
  return own.filter(({ release }) => !skip.includes(ownerOf(release)?.logicalId ?? ''));
}

/** Whether a release cannot do without an object: what is of the whole cluster, or in its namespace. */
function isNeeded(object: string, { namespace }: ReleaseSummary): boolean {
  const [, name = ''] = object.split(' ');
  return !name.includes('/') || name.startsWith(`${namespace}/`);
}

async function continueRollback(stackName: string, own: readonly Compared[], options: RecoverOptions): Promise<boolean> {
  const { environment, stacks, print, skip, intervalMs } = options;
  const token = randomUUID();
  await stacks.continueRollback(stackName, skip, token);
  print('continues the rollback; Ctrl-C ends this command, not the rollback');
  const { status } = await follow(stackName, token, stacks, print, intervalMs);
  print(`${stackName}: ${status}`);
  if (status === 'UPDATE_ROLLBACK_COMPLETE') {
    const skipped = own.filter((each) => !ofWhatIsNotSkipped(own, skip).includes(each));
    print(skipped.length > 0
      ? nextSteps(skipped.map(({ release }) => command(environment, `reapply ${nameOfRelease(release)}`)))
      : 'the stack is on the revision before, and can be deployed to again');
    return true;
  }
  const failed = (await stacks.resources(stackName)).filter((resource) => resource.status.endsWith('_FAILED'));
  print([...failedText(failed), 'put right what the reason names, and ask again; docs/runbooks/stuck-stack.md says when to skip a resource'].join('\n'));
  return false;
}

/** Prints the events of a request as they come, until the one that ends it. */
async function follow(stackName: string, token: string, stacks: Stacks, print: (text: string) => void, intervalMs: number): Promise<StackEvent> {
  let printed = 0;
  for (;;) {
    const events = await stacks.events(stackName, token);
    for (const { at, status, logicalId, reason } of events.slice(printed)) print(`  ${at.toISOString().slice(11, 19)}  ${status.padEnd(18)}  ${logicalId}${reason ? `: ${reason}` : ''}`);
    printed = events.length;
    // By the request's own events: the status of the stack may still be the one of before.
    const ended = events.find(({ ofStack, status }) => ofStack && !status.endsWith('_IN_PROGRESS'));
    if (ended) return ended;
    await setTimeout(intervalMs);
  }
}

function failedText(failed: readonly StackResource[]): string[] {
  return failed.map(({ logicalId, type, reason }) => `  ${logicalId} (${type}): ${reason ?? 'no reason was given'}`);
}

function releaseText({ release, objects, trouble }: Compared): string {
  const found = objects.length === 0 ? 'the live objects are as it was deployed last' : `${driftSummary(objects)} against what was deployed last`;
  return `release ${nameOfRelease(release)} is ${release.state}: ${trouble === undefined ? found : `it was not compared: ${trouble}`}`;
}

function skipText(logicalId: string, own: readonly Compared[]): string {
  const skipped = own.find(({ release }) => ownerOf(release)?.logicalId === logicalId);
  const lines = [
    `skips ${logicalId}: CloudFormation calls it UPDATE_COMPLETE and sends it nothing`,
    ...(skipped ? [
      `  release ${nameOfRelease(skipped.release)} stays as the cluster has it${skipped.objects.length > 0 ? ':' : ''}`,
      ...(skipped.objects.length > 0 ? [driftText(skipped.objects)] : []),
      '  a deployment of exactly the revision before sends it nothing either: reapply, or deploy another',
    ] : ['  it stays as it is, whatever the template says']),
  ];
  return lines.join('\n');
}

/** What to do about a stack whose rollback has not failed, and whether that is nothing. */
function adviceFor({ name, status }: Stack, environment: string): { readonly text: string; readonly done: boolean } {
  const id = name.startsWith(`${environment}-`) ? `${environment}/${name.slice(environment.length + 1)}` : name;
  switch (status) {
    case 'DELETE_FAILED': return { text: nextSteps([`npx cdk destroy ${id}   (again: it goes on with what is left)`]), done: false };
    case 'ROLLBACK_FAILED': return { text: `its first deployment failed, and so did taking that back: nothing of it was ever healthy\n${nextSteps([`npx cdk destroy ${id}   (protected: see docs/runbooks/failed-rollback.md)`, `npx cdk deploy ${id}`])}`, done: false };
    case 'ROLLBACK_COMPLETE': return { text: `not stuck: its first deployment failed; \`npx cdk deploy ${id}\` begins anew`, done: true };
    case 'CREATE_FAILED':
    case 'UPDATE_FAILED': return { text: nextSteps([`npx cdk rollback ${id}   (it was deployed with --no-rollback)`]), done: false };
    default: return {
      text: status.endsWith('_IN_PROGRESS') ? 'not stuck: CloudFormation is at work on it; wait until that has ended' : 'not stuck: it can be deployed to',
      done: true,
    };
  }
}

function nextSteps(commands: readonly string[]): string {
  return commands.map((each, index) => `${index === 0 ? 'next' : '    '}  ${each}`).join('\n');
}

function command({ name }: EnvironmentConfig, what: string): string {
  return `npm run releases -- ${name} ${what}`;
}

function recoverCommand(environment: EnvironmentConfig, stackName: string, skip: readonly string[]): string {
  return command(environment, [`recover ${stackName}`, ...skip.map((id) => `--skip ${id}`)].join(' '));
}
