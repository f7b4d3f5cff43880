import { type EngineMetrics } from '../models/engine-metrics';
import { type ResolvedTimings } from '../models/resolved-timings';

/** What autoscaling needs to know of a model. */
export interface ScalingContext
  extends Pick<ResolvedTimings, 'capacityBudgetSeconds' | 'startupBudgetSeconds' | 'terminationGracePeriodSeconds'> {
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
  /** Address of Prometheus, as KEDA reaches it. */
  readonly prometheusAddress: string;
}
