import { isUnresolved } from '../checks/unresolved';
import { type BlueGreenOptions } from './blue-green-options';
import { BlueGreenPlan } from './blue-green-plan';
import { type CanaryOptions } from './canary-options';
import { CanaryPlan } from './canary-plan';
import { type HealthGate } from './health-gate';
import { defaultBakeSeconds, resolveCanary } from './resolved-canary';
import { type RollingOptions } from './rolling-options';
import { type StrategyPlan } from './strategy-plan';
import { type EffectiveWeight } from './traffic-split';

/**
 * How a model goes from one revision to the next.
 *
 * @example
 * RolloutStrategy.canary({
 *   steps: [{ weight: 25, hold: Duration.minutes(5) }, { weight: 50, hold: Duration.minutes(5) }],
 *   gates: [HealthGate.timeToFirstToken(), HealthGate.errorRatio(), HealthGate.forwardProgress()],
 * });
 */
export class RolloutStrategy {
  /** Step by step, judged on metrics. The first deployment of a model skips the steps: there is nothing to compare with. */
  public static canary(options: CanaryOptions): RolloutStrategy {
    return new RolloutStrategy(new CanaryPlan(resolveCanary(options)), options);
  }

  /** All at once, next to the old revision, which stays for a way back. Needs as many GPUs again. */
  public static blueGreen(options: BlueGreenOptions = {}): RolloutStrategy {
    return new RolloutStrategy(new BlueGreenPlan(options));
  }

  /** Pod by pod, judged on readiness and, when given, on gates. */
  public static rolling(options: RollingOptions = {}): RolloutStrategy {
    return new RolloutStrategy(new CanaryPlan({ ...options, steps: [], bakeSeconds: 0 }, false));
  }

  /**
   * Rollout of a model that does not say how it rolls out: two steps. Its times are in seconds, because charts know no `Duration`.
   *
   * @internal
   */
  public static _default(gates: HealthGate[], replicas: number): RolloutStrategy {
    const steps = [
      { weight: 25, holdSeconds: 240 },
      { weight: 50, holdSeconds: 180 },
    ];
    // A quarter at a time: however many replicas there are, their starts fit into the deadline of a deployment.
    const maxSurge = isUnresolved(replicas) ? 1 : Math.max(1, Math.ceil(replicas / 4));
    return new RolloutStrategy(new CanaryPlan({ steps, gates, maxSurge, bakeSeconds: defaultBakeSeconds(gates) }));
  }

  /** Whether a deployment ends when the first step of the canary has passed. */
  public readonly detached: boolean;

  /** @internal */
  public readonly _plan: StrategyPlan;

  private constructor(
    plan: StrategyPlan,
    private readonly canary?: CanaryOptions,
  ) {
    this._plan = plan;
    this.detached = canary?.detached ?? false;
  }

  /**
   * The strategy of a model with those default gates: a canary that names none is judged by them.
   *
   * @internal
   */
  public _judgedBy(gates: HealthGate[]): RolloutStrategy {
    return this.canary && !this.canary.gates ? RolloutStrategy.canary({ ...this.canary, gates }) : this;
  }

  /**
   * What the weights of the steps will really be; empty while the replicas are a deploy-time value.
   *
   * @param replicas replicas of the model
   */
  public effectiveWeights(replicas: number): EffectiveWeight[] {
    return this._plan.weights(replicas);
  }

  /**
   * Replicas above the model's that exist at once while it rolls out, to size node groups and quotas by.
   *
   * @param replicas replicas of the model
   */
  public surgeReplicas(replicas: number): number {
    return this._plan.surge(replicas);
  }

  /**
   * What a person should know before a rollout, one line each.
   *
   * @param replicas replicas of the model
   */
  public notes(replicas: number): string[] {
    return this._plan.notes(replicas);
  }
}
