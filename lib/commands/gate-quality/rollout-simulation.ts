import { stuckSeconds } from '../../../constructs/rollout/resolved-judgement';
import { TOLERATED_SILENCE } from '../../../constructs/rollout/synthetic-request-gate';
import { isEnough, latencyRatio, shareDifference } from './gate-statistics';
import { COMPARED, type Gate, GATES, type JudgedRollout } from './judged-rollout';
import { Random } from './random';
import { tracesOf } from './recorded-latencies';
import { type Burst, type Counted, nothing, Replica } from './replica';
import { bakeReachSeconds, type Phase, phasesOf } from './rollout-phases';

/** A new revision, compared with the old one. */
export interface Revision {
  /** Its times to first token, as a multiple of the old revision's. */
  readonly slowness: number;
  /** Share of its requests that fail beyond those that fail anyway. */
  readonly moreErrors: number;
  /** Whether one of four of its replicas hangs, within five minutes of its start. */
  readonly hangs: boolean;
}

/** What a model is asked, and how its present revision answers. */
export interface Traffic {
  readonly requestsPerSecond: number;
  /** Middle time to first token of a replica that is not busy, seconds. */
  readonly medianSeconds: number;
  /** Share of requests that fail. */
  readonly errorRatio: number;
  /** Share of answers that callers stop reading. */
  readonly unfinishedRatio: number;
  /** Share of requests that are mistakes of their callers. */
  readonly mistakeRatio: number;
}

/** How a rollout ends: `promoted`, or the metric that aborted it. */
export type Outcome = 'promoted' | 'requests' | Gate;

type Measured = Readonly<Record<Gate, 'above' | 'within' | undefined>>;

/** Gates that compare with the past of the stable revision. */
const BAKED: readonly Gate[] = ['error-ratio', 'refused-requests', 'unfinished-answers'];
/** Bursts of load: how much more there is, for which share of the time, and for how long in the mean, seconds. */
const BURSTS = { rate: 2.5, share: 0.12, seconds: 40 };
const HANGS_WITHIN_SECONDS = 300;
const ONE_IN = 4;

/** Plays rollouts of a revision under its gates, scrape by scrape; the same seed gives the same outcome. */
export function simulationOf(rollout: JudgedRollout, traffic: Traffic, revision: Revision): (seed: number) => Outcome {
  const { intervalSeconds, scrapeIntervalSeconds } = rollout;
  const phases = phasesOf(rollout);
  const longest = phases.reduce((sum, { seconds }) => sum + seconds + intervalSeconds + scrapeIntervalSeconds, 0);
  const scrapes = Math.ceil(longest / scrapeIntervalSeconds) + 1;
  return (seed) => new Run(rollout, traffic, revision, phases, scrapes, new Random(seed)).outcome();
}

class Run {
  private now = 0;
  private scrape = 0;
  private phase = 0;
  private phaseBegan = 0;
  private canary: Replica[] = [];
  private stable: Replica[] = [];
  private ended: Replica[] = [];
  private readonly hanging: number;
  private burst: Burst | undefined;
  private bursts = 0;
  private nextWatch: number;
  private readonly watched = new Failures();
  private readonly baked = new Failures();
  private verdict: { next: number; measured: number; readonly open: Set<Gate | 'requests'> } | undefined;
  private nextBake = 0;

  public constructor(
    private readonly rollout: JudgedRollout,
    private readonly traffic: Traffic,
    private readonly revision: Revision,
    private readonly phases: readonly Phase[],
    private readonly scrapes: number,
    private readonly random: Random,
  ) {
    this.hanging = Math.floor(random.next() * Math.min(ONE_IN, rollout.replicas));
    this.nextWatch = rollout.warmUpSeconds;
    this.stable = Array.from({ length: rollout.replicas }, () =>
      this.started({ slowness: 1, moreErrors: 0, hangs: false }, false, -Infinity),
    );
  }

  public outcome(): Outcome {
    while (!this.isOver()) {
      this.serve();
      const aborted = this.judge();
      if (aborted) return aborted;
    }
    return 'promoted';
  }

