import { type EngineMetrics } from '../models/engine-metrics';
import { GateQuery, type QueryScope, type Side } from './gate-query';
import { modelRequests, serverErrors } from './model-requests';

/** Options of gates on a latency. */
export interface LatencyGateOptions {
  /**
   * Highest ratio of the canary's latency to the stable revision's.
   *
   * @default 1.5
   */
  readonly maxRatio?: number;

  /**
   * Quantile that is compared, from 0 to 1. The engine's histogram buckets are wide (0.1 s to 0.25 s is one of them), so a
   * quantile near a bucket's edge may jump to twice its value; the mean has no such steps.
   *
   * @default - the mean
   */
  readonly quantile?: number;

  /**
   * The stable revision's latency counts as at least this, seconds, so that a large ratio of two negligible times is no
   * regression.
   *
   * @default - 0.01 for time to first token, 0.001 for inter-token latency, 0.1 for queue time
   */
  readonly floorSeconds?: number;
}

/** Options of the gate on errors. */
export interface ErrorGateOptions {
  /**
   * Highest difference between the canary's ratio of 5xx answers and the stable revision's, from 0 to 1.
   *
   * @default 0.02
   */
  readonly maxDifference?: number;
}

interface GateDefinition {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  readonly relative: boolean;
  readonly requires: readonly (keyof EngineMetrics)[];
  readonly problems: readonly string[];
  query(query: GateQuery, metrics: EngineMetrics): string;
}

/**
 * A condition that a new revision must keep while it is rolled out.
 *
 * Each gate is one number and its limit; it fails when the number is above the limit. Gates relative to the stable revision
 * judge only pods past their warm-up and windows with a minimum of requests on both revisions.
 *
 * | gate | value | unit |
 * |---|---|---|
 * | `time-to-first-token`, `inter-token-latency`, `queue-time` | canary ÷ stable | ratio |
 * | `error-ratio` | 5xx share of the canary − that of stable, at least 0 | share of requests |
 * | `forward-progress` | canary pods that worked on requests for a whole window without one iteration | pods |
 */
export class HealthGate {
  /** The canary's time to first token may not exceed the stable revision's by more than a ratio. */
  public static timeToFirstToken(options: LatencyGateOptions = {}): HealthGate {
    return HealthGate.latency('time-to-first-token', 'timeToFirstToken', 0.01, options);
  }

  /** The canary's time between tokens may not exceed the stable revision's by more than a ratio. */
  public static interTokenLatency(options: LatencyGateOptions = {}): HealthGate {
    return HealthGate.latency('inter-token-latency', 'interTokenLatency', 0.001, options);
  }

  /** The canary's requests may not queue for longer than the stable revision's by more than a ratio. */
  public static queueTime(options: LatencyGateOptions = {}): HealthGate {
    return HealthGate.latency('queue-time', 'queueTime', 0.1, options);
  }

  /** The canary may not answer more of its requests with 5xx than the stable revision, beyond a difference. */
  public static errorRatio(options: ErrorGateOptions = {}): HealthGate {
    const limit = options.maxDifference ?? 0.02;
    return new HealthGate({
      name: 'error-ratio',
      limit,
      unit: 'share of requests',
      relative: true,
      requires: ['httpRequests', 'requestsRunning'],
      problems: limit >= 0 && limit < 1 ? [] : [`maxDifference: expected 0 to less than 1, got ${limit}; it is a share of requests, 0.02 is 2 %`],
      query: (query, metrics) => {
        const requests = (side: Side, matchers: readonly string[]) =>
          query.exporting(query.series(metrics.httpRequests!, side, [modelRequests(metrics), ...matchers]), metrics.requestsRunning!, side);
        const ratio = (side: Side) => `(sum(rate(${requests(side, [serverErrors(metrics)])})) or vector(0)) / sum(rate(${requests(side, [])}))`;
        return query.judged(
          `clamp_min(${ratio('canary')} - ${ratio('stable')}, 0)`,
          `sum(increase(${requests('canary', [])}))`,
          `sum(increase(${requests('stable', [])}))`,
        );
      },
    });
  }

