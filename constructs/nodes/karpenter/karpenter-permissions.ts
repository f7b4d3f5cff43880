import * as iam from 'aws-cdk-lib/aws-iam';

/** What the permissions of Karpenter's controller are limited to. */
export interface KarpenterScope {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** Known at synth: it is part of the names of tags. */
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly nodeRoleArn: string;
  readonly instanceProfileArn: string;
  readonly queueArn: string;
}

/**
 * What Karpenter 1.14 may do, by the statements of its own CloudFormation template, except that it makes no instance profiles,
 * because it is given one, and asks for no zonal shifts, which are off by default. What it starts carries the cluster's tag, and it may change and end only what carries it.
 *
 * @see https://karpenter.sh/docs/reference/cloudformation/
 */
export function karpenterPermissions(scope: KarpenterScope): iam.PolicyStatement[] {
  const ec2 = (type: string, account = '*') => `arn:${scope.partition}:ec2:${scope.region}:${account}:${type}/*`;
  const owned = `kubernetes.io/cluster/${scope.clusterName}`;
  const onlyOwned = {
    StringEquals: { [`aws:ResourceTag/${owned}`]: 'owned' },
    StringLike: { 'aws:ResourceTag/karpenter.sh/nodepool': '*' },
  };
  const requested = { [`aws:RequestTag/${owned}`]: 'owned', 'aws:RequestTag/eks:eks-cluster-name': scope.clusterName };
  const anyPool = { 'aws:RequestTag/karpenter.sh/nodepool': '*' };
  const made = ['fleet', 'instance', 'volume', 'network-interface', 'launch-template', 'spot-instances-request'].map(
    (type) => ec2(type),
  );
  return [
    new iam.PolicyStatement({
      sid: 'StartFromWhatExists',
      actions: ['ec2:RunInstances', 'ec2:CreateFleet'],
      resources: [
        ec2('image', ''),
        ec2('snapshot', ''),
        ec2('security-group'),
        ec2('subnet'),
        ec2('capacity-reservation'),
        ec2('placement-group'),
      ],
    }),
    new iam.PolicyStatement({
      sid: 'StartFromOwnTemplates',
      actions: ['ec2:RunInstances', 'ec2:CreateFleet'],
      resources: [ec2('launch-template')],
      conditions: onlyOwned,
    }),
    new iam.PolicyStatement({
      sid: 'MakeTagged',
      actions: ['ec2:RunInstances', 'ec2:CreateFleet', 'ec2:CreateLaunchTemplate'],
      resources: made,
      conditions: { StringEquals: requested, StringLike: anyPool },
    }),
    new iam.PolicyStatement({
      sid: 'TagWhatIsMade',
      actions: ['ec2:CreateTags'],
      resources: made,
      conditions: {
        StringEquals: { ...requested, 'ec2:CreateAction': ['RunInstances', 'CreateFleet', 'CreateLaunchTemplate'] },
        StringLike: anyPool,
      },
    }),
    new iam.PolicyStatement({
      sid: 'TagOwnInstances',
      actions: ['ec2:CreateTags'],
      resources: [ec2('instance')],
      conditions: {
        ...onlyOwned,
        StringEqualsIfExists: { 'aws:RequestTag/eks:eks-cluster-name': scope.clusterName },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['eks:eks-cluster-name', 'karpenter.sh/nodeclaim', 'Name'] },
      },
    }),
    new iam.PolicyStatement({
      sid: 'EndOwn',
      actions: ['ec2:TerminateInstances', 'ec2:DeleteLaunchTemplate'],
      resources: [ec2('instance'), ec2('launch-template')],
      conditions: onlyOwned,
    }),
    new iam.PolicyStatement({
      sid: 'GiveNodesTheirRole',
      actions: ['iam:PassRole'],
      resources: [scope.nodeRoleArn],
      conditions: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'] } },
    }),
    new iam.PolicyStatement({
      sid: 'ReadInstanceProfile',
      actions: ['iam:GetInstanceProfile'],
      resources: [scope.instanceProfileArn],
    }),
    new iam.PolicyStatement({ sid: 'ReadCluster', actions: ['eks:DescribeCluster'], resources: [scope.clusterArn] }),
    new iam.PolicyStatement({
      sid: 'ReadInterruptions',
      actions: ['sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
      resources: [scope.queueArn],
    }),
    new iam.PolicyStatement({
      sid: 'ReadRegion',
      actions: [
        'CapacityReservations',
        'Images',
        'Instances',
        'InstanceStatus',
        'InstanceTypeOfferings',
        'InstanceTypes',
        'LaunchTemplates',
        'PlacementGroups',
        'SecurityGroups',
        'SpotPriceHistory',
        'Subnets',
      ].map((what) => `ec2:Describe${what}`),
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': scope.region } },
    }),
    new iam.PolicyStatement({
      sid: 'ReadImageIds',
      actions: ['ssm:GetParameter'],
      resources: [`arn:${scope.partition}:ssm:${scope.region}::parameter/aws/service/*`],
    }),
    new iam.PolicyStatement({
      sid: 'ReadPricesAndProfiles',
      actions: ['pricing:GetProducts', 'iam:ListInstanceProfiles'],
      resources: ['*'],
    }),
  ];
}
