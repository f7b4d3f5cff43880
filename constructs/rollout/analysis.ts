import { type EngineMetrics } from '../models/engine-metrics';
import { givenSeconds } from '../checks/durations';
import { beyondLimit, type GateLimit, type MeasuredBy, withinLimit } from '../kubernetes/contract/gate-measurement';
import { type ArgoAnalysis, type ArgoAnalysisTemplate, type ArgoMetric } from './argo-types';
import { GateQuery, type QueryScope } from './gate-query';
import { type HealthGate } from './health-gate';
import { type Judgement, TooFewRequests } from './judgement';
import { modelRequests } from './model-requests';
import { judgementTimeProblems, type ResolvedJudgement, resolveJudgement, stuckSeconds } from './resolved-judgement';
import { type AddressedRequest, TOLERATED_SILENCE } from './synthetic-request-gate';

/** What an analysis needs to know of the model it judges. */
export interface AnalysisContext {
  readonly model: string;
  readonly namespace: string;
  readonly metrics: EngineMetrics;
  readonly scrapeIntervalSeconds: number;
  /** Address of Prometheus, as the Argo Rollouts controller reaches it. */
  readonly prometheusAddress: string;
  /** What the canary is asked for by a gate that sends a request itself; absent where no such request is known. */
  readonly syntheticRequest?: AddressedRequest;
}

/** Name of the metric that waits for the minimum of requests. */
export const REQUESTS_METRIC = 'requests';

/** What the name of the template of a bake ends with. */
export const BAKE = 'bake';

/** What the name of the template ends with whose analysis comes before the switch of a blue/green rollout. */
const ANSWER = 'answer';

const ARGS: ArgoAnalysis['args'] = [
  { name: 'canary-hash', valueFrom: { podTemplateHashValue: 'Latest' } },
  { name: 'stable-hash', valueFrom: { podTemplateHashValue: 'Stable' } },
];

/** Seconds after which a query counts as failed; Argo's default of 30 would let a hanging Prometheus hold up an abort. */
const QUERY_TIMEOUT_SECONDS = 10;

/**
 * Renders gates to AnalysisTemplates.
 *
 * Three analyses share the work, because Argo knows no "wait" (a measurement is success, failure, or an Inconclusive that
 * stops for a human):
 *
 * - **watch**: one template a gate, measured in the background from the first step to the full promotion. It aborts fast,
 *   and lets pass what it cannot judge.
 * - **verdict**: one template for all gates, run at the end of each step. It blocks the rollout until each gate has been
 *   judged and is within its limit at least once; a measurement that cannot be judged counts against its timeout.
 * - **bake**: one template for the gates that compare shares, and for the objectives, measured at full weight for the bake time. The
 *   stable revision has no pods any more, so that its past is what the canary is compared with.
 *
 * | measurement | watch, bake | verdict, `FAIL` | verdict, `PASS` |
 * |---|---|---|---|
 * | within the limit | goes on | gate is done | gate is done |
 * | above the limit | tolerated `failureLimit` times, then **abort** | waits; watch aborts | waits; watch aborts |
 * | too few requests, pods not warm, nothing scraped yet (−1) | goes on | waits; after the timeout **abort** | waits; after the timeout **goes on** |
 * | query fails (Prometheus down) | tolerated `consecutiveErrorLimit` times in a row, then **abort** | the same | waits; watch aborts |
 * | no answer to a request of the gate's own | the fourth in a row **aborts** | the same | the same |
 *
 * `PASS` forgives what needs requests of others. A gate that needs none is judged all the same, so that no canary passes that
 * answers nothing.
 *
 * Each metric has exactly one condition and each measurement exactly one number, and the verdict's limits add up to its
 * count (`failureLimit + consecutiveSuccessLimit = count`), so no path leads to Inconclusive.
 */
export class GateAnalysis {
  private readonly scope: QueryScope;
  private readonly judgement: ResolvedJudgement;

