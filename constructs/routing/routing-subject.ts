import { type EngineMetrics } from '../models/engine-metrics';

/** What routing needs to know of a model. */
export interface RoutingSubject {
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
  /** Whether LoRA adapters are served beside the model. */
  readonly adapters: boolean;
  /** Whether two revisions run side by side of which only one may get requests. */
  readonly switchesAtOnce: boolean;
  /** Time between two scrapes of metrics, seconds. */
  readonly scrapeIntervalSeconds: number;
  /** Time that a request in flight may take when a pod ends, seconds. */
  readonly drainSeconds: number;
}
