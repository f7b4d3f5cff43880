import { type Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { isUnresolved } from '../checks/unresolved';
import { type IModelMetrics } from './model-metrics';

/** Properties of `ModelAlarms`. */
export interface ModelAlarmsProps {
  /** The model, whose names are part of the alarms': `ModelMetrics.of` where the alarms exist before it, or a `ModelService`. */
  readonly model: IModelMetrics;

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
   * @throws when a limit cannot be, or the model has no such series; the error lists every problem.
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
    const { model } = props;
    this.timeToFirstToken = this.alarm(
      'TimeToFirstToken',
      'ttft',
      model.metricTimeToFirstToken(),
      limit,
      `95 of 100 requests to ${model.modelName} should get their first token within ${limit} s`,
    );
    this.errors = this.alarm(
      'Errors',
      'errors',
      model.metricErrorRatio(),
      errorRatio,
      `More than ${errorRatio * 100} % of the requests to ${model.modelName} are answered with a server error`,
    );
    if (props.autoscaled) {
      this.scaling = this.alarm(
        'Scaling',
        'scaling',
        model.metricScalingAlerts(),
        0,
        `${model.modelName} does not follow its load: look at the alerts ModelScalingBlind and ModelScalingPaused of Prometheus, which say what to do`,
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
    const { model } = this.props;
    const alarm = new cloudwatch.Alarm(this, id, {
      alarmName: `${model.environmentName}-${model.modelName}-${suffix}`,
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
