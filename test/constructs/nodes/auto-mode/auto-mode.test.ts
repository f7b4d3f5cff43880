import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Accelerator } from '../../../../constructs/gpu';
import {
  GpuSharing,
  ImageAcceleration,
  NodeCapacity,
  type NodeRequirements,
  NodeImage,
} from '../../../../constructs/nodes';
import { nodesFixture, objectsOf } from '../fixture';

const fixture = nodesFixture();
const auto = fixture.auto();
const requirements: NodeRequirements = { accelerator: Accelerator.G6E_2XLARGE, nodes: 3 };

describe('AutoMode', () => {
  const template = Template.fromStack(fixture.stack);

  test('turns on what belongs together, without the built-in pools', () => {
    template.hasResourceProperties('AWS::EKS::Cluster', {
      ComputeConfig: { Enabled: true, NodePools: Match.absent() },
      StorageConfig: { BlockStorage: { Enabled: true } },
      KubernetesNetworkConfig: Match.objectLike({ ElasticLoadBalancing: { Enabled: true } }),
    });
  });

  test('lets its nodes join by its own policy, and the cluster tag what it makes', () => {
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      Type: 'EC2',
      AccessPolicies: [{ PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy' }],
    });
    const roles = template.findResources('AWS::IAM::Role');
    const role = Object.entries(roles).find(([id]) => /^ClusterRole/.test(id))![1] as { Properties: object };
    expect(JSON.stringify(role.Properties)).toContain(
      '"Action":["sts:AssumeRole","sts:TagSession"],"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"}',
    );
    for (const policy of [
      'AmazonEKSComputePolicy',
      'AmazonEKSBlockStoragePolicy',
      'AmazonEKSLoadBalancingPolicy',
      'AmazonEKSNetworkingPolicy',
    ]) {
      expect(JSON.stringify(role.Properties)).toContain(policy);
    }
  });
});

describe('AutoModeNodes', () => {
  test('has a pool and a class of EKS', () => {
    const { charts, controllers, onDemand } = auto.bind(fixture.stack, {
      ...requirements,
      capacity: NodeCapacity.reservations({ reservationIds: ['cr-0a'], onDemandFallback: true }),
      availabilityZone: 'us-east-1a',
    });
    const { NodePool, NodeClass } = objectsOf(fixture.stack, charts);
    expect(NodeClass).toMatchObject({
      apiVersion: 'eks.amazonaws.com/v1',
      spec: {
        role: { Ref: expect.stringMatching(/^AutoModeNodeRole/) },
        subnetSelectorTerms: [{ id: expect.anything() }],
        ephemeralStorage: { size: '200Gi', iops: 3000, throughput: 125 },
        capacityReservationSelectorTerms: [{ id: 'cr-0a' }],
      },
    });
    // The policies of Auto Mode refuse to start instances with tags of others.
    expect(NodeClass.spec).not.toHaveProperty('tags');
    expect(NodePool.spec).toMatchObject({
      limits: { 'nvidia.com/gpu': '3' },
      disruption: { consolidationPolicy: 'WhenEmpty', consolidateAfter: '1800s' },
      template: {
        spec: {
          nodeClassRef: { group: 'eks.amazonaws.com', kind: 'NodeClass', name: 'g6e-2xlarge-auto' },
          expireAfter: '1209600s',
          terminationGracePeriod: '5400s',
          requirements: expect.arrayContaining([
            { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['reserved', 'on-demand'] },
            { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['us-east-1a'] },
          ]),
        },
      },
    });
    expect([onDemand, controllers]).toEqual([true, []]);
  });

  test.each<[string, Partial<NodeRequirements>, string]>([
    [
      'an image',
      { image: NodeImage.bottlerocket('v1.57.0') },
      'image: expected what EKS Auto Mode lets one choose, got bottlerocket by name; leave it out, EKS chooses the image',
    ],
    [
      'sharing',
      { sharing: GpuSharing.timeSlicing(2) },
      'sharing: expected what EKS Auto Mode lets one choose, got time-slicing; use managed node groups',
    ],
    [
      'a fabric',
      { accelerator: Accelerator.P5_48XLARGE, efa: true, availabilityZone: 'us-east-1a' },
      'efa: expected what EKS Auto Mode lets one choose, got true; use Karpenter, whose class names interfaces and placement group',
    ],
    [
      'local disks',
      { localStorage: true },
      'localStorage: expected what EKS Auto Mode lets one choose, got true; leave it out, EKS uses local disks where there are some',
    ],
    [
      'a snapshot',
      { imageAcceleration: ImageAcceleration.dataVolumeSnapshot({ snapshotId: 'snap-0a' }) },
      'imageAcceleration: expected what EKS Auto Mode lets one choose, got a snapshot; use ImageAcceleration.soci() or none',
    ],
    [
      'a drain that outlives the node',
      { drainTimeout: Duration.days(8) },
      'drainTimeout: expected at most 7 days, because EKS ends a node after 21 days, got 8 days; take less',
    ],
  ])('refuses %s', (_, changes, problem) => {
    expect(auto.problemsOf({ ...requirements, ...changes })).toEqual([problem]);
    expect(() => auto.bind(fixture.stack, { ...requirements, ...changes })).toThrow(problem);
  });
});
