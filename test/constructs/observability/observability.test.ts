import { Duration, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Alarm, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as cdk8s from 'cdk8s';
import { scalingAlerts } from '../../../constructs/autoscaling/scaling-alerts';
import { KubernetesRelease, ReleaseProvider } from '../../../constructs/kubernetes';
import { MetricBridge, type MetricBridgeProps, ModelAlarms, ModelMetrics } from '../../../constructs/observability';
import { MetricBridgeChart } from '../../../constructs/observability/metric-bridge-chart';
import { LlmPlatform } from '../../../constructs/platform/llm-platform';
import { VLLM_METRICS } from '../../../constructs/models/vllm-metrics';
import { testApp } from '../../support/app';

const newStack = () => new Stack(testApp(), 'Test', { env: { account: '111111111111', region: 'us-east-1' } });

describe('MetricBridge', () => {
  const stack = newStack();
  const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
    clusterName: 'llm-test',
    platformServiceToken: 'arn:aws:lambda:us-east-1:111111111111:function:p',
    modelServiceToken: 'arn:aws:lambda:us-east-1:111111111111:function:m',
  });
  const bridge = new MetricBridge(stack, 'Bridge', {
    provider,
    environmentName: 'test',
    models: [{ modelName: 'chat' }],
  });
  const template = Template.fromStack(stack);

  test('gives the collector an identity of its own that can write to one log group', () => {
    template.hasResourceProperties('AWS::EKS::PodIdentityAssociation', {
      ClusterName: 'llm-test',
      Namespace: 'monitoring',
      ServiceAccount: 'metric-bridge',
    });
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: { Service: 'pods.eks.amazonaws.com' },
            Action: ['sts:AssumeRole', 'sts:TagSession'],
          }),
        ],
      },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {
            Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
            Effect: 'Allow',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('LogGroup'), 'Arn'] },
          },
        ],
      },
    });
  });

  test('starts the collector only with its identity, and watches for silence only after it', () => {
    template.hasResource('Custom::KubernetesRelease', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('BridgeAssociation')]),
    });
    template.hasResource('AWS::CloudWatch::Alarm', {
      Properties: {
        AlarmName: 'test-metrics-silent',
        Namespace: 'LlmPlatform/test',
        MetricName: 'llm_platform_heartbeat',
        TreatMissingData: 'breaching',
      },
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('BridgeRelease')]),
    });
    expect(bridge.metricNamespace).toBe('LlmPlatform/test');
    expect(KubernetesRelease.allIn(stack)).toHaveLength(1);
  });
});

describe('on a platform', () => {
  const stack = new Stack(testApp(), 'Bridge');
  const attributes = { clusterName: 'test', platformServiceToken: 'platform', modelServiceToken: 'model' };
  const platform = LlmPlatform.fromLlmPlatformAttributes(stack, 'Platform', {
    ...attributes,
    prometheusAddress: 'https://metrics.example:9443',
  });
  const models = [{ modelName: 'chat' }];

  test('the bridge reads its Prometheus', () => {
    const bridge = new MetricBridge(stack, 'Metrics', { platform, environmentName: 'test', models });
    const [release] = KubernetesRelease.allIn(bridge);
    expect(JSON.stringify(release.objects)).toContain('metrics.example:9443');
    Template.fromStack(stack).hasResourceProperties('Custom::KubernetesRelease', { ServiceToken: 'platform' });
  });

  test('it is the one or the other, and its address has a scheme', () => {
    const other = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Other', attributes);
    const bridge = (id: string, props: Partial<MetricBridgeProps>) => () =>
      new MetricBridge(stack, id, { environmentName: 'test', models, ...props });
    expect(bridge('Neither', { prometheusAddress: 'metrics:9090' })).toThrow(
      /^Bridge\/Neither:\n {2}platform: expected a platform, or the provider of a cluster, got neither; .*\n {2}prometheusAddress: expected an http or https address, got "metrics:9090"; give it with its scheme$/,
    );
    expect(bridge('Both', { platform, provider: other })).toThrow(
      'Bridge/Both:\n  provider: expected none beside platform, got another one; leave it out',
    );
  });
});

