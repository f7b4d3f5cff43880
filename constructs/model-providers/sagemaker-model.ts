import { Annotations, Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import { mebibytes } from '../checks/sizes';
import { isUnresolved } from '../checks/unresolved';
import { AcceleratorManufacturer } from '../gpu/accelerator-manufacturer';
import { type EndpointShift, EndpointShiftKind } from './endpoint-shift';
import { endpointShift } from './strategy-shift';
import { HealthGate } from '../rollout/health-gate';
import { RolloutStrategy } from '../rollout/rollout-strategy';
import {
  type EgressDestination,
  type IAwsModelEndpoint,
  type IModelEndpoint,
  ModelEndpointKind,
  type ModelRoute,
} from './model-endpoint';
import { gateAlarms, SAGEMAKER_NAMESPACE, VARIANT } from './sagemaker-alarms';
import { type SageMakerModelProps } from './sagemaker-model-props';
import { DEFAULT_STARTUP_SECONDS, deploymentSeconds, sageMakerProblems, waitSeconds } from './sagemaker-problems';
import { SageMakerRole } from './sagemaker-role';
import { serviceDestination } from './service-host';

/**
 * A model on an endpoint of Amazon SageMaker, whose traffic moves from one fleet of instances to the next by the same strategies as
 * that of models on a cluster, and goes back when an alarm fires.
 *
 * @example
 * new SageMakerModel(this, 'Spare', { modelName: 'spare', repository, tagOrDigest: 'v0.32.0', accelerator: Accelerator.G6E_XLARGE, instances: 4, vpc });
 */
export class SageMakerModel extends Construct implements IAwsModelEndpoint, ec2.IConnectable {
  public readonly modelName: string;
  public readonly kind: ModelEndpointKind = ModelEndpointKind.SAGEMAKER;
  public readonly route: ModelRoute;
  public readonly egress: EgressDestination[];
  public readonly fallback?: IModelEndpoint;

  /** Connections of the instances. They may open HTTPS connections; where these lead is for the routes of the subnets to say. */
  public readonly connections: ec2.Connections;

  /** Name of the endpoint. It stays; its configurations come and go. */
  public readonly endpointName: string;

  /** The endpoint. */
  public readonly endpoint: sagemaker.CfnEndpoint;

  /** The identity of the containers. */
  public readonly role: iam.IRole;

  /** Alarms that take a deployment back: one for each gate, and those that were given. */
  public readonly rollbackAlarms: cloudwatch.IAlarm[];

  /**
   * @throws when something is wrong with the props; the error lists every problem.
   */
  constructor(scope: Construct, id: string, props: SageMakerModelProps) {
    super(scope, id);
    const { instances, startupBudget, vpc } = props;
    const stack = Stack.of(this);
    const shift = endpointShift(
      (props.rollout?._judgedBy(DEFAULT_GATES) ?? defaultRollout(instances))._plan.asked,
      instances,
    );
    const problems = sageMakerProblems(props, shift);
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);

    this.modelName = props.modelName;
    this.fallback = props.fallback;
    // Known at synth, so that alarms can name the endpoint before it exists.
    this.endpointName = Names.uniqueResourceName(this, { maxLength: 63, separator: '-' }).toLowerCase();
    const startupSeconds = startupBudget?.toSeconds() ?? DEFAULT_STARTUP_SECONDS;

    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: `Instances of the endpoint ${this.endpointName}`,
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'Files of the model, logs and metrics');
    this.connections = securityGroup.connections;
    const { subnetIds } = vpc.selectSubnets(props.subnets);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/sagemaker/Endpoints/${this.endpointName}`,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new SageMakerRole(this, 'Role', { model: props, subnetIds, securityGroup, logGroup });
    this.role = role.role;

    const model = this.model(props, subnetIds, securityGroup);
    model.node.addDependency(role.role);
    const config = this.config(props, model, startupSeconds);
    const alarms = gateAlarms(
      this,
      { shift, timeToFirstToken: props.timeToFirstToken, alarms: [] },
      this.endpointName,
      config.attrEndpointConfigName,
    );
    this.rollbackAlarms = [...alarms, ...(props.alarms ?? [])];
    role.watch(alarms, props.alarms ?? []);

    this.endpoint = new sagemaker.CfnEndpoint(this, 'Resource', {
      endpointName: this.endpointName,
      endpointConfigName: config.attrEndpointConfigName,
      deploymentConfig: deploymentConfig(shift, startupSeconds, this.rollbackAlarms),
    });
    this.endpoint.node.addDependency(role, logGroup);
    this.route = {
      model: `sagemaker_chat/${this.endpointName}`,
      region: stack.region,
      servedModelName: props.servedModelName ?? props.modelName,
    };
    this.egress = [serviceDestination(stack, 'runtime.sagemaker')];
    this.annotate(props, shift);
  }

  /** Lets an identity call the model, in whole answers and streams. */
  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'],
      resourceArns: [
        Stack.of(this).formatArn({ service: 'sagemaker', resource: 'endpoint', resourceName: this.endpointName }),
      ],
    });
  }

  /** A metric of the endpoint in the namespace `AWS/SageMaker`, such as `Invocation5XXErrors` or `ModelLatency` (microseconds). */
  public metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: SAGEMAKER_NAMESPACE,
      metricName,
      dimensionsMap: { EndpointName: this.endpointName, VariantName: VARIANT },
      ...options,
    }).attachTo(this);
  }

  private model(props: SageMakerModelProps, subnets: string[], securityGroup: ec2.ISecurityGroup): sagemaker.CfnModel {
    const { files } = props;
    return new sagemaker.CfnModel(this, 'Model', {
      executionRoleArn: this.role.roleArn,
      enableNetworkIsolation: props.networkIsolation ?? false,
      vpcConfig: { subnets, securityGroupIds: [securityGroup.securityGroupId] },
      primaryContainer: {
        image: props.repository.repositoryUriForTagOrDigest(props.tagOrDigest),
        environment: props.environment,
        modelDataSource: files && {
          s3DataSource: {
            s3Uri: files.bucket.s3UrlForObject(`${files.prefix}/`),
            s3DataType: 'S3Prefix',
            compressionType: 'None',
          },
        },
      },
    });
  }

  /** A configuration cannot be changed. It bears no name of ours, so that CloudFormation makes a new one, under a new name, for every change. */
  private config(
    props: SageMakerModelProps,
    model: sagemaker.CfnModel,
    startupSeconds: number,
  ): sagemaker.CfnEndpointConfig {
    return new sagemaker.CfnEndpointConfig(this, 'Config', {
      kmsKeyId: props.encryptionKey?.keyArn,
      productionVariants: [
        {
          variantName: VARIANT,
          modelName: model.attrModelName,
          instanceType: `ml.${props.accelerator.instanceType}`,
          inferenceAmiVersion: props.inferenceAmiVersion,
          initialInstanceCount: props.instances,
          initialVariantWeight: 1,
          modelDataDownloadTimeoutInSeconds: startupSeconds,
          containerStartupHealthCheckTimeoutInSeconds: startupSeconds,
        },
      ],
    });
  }

  private annotate(
    { encryptionKey, accelerator, instances, inferenceAmiVersion }: SageMakerModelProps,
    { kind, gates }: EndpointShift,
  ): void {
    const notes = Annotations.of(this);
    if (inferenceAmiVersion === undefined && accelerator.manufacturer === AcceleratorManufacturer.NVIDIA) {
      notes.addWarningV2(
        'cdk-llm-platform:defaultDriver',
        `ml.${accelerator.instanceType} gets the driver that SageMaker once chose for the type, on which containers of newer CUDA versions do not start: name an inferenceAmiVersion`,
      );
    }
    if (kind !== EndpointShiftKind.ROLLING)
      notes.addInfo(
        `a deployment runs ${isUnresolved(instances) ? 'as many' : instances} more instances of ml.${accelerator.instanceType} for its time; the quota must hold both fleets`,
      );
    if (gates.some(({ relative }) => relative))
      notes.addInfo(
        'gates are held to fixed limits here: an alarm of CloudWatch cannot compare the new fleet with the old one, and too few requests fire none',
      );
    if (this.rollbackAlarms.length === 0)
      notes.addWarningV2(
        'cdk-llm-platform:unguardedEndpoint',
        'no alarm guards the deployments of this endpoint: add a gate to its strategy, or an alarm',
      );
    if (encryptionKey && mebibytes(accelerator.localStorage) > 0)
      notes.addInfo(
        `the key does not encrypt the local storage of ml.${accelerator.instanceType}, which its own hardware does`,
      );
  }
}

/** Gates of a strategy that names none. */
const DEFAULT_GATES = [HealthGate.errorRatio()];

function defaultRollout(instances: number): RolloutStrategy {
  const gates = DEFAULT_GATES;
  if (instances === 1) return RolloutStrategy.blueGreen({ gates, scaleDownDelay: Duration.minutes(5) });
  const weight = isUnresolved(instances) || instances < 4 ? 50 : 25;
  return RolloutStrategy.canary({ steps: [{ weight, hold: Duration.minutes(5) }], gates });
}

function deploymentConfig(
  shift: EndpointShift,
  startupSeconds: number,
  alarms: readonly cloudwatch.IAlarm[],
): sagemaker.CfnEndpoint.DeploymentConfigProperty {
  const { kind, size, terminationWaitSeconds } = shift;
  const maximumExecutionTimeoutInSeconds = deploymentSeconds(shift, startupSeconds);
  const percent = { type: 'CAPACITY_PERCENT', value: size ?? 0 };
  return {
    autoRollbackConfiguration:
      alarms.length === 0 ? undefined : { alarms: alarms.map(({ alarmName }) => ({ alarmName })) },
    ...(kind === EndpointShiftKind.ROLLING
      ? {
          rollingUpdatePolicy: {
            maximumBatchSize: { type: 'INSTANCE_COUNT', value: size ?? 1 },
            waitIntervalInSeconds: waitSeconds(shift),
            maximumExecutionTimeoutInSeconds,
          },
        }
      : {
          blueGreenUpdatePolicy: {
            maximumExecutionTimeoutInSeconds,
            terminationWaitInSeconds: terminationWaitSeconds,
            trafficRoutingConfiguration: {
              type: kind,
              waitIntervalInSeconds: kind === EndpointShiftKind.ALL_AT_ONCE ? 0 : waitSeconds(shift),
              canarySize: kind === EndpointShiftKind.CANARY ? percent : undefined,
              linearStepSize: kind === EndpointShiftKind.LINEAR ? percent : undefined,
            },
          },
        }),
  };
}
