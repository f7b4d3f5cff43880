import { Match, Template } from 'aws-cdk-lib/assertions';
import { Duration, Lazy, Size, Tags } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu';
import {
  ColdStartEstimate,
  GpuSharing,
  ImageAcceleration,
  KarpenterController,
  NodeCapacity,
  type NodeRequirements,
  NodeImage,
} from '../../../constructs/nodes';
import { markTokens } from '../../../constructs/kubernetes/markers';
import { nodesFixture, objectsOf, type Rendered } from './fixture';

const fixture = nodesFixture();
const { controller, nodes: karpenter } = fixture.karpenter();
const { stack } = fixture;

/** What Karpenter gets for requirements, as the cluster would. */
function render(requirements: Partial<NodeRequirements> = {}): {
  pool: Rendered;
  nodeClass: Rendered;
  controllers: string[];
} {
  const own = nodesFixture();
  const { nodes } = own.karpenter();
  const { charts, controllers } = nodes.bind(own.stack, {
    accelerator: Accelerator.G6E_2XLARGE,
    nodes: 4,
    ...requirements,
  });
  const { NodePool, EC2NodeClass } = objectsOf(own.stack, charts);
  return { pool: NodePool, nodeClass: EC2NodeClass, controllers };
}

describe('the pool', () => {
  const { pool, nodeClass } = render();

  test('has nodes of one type, within the number that is wanted', () => {
    expect(pool).toMatchObject({
      apiVersion: 'karpenter.sh/v1',
      metadata: { name: 'g6e-2xlarge' },
      spec: { limits: { 'nvidia.com/gpu': '4' } },
    });
    expect(pool.spec.template).toMatchObject({
      metadata: { labels: { 'llm-platform.dev/nodes': 'gpu', 'llm-platform.dev/accelerator': 'g6e.2xlarge' } },
      spec: {
        nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: nodeClass.metadata.name },
        requirements: [
          { key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['g6e.2xlarge'] },
          { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] },
          { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] },
        ],
        taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
      },
    });
  });

  test('loses only empty nodes, after the time of a cold start', () => {
    expect(pool.spec.disruption).toEqual({
      consolidationPolicy: 'WhenEmpty',
      consolidateAfter: '1800s',
      budgets: [
        { nodes: '100%', reasons: ['Empty'] },
        { nodes: '1', reasons: ['Drifted'] },
      ],
    });
    const coldStart = new ColdStartEstimate({
      accelerator: Accelerator.G6E_2XLARGE,
      imageSize: Size.gibibytes(10),
      weightsSize: Size.gibibytes(15),
      compileTime: Duration.seconds(2219),
    });
    expect(render({ coldStart }).pool.spec.disruption).toMatchObject({
      consolidateAfter: `${coldStart.consolidateAfter.toSeconds()}s`,
    });
    expect(coldStart.consolidateAfter.toSeconds()).toBeGreaterThanOrEqual(coldStart.total.toSeconds());
  });

  test.each([
    ['Spot', NodeCapacity.spot(), ['spot', 'on-demand']],
    ['Spot alone', NodeCapacity.spot({ onDemandFallback: false }), ['spot']],
    ['reservations', NodeCapacity.reservations({ reservationIds: ['cr-0a', 'cr-0b'] }), ['reserved']],
    [
      'reservations and more',
      NodeCapacity.reservations({ reservationIds: ['cr-0a'], onDemandFallback: true }),
      ['reserved', 'on-demand'],
    ],
  ])('takes %s', (_, capacity, values) => {
    const { pool: bought, nodeClass: made } = render({ capacity });
    expect((bought.spec.template as { spec: { requirements: object[] } }).spec.requirements).toContainEqual({
      key: 'karpenter.sh/capacity-type',
      operator: 'In',
      values,
    });
    expect(made.spec.capacityReservationSelectorTerms).toEqual(
      capacity.reserved ? capacity.reservationIds.map((id) => ({ id })) : undefined,
    );
  });

  test('takes a capacity block, in its zone', () => {
    const { pool: bought, nodeClass: made } = render({
      accelerator: Accelerator.P5_48XLARGE,
      capacity: NodeCapacity.capacityBlock('cr-0c'),
      availabilityZone: 'us-east-1b',
    });
    expect((bought.spec.template as { spec: { requirements: object[] } }).spec.requirements).toEqual(
      expect.arrayContaining([
        { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['reserved'] },
        { key: 'karpenter.k8s.aws/capacity-reservation-type', operator: 'In', values: ['capacity-block'] },
        { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['us-east-1b'] },
      ]),
    );
    expect(made.spec.subnetSelectorTerms).toHaveLength(1);
    expect(bought.spec.limits).toEqual({ 'nvidia.com/gpu': '32' });
  });
});