  public constructor(
    private readonly subject: AnalysisContext,
    private readonly gates: readonly HealthGate[],
    judgement?: Judgement,
  ) {
    this.judgement = resolveJudgement(judgement);
    const { namespace, scrapeIntervalSeconds } = subject;
    const { windowSeconds, warmUpSeconds, minimumRequests, intervalSeconds } = this.judgement;
    this.scope = {
      namespace,
      windowSeconds,
      warmUpSeconds,
      scrapeIntervalSeconds,
      minimumRequests,
      ownRequests: this.asking.length * Math.ceil(windowSeconds / intervalSeconds),
      stuckSeconds: stuckSeconds(this.judgement, scrapeIntervalSeconds),
    };
  }

  /** Width of the window and time to wait for requests, seconds: how long the last verdict may have taken, and what it looked at. */
  public get verdictSeconds(): number {
    return this.scope.windowSeconds + this.judgement.minimumRequestsTimeoutSeconds;
  }

  /** Measurements of a verdict before its timeout. */
  private get verdictCount(): number {
    return Math.max(1, Math.ceil(this.judgement.minimumRequestsTimeoutSeconds / this.judgement.intervalSeconds));
  }

  /**
   * What is wrong with gates and judgement, one problem per line.
   *
   * @param shortestHoldSeconds shortest time before a verdict; undefined when there is no verdict
   */
  public problems(shortestHoldSeconds?: number): string[] {
    const problems = this.gates.flatMap((gate) =>
      gate._problems(this.subject.metrics, this.subject.syntheticRequest !== undefined),
    );
    const names = this.gates.map((gate) => gate.name);
    for (const name of new Set(names.filter((other, index) => names.indexOf(other) !== index))) {
      problems.push(`gates: expected each gate once, got ${name} twice; keep one`);
    }
    if (this.judgement.tooFewRequests === TooFewRequests.PASS && this.gates.every(({ relative }) => relative)) {
      problems.push(
        'judgement.tooFewRequests: expected a gate that needs no requests of others beside PASS, got none; add HealthGate.syntheticRequest() or HealthGate.forwardProgress(), or what answers nothing is promoted',
      );
    }
    const whole = (prop: string, value: number, least: number, advice: string) => {
      if (!Number.isInteger(value) || value < least)
        problems.push(`judgement.${prop}: expected a whole number from ${least}, got ${value}; ${advice}`);
    };
    problems.push(...judgementTimeProblems(this.judgement), ...this.requestProblems());
    whole('minimumRequests', this.scope.minimumRequests, 1, 'one request at least is needed to compare anything');
    whole('failureLimit', this.judgement.failureLimit, 0, '0 aborts at the first measurement above a limit');
    whole('consecutiveErrorLimit', this.judgement.consecutiveErrorLimit, 0, '0 aborts at the first query that fails');
    const fewest = 4 * this.subject.scrapeIntervalSeconds;
    if (this.scope.windowSeconds < fewest) {
      problems.push(
        `judgement.window: expected at least four scrapes (${fewest} seconds), got ${givenSeconds(this.scope.windowSeconds)}; widen the window or scrape more often`,
      );
    }
    const windowSeconds = this.gates.some(({ _simultaneous }) => _simultaneous) ? this.scope.windowSeconds : 0;
    const needed =
      this.judgement.warmUpSeconds + windowSeconds + (this.judgement.failureLimit + 2) * this.judgement.intervalSeconds;
    if (
      shortestHoldSeconds !== undefined &&
      shortestHoldSeconds + this.judgement.minimumRequestsTimeoutSeconds < needed
    ) {
      problems.push(
        `judgement.minimumRequestsTimeout: expected at least ${needed - shortestHoldSeconds} seconds (warm-up${windowSeconds > 0 ? ', window' : ''} and ${this.judgement.failureLimit + 2} measurements, less the shortest hold of ${shortestHoldSeconds}), ` +
          `got ${givenSeconds(this.judgement.minimumRequestsTimeoutSeconds)}; a step would be over before its first judgement, lengthen one of them`,
      );
    }
    return problems;
  }

