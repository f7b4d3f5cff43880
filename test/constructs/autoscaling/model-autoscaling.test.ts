import { Accelerator } from '../../../constructs/gpu/accelerator';
import { Duration, Lazy } from 'aws-cdk-lib';
import { type AlertRule } from '../../../constructs/autoscaling/scaling-alerts';
import { type ModelAutoscaling } from '../../../constructs/autoscaling/model-autoscaling';
import { type ScaledObjectSpec } from '../../../constructs/autoscaling/scaled-object';
import { type IInferenceEngine } from '../../../constructs/serving/inference-engine';
import { HealthGate } from '../../../constructs/rollout/health-gate';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { TrafficSplit } from '../../../constructs/rollout/traffic-split';
import { resolveModel } from '../../../constructs/serving/resolve-model';
import { find, modelOptions, type Rendered, render, problemsOf } from '../serving/model';

type Props = Parameters<typeof modelOptions>[0];

const SCALING: ModelAutoscaling = { minReplicas: 2, maxReplicas: 8 };
const QUEUE = { name: 'the gateway', queuedRequestsQuery: 'sum(gateway_held_requests{model="chat"}) or vector(0)' };

const problems = (scaling: Partial<ModelAutoscaling>, props: Props = {}) =>
  problemsOf({ autoscaling: { ...SCALING, ...scaling }, ...props });
const objectOf = <T>(props: Props, kind: string): T => {
  const found = render(props).filter((object) => object.kind === kind);
  expect(found).toHaveLength(1);
  return found[0] as Rendered & T;
};
const specOf = (scaling: Partial<ModelAutoscaling> = {}, props: Props = {}) =>
  objectOf<{ spec: ScaledObjectSpec }>({ autoscaling: { ...SCALING, ...scaling }, ...props }, 'ScaledObject').spec;
const alertsOf = (scaling: Partial<ModelAutoscaling> = {}, props: Props = {}) =>
  objectOf<{ spec: { groups: { rules: AlertRule[] }[] } }>(
    { autoscaling: { ...SCALING, ...scaling }, ...props },
    'PrometheusRule',
  ).spec.groups.flatMap(({ rules }) => rules);

/** The engine of the model with some metrics gone. */
function engineWithout(...metrics: string[]): IInferenceEngine {
  const engine = modelOptions().engine!;
  return {
    problems: (options) => engine.problems(options),
    bind: (options) => {
      const config = engine.bind(options);
      return {
        ...config,
        metrics: Object.fromEntries(Object.entries(config.metrics).filter(([name]) => !metrics.includes(name))),
      };
    },
  };
}