describe('wrong props of a bridge', () => {
  const failing = (props: Partial<MetricBridgeProps>) => () => {
    const stack = newStack();
    const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
      clusterName: 'c',
      platformServiceToken: 'p',
      modelServiceToken: 'm',
    });
    return new MetricBridge(stack, 'Bridge', { provider, environmentName: 'test', models: [], ...props });
  };

  test('are reported all at once', () => {
    expect(
      failing({
        environmentName: 'pro d!',
        models: [{ modelName: 'a"b' }, { modelName: 'chat' }, { modelName: 'chat' }],
        image: 'foo',
        prometheusAddress: 'https://x:9090/prom',
      }),
    ).toThrow(
      [
        'Test/Bridge:',
        `environmentName: expected letters, digits, '-', '_' and '.', at most 64, got "pro d!"; it becomes part of names in CloudWatch`,
        'models[0].modelName: expected lower-case letters, digits and hyphens, a letter first, at most 46 characters, got "a\\"b"; rename it, it becomes the name of a Service and of pods',
        'models[2].modelName: expected each model once, got "chat" again; leave it out',
        'image: expected a tag or a digest, got "foo"; append :<version>, without it every pull may bring another engine',
        'prometheusAddress: expected http://<host>:<port> or https://<host>:<port>, got "https://x:9090/prom"; the bridge reads /federate there, leave out the path',
      ].join('\n  '),
    );
  });

  test('an address that only the deployment knows is refused, names that only it knows are not', () => {
    expect(failing({ prometheusAddress: Token.asString({ Ref: 'Address' }) })).toThrow(
      'prometheusAddress: expected an address that is known at synth, got a deploy-time value; give the name of the Service',
    );
    expect(
      failing({
        environmentName: Token.asString({ Ref: 'Environment' }),
        models: [{ modelName: Token.asString({ Ref: 'Model' }) }],
        image: Token.asString({ Ref: 'Image' }),
        prometheusAddress: 'https://[::1]:9090/',
      }),
    ).not.toThrow();
  });
});

