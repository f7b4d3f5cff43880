import { NOT_JUDGED } from '../kubernetes/contract/gate-measurement';

/** What all queries of one rollout share. */
export interface QueryScope {
  /** Namespace of the model. */
  readonly namespace: string;
  /** Width of the window that is judged, seconds. */
  readonly windowSeconds: number;
  /** Age from which a pod is judged, seconds. */
  readonly warmUpSeconds: number;
  /** Time between two scrapes, seconds. */
  readonly scrapeIntervalSeconds: number;
  /** Fewest requests of each revision in a window. */
  readonly minimumRequests: number;
  /** Requests of the gates' own that the canary gets in a window, and that say nothing of its callers. */
  readonly ownRequests: number;
  /** Time without progress from which a pod is stuck, seconds. */
  readonly stuckSeconds: number;
  /** How far back the stable revision is looked at, seconds; longer than the window where it has no pods any more. Absent: the window. */
  readonly stableWindowSeconds?: number;
}

/** The revision that a series belongs to. */
export type Side = 'canary' | 'stable';

/**
 * PromQL for the gates of one rollout.
 *
 * A series belongs to a revision by the pod-template hash that the PodMonitor copies onto it. Series of pods that are not
 * warm yet are left out pod by pod, not by a delay of the whole analysis: every step of a canary adds cold pods, and an
 * empty prefix cache looks like a regression. A subquery does that, because samples inside a range cannot be filtered:
 * `rate((series and on (pod) (older-than-warm-up))[window:scrape interval])`.
 */
export class GateQuery {
  public constructor(public readonly scope: QueryScope) {}

  /** Selector of a metric of one revision. */
  public series(metric: string, side: Side, matchers: readonly string[] = []): string {
    return `${metric}{${[`namespace="${this.scope.namespace}"`, `rollouts_pod_template_hash="{{args.${side}-hash}}"`, ...matchers].join(',')}}`;
  }

  /** `series` within the window, of pods that answered their first request at least the warm-up ago. */
  public warm(series: string, histogram: string, side: Side): string {
    return this.olderThanWarmUp(
      series,
      `${this.series(`${histogram}_count`, side)} offset ${this.scope.warmUpSeconds}s > 0`,
      side,
    );
  }

  /**
   * A range function of `series` over the window, for pods that were warm from its beginning to its end. Both revisions are then seen at
   * the same time: a burst of load that only one of them was asked in would look like a slow revision.
   */
  public throughout(rangeFunction: 'rate' | 'increase', series: string, histogram: string, side: Side): string {
    const count = this.series(`${histogram}_count`, side);
    return `(${rangeFunction}(${series}[${this.scope.windowSeconds}s]) and on (pod) (${count} offset ${this.scope.warmUpSeconds + this.scope.windowSeconds}s > 0) and on (pod) ${count})`;
  }

  /**
   * By how much a counter has grown within the window, by pod; of pods that exported metrics at least the warm-up ago.
   *
   * A series begins with its first event, such as the first 5xx of a path, and `increase` takes the value that a series begins with for one
   * that was there before. What is not there counts as 0 for as long as the pod exports the gauge.
   *
   * @param seconds width of another window
   */
  public grown(counter: string, gauge: string, side: Side, matchers: readonly string[] = [], seconds?: number): string {
    const exported = this.series(gauge, side);
    const counted = `(sum by (pod) (${this.series(counter, side, matchers)}) or 0 * sum by (pod) (${exported}))`;
    return `increase(${this.olderThanWarmUp(counted, `${exported} offset ${this.scope.warmUpSeconds}s`, side, seconds)})`;
  }

  /**
   * The value, where both revisions had the minimum of requests; else {@link NOT_JUDGED}.
   *
   * The result is always one number: a comparison drops NaN (0/0 without traffic), and `or vector()` stands in for an
   * empty result, which would otherwise be an error of the measurement.
   */
  public judged(value: string, canaryRequests: string, stableRequests: string): string {
    const { minimumRequests, ownRequests } = this.scope;
    return [
      '(',
      `  ${value}`,
      `  and ${canaryRequests} >= ${minimumRequests + ownRequests}`,
      `  and ${stableRequests} >= ${minimumRequests}`,
      ') >= 0',
      `or vector(${NOT_JUDGED})`,
    ].join('\n');
  }

  private olderThanWarmUp(series: string, condition: string, side: Side, seconds?: number): string {
    const { windowSeconds, stableWindowSeconds = windowSeconds, scrapeIntervalSeconds } = this.scope;
    return `(${series} and on (pod) (${condition}))[${seconds ?? (side === 'stable' ? stableWindowSeconds : windowSeconds)}s:${scrapeIntervalSeconds}s]`;
  }
}
