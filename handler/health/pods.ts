import { PASSING_TIMEOUT, type PodIssue } from '../../kubernetes-client/pod-issue';
import { CONTINUES, type Expectation, failed, type HealthStatus, progressingBecause } from './health-status';

/** Milliseconds for which a deployment waits for new pods of a revision that was stable before, while others of it serve. */
const LONG_TIMEOUT = 900_000;

/**
 * What it means for a workload that some of its pods are not as they should be.
 *
 * @param issue what is known to keep them, if anything is
 * @param workload.available replicas of any revision that serve
 * @param workload.updated whether the new revision has replaced the old one
 * @returns undefined when there is no issue, and nothing follows from that
 */
export function podHealth(
  issue: PodIssue | undefined,
  workload: { readonly available: number; readonly updated: boolean },
  expected: Expectation,
): HealthStatus | undefined {
  const { stableBefore, startedAt, now } = expected;
  const serves = workload.available > 0;
  if (stableBefore && serves) {
    const isNew = issue?.createdAt === undefined ? issue !== undefined : issue.createdAt >= startedAt;
    // Of a revision that is where it was, nothing changes any more: a node that is gone shows as no issue at all.
    const stays = issue?.fatal || (workload.updated && !isNew);
    const isOver =
      issue?.unscheduledSince === undefined
        ? now - startedAt >= (stays ? PASSING_TIMEOUT : LONG_TIMEOUT)
        : now - issue.unscheduledSince >= PASSING_TIMEOUT;
    if (isOver) return CONTINUES;
  }
  if (!issue) return undefined;
  if (stableBefore) return progressingBecause(issue.reason);
  return issue.fatal && !(workload.updated && serves) ? failed(issue.reason) : progressingBecause(issue.reason);
}
