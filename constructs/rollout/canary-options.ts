import { type Duration } from 'aws-cdk-lib';
import { type ModelObjectives } from './gate-options';
import { type HealthGate } from './health-gate';
import { type Judgement } from './judgement';
import { type ITrafficSplit } from './traffic-split';

/** A step of a canary. */
export interface CanaryStep {
  /** Share of requests that the canary gets, percent, from 1 to 100. Weights ascend from step to step. */
  readonly weight: number;

  /**
   * Time to stay at this weight before the gates give their verdict, in whole seconds.
   *
   * @default Duration.seconds(0)
   */
  readonly hold?: Duration;

  /**
   * Replicas of the canary at this step. Needs a traffic split that routes.
   *
   * @default - follows the weight
   */
  readonly canaryReplicas?: number;
}

/** Options of a canary. */
export interface CanaryOptions {
  /** Steps before the full promotion, which needs no step of its own. */
  readonly steps: CanaryStep[];

  /**
   * Conditions that abort the canary when it breaks them. With an empty list only readiness is judged.
   *
   * @default - those of a model that names no strategy: every gate that its metrics can answer
   */
  readonly gates?: HealthGate[];

  /**
   * When and how often the gates are judged.
   *
   * @default - see `Judgement`
   */
  readonly judgement?: Judgement;

  /**
   * Time at full weight after the last step, in whole seconds, before the rollout is done. The gates go on, compared with the past of the stable
   * revision, and so do the objectives. With a split by replicas the old pods are gone by then, and the way back is their cold start;
   * with one that routes they stay, with their GPUs. `Duration.seconds(0)` for none.
   *
   * @default - 7 minutes with gates, else none
   */
  readonly bakeTime?: Duration;

  /**
   * Objectives of the model, which end a bake that misses them where the stable revision met them.
   *
   * @default - none
   */
  readonly objectives?: ModelObjectives;

  /**
   * How requests are split between the revisions.
   *
   * @default TrafficSplit.replicas()
   */
  readonly trafficSplit?: ITrafficSplit;

  /**
   * Replicas above the model's number while it rolls out. Each needs a free GPU.
   *
   * @default 1
   */
  readonly maxSurge?: number;

  /**
   * Replicas that may be missing while it rolls out. With `maxSurge: 0` and `maxUnavailable: 1` a rollout needs no free GPU,
   * and serves with one replica less.
   *
   * @default 0
   */
  readonly maxUnavailable?: number;

  /**
   * Fewest pods of each revision while traffic is routed.
   *
   * @default - Argo's default, 1
   */
  readonly minPodsPerReplicaSet?: number;

  /**
   * Shrink the stable revision as the canary grows. Needs a traffic split that routes.
   *
   * @default false
   */
  readonly dynamicStableScale?: boolean;

  /**
   * Time that the old revision stays up after a promotion, in whole seconds. Needs a traffic split that routes.
   *
   * @default - Argo's default, 30 seconds
   */
  readonly scaleDownDelay?: Duration;

  /**
   * Time that an aborted canary stays up, in whole seconds. Needs a traffic split that routes.
   *
   * @default - Argo's default, 30 seconds
   */
  readonly abortScaleDownDelay?: Duration;

  /**
   * A deployment ends when the first step of the canary has passed, its hold and its verdict included; the canary then goes on under its
   * analysis. A first deployment has no canary, and is waited for.
   * For rollouts that take longer than a deployment may.
   *
   * @default false
   */
  readonly detached?: boolean;
}
