import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { type ReleaseSummary } from '../../../constructs/kubernetes/contract/release-operations';
import { UserError } from '../command-line/user-error';
import { shortDigest } from './list-text';
import { nameOfRelease, type ReleaseOperationsClient } from './release-operations-client';
import { ownerOf, type Stacks } from './stacks';

/** What putting a release back, or a stack, works with. */
export interface ReapplyOptions {
  readonly operations: ReleaseOperationsClient;
  readonly stacks: Stacks;
  readonly print: (text: string) => void;
  /** Time between two looks at what is waited for, milliseconds; each tick of a release itself watches for up to 25 s. */
  readonly intervalMs: number;
}

/**
 * Puts a release back as it was last released well, and waits until it is healthy.
 *
 * @throws UserError when CloudFormation is at work on its stack, or it does not become healthy
 */
export async function reapply(
  release: ReleaseSummary,
  { operations, stacks, print, intervalMs }: ReapplyOptions,
): Promise<void> {
  const name = nameOfRelease(release);
  await refuseWhileDeploying(release, stacks);
  print(`${name}: puts back ${[...release.revisions, shortDigest(release)].join(', ')}`);
  const [id, began] = [randomUUID(), performance.now()];
  // By the function's clock: the one of this machine may be wrong, and a request that seems older would give way.
  let startedAt: number | undefined;
  let printed: string | undefined;
  for (;;) {
    const tick = await operations.reapply(release, id, startedAt);
    const { complete, failure, waitingFor } = tick;
    startedAt ??= tick.startedAt;
    if (failure !== undefined) throw new UserError(`${name} was not put back: ${failure}`);
    if (complete) break;
    if (waitingFor !== undefined && waitingFor !== printed) print(`  waits for ${waitingFor}`);
    printed = waitingFor ?? printed;
    await setTimeout(intervalMs);
  }
  print(
    `${name}: is as it was last released well, and healthy, after ${Math.round((performance.now() - began) / 1000)} s`,
  );
}

/** Two hands on one release would take it from each other. */
async function refuseWhileDeploying(release: ReleaseSummary, stacks: Stacks): Promise<void> {
  const owner = ownerOf(release);
  const stack = owner && (await stacks.find(owner.stack));
  if (!stack?.status.endsWith('_IN_PROGRESS') || stack.status === 'REVIEW_IN_PROGRESS') return;
  throw new UserError(
    `${nameOfRelease(release)}: expected its stack to rest, got ${stack.name} in ${stack.status}; wait until that has ended, and ask again where it does not put the release right`,
  );
}