describe('the ScaledObject', () => {
  test('scales the Rollout, which still starts with the replicas of the model', () => {
    expect(specOf().scaleTargetRef).toEqual({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'chat' });
    expect(specOf()).toMatchObject({ minReplicaCount: 2, maxReplicaCount: 8 });
    expect(find(render({ autoscaling: SCALING }), 'Rollout').spec.replicas).toBe(4);
  });

  test('reads totals over all replicas, with a target for one, and takes no answer for a failure', () => {
    expect(specOf({ runningPerReplica: 16 }).triggers).toEqual(
      [
        ['waiting', 'sum(vllm:num_requests_waiting{namespace="models",llm_platform_dev_model="chat"})', '5'],
        ['kv-cache', 'sum(vllm:kv_cache_usage_perc{namespace="models",llm_platform_dev_model="chat"})', '0.7'],
        ['running', 'sum(vllm:num_requests_running{namespace="models",llm_platform_dev_model="chat"})', '16'],
      ].map(([name, query, threshold]) => ({
        type: 'prometheus',
        name,
        metricType: 'AverageValue',
        metadata: {
          serverAddress: 'http://prometheus.monitoring.svc:9090',
          query,
          threshold,
          ignoreNullValues: 'false',
        },
      })),
    );
  });

  test('the label of the series is the one that the PodMonitor copies', () => {
    const { spec } = find(render({ autoscaling: SCALING }), 'PodMonitor') as { spec: { podTargetLabels: string[] } };
    expect(spec.podTargetLabels.map((label) => label.replace(/[^a-zA-Z0-9]/g, '_'))).toContain(
      'llm_platform_dev_model',
    );
  });

  test('an engine without a key/value cache is scaled by its queue alone', () => {
    expect(specOf({}, { engine: engineWithout('kvCacheUsage') }).triggers.map(({ name }) => name)).toEqual(['waiting']);
  });

  test('takes one replica away at a time, and the next one when that has drained', () => {
    const { scaleDown, scaleUp } = specOf().advanced.horizontalPodAutoscalerConfig.behavior;
    // 15 + 60 + 30 seconds.
    expect(scaleDown).toEqual({
      stabilizationWindowSeconds: 300,
      selectPolicy: 'Min',
      policies: [{ type: 'Pods', value: 1, periodSeconds: 105 }],
    });
    expect(scaleUp.stabilizationWindowSeconds).toBe(0);
  });

  test('the window for fewer replicas is never shorter than the drain', () => {
    const { scaleDown } = specOf({}, { timings: { shutdownTimeout: Duration.seconds(900) } }).advanced
      .horizontalPodAutoscalerConfig.behavior;
    expect(scaleDown).toMatchObject({ stabilizationWindowSeconds: 945, policies: [{ periodSeconds: 945 }] });
  });

  test('keeps what there is while the load cannot be read', () => {
    expect(specOf().fallback).toEqual({ failureThreshold: 3, replicas: 4, behavior: 'currentReplicasIfHigher' });
    expect(specOf({ fallbackReplicas: 6 }).fallback.replicas).toBe(6);
  });

  test('schedules ask for replicas whatever the load', () => {
    const schedule = { start: '0 7 * * 1-5', end: '0 19 * * 1-5', timezone: 'Europe/Berlin', replicas: 6 };
    expect(specOf({ schedules: [schedule] }).triggers.at(-1)).toEqual({
      type: 'cron',
      name: 'schedule-0',
      metricType: 'AverageValue',
      metadata: { timezone: 'Europe/Berlin', start: '0 7 * * 1-5', end: '0 19 * * 1-5', desiredReplicas: '6' },
    });
  });

  test('a model that may sleep does not before its first deployment can have seen it answer', () => {
    // 900 + 1200 seconds, and the window.
    expect(specOf({ minReplicas: 0, requestQueue: QUEUE }).initialCooldownPeriod).toBe(2400);
    expect(specOf()).not.toHaveProperty('initialCooldownPeriod');
  });

  test('a model that may sleep is woken by what holds its requests', () => {
    const { minReplicaCount, triggers } = specOf({ minReplicas: 0, requestQueue: QUEUE });
    expect(minReplicaCount).toBe(0);
    expect(triggers.map(({ name, metadata }) => [name, metadata.query])).toEqual([
      ['waiting', 'sum(vllm:num_requests_waiting{namespace="models",llm_platform_dev_model="chat"}) or vector(0)'],
      ['kv-cache', 'sum(vllm:kv_cache_usage_perc{namespace="models",llm_platform_dev_model="chat"}) or vector(0)'],
      ['held', QUEUE.queuedRequestsQuery],
    ]);
    expect(triggers.every(({ metadata }) => metadata.ignoreNullValues === 'false')).toBe(true);
  });
});

