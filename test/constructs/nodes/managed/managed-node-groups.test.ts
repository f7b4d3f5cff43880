import { Match, Template } from 'aws-cdk-lib/assertions';
import { Duration, Lazy, Size, Tags } from 'aws-cdk-lib';
import { Accelerator } from '../../../../constructs/gpu';
import {
  GpuSharing,
  ImageAcceleration,
  NodeCapacity,
  type NodeRequirements,
  NodeImage,
} from '../../../../constructs/nodes';
import { nodesFixture } from '../fixture';

const NEURON = Accelerator.fromInstanceType('trn1.32xlarge');

/** The group and the launch template that requirements become. */
function build(requirements: Partial<NodeRequirements> = {}) {
  const { stack, groups } = nodesFixture();
  const made = groups.bind(stack, { accelerator: Accelerator.G6_2XLARGE, nodes: 2, ...requirements });
  const template = Template.fromStack(stack);
  const [group] = Object.values(
    template.findResources('AWS::EKS::Nodegroup', { Properties: { Labels: { 'llm-platform.dev/nodes': 'gpu' } } }),
  ) as { Properties: Record<string, unknown> }[];
  const [launch] = Object.entries(template.findResources('AWS::EC2::LaunchTemplate'))
    .filter(([id]) => id.startsWith('Gpu'))
    .map(
      ([, each]) =>
        (each as { Properties: { LaunchTemplateData: Record<string, unknown> } }).Properties.LaunchTemplateData,
    );
  return { group: group.Properties, launch, made, template };
}

/** Text of a launch template's user data. */
const userData = (launch: Record<string, unknown>) =>
  (launch.UserData as { 'Fn::Base64': string } | undefined)?.['Fn::Base64'];

