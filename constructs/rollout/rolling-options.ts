import { type HealthGate } from './health-gate';
import { type Judgement } from './judgement';

/** Options of a rolling update. */
export interface RollingOptions {
  /**
   * Replicas above the model's number while it rolls out. Each needs a free GPU.
   *
   * @default 1
   */
  readonly maxSurge?: number;

  /**
   * Replicas that may be missing while it rolls out.
   *
   * @default 0
   */
  readonly maxUnavailable?: number;

  /**
   * Conditions that abort the update when it breaks them. They are watched while pods are replaced, and do not hold up the
   * promotion.
   *
   * @default - none: only readiness is judged
   */
  readonly gates?: HealthGate[];

  /**
   * When and how often the gates are judged.
   *
   * @default - see `Judgement`
   */
  readonly judgement?: Judgement;
}