describe('alerts', () => {
  test('a metric that no ready replica exports, for each that is read', () => {
    expect(
      alertsOf()
        .filter(({ alert }) => alert === 'ModelScalingBlind')
        .map(({ expr }) => expr),
    ).toEqual(
      ['vllm:num_requests_waiting', 'vllm:kv_cache_usage_perc'].map(
        (metric) =>
          `absent(${metric}{namespace="models",llm_platform_dev_model="chat"}) and on () (sum(kube_pod_status_ready{namespace="models",condition="true",pod=~"chat-[a-z0-9]+-[a-z0-9]{5}"}) > 0)`,
      ),
    );
  });

  test.each<[string, Props, string[], string[]]>([
    [
      'a Rollout',
      {},
      ['chat-7d4b9c6f5-x2x7k', 'chat-6f-bcdfg'],
      ['chat-large-7d4b9c6f5-x2x7k', 'chat-picker-7d4b9c6f5-x2x7k', 'chat-2-0', 'other-7d4b9c6f5-x2x7k'],
    ],
    [
      'groups',
      { nodes: 2, gpus: 8, accelerator: Accelerator.P5_48XLARGE },
      ['chat-0', 'chat-12'],
      ['chat-0-1', 'chat-large-0', 'chat-picker-7d4b9c6f5-x2x7k'],
    ],
  ])('look at the replicas of %s, and at no pod of a model whose name begins alike', (_, props, own, others) => {
    const [pods] = alertsOf({}, props).flatMap(({ expr }) => /pod=~"([^"]+)"/.exec(expr)?.slice(1) ?? []);
    const matches = (pod: string) => new RegExp(`^(?:${pods})$`).test(pod);
    expect(own.filter(matches)).toEqual(own);
    expect(others.filter(matches)).toEqual([]);
  });

  test('are told apart: Prometheus takes alerts of one name and the same labels for one', () => {
    const labels = alertsOf({ minReplicas: 0, requestQueue: QUEUE, runningPerReplica: 8 }).map((alert) =>
      JSON.stringify([alert.alert, alert.labels]),
    );
    expect(labels).toHaveLength(5);
    expect(new Set(labels).size).toBe(5);
  });

  test('the number of held requests, without which nothing wakes the model', () => {
    expect(alertsOf({ minReplicas: 0, requestQueue: QUEUE }).map(({ alert, expr }) => [alert, expr])).toContainEqual([
      'ModelScalingBlind',
      `absent(${QUEUE.queuedRequestsQuery})`,
    ]);
  });

  test("tell how to end a pause with all that says whose it was: the next manual one would otherwise be taken for the release's", () => {
    const { action } = alertsOf().find(({ alert }) => alert === 'ModelScalingPaused')!.annotations;
    expect(action).toContain(
      'autoscaling.keda.sh/paused- autoscaling.keda.sh/paused-replicas- llm-platform.dev/scaling-paused-by- llm-platform.dev/scaling-paused-until-',
    );
  });

  test('a pause that has outlived every deployment', () => {
    expect(alertsOf()).toContainEqual(
      expect.objectContaining({
        alert: 'ModelScalingPaused',
        expr: 'max(keda_scaled_object_paused{scaledObject="chat"}) > 0',
        for: '65m',
      }),
    );
  });

  test('a model that is not scaled has neither autoscaler nor alerts', () => {
    const kinds = render().map(({ kind }) => kind);
    expect(kinds).not.toContain('ScaledObject');
    expect(kinds).not.toContain('PrometheusRule');
  });
});

describe('a rollout of a scaled model', () => {
  test('is planned for the most replicas there may be', () => {
    const planned = (overrides: Props) =>
      resolveModel(modelOptions({ ...overrides, timings: { expectedStartup: Duration.minutes(1) } })).model
        .plannedRolloutSeconds;
    expect(planned({ autoscaling: SCALING })).toBe(planned({ replicas: 8 }));
  });

  test('needs steps that are something at the fewest replicas as well', () => {
    const rollout = RolloutStrategy.canary({
      steps: [{ weight: 50 }],
      maxSurge: 0,
      maxUnavailable: 1,
      gates: [HealthGate.errorRatio()],
    });
    expect(problems({ minReplicas: 1, maxReplicas: 20 }, { replicas: 10, rollout })).toEqual([
      expect.stringContaining('steps[0].weight: expected a weight that leaves a stable replica'),
    ]);
    expect(problems({ minReplicas: 2, maxReplicas: 20 }, { replicas: 10, rollout })).toEqual([]);
  });
});

