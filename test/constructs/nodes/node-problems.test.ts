import { Duration, Lazy, Size } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu';
import { GpuSharing, NodeCapacity, type NodeRequirements, NodeImage } from '../../../constructs/nodes';
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

  test('amounts that cannot be, by their own names and all at once', () => {
    expect(
      problemsOfRequirements({
        ...requirements,
        nodes: 3,
        standingNodes: 9,
        podsPerNode: 99,
        pods: -4,
        dataVolumeSize: Size.gibibytes(0),
        storage: Size.gibibytes(0),
        longestGracePeriod: Duration.seconds(0),
        drainTimeout: Duration.millis(1),
      }),
    ).toEqual([
      'dataVolumeSize: expected whole GiB from 1, got 0 GiB; EBS sells no fractions, take the next larger size',
      'standingNodes: expected a whole number from 0 to 3, got 9; raise nodes, or leave it out',
      'podsPerNode: expected a whole number from 1 to 1, got 99; leave it out for all GPUs of g6.2xlarge',
      'pods: expected a whole number from 1, got -4; leave it out for full nodes',
      'storage: expected more than 0 GiB, got 0 GiB; leave it out for the size of the data volume',
      'drainTimeout: expected a whole number of seconds from 1, got 0.001; take the next whole second',
      'longestGracePeriod: expected a whole number of seconds from 1, got 0; take that of the model which needs longest to end',
    ]);
    expect(
      problemsOfRequirements({
        ...requirements,
        nodes: 0,
        standingNodes: -1,
        podsPerNode: 0,
        pods: Lazy.number({ produce: () => 1 }),
        sharing: GpuSharing.timeSlicing(2),
      }),
    ).toEqual([
      'pods: expected a number that is known at synth, got a deploy-time value; give the number itself',
      expect.stringMatching(/^nodes: /),
      'standingNodes: expected a whole number from 0, got -1; raise nodes, or leave it out',
      'podsPerNode: expected a whole number from 1 to 2, got 0; leave it out for all shares of GPUs of g6.2xlarge',
    ]);
  });

  test('as many pods and nodes as there can be', () => {
    const full = { nodes: 3, standingNodes: 3, podsPerNode: 2, pods: 6, sharing: GpuSharing.timeSlicing(2) };
    expect(problemsOfRequirements({ ...requirements, ...full })).toEqual([]);
  });

  test('nothing is wrong with the defaults', () => {
    expect(problemsOfRequirements(requirements)).toEqual([]);
  });
});