describe('MetricBridgeChart', () => {
  const objects = new MetricBridgeChart(new cdk8s.App(), 'test', {
    models: [{ modelName: 'chat' }, { modelName: 'coder' }],
    namespace: 'monitoring',
    prometheusAddress: 'http://prometheus.monitoring.svc:9090',
    metricNamespace: 'LlmPlatform/test',
    logGroupName: '/llm/test',
    region: 'us-east-1',
    image: 'collector:1',
  }).toJson() as { kind: string; spec: never; data: Record<string, string> }[];
  const byKind = (kind: string) => objects.find((object) => object.kind === kind)!;

  test('records three series a model and one that says the bridge lives', () => {
    const { groups } = byKind('PrometheusRule').spec as {
      groups: { rules: { record: string; expr: string; labels?: { model: string } }[] }[];
    };
    expect(groups[0].rules.map(({ record, labels }) => `${record} ${labels?.model ?? ''}`.trim())).toEqual([
      'llm_platform_ttft_p95_seconds chat',
      'llm_platform_error_ratio chat',
      'llm_platform_requests_per_second chat',
      'llm_platform_ttft_p95_seconds coder',
      'llm_platform_error_ratio coder',
      'llm_platform_requests_per_second coder',
      'llm_platform_heartbeat',
    ]);
    expect(groups[0].rules[0].expr).toContain('vllm:time_to_first_token_seconds_bucket{llm_platform_dev_model="chat"}');
  });

  test('records alerts on the scaling of a model that follows its load, and only of that one', () => {
    const [rules] = (
      new MetricBridgeChart(new cdk8s.App(), 'test', {
        models: [{ modelName: 'chat', autoscaled: true }, { modelName: 'coder' }],
        namespace: 'monitoring',
        prometheusAddress: 'http://prometheus.monitoring.svc:9090',
        metricNamespace: 'LlmPlatform/test',
        logGroupName: '/llm/test',
        region: 'us-east-1',
        image: 'collector:1',
      }).toJson() as {
        kind: string;
        spec: { groups: { rules: { record: string; expr: string; labels?: object }[] }[] };
      }[]
    )
      .filter(({ kind }) => kind === 'PrometheusRule')
      .map(({ spec }) => spec.groups[0].rules.filter(({ record }) => record === 'llm_platform_scaling_alerts'));
    expect(rules).toEqual([
      {
        record: 'llm_platform_scaling_alerts',
        labels: { model: 'chat' },
        expr: 'count(ALERTS{alertname=~"ModelScalingBlind|ModelScalingPaused",alertstate="firing",model="chat"}) or vector(0)',
      },
    ]);
  });

  test('the alerts that are recorded are those that a scaled model has, with its name as their label', () => {
    const rules = scalingAlerts(
      { minReplicas: 1, maxReplicas: 2 },
      {
        model: 'chat',
        namespace: 'models',
        nodes: 1,
        replicas: 1,
        metrics: VLLM_METRICS,
        capacityBudgetSeconds: 1,
        startupBudgetSeconds: 1,
        terminationGracePeriodSeconds: 1,
        prometheusAddress: 'http://prometheus:9090',
      },
    );
    expect([...new Set(rules.map(({ alert, labels }) => `${alert} ${labels.model}`))]).toEqual([
      'ModelScalingBlind chat',
      'ModelScalingPaused chat',
    ]);
  });

  test('records of another engine what it tells, in its own words', () => {
    const { spec } = (
      new MetricBridgeChart(new cdk8s.App(), 'test', {
        models: [
          {
            modelName: 'sg',
            metrics: {
              timeToFirstToken: 'sglang:time_to_first_token_seconds',
              httpRequests: 'requests_total',
              httpPathLabel: 'path',
              httpServerErrors: 'code=~"5.."',
            },
          },
          { modelName: 'silent', metrics: {} },
        ],
        namespace: 'monitoring',
        prometheusAddress: 'http://prometheus.monitoring.svc:9090',
        metricNamespace: 'LlmPlatform/test',
        logGroupName: '/llm/test',
        region: 'us-east-1',
        image: 'collector:1',
      }).toJson() as { kind: string; spec: { groups: { rules: { expr: string }[] }[] } }[]
    ).find(({ kind }) => kind === 'PrometheusRule')!;
    const rules = spec.groups[0].rules.map(({ expr }) => expr);
    expect(rules).toHaveLength(4);
    expect(rules[0]).toContain('sglang:time_to_first_token_seconds_bucket{llm_platform_dev_model="sg"}');
    expect(rules[1]).toContain('requests_total{llm_platform_dev_model="sg",path=~"/v1/.*",code=~"5.."}');
    expect(rules[2]).toBe('sum(rate(requests_total{llm_platform_dev_model="sg",path=~"/v1/.*"}[5m]))');
  });

  test('counts as failed only requests that the gates count too', () => {
    const { groups } = byKind('PrometheusRule').spec as { groups: { rules: { expr: string }[] }[] };
    expect(
      groups[0].rules[1].expr.match(/http_requests_total\{llm_platform_dev_model="chat",handler=~"\/v1\/\.\*"/g),
    ).toHaveLength(2);
  });

  test('counts no requests of a replica that was asked nothing yet, and is silent where no replica tells anything', () => {
    const { groups } = byKind('PrometheusRule').spec as { groups: { rules: { expr: string }[] }[] };
    expect(groups[0].rules[2].expr).toBe(
      'sum(rate(http_requests_total{llm_platform_dev_model="chat",handler=~"/v1/.*"}[5m])) or 0 * sum(vllm:num_requests_running{llm_platform_dev_model="chat"})',
    );
  });

  test('reads exactly those series, and writes them with the model as their dimension', () => {
    const configuration = JSON.parse(byKind('ConfigMap').data['collector.yaml']) as {
      receivers: {
        prometheus: {
          config: {
            scrape_configs: {
              scheme: string;
              params: Record<string, string[]>;
              static_configs: { targets: string[] }[];
            }[];
          };
        };
      };
      exporters: { awsemf: { metric_declarations: { dimensions: string[][]; metric_name_selectors: string[] }[] } };
    };
    const [job] = configuration.receivers.prometheus.config.scrape_configs;
    expect(job.params['match[]']).toEqual([
      '{__name__=~"llm_platform_ttft_p95_seconds|llm_platform_error_ratio|llm_platform_requests_per_second|llm_platform_scaling_alerts|llm_platform_heartbeat"}',
    ]);
    expect(job.static_configs[0].targets).toEqual(['prometheus.monitoring.svc:9090']);
    expect(job.scheme).toBe('http');
    expect(configuration.exporters.awsemf.metric_declarations.map(({ dimensions }) => dimensions)).toEqual([
      [['model']],
      [[]],
    ]);
    expect(configuration.exporters.awsemf.metric_declarations[0].metric_name_selectors).toContain(
      '^llm_platform_scaling_alerts$',
    );
  });

  test('runs one collector without any privilege', () => {
    expect(byKind('Deployment').spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'Recreate' },
      template: {
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                readOnlyRootFilesystem: true,
              },
            },
          ],
        },
      },
    });
  });
});

