import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Accelerator } from '../../../constructs/gpu';
import { SageMakerModel, type SageMakerModelProps } from '../../../constructs/model-providers';
import {
  type CanaryOptions,
  HealthGate,
  RolloutStrategy,
  TooFewRequests,
  TrafficSplit,
} from '../../../constructs/rollout';
import { testApp } from '../../support/app';
import { callerOf, findings, problemsOf, repositoryOf, stackIn, statementsOf, vpcOf } from './fixture';

const GATES = [HealthGate.errorRatio()];

function modelIn(stack: Stack, props: Partial<SageMakerModelProps> = {}): SageMakerModel {
  return new SageMakerModel(stack, 'Spare', {
    modelName: 'spare',
    repository: repositoryOf(stack),
    tagOrDigest: 'v0.32.0',
    accelerator: Accelerator.G6E_XLARGE,
    instances: 4,
    vpc: vpcOf(stack),
    ...props,
  });
}

/** The configuration of deployments that a template ends up with. */
function deploymentOf(props: Partial<SageMakerModelProps>): Record<string, unknown> {
  const stack = stackIn();
  modelIn(stack, props);
  const [endpoint] = Object.values(Template.fromStack(stack).findResources('AWS::SageMaker::Endpoint')) as {
    Properties: { DeploymentConfig: Record<string, unknown> };
  }[];
  return endpoint.Properties.DeploymentConfig;
}

const refused = (props: Partial<SageMakerModelProps>) => problemsOf(() => modelIn(stackIn(), props));
const canary = (options: Partial<CanaryOptions>) =>
  refused({
    rollout: RolloutStrategy.canary({ steps: [{ weight: 25, hold: Duration.seconds(300) }], gates: GATES, ...options }),
  });

