import { isJudged, limitOf, numberOf } from '../../constructs/kubernetes/contract/gate-measurement';
import { type Measurement } from '../../constructs/kubernetes/contract/live-objects';
import { type ClusterClient } from '../../kubernetes-client/cluster-client';
import { MODEL_LABEL, POD_TEMPLATE_HASH_LABEL, REVISION_LABEL } from '../../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type LoadCounters, type LoadPoint } from '../load/tally';
import { type ModelsClient } from '../models/client';
import { type LoadTarget } from '../load/generator';
import {
  type ActReport,
  type AssertionReport,
  type DurationReport,
  type EventMarker,
  type EventReport,
  PANELS,
  type SeriesReport,
  type VerdictReport,
} from '../report/types';
import { type AnalysisRun, type Rollout, ROLLOUTS } from './argo-objects';

/**
 * Requests that an act may lose: none; only those that reached the revision which is being shipped, because it is broken;
 * or some for certain, to show that the count can fail.
 */
export type Losses = 'none' | 'of the new revision' | 'some';

/** What the report says of an act whatever comes of it. */
export interface ActDescription extends Pick<ActReport, 'id' | 'title' | 'story' | 'promised'> {
  /** Requests that may be lost in it. @default 'none' */
  readonly losses?: Losses;
}

/** Milliseconds between two looks at the cluster. */
const LOOK_INTERVAL = 500;

/** How many characters of the command's output the report keeps. */
const OUTPUT_TAIL = 6000;

type Points = [string, number | null][];

const GATE_UNITS: Readonly<Record<string, string>> = {
  'error-ratio': 'share',
  'error-ratio-objective': 'share',
  'refused-requests': 'share',
  'unfinished-answers': 'share',
  requests: 'requests',
  'forward-progress': 'pods',
  'time-to-first-token': '× stable',
  'inter-token-latency': '× stable',
  'queue-time': '× stable',
  'time-to-first-token-objective': 's',
};

/** Watches one model through an act, and collects what the report shows of it. */
export class ActRecorder {
  private readonly assertions: AssertionReport[] = [];
  private readonly durations: DurationReport[] = [];
  private readonly events: EventReport[] = [];
  private readonly series = new Map<string, SeriesReport & { points: Points }>();
  private readonly seen = new Set<string>();
  private readonly revisions = new Map<string, string>();
  private readonly looks: Look[] = [];
  private output = '';
  private judged?: VerdictReport;
  private startedAt = new Date();
  private timer?: NodeJS.Timeout;
  private looking?: Promise<void>;

  constructor(
    private readonly client: ClusterClient,
    private readonly models: ModelsClient,
    private readonly target: LoadTarget,
    /** Told what happens now. */
    private readonly onStep: (step: string) => void = () => undefined,
  ) {}

  public async start(): Promise<void> {
    this.startedAt = new Date();
    await this.models.resetCounters(this.target).catch(() => undefined);
    this.timer = setInterval(() => {
      this.looking ??= this.look()
        .catch(() => undefined)
        .finally(() => {
          this.looking = undefined;
        });
    }, LOOK_INTERVAL);
  }

  /** Looks now: what a command has brought about shows in {@link history}, however busy the machine is. */
  public async lookNow(): Promise<void> {
    await this.looking;
    await this.look();
  }

  /** Checks a statement; one that is false fails the act. */
  public assert(text: string, passed: boolean, detail?: string): void {
    this.assertions.push({ text, passed, detail });
  }

  /** Checks that something is as expected; the detail is what it was. */
  public assertIs<T>(text: string, actual: T, expected: T): void {
    this.assert(text, actual === expected, String(actual));
  }

  /** Notes that something is done to the parts, and marks it as bad. */
  public fault(text: string, label: string): void {
    this.event('fault', text, { label, tone: 'bad' });
  }

  public event(source: string, text: string, marker?: EventMarker, at = new Date()): void {
    this.events.push({ at: at.toISOString(), source, text, marker });
    this.onStep(`${source}: ${text}`);
  }

  public duration(name: string, milliseconds: number): void {
    this.durations.push({ name, seconds: Math.round(milliseconds / 100) / 10 });
  }

  /** What became of the revision that the act shipped. */
  public verdict(verdict: VerdictReport): void {
    this.judged = verdict;
  }

  /** Adds a value to a plot. */
  public sample(panel: string, unit: string, name: string, at: Date, value: number | null): void {
    this.add(panel, unit, name, undefined, at.toISOString(), value);
  }

  public printed(output: string): void {
    const all = `${this.output}${output}`;
    // Whole lines, also where it begins.
    this.output = all.length > OUTPUT_TAIL ? all.slice(all.indexOf('\n', all.length - OUTPUT_TAIL) + 1) : all;
  }

  /** Everything that was seen of the Rollout in this act, oldest first. */
  public get history(): readonly Look[] {
    return this.looks;
  }

  public async counters(): Promise<LoadCounters> {
    return this.models.counters(this.target);
  }

  public async finish(act: ActDescription): Promise<ActReport> {
    clearInterval(this.timer);
    await this.looking;
    const counters = await this.models.counters(this.target).catch(() => undefined);
    this.addLoad(await this.models.series(this.target).catch(() => []));
    const { id, title, story, promised, losses } = act;
    return {
      id,
      title,
      story,
      promised,
      passed: this.assertions.length > 0 && this.assertions.every(({ passed }) => passed),
      startedAt: this.startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      assertions: this.assertions,
      durations: this.durations,
      events: this.events.sort((a, b) => a.at.localeCompare(b.at)),
      requests: {
        sent: counters?.sent ?? 0,
        succeeded: counters?.succeeded ?? 0,
        errors: counters?.errors ?? 0,
        lost: (counters?.lost ?? 0) + (counters?.timeouts ?? 0),
        lossExpected: losses === 'some' || undefined,
      },
      series: [...this.series.values()],
      output: this.output,
      verdict: this.judged,
    };
  }