describe('ManagedNodeGroups', () => {
  test('has all nodes at all times', () => {
    const { group, launch, made } = build();
    expect(group).toMatchObject({
      AmiType: 'BOTTLEROCKET_x86_64_NVIDIA',
      InstanceTypes: ['g6.2xlarge'],
      ScalingConfig: { MinSize: 2, DesiredSize: 2, MaxSize: 2 },
      UpdateConfig: { UpdateStrategy: 'MINIMAL' },
      Labels: { 'llm-platform.dev/accelerator': 'g6.2xlarge', 'llm-platform.dev/nodes': 'gpu' },
    });
    expect(userData(launch)).toBeUndefined();
    expect(made).toMatchObject({ charts: [], onDemand: false, controllers: [] });
    expect(made.resources).toHaveLength(1);
  });

  test('hands tags of the app on to instances and volumes', () => {
    const { stack, groups } = nodesFixture();
    Tags.of(stack).add('CostCenter', '42');
    groups.bind(stack, { accelerator: Accelerator.G6_2XLARGE, nodes: 2 });
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        TagSpecifications: ['instance', 'volume'].map((ResourceType) => ({
          ResourceType,
          Tags: [
            { Key: 'CostCenter', Value: '42' },
            { Key: 'Name', Value: 'llm-test-g6.2xlarge' },
          ],
        })),
      },
    });
  });

  test('buys Spot', () => {
    expect(build({ capacity: NodeCapacity.spot({ onDemandFallback: false }) }).group.CapacityType).toBe('SPOT');
  });

  test('uses a reservation', () => {
    const { group, launch } = build({ capacity: NodeCapacity.reservations({ reservationIds: ['cr-0a'] }) });
    expect(group.CapacityType).toBe('ON_DEMAND');
    expect(launch.CapacityReservationSpecification).toEqual({
      CapacityReservationTarget: { CapacityReservationId: 'cr-0a' },
    });
    expect(launch).not.toHaveProperty('InstanceMarketOptions');
  });

  test('uses a capacity block, whose type is in the launch template', () => {
    const { group, launch } = build({
      accelerator: Accelerator.P5_48XLARGE,
      capacity: NodeCapacity.capacityBlock('cr-0b'),
      availabilityZone: 'us-east-1a',
    });
    expect(group.CapacityType).toBe('CAPACITY_BLOCK');
    expect(group).not.toHaveProperty('InstanceTypes');
    expect(group.Subnets).toHaveLength(1);
    expect(launch).toMatchObject({
      InstanceType: 'p5.48xlarge',
      InstanceMarketOptions: { MarketType: 'capacity-block' },
      CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId: 'cr-0b' } },
    });
  });

  test('joins the fabric, near each other, in the security groups of the cluster and of the fabric', () => {
    const { launch, template, made } = build({
      accelerator: Accelerator.P4D_24XLARGE,
      efa: true,
      availabilityZone: 'us-east-1a',
    });
    expect(launch.Placement).toEqual({
      GroupName: { 'Fn::GetAtt': [expect.stringContaining('PlacementGroup'), 'GroupName'] },
    });
    expect((launch.NetworkInterfaces as { InterfaceType: string }[]).map(({ InterfaceType }) => InterfaceType)).toEqual(
      ['interface', 'efa-only', 'efa-only', 'efa-only', 'efa-only'],
    );
    expect((launch.NetworkInterfaces as { Groups: unknown[] }[])[0].Groups).toHaveLength(2);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      IpProtocol: '-1',
      SourceSecurityGroupId: Match.anyValue(),
      Description: 'The fabric',
    });
    expect(made.controllers).toEqual(['aws-efa-k8s-device-plugin']);
  });

  test('divides GPUs in time, under the name that models ask for', () => {
    expect(userData(build({ sharing: GpuSharing.timeSlicing(4) }).launch)).toBe(
      [
        '[settings.kubelet-device-plugins.nvidia]',
        'device-sharing-strategy = "time-slicing"',
        '',
        '[settings.kubelet-device-plugins.nvidia.time-slicing]',
        'replicas = 4',
        'rename-by-default = false',
        'fail-requests-greater-than-one = true',
        '',
      ].join('\n'),
    );
  });

  test('divides GPUs in hardware, by the name that Bottlerocket knows them by', () => {
    expect(userData(build({ accelerator: Accelerator.P5_48XLARGE, sharing: GpuSharing.multiInstance(4) }).launch)).toBe(
      [
        '[settings.kubelet-device-plugins.nvidia]',
        'device-partitioning-strategy = "mig"',
        '',
        '[settings.kubelet-device-plugins.nvidia.mig.profile]',
        '"h100.80gb" = "4"',
        '',
      ].join('\n'),
    );
    expect(
      userData(build({ accelerator: Accelerator.P4DE_24XLARGE, sharing: GpuSharing.multiInstance(7) }).launch),
    ).toContain('"a100.80gb" = "7"');
  });

  test('moves images and pods to local disks, in the language of each image', () => {
    expect(userData(build({ localStorage: true }).launch)).toContain(
      '[settings.bootstrap-commands.local-storage]\ncommands = [["apiclient", "ephemeral-storage", "init"]',
    );
    expect(userData(build({ localStorage: true, image: NodeImage.amazonLinux2023() }).launch)).toContain(
      '  instance:\n    localStorage:\n      strategy: RAID0',
    );
  });

  test('pulls by SOCI, or starts from a snapshot', () => {
    expect(userData(build({ imageAcceleration: ImageAcceleration.soci() }).launch)).toContain('snapshotter = "soci"');
    expect(build({ imageAcceleration: ImageAcceleration.soci() }).launch.BlockDeviceMappings).toContainEqual({
      DeviceName: '/dev/xvdb',
      Ebs: expect.objectContaining({ Throughput: 600 }),
    });
    const { launch } = build({
      imageAcceleration: ImageAcceleration.dataVolumeSnapshot({ snapshotId: 'snap-0a', initializationRateMibps: 200 }),
    });
    expect(launch.BlockDeviceMappings).toContainEqual({
      DeviceName: '/dev/xvdb',
      Ebs: expect.objectContaining({ SnapshotId: 'snap-0a', VolumeInitializationRate: 200, VolumeSize: 200 }),
    });
  });

  test("takes the image with Neuron's driver, and the taint of its resource", () => {
    const { group, made, launch } = build({ accelerator: NEURON });
    expect(group).toMatchObject({
      AmiType: 'AL2023_x86_64_NEURON',
      Taints: [{ Key: 'aws.amazon.com/neuron', Value: 'present', Effect: 'NO_SCHEDULE' }],
    });
    expect(launch.BlockDeviceMappings).toEqual([
      { DeviceName: '/dev/xvda', Ebs: expect.objectContaining({ VolumeSize: 200 }) },
    ]);
    expect(made.controllers).toEqual(['neuron']);
  });

  test('takes every listed type for which there is an image', () => {
    const { groups, stack } = nodesFixture();
    const types = Accelerator.knownInstanceTypes().filter((type) => !type.startsWith('g7.'));
    for (const type of types) groups.bind(stack, { accelerator: Accelerator.fromInstanceType(type), nodes: 1 });
    const made = Object.values(
      Template.fromStack(stack).findResources('AWS::EKS::Nodegroup', {
        Properties: { Labels: { 'llm-platform.dev/nodes': 'gpu' } },
      }),
    ) as { Properties: { AmiType: string } }[];
    expect(made).toHaveLength(types.length);
    expect(new Set(made.map(({ Properties }) => Properties.AmiType.replace(/^.*_/, '')))).toEqual(
      new Set(['NVIDIA', 'NEURON']),
    );
  });

  test('takes a pinned image, and Amazon Linux with its label for the device plugin', () => {
    const { group, made } = build({ image: NodeImage.amazonLinux2023('1.36.2-20261101') });
    expect(group).toMatchObject({
      AmiType: 'AL2023_x86_64_NVIDIA',
      ReleaseVersion: '1.36.2-20261101',
      Labels: { 'nvidia.com/gpu.present': 'true', 'llm-platform.dev/node-image': 'al2023' },
    });
    expect(made.controllers).toEqual(['nvidia-device-plugin']);
  });
});

