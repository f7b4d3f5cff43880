import {
  type ActReport,
  type AssertionReport,
  DURATIONS,
  type EventMarker,
  PANELS,
  type SeriesReport,
} from '../../../rehearsal/report/types';
import type { RehearsalFindings } from '../../../rehearsal/report/verdict';

const START = Date.parse('2026-11-21T06:00:00.000Z');

type Value = (second: number) => number | null;

/** Noise that is the same in every run. */
function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43758.5453;
  return x - Math.floor(x);
}

/** Writes an act down from a few functions of time. */
class ActDraft {
  readonly series: SeriesReport[] = [];
  readonly events: { at: string; source: string; text: string; marker?: EventMarker }[] = [];

  constructor(
    readonly offset: number,
    readonly seconds: number,
  ) {}

  at(second: number): string {
    return new Date(START + (this.offset + second) * 1000).toISOString();
  }

  plot(
    panel: string,
    unit: string,
    name: string,
    revision: string | undefined,
    value: Value,
    every = 1,
    limit?: number,
  ): this {
    const times = Array.from({ length: Math.floor(this.seconds / every) + 1 }, (_, i) => i * every);
    this.series.push({
      panel,
      unit,
      name,
      ...(revision !== undefined && { revision }),
      ...(limit !== undefined && { limit }),
      points: times.map((second) => [this.at(second), value(second)] as const),
    });
    return this;
  }

  event(second: number, source: string, text: string, marker?: EventMarker): this {
    this.events.push({ at: this.at(second), source, text, ...(marker !== undefined && { marker }) });
    return this;
  }

  done(rest: Pick<ActReport, 'id' | 'title' | 'story' | 'assertions' | 'durations'> & Partial<ActReport>): ActReport {
    const sent = this.seconds * 24;
    return {
      passed: true,
      startedAt: this.at(0),
      finishedAt: this.at(this.seconds),
      events: this.events,
      series: this.series,
      requests: { sent, succeeded: sent, errors: 0, lost: 0 },
      output: `rehearsal/Serving-chat: deploying... [1/1]\nrehearsal/Serving-chat: creating CloudFormation changeset...\n\u001b[32m ✅  rehearsal/Serving-chat\u001b[39m\n\n✨  Deployment time: ${this.seconds - 4}.21s\n`,
      ...rest,
    };
  }
}

function ok(text: string, detail?: string): AssertionReport {
  return { text, passed: true, ...(detail !== undefined && { detail }) };
}

const between =
  (from: number, to: number, inside: number, outside: number | null): Value =>
  (second) =>
    second >= from && second < to ? inside : outside;
const latency =
  (base: number, seed: number, from = 0, to = Infinity): Value =>
  (second) =>
    second >= from && second < to ? base * (0.9 + 0.2 * noise(second + seed)) : null;