describe('the same strategy as on a cluster', () => {
  test('by default a canary that is taken back when too many requests fail', () => {
    const stack = stackIn();
    const model = modelIn(stack);
    const template = Template.fromStack(stack);
    const [alarm] = Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
    template.hasResourceProperties('AWS::SageMaker::Endpoint', {
      EndpointName: model.endpointName,
      DeploymentConfig: {
        // By reference: alarms are there before what they guard.
        AutoRollbackConfiguration: { Alarms: [{ AlarmName: { Ref: alarm } }] },
        BlueGreenUpdatePolicy: {
          MaximumExecutionTimeoutInSeconds: 4500,
          TrafficRoutingConfiguration: {
            Type: 'CANARY',
            CanarySize: { Type: 'CAPACITY_PERCENT', Value: 25 },
            WaitIntervalInSeconds: 300,
          },
        },
      },
    });
    const [config] = Object.keys(template.findResources('AWS::SageMaker::EndpointConfig'));
    const dimensions = [
      { Name: 'EndpointConfigName', Value: { 'Fn::GetAtt': [config, 'EndpointConfigName'] } },
      { Name: 'EndpointName', Value: model.endpointName },
      { Name: 'VariantName', Value: 'AllTraffic' },
    ];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0.02,
      EvaluationPeriods: 2,
      TreatMissingData: 'notBreaching',
      Metrics: [
        { Expression: 'IF(requests >= 50, errors, 0)', Id: Match.anyValue(), Label: 'share of requests' },
        {
          Id: 'requests',
          MetricStat: {
            Metric: { Namespace: 'AWS/SageMaker', MetricName: 'Invocations', Dimensions: dimensions },
            Period: 120,
            Stat: 'Sum',
          },
          ReturnData: false,
        },
        {
          Id: 'errors',
          MetricStat: {
            Metric: { Namespace: 'AWS/SageMaker', MetricName: 'Invocation5XXErrors', Dimensions: dimensions },
            Period: 120,
            Stat: 'Average',
          },
          ReturnData: false,
        },
      ],
    });
  });

  test.each<[string, Partial<SageMakerModelProps>, unknown]>([
    [
      'few instances get half as a canary',
      { instances: 2 },
      { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: 'CANARY', CanarySize: { Value: 50 } } } },
    ],
    [
      'one instance is switched',
      { instances: 1 },
      {
        BlueGreenUpdatePolicy: {
          TerminationWaitInSeconds: 300,
          TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 },
        },
      },
    ],
    [
      'equal steps are linear',
      {
        rollout: RolloutStrategy.canary({
          steps: [25, 50, 75].map((weight) => ({ weight, hold: Duration.seconds(600) })),
          gates: GATES,
          scaleDownDelay: Duration.seconds(60),
        }),
      },
      {
        BlueGreenUpdatePolicy: {
          MaximumExecutionTimeoutInSeconds: 6060,
          TerminationWaitInSeconds: 60,
          TrafficRoutingConfiguration: {
            Type: 'LINEAR',
            LinearStepSize: { Type: 'CAPACITY_PERCENT', Value: 25 },
            WaitIntervalInSeconds: 600,
          },
        },
      },
    ],
    [
      'blue/green is all at once',
      { rollout: RolloutStrategy.blueGreen({ gates: GATES, scaleDownDelay: Duration.seconds(900) }) },
      {
        BlueGreenUpdatePolicy: { TerminationWaitInSeconds: 900, TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE' } },
      },
    ],
    [
      'rolling goes in batches',
      { rollout: RolloutStrategy.rolling({ gates: GATES, maxSurge: 2 }) },
      {
        RollingUpdatePolicy: {
          MaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 2 },
          WaitIntervalInSeconds: 240,
          MaximumExecutionTimeoutInSeconds: 8640,
        },
      },
    ],
  ])('%s', (_, props, expected) => {
    expect(deploymentOf(props)).toMatchObject(expected as Record<string, unknown>);
  });

  test('a gate on the time to first token needs a fixed limit, in microseconds', () => {
    const rollout = RolloutStrategy.canary({
      steps: [{ weight: 25, hold: Duration.seconds(600) }],
      gates: [HealthGate.timeToFirstToken()],
      judgement: { window: Duration.seconds(90), failureLimit: 2 },
    });
    expect(refused({ rollout })).toEqual([
      expect.stringMatching(
        /^timeToFirstToken: expected a time for the gate time-to-first-token, got none; .*\(1\.5 times its time\)/,
      ) as string,
    ]);
    const stack = stackIn();
    const model = modelIn(stack, { rollout, timeToFirstToken: Duration.millis(1500) });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'FirstChunkModelLatency',
      ExtendedStatistic: 'p95',
      Threshold: 1_500_000,
      Period: 120,
      EvaluationPeriods: 3,
      Dimensions: [
        { Name: 'EndpointName', Value: model.endpointName },
        { Name: 'VariantName', Value: 'AllTraffic' },
      ],
    });
  });

  test('a limit of no time is refused with all that is wrong, and one of a fraction of a millisecond is none', () => {
    const rollout = RolloutStrategy.canary({
      steps: [{ weight: 25, hold: Duration.seconds(600) }],
      gates: [HealthGate.timeToFirstToken()],
    });
    expect(refused({ rollout, timeToFirstToken: Duration.millis(0), tagOrDigest: 'latest' })).toEqual([
      expect.stringMatching(/^tagOrDigest: /),
      'timeToFirstToken: expected more than 0 s, got 0 s; Duration.seconds(2) is two seconds',
    ]);
    const stack = stackIn();
    modelIn(stack, { rollout, timeToFirstToken: Duration.millis(0.5) });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'FirstChunkModelLatency',
      Threshold: 500,
    });
  });

  test('alarms of others take it back too, and only they without gates', () => {
    const stack = stackIn();
    const alarm = cloudwatch.Alarm.fromAlarmArn(stack, 'Own', 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:own');
    modelIn(stack, { alarms: [alarm], rollout: RolloutStrategy.blueGreen() });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Endpoint', {
      DeploymentConfig: { AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'own' }] } },
    });
  });

  test('may ask about every alarm where one of others may be a composite one, else about its own', () => {
    const stack = stackIn();
    const composite = cloudwatch.CompositeAlarm.fromCompositeAlarmArn(
      stack,
      'Both',
      'arn:aws:cloudwatch:us-east-1:111111111111:alarm:both',
    );
    modelIn(stack, { alarms: [composite] });
    expect(findings(stack)).toEqual([]);
    expect(statementsOf(stack)).toContainEqual({ Action: 'cloudwatch:DescribeAlarms', Effect: 'Allow', Resource: '*' });
    const alone = stackIn();
    modelIn(alone);
    expect(statementsOf(alone).filter(({ Action }) => Action === 'cloudwatch:DescribeAlarms')).toEqual([
      expect.not.objectContaining({ Resource: '*' }) as unknown,
    ]);
  });

  test('a canary that names no gates has that of a model that names no strategy', () => {
    const alarmsOf = (gates?: HealthGate[]) => {
      const stack = stackIn();
      const steps = [{ weight: 25, hold: Duration.seconds(300) }];
      modelIn(stack, { rollout: RolloutStrategy.canary({ steps, gates }) });
      return Object.keys(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).length;
    };
    expect([alarmsOf(), alarmsOf([])]).toEqual([1, 0]);
  });

  test('nothing that guards a deployment is a warning', () => {
    const stack = stackIn();
    modelIn(stack, { rollout: RolloutStrategy.blueGreen() });
    Annotations.fromStack(stack).hasWarning('/Models/Spare', Match.stringLikeRegexp('no alarm guards the deployments'));
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Endpoint', {
      DeploymentConfig: { AutoRollbackConfiguration: Match.absent() },
    });
  });
});

