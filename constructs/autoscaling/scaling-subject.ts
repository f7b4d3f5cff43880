import { type EngineMetrics } from '../models/engine-metrics';

/** What autoscaling needs to know of a model. */
export interface ScalingSubject {
  /** Name of the model. */
  readonly model: string;
  /** Namespace of the model. */
  readonly namespace: string;
  /** API version of what is scaled. */
  readonly targetApiVersion: string;
  /** Kind of what is scaled. */
  readonly targetKind: string;
  /** Replicas that the model starts with; may be a deploy-time value. */
  readonly replicas: number;
  /** Metrics of its engine. */
  readonly metrics: EngineMetrics;
  /** Longest time until a replica has a node, seconds; may be a deploy-time value. */
  readonly capacityBudgetSeconds: number;
  /** Longest time that it then takes until it answers, seconds; may be a deploy-time value. */
  readonly startupBudgetSeconds: number;
  /** Time that a replica may take to drain, seconds. */
  readonly drainSeconds: number;
}