/** A canary of `next` beside `stable` that is promoted, or aborted at `abort`. */
function canary(draft: ActDraft, stable: string, next: string, nextTtft: number, abort?: number): ActDraft {
  const start = 9;
  const done = 38;
  const end = abort ?? draft.seconds + 1;
  const weight: Value = (second) => (second < start || second >= end ? 0 : second < 20 ? 25 : second < 30 ? 50 : 100);
  const replicas: Value = (second) =>
    second < start + 1 || second >= end + 2 ? 0 : second < 21 ? 1 : second < 31 ? 2 : 4;
  draft
    .plot(PANELS.weight, '%', 'stable', stable, (second) => 100 - (weight(second) ?? 0))
    .plot(PANELS.weight, '%', 'canary', next, weight)
    .plot(
      PANELS.replicas,
      'pods',
      'ready',
      stable,
      (second) => 4 - (abort === undefined ? replicas(second - 2)! : replicas(second)!),
    )
    .plot(PANELS.replicas, 'pods', 'ready', next, replicas)
    .plot(PANELS.replicas, 'pods', 'desired', next, (second) => replicas(second + 2))
    .plot(PANELS.timeToFirstToken, 's', 'stable', stable, latency(0.21, 1, 0, abort === undefined ? done : Infinity))
    .plot(PANELS.timeToFirstToken, 's', 'canary', next, latency(nextTtft, 2, start + 3, end))
    .plot(PANELS.errorRatio, '%', 'stable', stable, between(0, abort === undefined ? done : Infinity, 0, null))
    .plot(
      PANELS.errorRatio,
      '%',
      'canary',
      next,
      (second) => (second > start + 3 && second < end ? noise(second) * 0.3 : null),
      1,
    )
    .plot(
      'Gate: time-to-first-token',
      '× stable',
      'canary',
      next,
      (second) => (second > start + 8 && second <= end ? (nextTtft / 0.21) * (0.95 + noise(second) * 0.1) : null),
      3,
      1.5,
    )
    .event(0, 'cdk', `cdk deploy of revision ${next}`, { label: 'deploy' })
    .event(3.2, 'CloudFormation', 'UPDATE_IN_PROGRESS rehearsal-Serving-chat')
    .event(6.1, 'handler', 'ticket 4f1c: release chat recorded, 14 objects, 3 waves')
    .event(8.4, 'handler', 'wave workloads: Rollout/chat applied')
    .event(start, 'Rollout', `Rollout step 1/6 completed (setWeight: 25), revision ${next}`, {
      label: 'canary starts',
    });
  for (let second = start + 1; second < Math.min(end, 36); second += 3) {
    draft.event(second, 'handler', 'Rollout/chat: canary at step 2 of 6, weight 25');
  }
  return draft;
}

const PARTS: RehearsalFindings['parts'] = [
  { name: 'AWS CDK command line', version: '2.1148.1', kind: 'real' },
  {
    name: 'Release handler and provider framework',
    version: '0.1.0',
    kind: 'real',
    note: 'The bundle that Lambda runs',
  },
  {
    name: 'kube-apiserver, controller-manager, scheduler',
    version: 'v1.36.3',
    kind: 'real',
    note: 'Admission, RBAC and scheduling as on EKS',
  },
  { name: 'etcd', version: '3.6.9', kind: 'real' },
  { name: 'Argo Rollouts', version: 'v1.9.2', kind: 'real' },
  {
    name: 'Prometheus',
    version: 'v3.9.0',
    kind: 'real',
    note: 'Without service discovery by the Kubernetes API: targets come over HTTP',
  },
  {
    name: 'CloudFormation, Lambda, IAM, S3, EKS API',
    version: 'MiniStack 1.5.33',
    kind: 'emulated',
    note: 'Resources one after another; no rollback triggers',
  },
  { name: 'Nodes with GPUs', version: 'kwok v0.8.0', kind: 'simulated', note: 'Node status only' },
  {
    name: 'Model servers (vLLM)',
    version: '0.1.0',
    kind: 'simulated',
    note: 'Real HTTP, probes, drain and metrics; latency and errors follow a profile',
  },
];

