import { Duration, Lazy } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu';
import { NodeCapacity, type NodeRequirements, NodeImage } from '../../../constructs/nodes';
import { resolveTimings } from '../../../constructs/models/resolved-timings';
import { problemsInProduction, problemsOfRequirements, problemsOfGrace } from '../../../constructs/nodes/node-problems';

const requirements: NodeRequirements = { accelerator: Accelerator.G6_2XLARGE, nodes: 1 };

describe('what is wrong with requirements', () => {
  test('a pod that needs longer than its node gets would be killed', () => {
    const graceful = { ...requirements, longestGracePeriod: Duration.minutes(10), drainTimeout: Duration.minutes(5) };
    expect(problemsOfGrace(graceful)).toEqual([
      "drainTimeout: expected at least the pods' grace period of 600 s, got 300 s; give nodes longer to drain, or pods a shorter grace period",
    ]);
    expect(problemsOfRequirements(graceful)).toEqual(problemsOfGrace(graceful));
    expect(problemsOfGrace({ ...graceful, drainTimeout: Duration.minutes(10) })).toEqual([]);
    expect(problemsOfGrace({ ...graceful, drainTimeout: Duration.seconds(Lazy.number({ produce: () => 1 })) })).toEqual(
      ['drainTimeout: expected a time that is known at synth, got a deploy-time value; give the time itself'],
    );
  });

  test('without a word pods have the grace period of a model with its own times', () => {
    const { terminationGracePeriodSeconds: seconds } = resolveTimings();
    const drained = (after: number) => problemsOfGrace({ ...requirements, drainTimeout: Duration.seconds(after) });
    expect([drained(seconds), drained(seconds - 1).length]).toEqual([[], 1]);
  });

  test('production has no Spot without a fallback, and no image that changes by itself', () => {
    expect(problemsInProduction({ ...requirements, capacity: NodeCapacity.spot({ onDemandFallback: false }) })).toEqual(
      [
        'capacity: expected a fallback to on-demand nodes in production, got Spot alone; let on-demand nodes stand in for it, or take on-demand nodes',
        'image.version: expected a pinned version in production, got bottlerocket without one; name the version, such as v1.63.0',
      ],
    );
    expect(
      problemsInProduction({
        ...requirements,
        capacity: NodeCapacity.spot(),
        image: NodeImage.bottlerocket('v1.57.0'),
      }),
    ).toEqual([]);
  });

  test('nothing is wrong with the defaults', () => {
    expect(problemsOfRequirements(requirements)).toEqual([]);
  });
});
