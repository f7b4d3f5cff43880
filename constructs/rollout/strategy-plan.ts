import { type AnalysisContext } from './analysis';
import { type ArgoAnalysisTemplate, type ArgoStrategy } from './argo-types';
import { type BlueGreenOptions } from './blue-green-options';
import { type ResolvedCanary } from './resolved-canary';
import { type EffectiveWeight } from './traffic-split';

/** What a strategy needs to know of the model it rolls out; the Service that callers use has its name. */
export interface RolloutContext extends AnalysisContext {
  /** Replicas of the model; may be a deploy-time value. */
  readonly replicas: number;
  /** Time that a new pod is expected to take until it is ready, seconds. */
  readonly expectedStartupSeconds: number;
  /** Time that a pod is expected to wait for a new node, seconds; 0 where nodes are there at all times. */
  readonly expectedNodeWaitSeconds: number;
  /** Service of the canary, or of the preview. */
  readonly canaryService: string;
}

/** A strategy, rendered. */
export interface RenderedStrategy {
  readonly strategy: ArgoStrategy;
  readonly templates: readonly ArgoAnalysisTemplate[];
  /** Index of the Argo step at which the first step of a canary has passed, its hold and its verdict included; absent without steps. */
  readonly firstStepEndsAt?: number;
}

/** Options of a blue/green rollout, with its time in seconds. */
export interface ResolvedBlueGreen extends Omit<BlueGreenOptions, 'scaleDownDelay'> {
  readonly scaleDownDelaySeconds: number;
}

/** What was asked for, for deployers other than Argo Rollouts. */
export type StrategyOptions =
  | { readonly kind: 'canary' | 'rolling'; readonly options: ResolvedCanary }
  | { readonly kind: 'blueGreen'; readonly options: ResolvedBlueGreen };

/** One kind of rollout. */
export interface StrategyPlan {
  readonly asked: StrategyOptions;
  /** What is wrong, one problem per line. */
  problems(subject: RolloutContext): string[];
  /** Spec of the Rollout's strategy and the templates it refers to. */
  render(subject: RolloutContext): RenderedStrategy;
  /** Time that the rollout takes when nothing goes wrong, seconds. */
  plannedSeconds(subject: RolloutContext): number;
  /** What the weights of the steps will really be; empty while the replicas are unknown. */
  weights(replicas: number): EffectiveWeight[];
  /** Replicas above the model's that exist at once while it rolls out. */
  surge(replicas: number): number;
  /** What a person should know before a rollout, one line each. */
  notes(replicas: number): string[];
}
