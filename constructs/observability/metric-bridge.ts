import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as cdk8s from 'cdk8s';
import { Construct } from 'constructs';
import { PodIdentityRole } from '../cluster/pod-identity-role';
import { KubernetesRelease } from '../kubernetes/kubernetes-release';
import type { IReleaseProvider } from '../kubernetes/release-provider';
import { ReleaseTier } from '../kubernetes/contract/release-tier';
import { httpAddressProblems } from '../checks/http-address';
import { isUnresolved } from '../checks/unresolved';
import { imageReferenceProblems } from '../models/engine-image';
import { modelNameProblems } from '../models/names';
import type { ILlmPlatform } from '../platform/llm-platform';
import { MONITORING_NAMESPACE, PROMETHEUS_ADDRESS } from '../controllers/names';
import { targetProblems } from '../platform/release-target';
import type { IBridgedModel } from './bridged-model';
import { MetricBridgeChart } from './metric-bridge-chart';
import { environmentNameProblems, HEARTBEAT, metricNamespace } from './model-series';

/** Properties of `MetricBridge`. */
export interface MetricBridgeProps {
  /**
   * Platform that the bridge runs on. The bridge waits for its controllers, and reads its Prometheus.
   *
   * @default - `provider` is given
   */
  readonly platform?: ILlmPlatform;

  /**
   * Provider of the cluster that the bridge runs in, for a cluster without a platform.
   *
   * @default - that of the platform
   */
  readonly provider?: IReleaseProvider;

  /** Name of the environment, letters, digits, '-', '_' and '.', at most 64; part of the names of series, alarms and log group. */
  readonly environmentName: string;

  /**
   * Models whose series are bridged. A `ModelService` says itself what its engine exports and whether it is autoscaled; a model of another
   * app is named. Each name is there once.
   */
  readonly models: IBridgedModel[];

  /**
   * Image of the AWS Distro for OpenTelemetry collector.
   *
   * @default MetricBridge.COLLECTOR_IMAGE
   */
  readonly image?: string;

  /**
   * Address of Prometheus inside the cluster, as `http://<host>:<port>` or `https://<host>:<port>`, known at synth.
   *
   * @default - that of the platform; 'http://prometheus.monitoring.svc:9090' without one
   */
  readonly prometheusAddress?: string;

  /**
   * What happens when the series stop coming and when they come again, such as a message to an SNS topic.
   *
   * @default - nothing
   */
  readonly actions?: cloudwatch.IAlarmAction[];

  /**
   * What becomes of the log group when the bridge is deleted. It holds only what is in the metrics as well.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Brings a few named series of each model from Prometheus to CloudWatch, and raises an alarm when they stop coming.
 *
 * @example
 * new MetricBridge(this, 'Bridge', { platform, environmentName: 'staging', models: [chat] });
 */
export class MetricBridge extends Construct {
  /** The collector this library was written for, by tag; see https://aws-otel.github.io/download/. */
  public static readonly COLLECTOR_IMAGE = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3';

  /** Platform that the bridge runs on; undefined on a cluster without one. */
  public readonly platform?: ILlmPlatform;

  /** Name of the environment. */
  public readonly environmentName: string;

  /** Models whose series are bridged. */
  public readonly models: IBridgedModel[];

  /** Namespace of the series in CloudWatch. */
  public readonly metricNamespace: string;

  /** Fires when no series have come for five minutes: every other alarm is then blind. */
  public readonly silence: cloudwatch.Alarm;

  /** @throws when something is wrong with the props; the error lists every problem. */
  constructor(scope: Construct, id: string, props: MetricBridgeProps) {
    super(scope, id);
    const {
      platform,
      prometheusAddress = platform?.prometheusAddress ?? PROMETHEUS_ADDRESS,
      image = MetricBridge.COLLECTOR_IMAGE,
    } = props;
    const provider = props.provider ?? platform?.provider;
    const problems = [
      ...targetProblems(platform, props.provider),
      ...environmentNameProblems(props.environmentName),
      ...modelProblems(props.models),
      ...imageReferenceProblems(image),
      ...addressProblems(prometheusAddress),
    ];
    if (problems.length > 0 || !provider) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);
    this.platform = platform;
    this.environmentName = props.environmentName;
    this.models = [...props.models];
    this.metricNamespace = metricNamespace(props.environmentName);
    const logGroup = new logs.LogGroup(this, 'LogGroup', {
      logGroupName: `/llm-platform/${props.environmentName}/metrics`,
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    });
    const identity = new PodIdentityRole(this, 'Role', {
      description: `Writes metrics of ${props.environmentName} to CloudWatch`,
    });
    identity.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    const association = new eks.CfnPodIdentityAssociation(this, 'Association', {
      clusterName: provider.clusterName,
      namespace: MONITORING_NAMESPACE,
      serviceAccount: MetricBridgeChart.SERVICE_ACCOUNT,
      roleArn: identity.role.roleArn,
    });
    const chart = new MetricBridgeChart(new cdk8s.App(), 'metric-bridge', {
      models: props.models,
      namespace: MONITORING_NAMESPACE,
      prometheusAddress,
      metricNamespace: this.metricNamespace,
      logGroupName: `/llm-platform/${props.environmentName}/metrics`,
      region: Stack.of(this).region,
      image,
    });
    const release = new KubernetesRelease(this, 'Release', {
      provider,
      tier: ReleaseTier.PLATFORM,
      name: 'metric-bridge',
      namespace: 'kube-system',
      charts: [chart],
    });
    // Pods get the identity only if it is known when they are made; those that come too early are refused, and come again.
    release.node.addDependency(association, logGroup);

    this.silence = new cloudwatch.Alarm(this, 'Silence', {
      alarmName: `${props.environmentName}-metrics-silent`,
      alarmDescription:
        'No series of models have reached CloudWatch; their alarms are blind. Look at the pod metric-bridge in the namespace monitoring',
      metric: new cloudwatch.Metric({
        namespace: this.metricNamespace,
        metricName: HEARTBEAT,
        statistic: 'SampleCount',
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // The heartbeat comes from the bridge itself, so its absence means something.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    this.silence.node.addDependency(release);
    this.silence.addAlarmAction(...(props.actions ?? []));
    this.silence.addOkAction(...(props.actions ?? []));
  }
}

/** Two rules of one name and label would be refused by Prometheus, or one of them lost. */
function modelProblems(models: readonly IBridgedModel[]): string[] {
  const names = models.map(({ modelName }) => modelName);
  return names.flatMap((name, index) => [
    ...modelNameProblems(`models[${index}].modelName`, name),
    ...(names.indexOf(name) === index
      ? []
      : [`models[${index}].modelName: expected each model once, got ${JSON.stringify(name)} again; leave it out`]),
  ]);
}

/** The collector takes the address apart, and reads from one path alone. */
function addressProblems(address: string): string[] {
  const problems = httpAddressProblems('prometheusAddress', address);
  if (problems.length > 0 || /^https?:\/\/[\w.:[\]-]+\/?$/.test(address)) return problems;
  return [
    isUnresolved(address)
      ? 'prometheusAddress: expected an address that is known at synth, got a deploy-time value; give the name of the Service'
      : `prometheusAddress: expected http://<host>:<port> or https://<host>:<port>, got ${JSON.stringify(address)}; the bridge reads /federate there, leave out the path`,
  ];
}