  /** Goes on to the phase of the present time. */
  private isOver(): boolean {
    for (let phase = this.phases[this.phase]; phase !== undefined; phase = this.phases[this.phase]) {
      if (phase.kind === 'verdict') {
        this.verdict ??= { next: this.now, measured: 0, open: new Set(this.judged) };
        return false;
      }
      if (this.now - this.phaseBegan < phase.seconds) return false;
      this.replace(phase);
      this.nextPhase();
    }
    return true;
  }

  private get judged(): (Gate | 'requests')[] {
    const { limits } = this.rollout;
    const compared = COMPARED.filter((gate) => limits[gate] !== undefined);
    return [
      ...compared,
      ...(compared.length > 0 ? ['requests' as const] : []),
      ...(limits['forward-progress'] === undefined ? [] : ['forward-progress' as const]),
    ];
  }

  private nextPhase(): void {
    this.phase += 1;
    this.phaseBegan = this.now;
    this.nextBake = this.now;
  }

  private replace({ canary = this.canary.length, stable = this.stable.length }: Phase): void {
    while (this.canary.length < canary) {
      const hangs = this.revision.hangs && this.canary.length % ONE_IN === this.hanging;
      this.canary.push(this.started({ ...this.revision, hangs }, true, this.now));
    }
    this.ended.push(...this.stable.splice(stable));
  }

  private started({ slowness, moreErrors, hangs }: Revision, cold: boolean, since: number): Replica {
    const { medianSeconds, errorRatio, unfinishedRatio, mistakeRatio } = this.traffic;
    return new Replica(
      since,
      {
        traces: tracesOf(medianSeconds * slowness),
        errors: errorRatio + moreErrors,
        unfinished: unfinishedRatio,
        mistakes: mistakeRatio,
        cold,
        hangsAt: hangs ? this.now + this.random.next() * HANGS_WITHIN_SECONDS : Infinity,
      },
      this.scrapes,
      this.rollout.scrapeIntervalSeconds,
    );
  }

  private serve(): void {
    const { random, traffic } = this;
    const { scrapeIntervalSeconds } = this.rollout;
    const ends = scrapeIntervalSeconds / BURSTS.seconds;
    const begins = (ends * BURSTS.share) / (1 - BURSTS.share);
    if (random.happens(this.burst ? ends : begins))
      this.burst = this.burst ? undefined : { id: this.bursts++, position: random.next() * 10_000 };
    const load = (this.burst ? BURSTS.rate : 1) / (1 + BURSTS.share * (BURSTS.rate - 1));
    const mean = (traffic.requestsPerSecond * load * scrapeIntervalSeconds) / (this.canary.length + this.stable.length);
    this.scrape += 1;
    this.now += scrapeIntervalSeconds;
    for (const replica of [...this.canary, ...this.stable])
      replica.serve(this.scrape, random.poisson(mean), this.burst, random);
    if (this.burst) this.burst = { id: this.burst.id, position: this.burst.position + mean };
  }

  private judge(): Outcome | undefined {
    const { now } = this;
    const { intervalSeconds, windowSeconds, failureLimit } = this.rollout;
    const watches = now >= this.nextWatch;
    const asks = this.verdict !== undefined && now >= this.verdict.next;
    const bakes = this.phases[this.phase].kind === 'bake' && now >= this.nextBake;
    if (bakes) {
      this.nextBake += intervalSeconds;
      const aborted = this.baked.add(this.measure(bakeReachSeconds(this.rollout)), BAKED, failureLimit);
      if (aborted) return aborted;
    }
    if (!watches && !asks) return undefined;
    const measured = this.measure(windowSeconds);
    if (watches) {
      this.nextWatch += intervalSeconds;
      const aborted = this.watched.add(measured, GATES, failureLimit);
      if (aborted) return aborted;
    }
    return asks ? this.decide(measured) : undefined;
  }

  /** A measurement of the verdict. */
  private decide(measured: Measured & { enough: boolean }): Outcome | undefined {
    const verdict = this.verdict!;
    const { intervalSeconds, minimumRequestsTimeoutSeconds, tooFewRequests } = this.rollout;
    for (const gate of GATES) if (measured[gate] === 'within') verdict.open.delete(gate);
    if (measured.enough) verdict.open.delete('requests');
    verdict.next += intervalSeconds;
    verdict.measured += 1;
    const outOfPatience = verdict.measured >= Math.max(1, Math.ceil(minimumRequestsTimeoutSeconds / intervalSeconds));
    if (verdict.open.size > 0 && !outOfPatience) return undefined;
    if (verdict.open.size > 0 && (tooFewRequests === 'fail' || verdict.open.has('forward-progress'))) return 'requests';
    this.verdict = undefined;
    this.nextPhase();
    return undefined;
  }