test.each<[string, Partial<ModelAutoscaling>, Props, string]>([
  [
    'fewest above most',
    { minReplicas: 9 },
    { replicas: 8 },
    'autoscaling.minReplicas: expected at most maxReplicas (8), got 9; exchange them',
  ],
  [
    'none without a request queue',
    { minReplicas: 0 },
    {},
    'autoscaling.minReplicas: expected at least 1 without a request queue, got 0; nothing would keep the requests that come while there is no replica, name the queue or gateway that does in requestQueue',
  ],
  [
    'a request queue of nothing',
    { requestQueue: QUEUE },
    {},
    'autoscaling.requestQueue: expected none beside minReplicas 2, got "the gateway"; remove it or set minReplicas to 0',
  ],
  [
    'a request queue that cannot be asked',
    { minReplicas: 0, requestQueue: { name: 'q', queuedRequestsQuery: ' ' } },
    {},
    'autoscaling.requestQueue.queuedRequestsQuery: expected PromQL, got nothing; give the query of the requests that are queued',
  ],
  [
    'a request queue without a name',
    { minReplicas: 0, requestQueue: { ...QUEUE, name: '' } },
    {},
    'autoscaling.requestQueue.name: expected what queues the requests, got nothing; its alert names it as the place to look',
  ],
  [
    'a queue without an end',
    { waitingPerReplica: Infinity },
    {},
    'autoscaling.waitingPerReplica: expected more than 0, got Infinity; it is a number of requests',
  ],
  [
    'half a replica',
    { minReplicas: 1.5 },
    {},
    'autoscaling.minReplicas: expected a whole number from 0, got 1.5; it is the fewest replicas',
  ],
  [
    'no most',
    { maxReplicas: 0 },
    {},
    'autoscaling.maxReplicas: expected a whole number from 1, got 0; it is the most replicas',
  ],
  [
    'a start outside',
    {},
    { replicas: 1 },
    'replicas: expected a whole number from 2 to 8, as autoscaling allows, got 1; choose one in between or change minReplicas and maxReplicas',
  ],
  [
    'a fallback outside',
    { fallbackReplicas: 9 },
    {},
    'autoscaling.fallbackReplicas: expected a whole number from 2 to 8, as autoscaling allows, got 9; choose one in between or change minReplicas and maxReplicas',
  ],
  [
    'no queue at all',
    { waitingPerReplica: 0 },
    {},
    'autoscaling.waitingPerReplica: expected more than 0, got 0; it is a number of requests',
  ],
  [
    'a cache in percent',
    { kvCacheUsage: 70 },
    {},
    'autoscaling.kvCacheUsage: expected more than 0 and at most 1, got 70; 0.7 is 70 % of the cache',
  ],
  [
    'looks without a pause',
    { pollingInterval: Duration.seconds(0) },
    {},
    'autoscaling.pollingInterval: expected a whole number of seconds from 1, got 0; it is the time between two looks at the load',
  ],
  [
    'a window shorter than the drain',
    { scaleDownWindow: Duration.seconds(60) },
    {},
    'autoscaling.scaleDownWindow: expected a whole number of seconds from 105 (the time to drain) to 3600, got 60; a shorter one takes replicas away faster than they drain',
  ],
  [
    'a window that no autoscaler has',
    { scaleDownWindow: Duration.hours(2) },
    {},
    'autoscaling.scaleDownWindow: expected a whole number of seconds from 105 (the time to drain) to 3600, got 7200; a shorter one takes replicas away faster than they drain',
  ],
  [
    'a window that only the deployment knows',
    { scaleDownWindow: Duration.minutes(Lazy.number({ produce: () => 5 })) },
    {},
    'autoscaling.scaleDownWindow: expected a whole number of seconds from 105 (the time to drain) to 3600, got a deploy-time value; a shorter one takes replicas away faster than they drain',
  ],
  [
    'a drain of an hour',
    {},
    { timings: { shutdownTimeout: Duration.seconds(3600) } },
    'timings.terminationGracePeriod: expected at most 1800 seconds with autoscaling, got 3645; an autoscaler cannot be slowed to one replica in a longer time, shorten the drain',
  ],
  [
    'a deploy-time target',
    { waitingPerReplica: Lazy.number({ produce: () => 1 }) },
    {},
    'autoscaling.waitingPerReplica: expected a number known at synth with autoscaling, got a deploy-time value; give the number itself',
  ],
  [
    'a deploy-time drain',
    {},
    { timings: { terminationGracePeriod: Duration.seconds(Lazy.number({ produce: () => 90 })) } },
    'timings.terminationGracePeriod: expected a whole number of seconds from 0, got a deploy-time value; it is the time until the pod is killed',
  ],
  [
    'a deploy-time start of a model that may sleep',
    { minReplicas: 0, requestQueue: QUEUE },
    {
      timings: {
        startupBudget: Duration.seconds(Lazy.number({ produce: () => 90 })),
        expectedStartup: Duration.seconds(60),
      },
    },
    'timings.startupBudget: expected a whole number of seconds from 1, got a deploy-time value; it is the longest time from the start of the container until the model answers',
  ],
  [
    'a metric that the engine lacks',
    { kvCacheUsage: 0.5 },
    { engine: engineWithout('kvCacheUsage') },
    'autoscaling.kvCacheUsage: expected an engine that exports kvCacheUsage, got one that does not; leave it out or use another engine',
  ],
  [
    'an engine that says nothing',
    {},
    { engine: engineWithout('kvCacheUsage', 'requestsWaiting') },
    'autoscaling: expected an engine that exports requestsWaiting or kvCacheUsage, got one that exports neither; set runningPerReplica or use another engine',
  ],
  [
    'a detached rollout',
    {},
    { rollout: RolloutStrategy.canary({ steps: [{ weight: 50 }], detached: true }) },
    'rollout.detached: expected a rollout that the deployment waits for beside autoscaling, got a detached one; scaling is paused while it lasts and nobody would take it up again, remove detached or autoscaling',
  ],
])('%s is refused', (_, scaling, props, problem) => {
  expect(problems(scaling, props)).toEqual([problem]);
});

