import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type ReleaseSummary } from '../../../constructs/kubernetes/contract/release-operations';
import { ReleaseTier } from '../../../constructs/kubernetes/contract/release-tier';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { command, nextSteps, recoverCommand } from './commands';
import { driftSummary, driftText } from './drift-text';
import { compareWithCluster, type Compared } from './compare';
import { explain } from './explain';
import { utc } from './list-text';
import { stackNameOf } from './names';
import { type ReapplyOptions } from './reapply';
import { nameOfRelease } from './release-operations-client';
import { ownerOf, type Stack, type StackEvent, type StackResource } from './stacks';

/** Type of the resource that a release is. */
const RELEASE_TYPE = 'Custom::KubernetesRelease';

/** Width of most statuses, so that what follows them stands in a column. */
const STATUS_WIDTH = 'UPDATE_ROLLBACK_IN_PROGRESS'.length;

/** What recovering a stack works with. */
export interface RecoverOptions extends ReapplyOptions {
  readonly environment: EnvironmentConfig;
  /** Longest line, characters. */
  readonly width: number;
  /** Logical ids of resources that the rollback leaves as they are. */
  readonly skip: readonly string[];
}

/**
 * Brings a stack out of `UPDATE_ROLLBACK_FAILED`, or says what else to do about it.
 *
 * @param name the stack as CloudFormation or as `cdk` names it
 * @returns whether nothing is left to do for the stack
 * @throws UserError when there is no such stack, or a resource to skip is not one that failed
 */
export async function recover(name: string, options: RecoverOptions): Promise<boolean> {
  const { environment, stacks, print, width, skip } = options;
  const stackName = stackNameOf(name);
  const stack = await stacks.find(stackName);
  if (!stack)
    throw new UserError(
      `stack: expected one that exists in ${environment.region}, got ${JSON.stringify(name)}; \`npx cdk list\` names those of the app`,
    );
  const resources = await stacks.resources(stackName);
  const failed = resources.filter(({ status }) => status.endsWith('_FAILED'));
  print([`${stackName} in ${environment.region}: ${stack.status}`, ...failedText(failed)].join('\n'));

  if (stack.status !== 'UPDATE_ROLLBACK_FAILED') {
    if (skip.length > 0)
      throw new UserError(`--skip: expected with a stack in UPDATE_ROLLBACK_FAILED, got ${stack.status}; leave it out`);
    const { text, done } = adviceFor(stack, environment.name);
    print(text);
    return done;
  }
  const skippable = failed.filter(({ status }) => status === 'UPDATE_FAILED').map(({ logicalId }) => logicalId);
  const unknown = skip.filter((id) => !skippable.includes(id));
  if (unknown.length > 0)
    throw new UserError(
      `--skip: expected resources whose rollback failed (${skippable.join(', ')}), got ${unknown.join(', ')}; CloudFormation skips no others`,
    );

  const ids = resources.filter(({ type }) => type === RELEASE_TYPE).map(({ logicalId }) => logicalId);
  const { releases, own, failures } = await compareReleases(stackName, ids, options);
  const compared = [...own.map(releaseText), ...failures];
  if (compared.length > 0) print(compared.join('\n'));
  const blocked = ofWhatIsNotSkipped(own, skip);
  const first = releases
    .filter((each) => !own.includes(each))
    .flatMap(({ release, objects }) => {
      const missing = objects.filter(
        ({ state, object }) => state === 'missing' && blocked.some((needing) => isNeeded(object, needing.release)),
      );
      return missing.length > 0 ? [{ release, missing }] : [];
    });
  if (first.length > 0) {
    print(
      first
        .map(
          ({ release, missing }) => `${nameOfRelease(release)} has to be put back first:\n${driftText(missing, width)}`,
        )
        .join('\n'),
    );
    print(
      nextSteps([
        ...first.map(({ release }) => command(environment, `reapply ${nameOfRelease(release)}`)),
        recoverCommand(environment, stackName, skip),
      ]),
    );
    return false;
  }
  if (skip.length > 0) print(skip.map((id) => skipText(id, own, width)).join('\n'));
  return continueRollback(
    stackName,
    own,
    skip.filter((id) => ids.includes(id)),
    options,
  );
}