describe('what cannot be done is refused with the reason', () => {
  test.each<[string, Partial<CanaryOptions>, RegExp]>([
    [
      'steps of different sizes',
      {
        steps: [
          { weight: 25, hold: Duration.seconds(300) },
          { weight: 50, hold: Duration.seconds(300) },
        ],
      },
      /^steps: expected one step, or steps of one size up to the last before 100 % \(25, 50, 75\), got 25, 50/,
    ],
    [
      'different holds',
      { steps: [25, 50, 75].map((weight) => ({ weight, hold: Duration.seconds(240 + weight) })) },
      /^steps hold: expected the same at every step, got 265, 290, 315/,
    ],
    [
      'a canary of more than half',
      { steps: [{ weight: 60, hold: Duration.seconds(300) }] },
      /^steps\[0\]\.weight: expected 1 to 50, got 60; SageMaker's canary is at most half/,
    ],
    [
      'steps of less than a tenth',
      { steps: Array.from({ length: 19 }, (_, index) => ({ weight: 5 * (index + 1), hold: Duration.seconds(300) })) },
      /^steps\[0\]\.weight: expected 10 to 50, got 5/,
    ],
    [
      'a canary of less than an instance',
      { steps: [{ weight: 10, hold: Duration.seconds(300) }] },
      /^steps\[0\]\.weight: expected a share that is at least one instance, got 10 % of 4/,
    ],
    [
      'a wait of more than an hour',
      { steps: [{ weight: 25, hold: Duration.seconds(3601) }] },
      /^steps hold: expected a whole number of seconds from 0 to 3600, got 3601/,
    ],
    [
      'a wait in which no alarm can fire',
      { steps: [{ weight: 25, hold: Duration.seconds(120) }] },
      /^steps hold: expected at least the 240 s that an alarm needs to fire/,
    ],
    ['no steps', { steps: [] }, /^steps: expected at least one, got none/],
    [
      'a split of its own',
      { trafficSplit: TrafficSplit.replicas() },
      /^trafficSplit: expected nothing for a SageMaker endpoint/,
    ],
    ['a surge', { maxSurge: 1 }, /^maxSurge: expected nothing for a SageMaker endpoint/],
    ['missing instances', { maxUnavailable: 1 }, /^maxUnavailable: expected 0/],
    [
      'replicas of the canary',
      { steps: [{ weight: 25, hold: Duration.seconds(300), canaryReplicas: 1 }] },
      /^steps canaryReplicas: expected nothing/,
    ],
    ['a detached rollout', { detached: true }, /^detached: expected false/],
    [
      'a gate without a metric',
      { gates: [HealthGate.queueTime()] },
      /^gates\.queueTime: expected a gate that SageMaker has a metric for/,
    ],
    [
      'a gate that is wrong by itself',
      { gates: [HealthGate.errorRatio({ maxDifference: 2 })] },
      /^gates\.errorRatio\.maxDifference: expected 0 to less than 1/,
    ],
    [
      'too few requests as a failure',
      { judgement: { tooFewRequests: TooFewRequests.FAIL } },
      /^judgement\.tooFewRequests: expected PASS/,
    ],
    [
      'half a tolerated failure',
      { judgement: { failureLimit: 0.5 } },
      /^judgement\.failureLimit: expected a whole number/,
    ],
  ])('%s', (_, options, expected) => {
    expect(canary(options)).toEqual([expect.stringMatching(expected) as string]);
  });

  test.each<[string, Partial<SageMakerModelProps>, RegExp]>([
    [
      'batches of more than half',
      { rollout: RolloutStrategy.rolling({ maxSurge: 3 }) },
      /^maxSurge: expected 1 to 2 of 4 instances \(5 % to 50 %\), got 3/,
    ],
    [
      'batches of one instance',
      { instances: 1, rollout: RolloutStrategy.rolling() },
      /^rollout: expected at least 2 instances/,
    ],
    [
      'batches with missing instances',
      { rollout: RolloutStrategy.rolling({ maxUnavailable: 1 }) },
      /^maxUnavailable: expected 0/,
    ],
    [
      'part of a preview',
      { rollout: RolloutStrategy.blueGreen({ previewReplicas: 1, gates: GATES }) },
      /^previewReplicas: expected nothing/,
    ],
    [
      'a switch that nothing can take back',
      { rollout: RolloutStrategy.blueGreen({ scaleDownDelay: Duration.seconds(60), gates: GATES }) },
      /^scaleDownDelay: expected at least the 240 s/,
    ],
    [
      'more than eight hours',
      {
        rollout: RolloutStrategy.canary({
          steps: Array.from({ length: 9 }, (_, index) => ({ weight: 10 * (index + 1), hold: Duration.seconds(3600) })),
          gates: GATES,
        }),
        instances: 10,
      },
      /^rollout: expected at most 8 hours .* got 10\.2/,
    ],
    [
      'an instance type that is not hosted',
      { accelerator: Accelerator.GR6_4XLARGE },
      /^accelerator: expected a type that SageMaker hosts models on, got gr6\.4xlarge/,
    ],
    [
      'an image of instances by its id',
      { inferenceAmiVersion: 'ami-0123456789abcdef0' },
      /^inferenceAmiVersion: expected a name such as al2023-ami-sagemaker-inference-gpu-4-1, got "ami-0123456789abcdef0"/,
    ],
    [
      'no instances',
      { instances: 0, rollout: RolloutStrategy.blueGreen() },
      /^instances: expected a whole number from 1, got 0/,
    ],
    ['the tag latest', { tagOrDigest: 'latest' }, /^tagOrDigest: expected a tag that stays/],
    ['isolation without files', { networkIsolation: true }, /^networkIsolation: expected files beside it/],
    [
      'a start of more than an hour',
      { startupBudget: Duration.minutes(61) },
      /^startupBudget: expected one minute to one hour in whole seconds, got 3660 s/,
    ],
    [
      'a start of a fraction of a second',
      { startupBudget: Duration.millis(90_500) },
      /^startupBudget: expected one minute to one hour in whole seconds, got 90\.5 s/,
    ],
    [
      'a secret in the environment',
      { environment: { TOKEN: '{{resolve:secretsmanager:hub:SecretString}}' } },
      /^environment: expected no secrets, got them in TOKEN/,
    ],
    [
      'a time to first token without its gate',
      { timeToFirstToken: Duration.seconds(2) },
      /^timeToFirstToken: expected a gate on the time to first token/,
    ],
  ])('%s', (_, props, expected) => {
    expect(refused(props)).toEqual([expect.stringMatching(expected) as string]);
  });

  test('more alarms than SageMaker takes', () => {
    const stack = stackIn();
    const alarms = Array.from({ length: 10 }, (_, index) =>
      cloudwatch.Alarm.fromAlarmArn(
        stack,
        `Own${index}`,
        `arn:aws:cloudwatch:us-east-1:111111111111:alarm:own-${index}`,
      ),
    );
    expect(problemsOf(() => modelIn(stack, { alarms }))).toEqual([
      expect.stringMatching(/^alarms: expected at most 10 with those of the gates, got 11/) as string,
    ]);
  });

  test('a folder that is the whole bucket', () => {
    const stack = stackIn();
    expect(
      problemsOf(() =>
        modelIn(stack, { files: { bucket: s3.Bucket.fromBucketName(stack, 'Weights', 'weights'), prefix: '/' } }),
      ),
    ).toEqual([expect.stringMatching(/^files\.prefix:/) as string]);
  });
});