describe('ModelMetrics', () => {
  const metrics = ModelMetrics.of('test', 'chat');
  const all: Record<string, (props?: MetricOptions) => Metric> = {
    timeToFirstToken: (props) => metrics.metricTimeToFirstToken(props),
    errorRatio: (props) => metrics.metricErrorRatio(props),
    requests: (props) => metrics.metricRequests(props),
    scalingAlerts: (props) => metrics.metricScalingAlerts(props),
  };

  test('are the series that the bridge records, in the namespace and with the dimension in which it writes them', () => {
    const stack = newStack();
    const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
      clusterName: 'c',
      platformServiceToken: 'p',
      modelServiceToken: 'm',
    });
    const bridge = new MetricBridge(stack, 'Bridge', {
      provider,
      environmentName: 'test',
      models: [{ modelName: 'chat', autoscaled: true }],
    });
    const objects = KubernetesRelease.allIn(stack)[0].objects as {
      kind: string;
      spec: { groups: { rules: { record: string; labels?: Record<string, string> }[] }[] };
    }[];
    const { rules } = objects.find(({ kind }) => kind === 'PrometheusRule')!.spec.groups[0];
    const recorded = rules
      .filter(({ labels }) => labels !== undefined)
      .map(({ record, labels }) => ({ namespace: bridge.metricNamespace, metricName: record, dimensions: labels }));
    expect(
      Object.values(all)
        .map((metric) => metric())
        .map(({ namespace, metricName, dimensions }) => ({ namespace, metricName, dimensions })),
    ).toEqual(recorded);
  });

  test.each([
    ['timeToFirstToken', 'llm_platform_ttft_p95_seconds', 'Maximum'],
    ['errorRatio', 'llm_platform_error_ratio', 'Maximum'],
    ['requests', 'llm_platform_requests_per_second', 'Average'],
    ['scalingAlerts', 'llm_platform_scaling_alerts', 'Maximum'],
  ])('%s can be an alarm, and what is said of it differs from the default', (name, metricName, statistic) => {
    const stack = newStack();
    new Alarm(stack, 'Default', { alarmName: 'default', metric: all[name](), threshold: 1, evaluationPeriods: 1 });
    new Alarm(stack, 'Other', {
      alarmName: 'other',
      metric: all[name]({ statistic: 'p90', period: Duration.minutes(10) }),
      threshold: 1,
      evaluationPeriods: 1,
    });
    const template = Template.fromStack(stack);
    const common = {
      Namespace: 'LlmPlatform/test',
      MetricName: metricName,
      Dimensions: [{ Name: 'model', Value: 'chat' }],
    };
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...common,
      AlarmName: 'default',
      Statistic: statistic,
      Period: 60,
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...common,
      AlarmName: 'other',
      ExtendedStatistic: 'p90',
      Period: 600,
    });
  });
});