test('the dynamic stable scale is refused beside autoscaling', () => {
  const trafficSplit = {
    ...TrafficSplit.replicas(),
    bind: (options: Parameters<ReturnType<typeof TrafficSplit.replicas>['bind']>[0]) => ({
      ...TrafficSplit.replicas().bind(options),
      trafficRoutingJson: '{}',
    }),
  };
  const rollout = RolloutStrategy.canary({ steps: [{ weight: 50 }], dynamicStableScale: true, trafficSplit });
  const expected = expect.stringContaining('(argo-rollouts #4973)');
  expect(problems({}, { rollout })).toContainEqual(expected);
  expect(problemsOf({ rollout })).not.toContainEqual(expected);
});

test.each<[string, Partial<{ start: string; end: string; timezone: string; replicas: number }>, string]>([
  [
    'three fields',
    { start: '0 7 *' },
    'autoscaling.schedules[0].start: expected a cron expression of five fields, got "0 7 *"; 0 7 * * 1-5 is seven o\'clock on working days',
  ],
  [
    'no end',
    { end: '0 7 * * 1-5' },
    'autoscaling.schedules[0].end: expected another time than start, got the same; the schedule would never apply',
  ],
  [
    'no such place',
    { timezone: 'Mars/Base' },
    'autoscaling.schedules[0].timezone: expected a name of the IANA database, got "Mars/Base"; use one such as Europe/Berlin',
  ],
  [
    'nothing more',
    { replicas: 2 },
    'autoscaling.schedules[0].replicas: expected a whole number above minReplicas (2) and at most maxReplicas (8), got 2; otherwise it changes nothing or is cut off',
  ],
])('a schedule with %s is refused', (_, changes, problem) => {
  const schedule = { start: '0 7 * * 1-5', end: '0 19 * * 1-5', timezone: 'Europe/Berlin', replicas: 6, ...changes };
  expect(problems({ schedules: [schedule] })).toEqual([problem]);
});