describe('resources', () => {
  test('a configuration bears no name, so that each change makes a new one, and the endpoint keeps its own', () => {
    const name = (tagOrDigest: string) => {
      const stack = stackIn();
      modelIn(stack, { tagOrDigest });
      const template = Template.fromStack(stack);
      template.hasResourceProperties('AWS::SageMaker::EndpointConfig', { EndpointConfigName: Match.absent() });
      template.hasResourceProperties('AWS::SageMaker::Model', { ModelName: Match.absent() });
      const [endpoint] = Object.values(template.findResources('AWS::SageMaker::Endpoint')) as {
        Properties: { EndpointName: string };
      }[];
      return endpoint.Properties.EndpointName;
    };
    expect(name('v1')).toBe(name('v2'));
    expect(name('v1')).toMatch(/^[a-z0-9](-*[a-z0-9]){0,62}$/);
  });

  test('a model in private subnets, with its files and its key, and no isolation that was not asked for', () => {
    const stack = stackIn();
    modelIn(stack, {
      files: { bucket: s3.Bucket.fromBucketName(stack, 'Weights', 'weights'), prefix: 'qwen/3' },
      encryptionKey: kms.Key.fromKeyArn(stack, 'Volumes', 'arn:aws:kms:us-east-1:111111111111:key/k'),
      environment: { SM_VLLM_MAX_MODEL_LEN: '8192' },
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SageMaker::Model', {
      EnableNetworkIsolation: false,
      VpcConfig: { Subnets: ['subnet-1', 'subnet-2'] },
      PrimaryContainer: {
        Environment: { SM_VLLM_MAX_MODEL_LEN: '8192' },
        ModelDataSource: {
          S3DataSource: { CompressionType: 'None', S3DataType: 'S3Prefix', S3Uri: 's3://weights/qwen/3/' },
        },
      },
    });
    template.hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      KmsKeyId: 'arn:aws:kms:us-east-1:111111111111:key/k',
      ProductionVariants: [
        {
          VariantName: 'AllTraffic',
          InstanceType: 'ml.g6e.xlarge',
          InitialInstanceCount: 4,
          ContainerStartupHealthCheckTimeoutInSeconds: 1800,
          ModelDataDownloadTimeoutInSeconds: 1800,
        },
      ],
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' })],
      SecurityGroupIngress: Match.absent(),
    });
    expect(findings(stack)).toEqual([]);
  });

  test('policy checks find nothing, whatever is known at synth', () => {
    const stack = new Stack(testApp(), 'Anywhere');
    modelIn(stack, { files: { bucket: new s3.Bucket(stack, 'Weights'), prefix: 'qwen/3' } });
    expect(findings(stack).filter((finding) => finding.includes('/Spare/'))).toEqual([]);
  });

  test('a role that may do what the endpoint needs, and no more', () => {
    const stack = stackIn();
    modelIn(stack, { files: { bucket: s3.Bucket.fromBucketName(stack, 'Weights', 'weights'), prefix: 'qwen/3' } });
    const allowed = statementsOf(stack).map(({ Action, Resource }) => [Action, Resource === '*' ? '*' : 'named']);
    expect(allowed).toEqual([
      [['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], 'named'],
      [
        [
          'ec2:DescribeDhcpOptions',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeSubnets',
          'ec2:DescribeVpcs',
          'ecr:GetAuthorizationToken',
        ],
        '*',
      ],
      [['s3:GetBucket*', 's3:GetObject*', 's3:List*'], 'named'],
      [['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], 'named'],
      ['cloudwatch:PutMetricData', '*'],
      ['ec2:CreateNetworkInterface', 'named'],
      [
        ['ec2:CreateNetworkInterfacePermission', 'ec2:DeleteNetworkInterface', 'ec2:DeleteNetworkInterfacePermission'],
        'named',
      ],
      ['cloudwatch:DescribeAlarms', 'named'],
    ]);
  });

  test('callers may invoke this endpoint, and a gateway knows how', () => {
    const stack = stackIn();
    const model = modelIn(stack);
    model.grantInvoke(callerOf(stack));
    expect(statementsOf(stack)).toContainEqual({
      Action: ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'],
      Effect: 'Allow',
      Resource: `arn:aws:sagemaker:us-east-1:111111111111:endpoint/${model.endpointName}`,
    });
    expect(model.route).toEqual({
      model: `sagemaker_chat/${model.endpointName}`,
      region: 'us-east-1',
      servedModelName: 'spare',
    });
    expect(model.metric('ModelLatency').dimensions).toEqual({
      EndpointName: model.endpointName,
      VariantName: 'AllTraffic',
    });
  });

  test('the driver that SageMaker takes by itself is a warning', () => {
    const stack = stackIn();
    modelIn(stack);
    Annotations.fromStack(stack).hasWarning(
      '/Models/Spare',
      Match.stringLikeRegexp(
        'ml\\.g6e\\.xlarge gets the driver that SageMaker once chose .* name an inferenceAmiVersion',
      ),
    );
    const named = stackIn();
    modelIn(named, { inferenceAmiVersion: 'al2023-ami-sagemaker-inference-gpu-4-1' });
    Annotations.fromStack(named).hasNoWarning('/Models/Spare', Match.anyValue());
    Template.fromStack(named).hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      ProductionVariants: [{ InferenceAmiVersion: 'al2023-ami-sagemaker-inference-gpu-4-1' }],
    });
  });

  test('values that are known at deployment only', () => {
    const stack = stackIn();
    modelIn(stack, {
      instances: Lazy.number({ produce: () => 6 }),
      tagOrDigest: Lazy.string({ produce: () => 'v2' }),
      inferenceAmiVersion: Lazy.string({ produce: () => 'al2-ami' }),
    });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      ProductionVariants: [Match.objectLike({ InitialInstanceCount: 6, InferenceAmiVersion: 'al2-ami' })],
    });
    expect(
      deploymentOf({ instances: Lazy.number({ produce: () => 6 }), rollout: RolloutStrategy.rolling() }),
    ).toMatchObject({ RollingUpdatePolicy: { MaximumBatchSize: { Value: 1 } } });
  });
});
