import { SCALING_PAUSE_ANNOTATIONS } from '../kubernetes/names';
import { type ModelAutoscaling } from './model-autoscaling';
import { seriesOf } from './scaled-object';
import { type ScalingContext } from './scaling-context';

/** Alert on an autoscaler that cannot read what it scales by. */
export const SCALING_BLIND_ALERT = 'ModelScalingBlind';

/** Alert on a pause of scaling that was forgotten. */
export const SCALING_PAUSED_ALERT = 'ModelScalingPaused';

/** An alert of Prometheus. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
}

/** Minutes after which a pause has outlived every deployment: the longest one and the time to notice. */
const LONGEST_PAUSE_MINUTES = 65;

/**
 * Alerts on scaling that does not work. The fallback keeps a model up while nobody can read its load, and thereby hides that
 * nobody can.
 */
export function scalingAlerts(scaling: ModelAutoscaling, context: ScalingContext): AlertRule[] {
  const { model, namespace, metrics } = context;
  const labels = { severity: 'warning', model };
  const read = [
    metrics.requestsWaiting,
    metrics.kvCacheUsage,
    scaling.runningPerReplica === undefined ? undefined : metrics.requestsRunning,
  ].filter((metric) => metric !== undefined);
  return [
    ...read.map(
      (metric): AlertRule => ({
        alert: SCALING_BLIND_ALERT,
        // A model whose first replica still loads has no series either: only one with a ready pod should have.
        expr: `absent(${seriesOf(metric, context)}) and on () (sum(kube_pod_status_ready{namespace="${namespace}",condition="true",pod=~"${podsOf(context)}"}) > 0)`,
        for: '5m',
        // Without it the alerts on several metrics would be one, and the end of one that of all.
        labels: { ...labels, metric },
        annotations: {
          summary: `${namespace}/${model} is scaled without ${metric}, which no ready replica exports`,
          action: `compare what a replica answers at /metrics with the query of ScaledObject ${namespace}/${model}`,
        },
      }),
    ),
    ...(scaling.requestQueue === undefined
      ? []
      : [
          {
            alert: SCALING_BLIND_ALERT,
            // While the model sleeps nothing but this number wakes it.
            expr: `absent(${scaling.requestQueue.queuedRequestsQuery})`,
            for: '5m',
            labels: { ...labels, metric: 'held requests' },
            annotations: {
              summary: `${namespace}/${model} is not woken: no series says how many requests ${scaling.requestQueue.name} holds for it`,
              action: `look at what ${scaling.requestQueue.name} exports, and compare it with the trigger "held" of ScaledObject ${namespace}/${model}`,
            },
          },
        ]),
    {
      alert: SCALING_PAUSED_ALERT,
      expr: `max(keda_scaled_object_paused{scaledObject="${model}"}) > 0`,
      for: `${LONGEST_PAUSE_MINUTES}m`,
      labels,
      annotations: {
        summary: `scaling of ${namespace}/${model} has been paused for longer than any deployment takes`,
        action: `deploy again, or, when no rollout is under way: kubectl -n ${namespace} annotate scaledobject ${model} ${SCALING_PAUSE_ANNOTATIONS.map((annotation) => `${annotation}-`).join(' ')}`,
      },
    },
  ];
}

/**
 * Names of the replicas, and of no pod of another model whose name begins like this one's: a ReplicaSet's hash and five characters, or of a
 * group its number.
 */
function podsOf({ model, nodes }: ScalingContext): string {
  return nodes > 1 ? `${model}-[0-9]+` : `${model}-[a-z0-9]+-[a-z0-9]{5}`;
}
