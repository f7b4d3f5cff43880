import { type EngineMetrics } from '../models/engine-metrics';
import { type RolloutStrategy } from '../rollout/rollout-strategy';

/** What routing needs to know of a model. */
export interface RoutingContext {
  /** Name of the model. */
  readonly model: string;
  /** Namespace of the model. */
  readonly namespace: string;
  /** Labels of the pods that answer requests. */
  readonly podLabels: { readonly [label: string]: string };
  /** Metrics of the engine. */
  readonly metrics: EngineMetrics;
  /** Path of the metrics. */
  readonly metricsPath: string;
  /** Secrets with credentials for registries, of every pod of the model. */
  readonly imagePullSecrets: readonly string[];
  /** LoRA adapters that are served beside the model. */
  readonly adapters: readonly unknown[];
  /** How the model goes from one revision to the next. */
  readonly rollout: RolloutStrategy;
  /** Time between two scrapes of metrics, seconds. */
  readonly scrapeIntervalSeconds: number;
  /** Time that a request in flight may take when a pod ends, seconds. */
  readonly terminationGracePeriodSeconds: number;
}
