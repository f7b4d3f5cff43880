import { type EngineMetrics } from '../models/engine-metrics';
import { type ResolvedTimings } from '../models/resolved-timings';
import { type RolloutStrategy } from '../rollout/rollout-strategy';

/** What routing needs to know of a model. */
export interface RoutingContext
  extends Pick<ResolvedTimings, 'scrapeIntervalSeconds' | 'terminationGracePeriodSeconds'> {
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
}