describe('ModelAlarms', () => {
  test('have names that never change, and are silent for a model without requests', () => {
    const stack = newStack();
    new ModelAlarms(stack, 'Alarms', {
      model: ModelMetrics.of('test', 'chat'),
      timeToFirstToken: Duration.millis(1500),
    });
    const template = Template.fromStack(stack);
    const common = {
      Namespace: 'LlmPlatform/test',
      Dimensions: [{ Name: 'model', Value: 'chat' }],
      TreatMissingData: 'notBreaching',
      ComparisonOperator: 'GreaterThanThreshold',
    };
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...common,
      AlarmName: 'test-chat-ttft',
      MetricName: 'llm_platform_ttft_p95_seconds',
      Threshold: 1.5,
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...common,
      AlarmName: 'test-chat-errors',
      MetricName: 'llm_platform_error_ratio',
      Threshold: 0.02,
    });
  });

  test('pass on the alerts on scaling of a model that follows its load', () => {
    const stack = newStack();
    new ModelAlarms(stack, 'Alarms', {
      model: ModelMetrics.of('test', 'chat'),
      timeToFirstToken: Duration.seconds(1),
      autoscaled: true,
    });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'test-chat-scaling',
      Namespace: 'LlmPlatform/test',
      MetricName: 'llm_platform_scaling_alerts',
      Dimensions: [{ Name: 'model', Value: 'chat' }],
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  test('tell whom they are told to', () => {
    const stack = newStack();
    const actions = [
      new SnsAction(sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111111111111:alarms')),
    ];
    const alarms = new ModelAlarms(stack, 'Alarms', {
      model: ModelMetrics.of('test', 'chat'),
      timeToFirstToken: Duration.seconds(1),
      actions,
    });
    const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
      clusterName: 'c',
      platformServiceToken: 'p',
      modelServiceToken: 'm',
    });
    new MetricBridge(stack, 'Bridge', { provider, environmentName: 'test', models: [{ modelName: 'chat' }], actions });
    const topic = ['arn:aws:sns:us-east-1:111111111111:alarms'];
    Template.fromStack(stack).allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: topic,
      OKActions: topic,
    });
    expect(alarms.node.children).toHaveLength(2);
  });

  test.each([0, 1.5, NaN])('fail for an error ratio of %s', (errorRatio) => {
    expect(
      () =>
        new ModelAlarms(newStack(), 'Alarms', {
          model: ModelMetrics.of('test', 'chat'),
          timeToFirstToken: Duration.seconds(1),
          errorRatio,
        }),
    ).toThrow(/errorRatio: expected more than 0 and at most 1, got/);
  });

  test('fail with every problem at once', () => {
    expect(
      () =>
        new ModelAlarms(newStack(), 'Alarms', {
          model: ModelMetrics.of('test', 'chat'),
          timeToFirstToken: Duration.seconds(0),
          errorRatio: 2,
        }),
    ).toThrow(
      /timeToFirstToken: expected more than 0 s, got 0 s.*\n.*errorRatio: expected more than 0 and at most 1, got 2/,
    );
  });

  test('fail for names that cannot be', () => {
    expect(() => ModelMetrics.of('te st', 'Chat')).toThrow(
      /^ModelMetrics:\n {2}environmentName: expected letters.*\n {2}modelName: expected lower-case letters/,
    );
  });

  test('fail for limits that only the deployment knows', () => {
    const later = Token.asNumber({ Ref: 'Limit' });
    expect(
      () =>
        new ModelAlarms(newStack(), 'Alarms', {
          model: ModelMetrics.of('test', 'chat'),
          timeToFirstToken: Duration.minutes(later),
          errorRatio: later,
        }),
    ).toThrow(
      /^Test\/Alarms:\n {2}timeToFirstToken: expected more than 0 s, got a deploy-time value; .*\n {2}errorRatio: expected more than 0 and at most 1, got a deploy-time value; /,
    );
  });

  test('take any time, also one that is no whole number of milliseconds', () => {
    const stack = newStack();
    new ModelAlarms(stack, 'Alarms', {
      model: ModelMetrics.of('test', 'chat'),
      timeToFirstToken: Duration.seconds(2.01),
    });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'test-chat-ttft',
      Threshold: 2.01,
    });
  });
});