describe('the class', () => {
  test('names subnets, security group and profile, and starts encrypted volumes', () => {
    const { nodeClass } = render({ image: NodeImage.bottlerocket('v1.57.0'), dataVolumeSize: Size.gibibytes(300) });
    expect(nodeClass).toMatchObject({ apiVersion: 'karpenter.k8s.aws/v1', metadata: { name: 'g6e-2xlarge' } });
    expect(nodeClass.spec).toMatchObject({
      amiSelectorTerms: [{ alias: 'bottlerocket@v1.57.0' }],
      instanceProfile: { Ref: expect.stringMatching(/InstanceProfile/) },
      subnetSelectorTerms: [{ id: { Ref: expect.anything() } }, { id: { Ref: expect.anything() } }],
      securityGroupSelectorTerms: [{ id: { 'Fn::GetAtt': [expect.anything(), 'ClusterSecurityGroupId'] } }],
      associatePublicIPAddress: false,
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        { deviceName: '/dev/xvda', ebs: { volumeSize: '8Gi', encrypted: true } },
        { deviceName: '/dev/xvdb', ebs: { volumeSize: '300Gi', volumeType: 'gp3', encrypted: true } },
      ],
      tags: { Name: 'llm-test-g6e.2xlarge' },
    });
    for (const absent of [
      'userData',
      'networkInterfaces',
      'placementGroupSelector',
      'capacityReservationSelectorTerms',
      'instanceStorePolicy',
      'role',
    ]) {
      expect(nodeClass.spec).not.toHaveProperty(absent);
    }
  });

  test('hands tags of its scope on to instances, also those that are added later, but none that is of Karpenter itself', () => {
    const own = nodesFixture();
    const { charts } = own.karpenter().nodes.bind(own.stack, { accelerator: Accelerator.G6E_2XLARGE, nodes: 1 });
    const { objects, values } = markTokens(
      own.stack,
      charts.flatMap((chart) => chart.toJson() as unknown[]),
    );
    Tags.of(own.stack).add('CostCenter', '42');
    Tags.of(own.stack).add('kubernetes.io/cluster/llm-test', 'owned');
    Tags.of(own.stack).add('Hidden', 'yes', { excludeResourceTypes: ['AWS::EC2::Instance'] });
    Template.fromStack(own.stack);
    const [{ spec }] = objects as { spec: { tags: { value: string; type: string } } }[];
    expect(spec.tags.type).toBe('json');
    expect(JSON.parse(own.stack.resolve(values[spec.tags.value]) as string)).toEqual({
      Name: 'llm-test-g6e.2xlarge',
      CostCenter: '42',
    });
  });

  test('pulls images by SOCI, by the settings of each image', () => {
    const bottlerocket = render({ imageAcceleration: ImageAcceleration.soci() }).nodeClass.spec;
    expect(bottlerocket.userData).toBe(
      [
        '[settings.container-runtime]',
        'snapshotter = "soci"',
        '',
        '[settings.container-runtime-plugins.soci-snapshotter]',
        'pull-mode = "parallel-pull-unpack"',
        '',
      ].join('\n'),
    );
    expect(bottlerocket.blockDeviceMappings).toContainEqual({
      deviceName: '/dev/xvdb',
      ebs: expect.objectContaining({ throughput: 600 }),
    });
    const amazonLinux = render({ imageAcceleration: ImageAcceleration.soci(), image: NodeImage.amazonLinux2023() })
      .nodeClass.spec;
    expect(amazonLinux.userData).toContain('spec:\n  featureGates:\n    FastImagePull: true\n');
    expect(amazonLinux.blockDeviceMappings).toEqual([
      {
        deviceName: '/dev/xvda',
        rootVolume: true,
        ebs: expect.objectContaining({ throughput: 600, volumeSize: '200Gi' }),
      },
    ]);
  });

  test('starts its data volume from a snapshot, which decides over encryption', () => {
    const { nodeClass } = render({
      imageAcceleration: ImageAcceleration.dataVolumeSnapshot({ snapshotId: 'snap-0a1', initializationRateMibps: 300 }),
    });
    expect(nodeClass.spec.blockDeviceMappings).toContainEqual({
      deviceName: '/dev/xvdb',
      ebs: {
        volumeSize: '200Gi',
        volumeType: 'gp3',
        deleteOnTermination: true,
        snapshotID: 'snap-0a1',
        volumeInitializationRate: 300,
      },
    });
  });

  test('uses local disks', () => {
    expect(render({ localStorage: true }).nodeClass.spec.instanceStorePolicy).toBe('RAID0');
  });

  test('has one address and every device of the fabric, near each other', () => {
    const own = nodesFixture();
    const { nodes } = own.karpenter();
    const { charts, controllers } = nodes.bind(own.stack, {
      accelerator: Accelerator.P5EN_48XLARGE,
      nodes: 2,
      efa: true,
      availabilityZone: 'us-east-1a',
    });
    const { EC2NodeClass } = objectsOf(own.stack, charts);
    const interfaces = EC2NodeClass.spec.networkInterfaces as {
      networkCardIndex: number;
      deviceIndex: number;
      interfaceType: string;
    }[];
    expect(interfaces.filter(({ interfaceType }) => interfaceType === 'interface')).toEqual([
      { networkCardIndex: 0, deviceIndex: 0, interfaceType: 'interface' },
    ]);
    expect(
      interfaces
        .filter(({ interfaceType }) => interfaceType === 'efa-only')
        .map(({ networkCardIndex, deviceIndex }) => [networkCardIndex, deviceIndex]),
    ).toEqual([[0, 1], ...Array.from({ length: 15 }, (_, index) => [index + 1, 0])]);
    expect(EC2NodeClass.spec.placementGroupSelector).toEqual({
      name: { 'Fn::GetAtt': [expect.stringContaining('PlacementGroup'), 'GroupName'] },
    });
    expect(EC2NodeClass.spec.securityGroupSelectorTerms).toHaveLength(2);
    expect(controllers).toEqual(['aws-efa-k8s-device-plugin']);
    const template = Template.fromStack(own.stack);
    template.hasResourceProperties('AWS::EC2::PlacementGroup', { Strategy: 'cluster' });
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { IpProtocol: '-1', Description: 'The fabric' });
    template.hasResourceProperties('AWS::EC2::SecurityGroupEgress', { IpProtocol: '-1', Description: 'The fabric' });
  });

  test.each([
    ["Bottlerocket brings NVIDIA's plugin", Accelerator.G6E_2XLARGE, NodeImage.bottlerocket(), [], {}],
    [
      'Amazon Linux needs it',
      Accelerator.G6E_2XLARGE,
      NodeImage.amazonLinux2023(),
      ['nvidia-device-plugin'],
      { 'llm-platform.dev/node-image': 'al2023', 'nvidia.com/gpu.present': 'true' },
    ],
  ])('%s', (_, accelerator, image, controllers, labels) => {
    const made = render({ accelerator, image });
    expect(made.controllers).toEqual(controllers);
    const given = (made.pool.spec.template as { metadata: { labels: Record<string, string> } }).metadata.labels;
    expect(given).toEqual({
      'llm-platform.dev/nodes': 'gpu',
      'llm-platform.dev/accelerator': 'g6e.2xlarge',
      ...labels,
    });
  });

  test('of Neuron is Amazon Linux, keeps others away by its own resource, and needs its own plugin', () => {
    const accelerator = Accelerator.fromInstanceType('inf2.xlarge');
    const { pool, nodeClass, controllers } = render({ accelerator });
    expect(nodeClass.spec.amiSelectorTerms).toEqual([{ alias: 'al2023@latest' }]);
    expect(pool.spec.limits).toEqual({ 'aws.amazon.com/neuron': '4' });
    expect((pool.spec.template as { spec: { taints: object[] } }).spec.taints).toEqual([
      { key: 'aws.amazon.com/neuron', value: 'present', effect: 'NoSchedule' },
    ]);
    expect(controllers).toEqual(['neuron']);
  });
});