  /**
   * Argo takes the measurements of one run together and waits for the slowest, while no other gate is judged; a round that begins at once
   * after such a wait may not know yet what the one before it has found.
   */
  private requestProblems(): string[] {
    const most = this.judgement.intervalSeconds / 2;
    return this.asking
      .filter(({ _requestTimeoutSeconds: seconds = 0 }) => most > 0 && seconds > most)
      .map(
        ({ _path, _requestTimeoutSeconds }) =>
          `${_path}.timeout: expected at most half of judgement.interval (${most} seconds), got ${_requestTimeoutSeconds}; no other gate is judged while a request waits for its answer, shorten the timeout or lengthen the interval`,
      );
  }

  /**
   * The templates that {@link watch} refers to.
   *
   * @param seconds how long to watch; undefined to watch until the rollout is over
   */
  public watchTemplates(seconds?: number): ArgoAnalysisTemplate[] {
    const count =
      seconds === undefined
        ? undefined
        : Math.max(
            this.judgement.failureLimit + 1,
            Math.floor((seconds - this.judgement.warmUpSeconds) / this.judgement.intervalSeconds),
          );
    const when = { count, initialDelay: `${this.judgement.warmUpSeconds}s` };
    return this.gates.map((gate) => this.template(gate.name, [{ ...this.watched(gate), ...when }]));
  }

  /** The background analysis. */
  public watch(startingStep?: number): ArgoAnalysis {
    return { ...this.run(...this.gates.map(({ name }) => name)), startingStep };
  }

  /** The analysis at the end of a step. */
  public verdict(): ArgoAnalysis {
    return this.run('verdict');
  }

  /** A metric that fails above the limit of a gate. */
  private watched(gate: HealthGate, scope = this.scope): ArgoMetric {
    return {
      ...this.metric(gate, scope),
      failureCondition: beyondLimit(...limitOf(gate)),
      failureLimit: this.judgement.failureLimit,
    };
  }

  /** The analysis of a bake. */
  public bake(): ArgoAnalysis {
    return this.run(BAKE);
  }

  /**
   * The template that {@link bake} refers to; undefined where nothing is to be measured but what the watch measures anyway.
   *
   * @param seconds how long to bake
   * @param reachSeconds how far back the stable revision had pods for a whole window
   */
  public bakeTemplate(
    seconds: number,
    reachSeconds: number,
    objectives: readonly HealthGate[],
  ): ArgoAnalysisTemplate | undefined {
    // The past of the stable revision had another load: what depends on it is left to the objectives.
    const gates = [...this.gates.filter(({ relative, _simultaneous }) => relative && !_simultaneous), ...objectives];
    if (gates.length === 0) return undefined;
    // The first is taken at once.
    const count = Math.max(this.judgement.failureLimit, Math.ceil(seconds / this.judgement.intervalSeconds)) + 1;
    const scope = { ...this.scope, stableWindowSeconds: reachSeconds };
    const metrics = gates.map((gate) => ({ ...this.watched(gate, scope), count }));
    return this.template(BAKE, metrics);
  }

  /** The analysis of a revision that has no callers yet; undefined where no gate asks by itself. */
  public answer(): ArgoAnalysis | undefined {
    return this.asking.length === 0 ? undefined : this.run(ANSWER);
  }

  /** The templates that {@link answer} refers to. */
  public answerTemplates(): ArgoAnalysisTemplate[] {
    if (this.asking.length === 0) return [];
    const metrics = this.asking.map((gate) => this.awaited(gate));
    return [this.template(ANSWER, metrics)];
  }

  /** The template that {@link verdict} refers to. */
  public verdictTemplate(): ArgoAnalysisTemplate {
    const { httpRequests, requestsRunning } = this.subject.metrics;
    const relative = this.gates.filter((gate) => gate.relative).map(({ name }) => name);
    const counted = httpRequests !== undefined && requestsRunning !== undefined && relative.length > 0;
    const compared = [...(counted ? [REQUESTS_METRIC] : []), ...relative];
    const metrics = this.gates.map((gate) => this.awaited(gate));
    // First, so that Argo names it as the reason when all metrics time out together.
    if (counted)
      metrics.unshift({
        ...this.queried(REQUESTS_METRIC, this.requestsQuery(httpRequests, requestsRunning)),
        ...this.untilTimeout,
        successCondition: withinLimit('result[0]', { bound: 'least', value: this.scope.minimumRequests }),
      });
    // In a dry run a metric is waited for like any other, but its failure fails nothing.
    const dry = this.judgement.tooFewRequests === TooFewRequests.PASS && compared.length > 0;
    return this.template('verdict', metrics, dry ? [{ metricName: `^(${compared.join('|')})$` }] : undefined);
  }

