import { replicasForWeight } from '../../../constructs/rollout/replica-weights';

// The expected counts are those of TestCalculateReplicaCountsForCanary and TestApproximateWeightedNewStableReplicaCounts of
// the controller, where new and stable ReplicaSet have settled.
test.each([
  [10, 10, 1, 1, 9],
  [10, 25, 0, 3, 7],
  [4, 25, 1, 1, 3],
  [4, 10, 1, 1, 4],
  [4, 10, 0, 1, 3],
  [4, 50, 1, 2, 2],
  [4, 90, 0, 3, 1],
  [4, 100, 1, 4, 0],
  [3, 50, 0, 2, 1],
  [3, 50, 1, 2, 2],
  [1, 5, 1, 1, 1],
  [1, 95, 1, 1, 1],
  [1, 25, 0, 0, 1],
  [2, 1, 0, 1, 1],
  [2, 99, 0, 1, 1],
  [10, 0, 1, 0, 10],
])(
  '%d replicas at %d %% with a surge of %d: %d of the canary, %d stable',
  (replicas, weight, maxSurge, canary, stable) => {
    expect(replicasForWeight(replicas, weight, maxSurge)).toEqual({ canary, stable });
  },
);