/** A full run as it could have been: five acts and three faults, all passed. */
export function findings(): RehearsalFindings {
  const acts: ActReport[] = [
    new ActDraft(20, 24)
      .plot(PANELS.replicas, 'pods', 'ready', 'r1', (second) => Math.max(0, Math.min(4, Math.floor((second - 9) / 2))))
      .plot(PANELS.timeToFirstToken, 's', 'stable', 'r1', latency(0.21, 3, 16))
      .event(0, 'cdk', 'cdk deploy of revision r1', { label: 'deploy' })
      .event(18.5, 'Rollout', 'Rollout is healthy', { label: 'healthy', tone: 'good' })
      .done({
        id: 'act-1',
        title: 'A first deploy becomes healthy',
        story:
          'The platform and a first revision of the model are deployed to an empty cluster, and cdk deploy returns when four pods serve.',
        assertions: [
          ok('cdk deploy ended with 0'),
          ok('the stack is CREATE_COMPLETE'),
          ok('4 of 4 pods are ready'),
          ok('every object of the release is owned by the release'),
        ],
        durations: [
          { name: 'cdk deploy', seconds: 20.2 },
          { name: 'healthy: applied to all pods ready', seconds: 10.1 },
        ],
        requests: { sent: 160, succeeded: 160, errors: 0, lost: 0 },
      }),
    canary(new ActDraft(45, 46), 'r1', 'r2', 0.2)
      .event(38, 'Rollout', 'Rollout completed update to revision 2', { label: 'promoted', tone: 'good' })
      .done({
        id: 'act-2',
        title: 'A good revision is canaried and promoted',
        story: 'A revision as fast as the one before passes its gates at 25 and 50 %, and takes all traffic.',
        assertions: [
          ok('cdk deploy ended with 0'),
          ok('the canary saw 25 % and 50 % before it was promoted'),
          ok(
            'both AnalysisRuns are Successful',
            'time-to-first-token 0.97 (limit 1.5), error-ratio 0.001 (limit 0.02)',
          ),
          ok('no request was lost'),
        ],
        durations: [
          { name: 'cdk deploy', seconds: 41.7 },
          { name: 'canary: first canary pod to full traffic', seconds: 28.4 },
        ],
      }),
    canary(new ActDraft(92, 34), 'r2', 'r3-slow', 0.84, 22)
      .event(12.1, 'AnalysisRun', 'first sample above the limit: time-to-first-token 3.98 (limit 1.5)', {
        label: 'first bad sample',
        tone: 'bad',
      })
      .event(22, 'AnalysisRun', 'Metric "time-to-first-token" assessed Failed due to failed (2) > failureLimit (1)', {
        label: 'aborted',
        tone: 'bad',
      })
      .event(
        24.6,
        'CloudFormation',
        'UPDATE_ROLLBACK_IN_PROGRESS rehearsal-Serving-chat: Rollout/chat: aborted: time-to-first-token 4.02 above limit 1.5',
      )
      .event(29.8, 'CloudFormation', 'UPDATE_ROLLBACK_COMPLETE rehearsal-Serving-chat', {
        label: 'rollback complete',
        tone: 'good',
      })
      .done({
        id: 'act-3',
        title: 'A revision with a latency regression is taken back',
        story:
          'A revision that answers four times slower fails its gate: traffic returns to the old revision, and cdk deploy fails with the reason.',
        assertions: [
          ok('cdk deploy ended with 1'),
          ok('it names metric, value and limit', 'Rollout/chat: aborted: time-to-first-token 4.02 above limit 1.5'),
          ok('the stack is UPDATE_ROLLBACK_COMPLETE'),
          ok('every object of the release equals the one before'),
          ok('no request was lost'),
        ],
        durations: [
          { name: DURATIONS.detection, seconds: 9.9 },
          { name: DURATIONS.rollback, seconds: 0.5 },
          { name: 'cdk deploy', seconds: 30.9 },
        ],
        output:
          'rehearsal/Serving-chat: deploying... [1/1]\n\u001b[31m❌  rehearsal/Serving-chat failed:\u001b[39m Rollout/chat: aborted: time-to-first-token 4.02 above limit 1.5\n',
      }),
    canary(new ActDraft(127, 52), 'r2', 'r4', 0.19)
      .event(38, 'Rollout', 'Rollout completed update to revision 4', { label: 'promoted', tone: 'good' })
      .event(44, 'cdk', 'cdk deploy of revision r2', { label: 'back to r2' })
      .event(46.5, 'Rollout', 'Rollout fully promoted to revision 5', { label: 'promoted', tone: 'good' })
      .done({
        id: 'act-4',
        title: 'A further good revision, and the rollback',
        story:
          'A good revision deploys cleanly after the failed one; going back to the one before promotes it without a canary.',
        assertions: [ok('both deploys ended with 0'), ok('the rollback had no canary step'), ok('no request was lost')],
        durations: [
          { name: 'cdk deploy', seconds: 40.3 },
          { name: 'cdk deploy back', seconds: 7.4 },
        ],
      }),
    new ActDraft(180, 14)
      .plot(PANELS.replicas, 'pods', 'ready', 'r2', (second) =>
        Math.max(0, 4 - Math.floor(Math.max(0, second - 3) / 2)),
      )
      .event(0, 'cdk', 'cdk destroy', { label: 'destroy' })
      .done({
        id: 'act-5',
        title: 'Destroy leaves nothing behind',
        story: 'cdk destroy removes the stacks; of the releases nothing stays in the cluster.',
        assertions: [
          ok('cdk destroy ended with 0'),
          ok('no object carries the release’s label'),
          ok('no inventory is left'),
        ],
        durations: [{ name: 'cdk destroy', seconds: 11.8 }],
        requests: { sent: 0, succeeded: 0, errors: 0, lost: 0 },
      }),
  ];
  return {
    startedAt: new Date(START).toISOString(),
    finishedAt: new Date(START + 290_000).toISOString(),
    parts: PARTS,
    acts,
    faults: faults(),
  };
}

