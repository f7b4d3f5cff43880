import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type KubernetesClient, type ObjectReference } from '../../kubernetes-client/kubernetes-client';
import { conditionsOf } from '../../kubernetes-client/objects';
import { eventsOf, refusalByEvents } from '../../kubernetes-client/pod-issue';
import { type Expectation, failed, HEALTHY, progressing, progressingBecause, type HealthStatus } from './health-status';

/** Reasons of events by which the Job controller says how a Job has ended. */
const COMPLETED = 'Completed';
const FAILED = new Set([
  'BackoffLimitExceeded',
  'DeadlineExceeded',
  'FailedIndexes',
  'MaxFailedIndexesExceeded',
  'PodFailurePolicy',
]);

/** Whether a Job had failed by a moment, milliseconds since the epoch. */
export function hasFailedBefore(job: KubernetesObject, moment: number): boolean {
  return conditionsOf(job).some(
    ({ type, status, lastTransitionTime }) =>
      type === 'Failed' && status === 'True' && Date.parse(lastTransitionTime ?? '') < moment,
  );
}

export async function jobHealth(
  client: KubernetesClient,
  live: KubernetesObject,
  expected: Expectation,
): Promise<HealthStatus> {
  const ended = conditionsOf(live).find(
    ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  if (ended?.type === 'Failed') return failed(`failed: ${ended.message}`);
  if (ended) return HEALTHY;
  const refused = await refusalByEvents(client, live, expected);
  if (!refused) return progressing('has not completed');
  return refused.fatal ? failed(refused.reason) : progressingBecause(refused.reason);
}

/**
 * Health of a Job that is gone although it was applied, as its time to live may have it: its events outlive it for an hour. One of which
 * nobody knows how it ended does not count as completed, and is not run a second time either.
 */
export async function removedJobHealth(
  client: KubernetesClient,
  { kind, name, namespace }: ObjectReference,
  { startedAt }: Expectation,
): Promise<HealthStatus> {
  const events = await eventsOf(client, { kind, metadata: { name, namespace } }, startedAt);
  const end = events.findLast(({ reason }) => reason === COMPLETED || FAILED.has(reason ?? ''));
  if (end?.reason === COMPLETED) return HEALTHY;
  if (end) return failed(`failed: ${end.message}`);
  return failed(
    'was removed before anybody saw how it ended; raise its ttlSecondsAfterFinished, or leave it to the release',
  );
}