  /** @param stableSeconds how far back the stable revision is looked at */
  private measure(stableSeconds: number): Measured & { enough: boolean } {
    const { rollout, now, canary: replicas, random } = this;
    const { limits, windowSeconds, scrapeIntervalSeconds } = rollout;
    const canary = this.counted(replicas, windowSeconds);
    const stable = this.counted([...this.stable, ...this.ended], stableSeconds);
    const slow = this.counted(replicas, windowSeconds, true);
    const reference = this.counted(this.stable, windowSeconds, true);
    const enough = isEnough(rollout, canary.requests, stable.requests);
    const compared = (gate: Gate, judged: boolean, value: () => number) => {
      const { [gate]: limit } = limits;
      return limit === undefined || !judged ? undefined : answer(value() > limit);
    };
    const share = (gate: Gate, failed: (of: Counted) => number) =>
      compared(gate, enough, () => shareDifference(failed(canary), canary.requests, failed(stable), stable.requests));
    const stuck = stuckSeconds(rollout, scrapeIntervalSeconds) + 2 * scrapeIntervalSeconds;
    // One of two requests in a row, which any replica may get.
    const silent = replicas.filter((replica) => replica.hungFor(now) > 0).length / replicas.length;
    return {
      enough,
      'time-to-first-token': compared('time-to-first-token', isEnough(rollout, slow.answered, reference.answered), () =>
        latencyRatio(slow, reference),
      ),
      'error-ratio': share('error-ratio', ({ failed }) => failed),
      'refused-requests': share('refused-requests', ({ failed, mistaken }) => failed + mistaken),
      'unfinished-answers': share('unfinished-answers', ({ unfinished }) => unfinished),
      'forward-progress':
        limits['forward-progress'] === undefined
          ? undefined
          : answer(replicas.some((replica) => replica.hungFor(now) >= stuck)),
      'synthetic-request':
        limits['synthetic-request'] === undefined ? undefined : answer(silent > 0 && random.happens(silent)),
    };
  }

  /**
   * What warm replicas counted within the last seconds.
   *
   * @param throughout whether they must have been warm for all of that time
   */
  private counted(replicas: readonly Replica[], seconds: number, throughout = false): Counted {
    const { scrape } = this;
    const { warmUpSeconds, scrapeIntervalSeconds } = this.rollout;
    const total = nothing();
    // Counters of a window are read at its scrapes, the first of which is no more than where they start.
    const from = Math.max(0, scrape - Math.floor(seconds / scrapeIntervalSeconds) + 1);
    for (const replica of replicas) {
      const warm = Math.ceil((replica.since + warmUpSeconds) / scrapeIntervalSeconds);
      if (throughout && warm > from) continue;
      replica.addTo(total, Math.min(scrape, Math.max(from, warm)), scrape);
      if (throughout) replica.addBucketsTo(total, from, scrape);
    }
    return total;
  }
}

/** Measurements above their limits in one analysis. */
class Failures {
  private readonly counts: Partial<Record<Gate, number>> = {};
  /** Requests of the gate's own that were not answered, in a row. */
  private silences = 0;

  /** Returns the gate that aborts, if one does. */
  public add(measured: Measured, gates: readonly Gate[], tolerated: number): Gate | undefined {
    for (const gate of gates) {
      const above = measured[gate] === 'above';
      if (gate === 'synthetic-request') {
        this.silences = above ? this.silences + 1 : 0;
        if (this.silences > TOLERATED_SILENCE) return gate;
        continue;
      }
      if (!above) continue;
      this.counts[gate] = (this.counts[gate] ?? 0) + 1;
      if (this.counts[gate] > tolerated) return gate;
    }
    return undefined;
  }
}

function answer(above: boolean): 'above' | 'within' {
  return above ? 'above' : 'within';
}
