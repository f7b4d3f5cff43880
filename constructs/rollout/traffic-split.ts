import { replicasForWeight } from './replica-weights';

/** What a split is asked for. */
export interface TrafficSplitBindOptions {
  /** Replicas of the model. */
  readonly replicas: number;
  /** Replicas above that number while it rolls out. */
  readonly maxSurge: number;
  /** Weights of the steps, percent. */
  readonly weights: number[];
  /** Service of the stable revision. */
  readonly stableService: string;
  /** Service of the canary. */
  readonly canaryService: string;
}

/** What a weight really is. */
export interface EffectiveWeight {
  /** Weight that was asked for, percent. */
  readonly weight: number;
  /** Share of requests that the canary gets, percent, rounded to one decimal. */
  readonly actualWeight: number;
  /** Replicas of the canary at this weight. */
  readonly canaryReplicas: number;
  /** Replicas of the stable revision at this weight. */
  readonly stableReplicas: number;
}

/** What a split does with a rollout. */
export interface TrafficSplitConfig {
  /** What each weight really is, in the order in which they were given. */
  readonly weights: EffectiveWeight[];

  /**
   * Field `trafficRouting` of the Argo Rollouts canary strategy, as JSON.
   *
   * @default - traffic is not routed; it follows the replicas
   */
  readonly trafficRoutingJson?: string;
}

/** Splits requests between the stable revision and the canary. */
export interface ITrafficSplit {
  /**
   * Called once a rollout, with known replicas.
   *
   * @param options the rollout
   */
  bind(options: TrafficSplitBindOptions): TrafficSplitConfig;
}

/** The traffic splits that come with the library. */
export class TrafficSplit {
  /**
   * Requests follow the replicas: one Service selects the pods of both revisions.
   *
   * It needs no extra component and at most `maxSurge` extra replicas. A weight can only be a multiple of 1/replicas.
   */
  public static replicas(): ITrafficSplit {
    return {
      bind: ({ replicas, maxSurge, weights }) => ({
        weights: weights.map((weight) => {
          const { canary, stable } = replicasForWeight(replicas, weight, maxSurge);
          return {
            weight,
            actualWeight: Math.round((canary * 1000) / (canary + stable)) / 10,
            canaryReplicas: canary,
            stableReplicas: stable,
          };
        }),
      }),
    };
  }

  private constructor() {}
}
