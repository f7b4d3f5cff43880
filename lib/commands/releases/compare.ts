import { type ObjectDrift, type ReleaseSummary } from '../../../constructs/kubernetes/contract/release-operations';
import { inParallel } from '../../../kubernetes-client/in-parallel';
import { explain } from './explain';
import { type ReleaseOperationsClient } from './release-operations-client';

/** Releases that are compared at once: each comparison is a run of a Lambda function that asks for many objects. */
const COMPARED_AT_ONCE = 4;

/** A release with how it differs from the cluster. */
export interface Compared {
  readonly release: ReleaseSummary;
  readonly objects: readonly ObjectDrift[];
  /** Why it could not be compared. */
  readonly failure?: string;
}

/** Compares releases with the live objects; one that cannot be compared is told with the reason. */
export function compareWithCluster(
  operations: ReleaseOperationsClient,
  releases: readonly ReleaseSummary[],
): Promise<Compared[]> {
  const compare = (release: ReleaseSummary): Promise<Compared> =>
    operations.drift(release).then(
      (objects) => ({ release, objects }),
      (error: unknown) => ({ release, objects: [], failure: explain(error) }),
    );
  return inParallel(releases, compare, undefined, COMPARED_AT_ONCE);
}
