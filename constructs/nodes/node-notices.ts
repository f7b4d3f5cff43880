import { CapacityKind } from './node-capacity';
import { type NodeRequirements, resolveNodeRequirements } from './node-requirements';
import { problem } from './node-problems';

/** Notice that EC2 gives before it takes a Spot instance back, seconds. */
const SPOT_NOTICE = 120;

/**
 * Time that EKS gives the pods of one node to leave while it updates a node group, seconds; then the update fails.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html
 */
const EVICTION_LIMIT = 900;

/** Pods that are cut off when EC2 takes a Spot node back. */
export function spotNotices(requirements: NodeRequirements): string[] {
  const { capacity, longestGracePeriod } = resolveNodeRequirements(requirements);
  if (capacity.kind !== CapacityKind.SPOT || longestGracePeriod.isUnresolved()) return [];
  const grace = longestGracePeriod.toSeconds({ integral: false });
  return grace <= SPOT_NOTICE
    ? []
    : [
        problem(
          'capacity',
          `pods that end within the ${SPOT_NOTICE} s of notice of Spot`,
          `a grace period of ${grace} s`,
          'what takes longer is cut off: shorten the drain, or take on-demand nodes',
        ),
      ];
}

/**
 * Updates of a node group that cannot end: pods leave one after another, each when another has started elsewhere. Nothing is said where the
 * cold start is not known: nobody could act on a guess.
 */
export function updateNotices(requirements: NodeRequirements): string[] {
  const { podsPerNode, coldStartSeconds } = resolveNodeRequirements(requirements);
  return requirements.coldStart === undefined || podsPerNode * coldStartSeconds <= EVICTION_LIMIT
    ? []
    : [
        problem(
          'nodes',
          `pods that leave a node within the ${EVICTION_LIMIT} s that EKS gives them while it updates a group`,
          `${podsPerNode} × a cold start of ${coldStartSeconds} s`,
          'an update of the image may end with PodEvictionFailure and be taken back; make room with a free node, or use Karpenter',
        ),
      ];
}
