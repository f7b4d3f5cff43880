import { type EngineMetrics } from '../models/engine-metrics';

/** A model whose series go to CloudWatch: a `ModelService`, or name and metrics of a model that another app has. */
export interface IBridgedModel {
  /** Name of the model. */
  readonly modelName: string;

  /**
   * Names of its engine's metrics. Of what an engine does not tell there is no series, and the alarm on it never fires.
   *
   * @default - those of vLLM
   */
  readonly metrics?: EngineMetrics;

  /**
   * Whether its replicas follow the load, so that its alerts on scaling become a series.
   *
   * @default false
   */
  readonly autoscaled?: boolean;
}