describe('refused', () => {
  const { groups, stack } = nodesFixture();
  const problems = (requirements: Partial<NodeRequirements>) =>
    groups.problemsOf({ accelerator: Accelerator.G6_2XLARGE, nodes: 2, ...requirements });

  test.each<[string, Partial<NodeRequirements>, string]>([
    [
      'a fallback, which a group does not have',
      { capacity: NodeCapacity.spot() },
      'capacity: expected one kind of capacity, because a node group has one, got spot with a fallback to on-demand nodes; use Karpenter, or give up the fallback',
    ],
    [
      'two reservations',
      { capacity: NodeCapacity.reservations({ reservationIds: ['cr-0a', 'cr-0b'] }) },
      'capacity: expected one reservation, because a launch template names one, got 2; use Karpenter, or one reservation',
    ],
    [
      'no reservation',
      { capacity: NodeCapacity.reservations({ reservationIds: [] }) },
      'capacity.reservationIds: expected at least one reservation, got none; name the ids of the reservations',
    ],
    [
      'what is no reservation',
      { capacity: NodeCapacity.reservations({ reservationIds: ['r-1'] }) },
      'capacity.reservationIds[0]: expected the id of a capacity reservation, got "r-1"; it starts with cr-',
    ],
    [
      'a block in every zone',
      { accelerator: Accelerator.P5_48XLARGE, capacity: NodeCapacity.capacityBlock('cr-0a') },
      'availabilityZone: expected one zone, because a capacity block is in one, got none; name the zone',
    ],
    [
      'a fabric that the type does not have',
      { efa: true, availabilityZone: 'us-east-1a' },
      'efa: expected an instance type with Elastic Fabric Adapter, got g6.2xlarge; take a larger size of the family, or leave efa out',
    ],
    [
      'a fabric in every zone',
      { accelerator: Accelerator.P5_48XLARGE, efa: true },
      'availabilityZone: expected one zone, because a cluster placement group is in one, got none; name the zone',
    ],
    [
      'a layout of interfaces that fails',
      { accelerator: Accelerator.P6_B300_48XLARGE, efa: true, availabilityZone: 'us-east-1a' },
      'efa: expected an instance type whose first network card has the fabric, got p6-b300.48xlarge; take another type, or start these nodes by a launch template of your own',
    ],
    [
      'a zone without a subnet',
      { availabilityZone: 'us-east-1f' },
      'availabilityZone: expected a zone with a private subnet, got us-east-1f; take one of us-east-1a, us-east-1b',
    ],
    [
      'local disks that are not there',
      {
        accelerator: Accelerator.of({
          instanceType: 'x1.large',
          gpu: 'l4',
          gpus: 1,
          gpuMemory: Size.mebibytes(1),
          vcpus: 8,
          memory: Size.mebibytes(1),
        }),
        localStorage: true,
      },
      'localStorage: expected an instance type with local disks, got x1.large; leave it out',
    ],
    [
      'a part of a GPU',
      { nodes: 0.5 },
      'nodes: expected a whole number from 1, got 0.5; leave the group out when no model uses g6.2xlarge',
    ],
    [
      'one pod that shares',
      { sharing: GpuSharing.timeSlicing(1) },
      'sharing.podsPerGpu: expected a whole number of replicas from 2, got 1; leave sharing out when each model has a GPU of its own',
    ],
    [
      'more pods than CPUs for them',
      { accelerator: Accelerator.G6_XLARGE, sharing: GpuSharing.timeSlicing(4) },
      'sharing.podsPerGpu: expected at most 3 pods a GPU on the 4 vCPUs of g6.xlarge, got 4; take fewer, or a larger size',
    ],
    [
      'a GPU that cannot be divided',
      { sharing: GpuSharing.multiInstance(2) },
      'sharing: expected a GPU that can be divided (a100.40gb, a100.80gb, h100.80gb, h200.141gb), got l4 with 22888 MiB; use GpuSharing.timeSlicing or one of those',
    ],
    [
      'five parts',
      { accelerator: Accelerator.P5_48XLARGE, sharing: GpuSharing.multiInstance(5) },
      'sharing.podsPerGpu: expected 2, 3, 4, 7 parts, got 5; take the next smaller number',
    ],
    [
      'sharing on Amazon Linux',
      { image: NodeImage.amazonLinux2023(), sharing: GpuSharing.timeSlicing(2) },
      'sharing: expected Bottlerocket, whose own device plugin divides GPUs, got al2023; use NodeImage.bottlerocket()',
    ],
    [
      'sharing of Neuron',
      { accelerator: NEURON, sharing: GpuSharing.timeSlicing(2) },
      'sharing: expected an NVIDIA GPU, got trainium; give each model whole Neuron devices',
    ],
    [
      'FastImagePull on a small instance',
      {
        accelerator: Accelerator.G6_XLARGE,
        image: NodeImage.amazonLinux2023(),
        imageAcceleration: ImageAcceleration.soci(),
      },
      'imageAcceleration: expected at least 8 vCPUs for FastImagePull, got 4 of g6.xlarge; take a larger size, or Bottlerocket with a snapshot',
    ],
    [
      'a snapshot for Amazon Linux',
      {
        image: NodeImage.amazonLinux2023(),
        imageAcceleration: ImageAcceleration.dataVolumeSnapshot({ snapshotId: 'snap-0a' }),
      },
      'imageAcceleration: expected Bottlerocket for a snapshot of its data volume, got al2023; use ImageAcceleration.soci()',
    ],
    [
      'a snapshot beside local disks',
      { localStorage: true, imageAcceleration: ImageAcceleration.dataVolumeSnapshot({ snapshotId: 'snap-0a' }) },
      'imageAcceleration: expected images on the data volume, got localStorage: true, which moves them to the local disks; leave one of the two out',
    ],
    [
      'what is no snapshot',
      { imageAcceleration: ImageAcceleration.dataVolumeSnapshot({ snapshotId: 'vol-1' }) },
      'imageAcceleration.snapshotId: expected the id of an EBS snapshot, got "vol-1"; it starts with snap-',
    ],
    [
      'a rate that EBS does not have',
      {
        imageAcceleration: ImageAcceleration.dataVolumeSnapshot({
          snapshotId: 'snap-0a',
          initializationRateMibps: 500,
        }),
      },
      'imageAcceleration.initializationRateMibps: expected a whole number of MiB/s from 100 to 300, got 500; take a rate in that range or leave it out',
    ],
    [
      'a volume of a fraction',
      { dataVolumeSize: Size.mebibytes(1536) },
      'dataVolumeSize: expected whole GiB from 1, got 1.5 GiB; EBS sells no fractions, take the next larger size',
    ],
    [
      'a drain of a fraction',
      { drainTimeout: Duration.millis(120_500) },
      'drainTimeout: expected a whole number of seconds from 1, got 120.5; take the next whole second',
    ],
    [
      'what is no version',
      { image: NodeImage.bottlerocket('the newest') },
      'image.version: expected a release of bottlerocket as managed node groups name it, got "the newest"; write it like 1.47.0-6154605b',
    ],
  ])('%s', (_, requirements, problem) => {
    expect(problems(requirements)).toEqual([problem]);
  });

  test('every problem at once', () => {
    expect(() => groups.bind(stack, { accelerator: Accelerator.G6_2XLARGE, nodes: 0, efa: true })).toThrow(
      /nodes: expected.*\n.*efa: expected.*\n.*availabilityZone: expected/,
    );
  });

  test('nothing that only a deployment knows', () => {
    const token = (value: string) => Lazy.string({ produce: () => value });
    expect(
      problems({
        capacity: NodeCapacity.reservations({ reservationIds: [token('x')] }),
        imageAcceleration: ImageAcceleration.dataVolumeSnapshot({
          snapshotId: token('y'),
          initializationRateMibps: Lazy.number({ produce: () => 1 }),
        }),
      }),
    ).toEqual([]);
  });

  test('a number that only a deployment knows', () => {
    expect(problems({ nodes: Lazy.number({ produce: () => 3 }) })).toEqual([
      'nodes: expected a number that is known at synth, got a deploy-time value; give the number itself',
    ]);
  });
});
