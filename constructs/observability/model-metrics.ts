import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { modelNameProblems } from '../models/names';
import {
  environmentNameProblems,
  ERROR_RATIO,
  metricNamespace,
  MODEL_DIMENSION,
  REQUEST_RATE,
  SCALING_ALERTS,
  TTFT_P95,
} from './model-series';

/** A model whose series `MetricBridge` brings to CloudWatch: by its names, or a `ModelService` with an `environmentName`. */
export interface IModelMetrics {
  /** Name of the environment, as its `MetricBridge` has it; undefined for a model without series. */
  readonly environmentName?: string;

  /** Name of the model. */
  readonly modelName: string;

  /** 95th percentile of the time to first token over five minutes, seconds. */
  metricTimeToFirstToken(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Share of requests answered with a server error over five minutes, 0 to 1. */
  metricErrorRatio(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Requests a second over five minutes. */
  metricRequests(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Alerts on the scaling of the model that fire. */
  metricScalingAlerts(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}

/**
 * Metrics of a model in CloudWatch: the series that `MetricBridge` brings there. They are known by names alone, so alarms and dashboards
 * may use them before the model exists.
 *
 * A model has no series of what its engine does not export; see `MetricBridge`.
 *
 * @example
 * const waiting = ModelMetrics.of('production', 'chat').metricTimeToFirstToken();
 */
export class ModelMetrics implements IModelMetrics {
  /**
   * Metrics of a model.
   *
   * @param environmentName name of the environment, as its `MetricBridge` has it
   * @param modelName name of the model
   * @throws when a name cannot be; the error lists both.
   */
  public static of(environmentName: string, modelName: string): ModelMetrics {
    const problems = [...environmentNameProblems(environmentName), ...modelNameProblems('modelName', modelName)];
    if (problems.length > 0) throw new Error(`ModelMetrics:\n  ${problems.join('\n  ')}`);
    return new ModelMetrics(environmentName, modelName, metricNamespace(environmentName));
  }

  private constructor(
    public readonly environmentName: string | undefined,
    public readonly modelName: string,
    private readonly namespace: string,
  ) {}

  /**
   * 95th percentile of the time to first token over five minutes, seconds.
   *
   * @default - the largest value of each minute
   */
  public metricTimeToFirstToken(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(TTFT_P95, cloudwatch.Stats.MAXIMUM, props);
  }

  /**
   * Share of requests answered with a server error over five minutes, 0 to 1.
   *
   * @default - the largest value of each minute
   */
  public metricErrorRatio(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(ERROR_RATIO, cloudwatch.Stats.MAXIMUM, props);
  }

  /**
   * Requests a second over five minutes, also those that fail; without those of probes and scrapes.
   *
   * @default - the average of each minute
   */
  public metricRequests(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(REQUEST_RATE, cloudwatch.Stats.AVERAGE, props);
  }

  /**
   * Alerts on the scaling of the model that fire; only of a model whose replicas follow its load.
   *
   * @default - the largest value of each minute
   */
  public metricScalingAlerts(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(SCALING_ALERTS, cloudwatch.Stats.MAXIMUM, props);
  }

  private metric(metricName: string, statistic: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: this.namespace,
      metricName,
      dimensionsMap: { [MODEL_DIMENSION]: this.modelName },
      statistic,
      period: Duration.minutes(1),
      ...props,
    });
  }
}