/**
 * Compares releases of the stack, and those that bring what they live in. Whatever cannot be compared is told and holds nothing up: the
 * stack may be stuck for the very reason that keeps the handler from looking.
 *
 * @param ids logical ids of the releases in the stack
 */
async function compareReleases(
  stackName: string,
  ids: readonly string[],
  { operations }: RecoverOptions,
): Promise<{ releases: Compared[]; own: Compared[]; failures: string[] }> {
  if (ids.length === 0) return { releases: [], own: [], failures: [] };
  const listed = await operations.records();
  const isOwn = (release: ReleaseSummary) => ownerOf(release)?.stack === stackName;
  const releases = await compareWithCluster(
    operations,
    listed.releases.filter((release) => release.tier === ReleaseTier.PLATFORM || isOwn(release)),
  );
  const own = releases.filter(({ release }) => isOwn(release));
  const allFound = ids.every((id) => own.some(({ release }) => ownerOf(release)?.logicalId === id));
  return {
    releases,
    own,
    failures: [
      // With all releases of the stack at hand, the model tier has nothing more to say about it.
      ...listed.failures
        .filter(({ tier }) => tier === ReleaseTier.PLATFORM || !allFound)
        .map(({ error }) => `releases were not compared: ${explain(error)}`),
      ...releases.filter(({ release, failure }) => failure !== undefined && !isOwn(release)).map(releaseText),
    ],
  };
}

function ofWhatIsNotSkipped(own: readonly Compared[], skip: readonly string[]): readonly Compared[] {
  return own.filter(({ release }) => !skip.includes(ownerOf(release)?.logicalId ?? ''));
}

/** Whether a release cannot do without an object: what is of the whole cluster, or in its namespace. */
function isNeeded(object: string, { namespace }: ReleaseSummary): boolean {
  const [, name = ''] = object.split(' ');
  return !name.includes('/') || name.startsWith(`${namespace}/`);
}

async function continueRollback(
  stackName: string,
  own: readonly Compared[],
  skippedReleases: readonly string[],
  options: RecoverOptions,
): Promise<boolean> {
  const { environment, stacks, print, skip } = options;
  const token = randomUUID();
  await stacks.continueRollback(stackName, skip, token);
  print('continues the rollback; Ctrl-C ends this command, not the rollback');
  const { status } = await follow(stackName, token, options);
  print(`${stackName}: ${status}`);
  if (status === 'UPDATE_ROLLBACK_COMPLETE') {
    if (skippedReleases.length === 0) {
      print('the stack is on the revision before, and can be deployed to again');
      return true;
    }
    const skipped = own
      .filter((each) => !ofWhatIsNotSkipped(own, skip).includes(each))
      .map(({ release }) => nameOfRelease(release));
    const unknown = skippedReleases.length - skipped.length;
    // Without their names, the list is where to begin.
    print(
      nextSteps([
        ...(unknown > 0 ? [command(environment)] : []),
        ...[...skipped, ...Array<string>(unknown).fill('<namespace>/<name>')].map((name) =>
          command(environment, `reapply ${name}`),
        ),
      ]),
    );
    return true;
  }
  const failed = (await stacks.resources(stackName)).filter((resource) => resource.status.endsWith('_FAILED'));
  print(
    [
      ...failedText(failed),
      'put right what the reason names, and ask again; docs/runbooks/stuck-stack.md says when to skip a resource',
    ].join('\n'),
  );
  return false;
}

