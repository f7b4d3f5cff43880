import { MODEL_LABEL } from '../kubernetes/contract/names';
import { type ResolvedAutoscaling } from './resolved-autoscaling';
import { MAX_POLICY_PERIOD } from './scaling-problems';
import { type ScalingContext } from './scaling-context';

/** Label of a model's series, which its PodMonitor copies from its pods. */
const MODEL_SERIES_LABEL = MODEL_LABEL.replace(/[^a-zA-Z0-9]/g, '_');

/** A trigger of a ScaledObject. */
interface ScaledObjectTrigger {
  readonly type: 'prometheus' | 'cron';
  readonly name: string;
  readonly metricType: 'AverageValue';
  readonly metadata: { readonly [key: string]: string };
}

/** Looks at the load that must fail in a row before the fallback counts. */
const FAILURES = 3;

/** What is scaled. */
const ROLLOUT = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' };
const GROUPS = { apiVersion: 'leaderworkerset.x-k8s.io/v1', kind: 'LeaderWorkerSet' };

/** Spec of a ScaledObject (keda.sh/v1alpha1), as far as models use it. */
export type ScaledObjectSpec = ReturnType<typeof scaledObjectSpec>;

/** Spec of the ScaledObject of a model. */
export function scaledObjectSpec(scaling: ResolvedAutoscaling, context: ScalingContext) {
  const { scaleDownWindowSeconds: window, pollingIntervalSeconds } = scaling;
  return {
    scaleTargetRef: { ...(context.nodes > 1 ? GROUPS : ROLLOUT), name: context.model },
    minReplicaCount: scaling.minReplicas,
    maxReplicaCount: scaling.maxReplicas,
    pollingInterval: pollingIntervalSeconds,
    // Only the last replica goes after it; the others go by the window.
    cooldownPeriod: window,
    // Where no request has ever come KEDA takes the last replica at once: before its first deployment had seen it answer.
    initialCooldownPeriod:
      scaling.minReplicas === 0 ? context.capacityBudgetSeconds + context.startupBudgetSeconds + window : undefined,
    fallback: {
      failureThreshold: FAILURES,
      replicas: scaling.fallbackReplicas,
      behavior: 'currentReplicasIfHigher',
    },
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: {
          // A new replica takes minutes until it answers: it is asked for at once.
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              { type: 'Percent', value: 100, periodSeconds: 60 },
              { type: 'Pods', value: 2, periodSeconds: 60 },
            ],
          },
          // One replica at a time, and the next one when that has drained.
          scaleDown: {
            stabilizationWindowSeconds: window,
            selectPolicy: 'Min',
            policies: [
              {
                type: 'Pods',
                value: 1,
                periodSeconds: Math.min(MAX_POLICY_PERIOD, Math.max(1, context.terminationGracePeriodSeconds)),
              },
            ],
          },
        },
      },
    },
    triggers: triggers(scaling, context),
  };
}

function triggers(scaling: ResolvedAutoscaling, context: ScalingContext): ScaledObjectTrigger[] {
  const prometheus = (name: string, query: string, threshold: number): ScaledObjectTrigger => ({
    type: 'prometheus',
    name,
    metricType: 'AverageValue',
    metadata: {
      serverAddress: context.prometheusAddress,
      query,
      threshold: String(threshold),
      // By default KEDA takes an empty answer, as after a metric was renamed, for no load.
      ignoreNullValues: 'false',
    },
  });
  const { metrics } = context;
  const total = (metric: string) => {
    const sum = `sum(${seriesOf(metric, context)})`;
    // Without a replica there is no series; the trigger of the request queue is the one that must not be empty then.
    return scaling.minReplicas === 0 ? `${sum} or vector(0)` : sum;
  };
  const engine: [string, string | undefined, number | undefined][] = [
    ['waiting', metrics.requestsWaiting, scaling.waitingPerReplica],
    ['kv-cache', metrics.kvCacheUsage, scaling.kvCacheUsage],
    ['running', metrics.requestsRunning, scaling.runningPerReplica],
  ];
  return [
    ...engine.flatMap(([name, metric, target]) =>
      metric === undefined || target === undefined ? [] : [prometheus(name, total(metric), target)],
    ),
    ...(scaling.requestQueue === undefined
      ? []
      : [prometheus('held', scaling.requestQueue.queuedRequestsQuery, scaling.requestQueue.perReplica)]),
    ...scaling.schedules.map(
      ({ start, end, timezone, replicas }, index): ScaledObjectTrigger => ({
        type: 'cron',
        name: `schedule-${index}`,
        metricType: 'AverageValue',
        metadata: { timezone, start, end, desiredReplicas: String(replicas) },
      }),
    ),
  ];
}

/** Selector of a metric of all replicas of a model. */
export function seriesOf(metric: string, { namespace, model }: Pick<ScalingContext, 'namespace' | 'model'>): string {
  return `${metric}{namespace="${namespace}",${MODEL_SERIES_LABEL}="${model}"}`;
}
