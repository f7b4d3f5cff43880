import { secondsOf, wholeSecondsProblems } from '../checks/durations';
import { type CanaryOptions, type CanaryStep } from './canary-options';
import { type HealthGate } from './health-gate';

/** A window of the gates, two measurements above a limit, and half a minute to spare. */
const DEFAULT_BAKE_SECONDS = 420;

/** A step of a canary, with its time in seconds. */
export interface ResolvedStep extends Omit<CanaryStep, 'hold'> {
  readonly holdSeconds: number;
}

/** Options of a canary, with its times in seconds. */
export interface ResolvedCanary
  extends Omit<CanaryOptions, 'steps' | 'bakeTime' | 'scaleDownDelay' | 'abortScaleDownDelay'> {
  readonly steps: readonly ResolvedStep[];
  readonly bakeSeconds: number;
  readonly scaleDownDelaySeconds?: number;
  readonly abortScaleDownDelaySeconds?: number;
}

/** Resolves the times of a canary. Fractions stay, for {@link canaryTimeProblems}. */
export function resolveCanary({
  steps,
  bakeTime,
  scaleDownDelay,
  abortScaleDownDelay,
  ...rest
}: CanaryOptions): ResolvedCanary {
  return {
    ...rest,
    steps: steps.map(({ hold, ...step }) => ({ ...step, holdSeconds: hold === undefined ? 0 : secondsOf(hold) })),
    bakeSeconds: bakeTime === undefined ? defaultBakeSeconds(rest.gates) : secondsOf(bakeTime),
    scaleDownDelaySeconds: scaleDownDelay && secondsOf(scaleDownDelay),
    abortScaleDownDelaySeconds: abortScaleDownDelay && secondsOf(abortScaleDownDelay),
  };
}

/** Bake time of a canary that gives none, seconds. */
export function defaultBakeSeconds(gates: readonly HealthGate[] = []): number {
  return gates.length > 0 ? DEFAULT_BAKE_SECONDS : 0;
}

/** What is wrong with the times of a canary, one problem per line. */
export function canaryTimeProblems({
  steps,
  bakeSeconds,
  scaleDownDelaySeconds = 0,
  abortScaleDownDelaySeconds = 0,
}: ResolvedCanary): string[] {
  return [
    ...steps.flatMap(({ holdSeconds }, index) =>
      wholeSecondsProblems(`steps[${index}].hold`, holdSeconds, 0, 'it is the time at this weight'),
    ),
    ...wholeSecondsProblems('bakeTime', bakeSeconds, 0, 'it is the time at full weight'),
    ...wholeSecondsProblems(
      'scaleDownDelay',
      scaleDownDelaySeconds,
      0,
      'it is the time that the old revision stays up',
    ),
    ...wholeSecondsProblems(
      'abortScaleDownDelay',
      abortScaleDownDelaySeconds,
      0,
      'it is the time that an aborted canary stays up',
    ),
  ];
}
