import { secondsOf } from '../checks/durations';
import { type ModelAutoscaling } from './model-autoscaling';
import { type ScalingContext } from './scaling-context';

/** The times of an autoscaler, seconds. */
export interface ScalingTimes {
  readonly scaleDownWindowSeconds: number;
  readonly pollingIntervalSeconds: number;
}

/** Resolves the times of an autoscaler. Fractions stay, for `scalingProblems`. */
export function scalingTimes(
  { scaleDownWindow, pollingInterval }: ModelAutoscaling,
  { terminationGracePeriodSeconds }: Pick<ScalingContext, 'terminationGracePeriodSeconds'>,
): ScalingTimes {
  return {
    scaleDownWindowSeconds:
      scaleDownWindow === undefined ? Math.max(300, terminationGracePeriodSeconds) : secondsOf(scaleDownWindow),
    pollingIntervalSeconds: pollingInterval === undefined ? 15 : secondsOf(pollingInterval),
  };
}