  /**
   * No pod of the canary may work on requests for a whole window without one iteration of its engine.
   *
   * Such a pod answers its health checks, so that neither probes nor latency histograms, which count finished requests, see it.
   */
  public static forwardProgress(): HealthGate {
    return new HealthGate({
      name: 'forward-progress',
      limit: 0,
      unit: 'pods',
      relative: false,
      requires: ['requestsRunning', 'iterations'],
      problems: [],
      query: (query, metrics) => {
        const running = query.series(metrics.requestsRunning!, 'canary');
        const iterations = query.series(metrics.iterations!, 'canary');
        return [
          'count(',
          `  (min by (pod) (min_over_time(${running}[${query.window}])) > 0)`,
          // A pod younger than the window has not had the time to be stuck for one.
          `  and on (pod) (${running} offset ${query.window})`,
          `  unless on (pod) (sum by (pod) (increase(${iterations}[${query.window}])) > 0)`,
          ') or vector(0)',
        ].join('\n');
      },
    });
  }

  private static latency(name: string, metric: 'timeToFirstToken' | 'interTokenLatency' | 'queueTime', defaultFloor: number, options: LatencyGateOptions): HealthGate {
    const { maxRatio: limit = 1.5, quantile, floorSeconds = defaultFloor } = options;
    const problems: string[] = [];
    if (!(limit > 1 && Number.isFinite(limit))) problems.push(`maxRatio: expected more than 1, got ${limit}; 1.5 allows the canary to be half as slow again`);
    if (quantile !== undefined && !(quantile > 0 && quantile < 1)) problems.push(`quantile: expected more than 0 and less than 1, got ${quantile}; 0.95 is the 95th percentile`);
    if (!(floorSeconds > 0 && Number.isFinite(floorSeconds))) problems.push(`floorSeconds: expected more than 0, got ${floorSeconds}; without a floor the ratio of two negligible times would be judged`);
    return new HealthGate({
      name,
      limit,
      unit: 'ratio',
      relative: true,
      requires: [metric],
      problems,
      query: (query, metrics) => {
        const histogram = metrics[metric]!;
        const part = (suffix: string, side: Side) => query.warm(query.series(`${histogram}${suffix}`, side), histogram, side);
        const latency = (side: Side) => (quantile === undefined
          ? `sum(rate(${part('_sum', side)})) / sum(rate(${part('_count', side)}))`
          : `histogram_quantile(${quantile}, sum by (le) (rate(${part('_bucket', side)})))`);
        return query.judged(
          `(${latency('canary')}) / clamp_min(${latency('stable')}, ${floorSeconds})`,
          `sum(increase(${part('_count', 'canary')}))`,
          `sum(increase(${part('_count', 'stable')}))`,
        );
      },
    });
  }

  /** Name of the gate; also of its metric in an AnalysisRun, and with the model's name in front, of its AnalysisTemplate. */
  public readonly name: string;

  /** Highest value that passes. */
  public readonly limit: number;

  /** Unit of value and limit. */
  public readonly unit: string;

  /** Whether the canary is compared with the stable revision, so that both need traffic. */
  public readonly relative: boolean;

  private readonly definition: GateDefinition;

  private constructor(definition: GateDefinition) {
    this.definition = definition;
    this.name = definition.name;
    this.limit = definition.limit;
    this.unit = definition.unit;
    this.relative = definition.relative;
  }

  /**
   * What is wrong with the gate on an engine that exports these metrics.
   *
   * @internal
   */
  public _problems(metrics: EngineMetrics): string[] {
    const missing = this.definition.requires.filter((metric) => metrics[metric] === undefined);
    return [
      ...this.definition.problems.map((problem) => `gates ${this.name}: ${problem}`),
      ...(missing.length > 0 ? [`gates ${this.name}: expected an engine that exports ${missing.join(' and ')}, got one that does not; drop the gate or use another engine`] : []),
    ];
  }

  /**
   * PromQL of the gate's value; always one number.
   *
   * @internal
   */
  public _query(scope: QueryScope, metrics: EngineMetrics): string {
    return this.definition.query(new GateQuery(scope), metrics);
  }
}