  /** Gates that send a request themselves. */
  private get asking(): HealthGate[] {
    return this.gates.filter(({ _requestTimeoutSeconds }) => _requestTimeoutSeconds !== undefined);
  }

  private get untilTimeout(): Pick<ArgoMetric, 'count' | 'failureLimit' | 'consecutiveSuccessLimit'> {
    return { count: this.verdictCount, failureLimit: this.verdictCount - 1, consecutiveSuccessLimit: 1 };
  }

  /** A metric that is done once it is within the limit of a gate, and fails when the timeout is over. */
  private awaited(gate: HealthGate): ArgoMetric {
    return {
      ...this.metric(gate, this.scope),
      ...this.untilTimeout,
      successCondition: withinLimit(...limitOf(gate)),
    };
  }

  /** The smaller number of requests that either revision had of its callers within the window. */
  private requestsQuery(counter: string, gauge: string): string {
    const query = new GateQuery(this.scope);
    const { ownRequests } = this.scope;
    const requests = (side: 'canary' | 'stable', own: number) => {
      const all = `sum(${query.grown(counter, gauge, side, [modelRequests(this.subject.metrics)])})`;
      return `label_replace(${own > 0 ? `clamp_min(${all} - ${own}, 0)` : all} or vector(0), "side", "${side}", "", "")`;
    };
    return `floor(min(\n  ${requests('canary', ownRequests)}\n  or ${requests('stable', 0)}\n))`;
  }

  private metric(gate: HealthGate, scope: QueryScope): ArgoMetric {
    const query = gate._query(scope, this.subject.metrics);
    return query === undefined ? this.asked(gate) : this.queried(gate.name, query);
  }

  private queried(name: string, query: string): ArgoMetric {
    return {
      name,
      interval: `${this.judgement.intervalSeconds}s`,
      consecutiveErrorLimit: this.judgement.consecutiveErrorLimit,
      provider: { prometheus: { address: this.subject.prometheusAddress, query, timeout: QUERY_TIMEOUT_SECONDS } },
    };
  }

  /** A gate without a request to send has a problem of its own. */
  private asked({ name, _requestTimeoutSeconds: timeoutSeconds = 0 }: HealthGate): ArgoMetric {
    const { url = '', bodyJson = '{}', resultPath: jsonPath = '' } = this.subject.syntheticRequest ?? {};
    return {
      name,
      interval: `${this.judgement.intervalSeconds}s`,
      consecutiveErrorLimit: TOLERATED_SILENCE,
      provider: { web: { method: 'POST', url, jsonBody: JSON.parse(bodyJson) as object, timeoutSeconds, jsonPath } },
    };
  }

  /** A run of templates. */
  private run(...names: string[]): ArgoAnalysis {
    return { templates: names.map((name) => ({ templateName: `${this.subject.model}-${name}` })), args: ARGS };
  }

  private template(
    name: string,
    metrics: readonly ArgoMetric[],
    dryRun?: ArgoAnalysisTemplate['spec']['dryRun'],
  ): ArgoAnalysisTemplate {
    const args = ARGS.map((arg) => ({ name: arg.name }));
    return { name: `${this.subject.model}-${name}`, spec: { args, dryRun, metrics } };
  }
}

/** What a query finds may be at most the limit; what a request of the gate's own finds, at least. */
function limitOf({ limit: value, _requestTimeoutSeconds }: HealthGate): [MeasuredBy, GateLimit] {
  return _requestTimeoutSeconds === undefined
    ? ['result[0]', { bound: 'most', value }]
    : ['result', { bound: 'least', value }];
}