/** Prints the events of a request as they come, until the one that ends it. */
async function follow(
  stackName: string,
  token: string,
  { stacks, print, intervalMs }: RecoverOptions,
): Promise<StackEvent> {
  let printed = 0;
  for (;;) {
    const events = await stacks.events(stackName, token);
    for (const { at, status, logicalId, reason } of events.slice(printed))
      print(
        `  ${at.toISOString().slice(11, 19)} UTC  ${status.padEnd(STATUS_WIDTH)}  ${logicalId}${reason ? `: ${reason}` : ''}`,
      );
    printed = events.length;
    // By the request's own events: the status of the stack may still be the one of before.
    const ended = events.find(({ ofStack, status }) => ofStack && !status.endsWith('_IN_PROGRESS'));
    if (ended) return ended;
    await setTimeout(intervalMs);
  }
}

function failedText(failed: readonly StackResource[]): string[] {
  return failed.map(
    ({ logicalId, type, reason, at }) =>
      `  ${logicalId} (${type}): failed${at ? ` at ${utc(at)} UTC` : ''} ${reason ? `with: ${reason}` : 'without a reason'}`,
  );
}

function releaseText({ release, objects, failure }: Compared): string {
  if (failure !== undefined) return `release ${nameOfRelease(release)} was not compared: ${failure}`;
  return `release ${nameOfRelease(release)}: ${objects.length === 0 ? 'the live objects are as it was last released well' : `${driftSummary(objects)} against what was last released well`}`;
}

function skipText(logicalId: string, own: readonly Compared[], width: number): string {
  const skipped = own.find(({ release }) => ownerOf(release)?.logicalId === logicalId);
  const lines = [
    `skips ${logicalId}: CloudFormation calls it UPDATE_COMPLETE and sends it nothing`,
    ...(skipped
      ? [
          `  release ${nameOfRelease(skipped.release)} stays as the cluster has it${skipped.objects.length > 0 ? ':' : ''}`,
          ...(skipped.objects.length > 0 ? [driftText(skipped.objects, width)] : []),
          '  a deployment of exactly the revision before sends it nothing either: reapply, or deploy another',
        ]
      : ['  it stays as it is, whatever the template says']),
  ];
  return lines.join('\n');
}

/** What to do about a stack whose rollback has not failed, and whether that is nothing. */
function adviceFor({ name, status }: Stack, environment: string): { readonly text: string; readonly done: boolean } {
  const id = name.startsWith(`${environment}-`) ? `${environment}/${name.slice(environment.length + 1)}` : name;
  const protectedFirst = 'if it is protected, first see docs/runbooks/failed-rollback.md';
  const stuck = (text: string, ...steps: string[]) => ({ text: `${text}\n${nextSteps(steps)}`, done: false });
  const fine = (text: string) => ({ text: `not stuck: ${text}`, done: true });
  switch (status) {
    case 'DELETE_FAILED':
      return stuck(
        'destroying it again continues with what is left; if it is protected, first see docs/runbooks/deleting-an-environment.md',
        `npx cdk destroy ${id}`,
      );
    case 'ROLLBACK_FAILED':
      return stuck(
        `its first deployment failed, and so did taking that back: nothing of it was ever healthy; ${protectedFirst}`,
        `npx cdk destroy ${id}`,
        `npx cdk deploy ${id}`,
      );
    case 'ROLLBACK_COMPLETE':
      return fine(`its first deployment failed; \`npx cdk deploy ${id}\` begins anew; ${protectedFirst}`);
    case 'REVIEW_IN_PROGRESS':
      return fine(
        `it is empty, with a change set that was not executed; \`npx cdk deploy ${id}\` continues from there`,
      );
    case 'IMPORT_ROLLBACK_FAILED':
      return stuck(
        'it cannot be deployed to: an import of resources failed, and so did taking that back; its events say why',
        `aws cloudformation describe-stack-events --stack-name ${name}`,
      );
    case 'CREATE_FAILED':
    case 'UPDATE_FAILED':
      return stuck('it was deployed with --no-rollback', `npx cdk rollback ${id}`);
    default:
      return status.endsWith('_IN_PROGRESS')
        ? fine('CloudFormation is at work on it; wait until that has ended')
        : fine('it can be deployed to');
  }
}