  private async look(): Promise<void> {
    const at = new Date().toISOString();
    const { namespace, service: model } = this.target;
    const [rollout, replicaSets, runs] = await Promise.all([
      this.client.find({ ...ROLLOUTS, name: model, namespace }) as Promise<Rollout | undefined>,
      this.client.list('apps/v1', 'ReplicaSet', namespace, { labelSelector: `${MODEL_LABEL}=${model}` }),
      this.client.list('argoproj.io/v1alpha1', 'AnalysisRun', namespace) as Promise<unknown> as Promise<AnalysisRun[]>,
    ]);
    if (!rollout) return;
    const ready = replicaSets.map((replicaSet) => this.readyOf(replicaSet));
    const total = ready.reduce((sum, { count }) => sum + count, 0);
    for (const { revision, count, wanted } of ready) {
      const isThere = count > 0 || wanted > 0;
      this.addOf(revision, PANELS.replicas, 'pods', at, isThere ? count : null);
      this.addOf(revision, PANELS.weight, '%', at, total > 0 && isThere ? (100 * count) / total : null);
    }
    this.looks.push({
      at: Date.parse(at),
      status: rollout.status ?? {},
      ready: new Map(ready.map(({ revision, count }) => [revision, count])),
    });
    this.noteRollout(rollout);
    runs
      .filter((run) => Date.parse(run.metadata.creationTimestamp) >= this.startedAt.getTime() - 1000)
      .forEach((run) => this.noteRun(run));
  }

  private readyOf(replicaSet: KubernetesObject): { revision: string; count: number; wanted: number } {
    const revision = replicaSet.metadata.labels?.[REVISION_LABEL] ?? replicaSet.metadata.name;
    const hash = replicaSet.metadata.labels?.[POD_TEMPLATE_HASH_LABEL];
    if (hash) this.revisions.set(hash, revision);
    const { readyReplicas = 0 } = (replicaSet.status ?? {}) as { readyReplicas?: number };
    return { revision, count: readyReplicas, wanted: (replicaSet.spec as { replicas?: number }).replicas ?? 0 };
  }

  private noteRollout({ status = {} }: Rollout): void {
    const { phase, abort, currentStepIndex, message } = status;
    // The controller has not looked at it yet.
    if (phase)
      this.once(`phase ${phase} ${message ?? ''}`, () =>
        this.event('Rollout', `${phase}${message ? `: ${message}` : ''}`),
      );
    if (abort)
      this.once(`abort ${status.currentPodHash}`, () =>
        this.event('Rollout', `aborted${message ? `: ${message}` : ''}`, { label: 'abort', tone: 'bad' }),
      );
    if (currentStepIndex !== undefined)
      this.once(`step ${currentStepIndex} ${status.currentPodHash}`, () =>
        this.event('Rollout', `at step ${currentStepIndex}`),
      );
  }

  private noteRun(run: AnalysisRun): void {
    const { name } = run.metadata;
    this.once(`run ${name} ${run.status?.phase}`, () =>
      this.event('AnalysisRun', `${name}: ${run.status?.phase || 'Pending'} ${run.status?.message ?? ''}`.trim()),
    );
    const limits = new Map(run.spec.metrics.map((metric) => [metric.name, limitOf(metric)?.value]));
    const revision = this.revisions.get(run.metadata.labels?.[POD_TEMPLATE_HASH_LABEL] ?? '');
    for (const { name: metric, measurements = [] } of run.status?.metricResults ?? []) {
      for (const measurement of measurements)
        this.once(`measurement ${name} ${metric} ${measurement.startedAt}`, () =>
          this.addMeasurement(metric, revision, limits.get(metric), measurement),
        );
    }
  }

  private addMeasurement(
    metric: string,
    revision: string | undefined,
    limit: number | undefined,
    measurement: Measurement,
  ): void {
    const judged = isJudged(measurement) ? (numberOf(measurement) ?? null) : null;
    const at = measurement.finishedAt ?? measurement.startedAt;
    this.add(`Gate: ${metric}`, GATE_UNITS[metric] ?? '', revision ?? 'canary', revision, at, judged, limit);
  }

  private addLoad(points: readonly LoadPoint[]): void {
    for (const point of points) {
      if (!point.revision) continue;
      const at = new Date(point.second * 1000).toISOString();
      const { revision, ttftP95Ms, sent, errors, lost, timeouts } = point;
      if (ttftP95Ms !== undefined) this.addOf(revision, PANELS.timeToFirstToken, 's', at, ttftP95Ms / 1000);
      if (sent > 0) this.addOf(revision, PANELS.errorRatio, '%', at, (100 * (errors + lost + timeouts)) / sent);
    }
  }

  private addOf(revision: string, panel: string, unit: string, at: string, value: number | null): void {
    this.add(panel, unit, revision, revision, at, value);
  }

  private add(
    panel: string,
    unit: string,
    name: string,
    revision: string | undefined,
    at: string,
    value: number | null,
    limit?: number,
  ): void {
    const key = `${panel}\n${name}`;
    let series = this.series.get(key);
    if (!series) {
      series = { panel, unit, name, revision, limit, points: [] };
      this.series.set(key, series);
    }
    series.points.push([at, value]);
  }

  private once(key: string, note: () => void): void {
    if (this.seen.has(key)) return;
    this.seen.add(key);
    note();
  }
}

/** What one look at the cluster showed. */
export interface Look {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly status: NonNullable<Rollout['status']>;
  /** Ready pods by revision. */
  readonly ready: ReadonlyMap<string, number>;
}
