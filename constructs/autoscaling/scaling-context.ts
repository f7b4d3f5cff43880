import { type EngineMetrics } from '../models/engine-metrics';

/** What autoscaling needs to know of a model. */
export interface ScalingContext {
  /** Name of the model. */
  readonly model: string;
  /** Namespace of the model. */
  readonly namespace: string;
  /** Nodes of a replica: a LeaderWorkerSet is scaled with several, else a Rollout. */
  readonly nodes: number;
  /** Replicas that the model starts with; may be a deploy-time value. */
  readonly replicas: number;
  /** Metrics of its engine. */
  readonly metrics: EngineMetrics;
  /** Longest time until a replica has a node, seconds; may be a deploy-time value. */
  readonly capacityBudgetSeconds: number;
  /** Longest time that it then takes until it answers, seconds; may be a deploy-time value. */
  readonly startupBudgetSeconds: number;
  /** Address of Prometheus, as KEDA reaches it. */
  readonly prometheusAddress: string;
  /** Time that a replica may take to drain, seconds. */
  readonly terminationGracePeriodSeconds: number;
}
