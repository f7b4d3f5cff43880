import { secondsOf } from '../checks/durations';
import { type ModelAutoscaling, type RequestQueue, type ScalingSchedule } from './model-autoscaling';
import { type ScalingContext } from './scaling-context';

/** The scaling of a model with every default, its times in seconds. A target that has a default is undefined where the engine has no metric for it. */
export interface ResolvedAutoscaling
  extends Omit<ModelAutoscaling, 'requestQueue' | 'schedules' | 'scaleDownWindow' | 'pollingInterval'> {
  readonly requestQueue?: RequestQueue & { readonly perReplica: number };
  readonly schedules: ScalingSchedule[];
  readonly scaleDownWindowSeconds: number;
  readonly pollingIntervalSeconds: number;
  readonly fallbackReplicas: number;
}

/** Requests that wait for each replica. */
const WAITING_PER_REPLICA = 5;

/** Resolves the scaling of a model. What cannot be stays, for `scalingProblems`. */
export function resolveAutoscaling(
  { scaleDownWindow, pollingInterval, requestQueue, ...scaling }: ModelAutoscaling,
  { metrics, replicas, terminationGracePeriodSeconds }: ScalingContext,
): ResolvedAutoscaling {
  const { waitingPerReplica = WAITING_PER_REPLICA } = scaling;
  return {
    ...scaling,
    waitingPerReplica: metrics.requestsWaiting === undefined ? scaling.waitingPerReplica : waitingPerReplica,
    kvCacheUsage: scaling.kvCacheUsage ?? (metrics.kvCacheUsage === undefined ? undefined : 0.7),
    requestQueue: requestQueue && { ...requestQueue, perReplica: waitingPerReplica },
    schedules: scaling.schedules ?? [],
    scaleDownWindowSeconds: scaleDownWindow
      ? secondsOf(scaleDownWindow)
      : Math.max(300, Math.ceil(terminationGracePeriodSeconds)),
    pollingIntervalSeconds: pollingInterval ? secondsOf(pollingInterval) : 15,
    fallbackReplicas: scaling.fallbackReplicas ?? replicas,
  };
}