function faults(): ActReport[] {
  return [
    canary(new ActDraft(200, 40), 'r2', 'f1-no-prometheus', 0.2, 27)
      .event(11, 'rehearsal', 'Prometheus stopped', { label: 'Prometheus down', tone: 'bad' })
      .event(
        27,
        'AnalysisRun',
        'Metric "time-to-first-token" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4)',
        { label: 'aborted', tone: 'bad' },
      )
      .done({
        id: 'fault-prometheus-down',
        title: 'Prometheus down during a canary',
        story: 'Prometheus is stopped while a good revision is canaried.',
        promised: 'The canary is aborted after the tolerated query errors; the old revision keeps serving.',
        assertions: [
          ok('the canary was aborted'),
          ok(
            'the reason names Prometheus',
            'Rollout/chat: aborted: time-to-first-token: no answer from Prometheus (5 times)',
          ),
          ok('the next cdk deploy works without repair'),
        ],
        durations: [{ name: 'abort: Prometheus down to abort', seconds: 16.2 }],
      }),
    canary(new ActDraft(240, 30), 'r2', 'f2-crash-loop', 0.2, 20)
      .event(20, 'handler', 'Pod chat-7d9f-x2x: CrashLoopBackOff', { label: 'given up', tone: 'bad' })
      .done({
        id: 'fault-crash-loop',
        title: 'A revision that crashes in a loop',
        story: 'The engine of a new revision ends with an error right after its start.',
        promised: 'The deploy fails naming pod and reason; the old revision keeps serving.',
        assertions: [ok('the deploy failed naming the pod and its reason'), ok('no request was lost')],
        durations: [{ name: 'detection: first crash to failure', seconds: 6.3 }],
      }),
    new ActDraft(272, 16).done({
      id: 'fault-short-grace',
      title: 'A grace period that is too short',
      story:
        'Act 2 again with a grace period of 30 s: requests in flight are cut, which shows that the count of lost requests can fail.',
      promised: 'Some requests are lost.',
      assertions: [ok('at least one request was lost', '7 lost')],
      durations: [],
      output: '',
      requests: { sent: 380, succeeded: 373, errors: 0, lost: 7, lossExpected: true },
    }),
  ];
}

/** The same run with an act that failed half-way and a fault that broke its promise. */
export function failedFindings(): RehearsalFindings {
  const all = findings();
  const fail = (act: ActReport, text: string, detail: string): ActReport => ({
    ...act,
    assertions: [...act.assertions, { text, passed: false, detail }],
  });
  return {
    ...all,
    acts: all.acts.map((act) =>
      act.id !== 'act-3'
        ? act
        : {
            ...fail(act, 'nothing of the failed revision is left', 'found ConfigMap/chat-engine-6fd5b, expected none'),
            requests: { ...act.requests, lost: 3 },
          },
    ),
    faults: all.faults.map((fault) =>
      fault.id !== 'fault-crash-loop'
        ? fault
        : fail(
            fault,
            'the next cdk deploy works without repair',
            'exit code 1: Stack is in UPDATE_ROLLBACK_FAILED state',
          ),
    ),
  };
}