describe('the controller', () => {
  const template = Template.fromStack(stack);

  test('takes its role by Pod Identity, and its nodes may join', () => {
    template.hasResourceProperties('AWS::EKS::PodIdentityAssociation', {
      Namespace: 'kube-system',
      ServiceAccount: 'karpenter',
    });
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      Type: 'EC2_LINUX',
      PrincipalArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('KarpenterNodeRole'), 'Arn'] },
    });
  });

  test('ends only what carries the tags of its cluster, and passes only the role of its nodes', () => {
    const statements = statementsOf(template);
    expect(statements.EndOwn).toMatchObject({
      Action: ['ec2:DeleteLaunchTemplate', 'ec2:TerminateInstances'],
      Condition: {
        StringEquals: { 'aws:ResourceTag/kubernetes.io/cluster/llm-test': 'owned' },
        StringLike: { 'aws:ResourceTag/karpenter.sh/nodepool': '*' },
      },
    });
    expect(statements.GiveNodesTheirRole).toMatchObject({
      Action: 'iam:PassRole',
      Resource: { 'Fn::GetAtt': [expect.stringMatching(/^KarpenterNodeRole/), 'Arn'] },
    });
    expect(statements.MakeTagged.Condition).toMatchObject({
      StringEquals: { 'aws:RequestTag/eks:eks-cluster-name': 'llm-test' },
    });
    const actions = Object.values(statements).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.startsWith('iam:')).sort()).toEqual([
      'iam:GetInstanceProfile',
      'iam:ListInstanceProfiles',
      'iam:PassRole',
    ]);
    // Whatever changes something is limited to some resources.
    const open = Object.values(statements)
      .filter(({ Resource }) => Resource === '*')
      .flatMap(({ Action }) => Action);
    expect(open.every((action) => /:(Describe|Get|List)/.test(action))).toBe(true);
  });

  test('of a cluster that others made runs on any node, and its nodes give pods their addresses', () => {
    const role = (existingCluster: boolean) => {
      const own = nodesFixture();
      const { cluster } = own;
      const made = new KarpenterController(own.stack, 'Karpenter', {
        cluster,
        clusterName: 'llm-test',
        existingCluster,
      });
      const { ManagedPolicyArns } = Object.entries(Template.fromStack(own.stack).findResources('AWS::IAM::Role')).find(
        ([id]) => id.startsWith('KarpenterNodeRole'),
      )![1].Properties as { ManagedPolicyArns: object[] };
      return [
        made.controllers[1].facts.values.nodeSelector,
        JSON.stringify(ManagedPolicyArns).includes('AmazonEKS_CNI_Policy'),
      ];
    };
    expect(role(true)).toEqual([undefined, true]);
    expect(role(false)).toEqual([{ 'llm-platform.dev/nodes': 'system' }, false]);
  });

  test('hears what EC2 announces', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'llm-test-interruptions',
      MessageRetentionPeriod: 300,
      SqsManagedSseEnabled: true,
    });
    for (const detail of [
      'EC2 Spot Instance Interruption Warning',
      'EC2 Instance Rebalance Recommendation',
      'EC2 Instance State-change Notification',
      'EC2 Capacity Reservation Instance Interruption Warning',
      'AWS Health Event',
    ]) {
      template.hasResourceProperties('AWS::Events::Rule', {
        EventPattern: { 'detail-type': [detail] },
        Targets: [
          Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('KarpenterInterruptions'), 'Arn'] } }),
        ],
      });
    }
    const [crds, chart] = controller.controllers;
    expect(crds.facts).toMatchObject({ chart: 'karpenter-crd', version: chart.facts.version });
    expect(chart.facts.values).toMatchObject({
      settings: { clusterName: 'llm-test', interruptionQueue: 'llm-test-interruptions' },
    });
  });

  test('needs a name that is known', () => {
    const own = nodesFixture();
    expect(
      () =>
        new KarpenterController(own.stack, 'Karpenter', {
          cluster: own.cluster,
          clusterName: Lazy.string({ produce: () => 'x' }),
        }),
    ).toThrow(/clusterName: expected a name that is known at synth, got a token/);
  });
});

test('whoever shares a GPU is sent to node groups, because Karpenter counts whole ones', () => {
  const requirements = { accelerator: Accelerator.G6_2XLARGE, nodes: 1, sharing: GpuSharing.timeSlicing(4) };
  expect(karpenter.problemsOf(requirements)).toEqual([
    'sharing: expected whole GPUs, by which Karpenter counts, got time-slicing; use managed node groups for models that share a GPU',
  ]);
  expect(() => karpenter.bind(stack, { ...requirements, nodes: 0 })).toThrow(
    'Test: g6.2xlarge: nodes: expected a whole number from 1, got 0; leave the group out when no model uses g6.2xlarge\nTest: g6.2xlarge: sharing:',
  );
});

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

function statementsOf(template: Template): Record<string, Statement> {
  const policies = template.findResources('AWS::IAM::ManagedPolicy', {
    Properties: { Description: 'Starts and ends nodes of llm-test' },
  });
  const [{ Properties }] = Object.values(policies) as { Properties: { PolicyDocument: { Statement: Statement[] } } }[];
  return Object.fromEntries(Properties.PolicyDocument.Statement.map((statement) => [statement.Sid, statement]));
}
