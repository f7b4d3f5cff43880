import { type Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { isUnresolved } from '../checks/unresolved';
import { modelNameProblems } from '../models/names';
import { ModelMetrics } from './model-metrics';
import { environmentNameProblems } from './model-series';

/** Properties of `ModelAlarms`. */
export interface ModelAlarmsProps {
  /** Name of the environment, as its `MetricBridge` has it; part of the alarms' names. */
  readonly environmentName: string;

  /** Name of the model. */
  readonly modelName: string;

  /** Longest time to first token that is acceptable, 95th percentile over five minutes; known at synth. */
  readonly timeToFirstToken: Duration;

  /**
   * Largest acceptable share of requests answered with a server error, more than 0 and at most 1; known at synth.
   *
   * @default 0.02
   */
  readonly errorRatio?: number;

  /**
   * Whether the replicas of the model follow its load: then there is an alarm on the alerts of its scaling, which without an Alertmanager
   * tell nobody.
   *
   * @default false
   */
  readonly autoscaled?: boolean;

  /**
   * What happens when an alarm fires and when it is over, such as a message to an SNS topic.
   *
   * @default - nothing
   */
  readonly actions?: cloudwatch.IAlarmAction[];
}

/**
 * Alarms of a model under names that never change: `<environment>-<model>-ttft`, `<environment>-<model>-errors`, and for one whose replicas
 * follow its load `<environment>-<model>-scaling`.
 *
 * They exist before the model, so that its deployment can be guarded by them. A model without requests has no such series,
 * so their absence is no alarm; that the series come at all is watched by `MetricBridge`.
 */
export class ModelAlarms extends Construct {
  /** Fires when the time to first token is too long. */
  public readonly timeToFirstToken: cloudwatch.Alarm;

  /** Fires when too many requests fail. */
  public readonly errors: cloudwatch.Alarm;

  /** Fires when nothing can read by what the model is scaled, or a pause of its scaling was forgotten; only with `autoscaled`. */
  public readonly scaling?: cloudwatch.Alarm;

  /**
   * @throws when a name or a limit cannot be; the error lists every problem.
   */
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ModelAlarmsProps,
  ) {
    super(scope, id);
    const errorRatio = props.errorRatio ?? 0.02;
    const unknown = props.timeToFirstToken.isUnresolved();
    const limit = unknown ? NaN : props.timeToFirstToken.toSeconds({ integral: false });
    const problems = [
      ...environmentNameProblems(props.environmentName),
      ...modelNameProblems('modelName', props.modelName),
      ...(limit > 0 && Number.isFinite(limit)
        ? []
        : [
            `timeToFirstToken: expected more than 0 s, got ${unknown ? 'a deploy-time value' : `${limit} s`}; Duration.seconds(2) is two seconds`,
          ]),
      ...(errorRatio > 0 && errorRatio <= 1
        ? []
        : [
            `errorRatio: expected more than 0 and at most 1, got ${isUnresolved(errorRatio) ? 'a deploy-time value' : errorRatio}; 0.02 is two of a hundred requests`,
          ]),
    ];
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);
    const metrics = ModelMetrics.of(props.environmentName, props.modelName);
    this.timeToFirstToken = this.alarm(
      'TimeToFirstToken',
      'ttft',
      metrics.metricTimeToFirstToken(),
      limit,
      `95 of 100 requests to ${props.modelName} should get their first token within ${limit} s`,
    );
    this.errors = this.alarm(
      'Errors',
      'errors',
      metrics.metricErrorRatio(),
      errorRatio,
      `More than ${errorRatio * 100} % of the requests to ${props.modelName} are answered with a server error`,
    );
    if (props.autoscaled) {
      this.scaling = this.alarm(
        'Scaling',
        'scaling',
        metrics.metricScalingAlerts(),
        0,
        `${props.modelName} does not follow its load: look at the alerts ModelScalingBlind and ModelScalingPaused of Prometheus, which say what to do`,
      );
    }
  }

  private alarm(
    id: string,
    suffix: string,
    metric: cloudwatch.IMetric,
    threshold: number,
    alarmDescription: string,
  ): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, id, {
      alarmName: `${this.props.environmentName}-${this.props.modelName}-${suffix}`,
      alarmDescription,
      metric,
      threshold,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(...(this.props.actions ?? []));
    alarm.addOkAction(...(this.props.actions ?? []));
    return alarm;
  }
}
