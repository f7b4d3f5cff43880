import { type EngineMetrics } from '../models/engine-metrics';
import { errorRatioGate, refusedRequestsGate, unfinishedAnswersGate } from './failure-gates';
import { type GateDefinition } from './gate-definition';
import {
  type ErrorGateOptions,
  type LatencyGateOptions,
  type ModelObjectives,
  type SyntheticRequestOptions,
} from './gate-options';
import { GateQuery, type QueryScope } from './gate-query';
import { latencyGate } from './latency-gate';
import { objectiveGates } from './objective-gates';
import { forwardProgressGate } from './progress-gate';
import { syntheticRequestGate } from './synthetic-request-gate';

/**
 * A condition that a new revision must keep while it is rolled out.
 *
 * Each gate is one number and its limit. Gates relative to the stable revision judge only pods past their warm-up and windows with a
 * minimum of requests on both revisions.
 *
 * | gate | value | unit |
 * |---|---|---|
 * | `synthetic-request` | tokens that a request for one is answered with, in time | tokens, at least 1 |
 * | `time-to-first-token`, `inter-token-latency`, `queue-time` | canary ÷ stable | ratio |
 * | `error-ratio` | 5xx share of the canary − that of stable, less what chance may add | share of requests |
 * | `refused-requests` | share of requests that are not answered with 2xx, compared likewise | share of requests |
 * | `unfinished-answers` | share of answers that began with 2xx and that the engine never finished, compared likewise | share of requests |
 * | `forward-progress` | canary pods that were asked for almost a window without one iteration | pods |
 */
export class HealthGate {
  /**
   * The canary must answer a request for one token in time.
   *
   * The controller sends it through the canary's Service, at every interval: what a caller would see, however the engine hangs, and
   * without any caller. It costs one token an interval; of several pods, one at a time is asked.
   */
  public static syntheticRequest(options: SyntheticRequestOptions = {}): HealthGate {
    return new HealthGate(syntheticRequestGate(options));
  }

  /** The canary's time to first token may not exceed the stable revision's by more than a ratio. */
  public static timeToFirstToken(options: LatencyGateOptions = {}): HealthGate {
    return new HealthGate(latencyGate('timeToFirstToken', options));
  }

  /** The canary's time between tokens may not exceed the stable revision's by more than a ratio. */
  public static interTokenLatency(options: LatencyGateOptions = {}): HealthGate {
    return new HealthGate(latencyGate('interTokenLatency', options));
  }

  /** The canary's requests may not queue for longer than the stable revision's by more than a ratio. */
  public static queueTime(options: LatencyGateOptions = {}): HealthGate {
    return new HealthGate(latencyGate('queueTime', options));
  }

  /**
   * The canary may not answer more of its requests with 5xx than the stable revision, beyond a difference.
   *
   * An engine that counts clients' mistakes as 5xx is compared by all answers that are not 2xx, in which the mistakes of both
   * revisions cancel out.
   */
  public static errorRatio(options: ErrorGateOptions = {}): HealthGate {
    return new HealthGate(errorRatioGate(options));
  }

  /**
   * The canary may not refuse more of its requests than the stable revision, beyond a difference: whatever is not answered with 2xx counts,
   * mistakes of clients too, which are the same share of both revisions.
   */
  public static refusedRequests(options: ErrorGateOptions = {}): HealthGate {
    return new HealthGate(refusedRequestsGate(options));
  }

  /**
   * The canary may not leave more of its answers unfinished than the stable revision, beyond a difference: streams that break after
   * their 200, and answers that callers gave up.
   */
  public static unfinishedAnswers(options: ErrorGateOptions = {}): HealthGate {
    return new HealthGate(unfinishedAnswersGate(options));
  }

  /**
   * No pod of the canary may be asked for almost a window without one iteration of its engine.
   *
   * Such a pod answers its health checks, so that neither probes nor latency histograms, which count finished requests, see it.
   */
  public static forwardProgress(): HealthGate {
    return new HealthGate(forwardProgressGate());
  }

  /**
   * Gates on the objectives of a model, which its alarms watch too.
   *
   * @internal
   */
  public static _objectives(objectives: ModelObjectives): HealthGate[] {
    return objectiveGates(objectives).map((definition) => new HealthGate(definition));
  }

  /** Name of the gate; also of its metric in an AnalysisRun, and with the model's name in front, of its AnalysisTemplate. */
  public readonly name: string;

  /**
   * Where an error finds it: by the name of its factory.
   *
   * @internal
   */
  public readonly _path: string;

  /** Highest value that passes; for `synthetic-request` the lowest. */
  public readonly limit: number;

  /** Unit of value and limit. */
  public readonly unit: string;

  /** Whether the canary is compared with the stable revision, so that both need traffic. */
  public readonly relative: boolean;

  /**
   * Whether the two revisions must be seen at the same time.
   *
   * @internal
   */
  public readonly _simultaneous: boolean;

  /**
   * Time within which a request of the gate's own must be answered, seconds; absent for a gate that reads metrics.
   *
   * @internal
   */
  public readonly _requestTimeoutSeconds?: number;

  private constructor(private readonly definition: GateDefinition) {
    this.name = definition.name;
    this._path = `gates.${definition.name.replace(/-./g, ([, letter]) => letter.toUpperCase())}`;
    this.limit = definition.limit;
    this.unit = definition.unit;
    this.relative = definition.relative;
    this._simultaneous = definition.simultaneous ?? false;
    this._requestTimeoutSeconds = definition.requestTimeoutSeconds;
  }

  /**
   * What is wrong with the gate on an engine that exports these metrics; without them, with the gate itself.
   *
   * @param answersRequests whether a request is known that the engine answers with one token
   * @internal
   */
  public _problems(metrics?: EngineMetrics, answersRequests = true): string[] {
    const missing = this.definition.requires.filter((metric) => metrics && metrics[metric] === undefined);
    return [
      ...this.definition.problems.map((problem) => `${this._path}.${problem}`),
      ...(missing.length > 0
        ? [
            `${this._path}: expected an engine that exports ${missing.join(' and ')}, got one that does not; drop the gate or use another engine`,
          ]
        : []),
      ...(this._requestTimeoutSeconds !== undefined && !answersRequests
        ? [
            `${this._path}: expected an engine that answers a request for one token, got one that is told to do something else; drop the gate`,
          ]
        : []),
    ];
  }

  /**
   * PromQL of the gate's value; always one number. Undefined for a gate that sends a request itself.
   *
   * @internal
   */
  public _query(scope: QueryScope, metrics: EngineMetrics): string | undefined {
    return this.definition.query?.(new GateQuery(scope), metrics);
  }
}
