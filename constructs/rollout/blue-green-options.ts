import { type Duration } from 'aws-cdk-lib';
import { type HealthGate } from './health-gate';
import { type Judgement } from './judgement';

/** Options of a blue/green rollout. */
export interface BlueGreenOptions {
  /**
   * Replicas of the new revision before the switch.
   *
   * @default - as many as the model has, so that the switch needs as many GPUs again
   */
  readonly previewReplicas?: number;

  /**
   * Time that the old revision stays up after the switch, in whole seconds; the gates are judged within it, and an abort goes back
   * to it at once.
   *
   * @default Duration.minutes(5)
   */
  readonly scaleDownDelay?: Duration;

  /**
   * Conditions that take the switch back. All requests go to one revision at a time, so only gates that are not relative
   * to the stable revision can be judged. `HealthGate.syntheticRequest()` is asked before the switch too: what does not answer
   * gets no requests.
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
