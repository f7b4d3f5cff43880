import type { Random } from './random';
import { BUCKETS, type Trace, type Traces } from './recorded-latencies';

/** What replicas counted within a window. */
export interface Counted {
  requests: number;
  /** Requests answered with an error of the server. */
  failed: number;
  /** Requests that were mistakes of their callers. */
  mistaken: number;
  /** Requests whose answer began and never ended. */
  unfinished: number;
  /** Requests with a first token. */
  answered: number;
  /** Sum of their times to first token, seconds. */
  seconds: number;
  /** How many of them are at or below each boundary of the histogram. */
  readonly buckets: Float64Array;
}

/** Nothing counted. */
export function nothing(): Counted {
  return {
    requests: 0,
    failed: 0,
    mistaken: 0,
    unfinished: 0,
    answered: 0,
    seconds: 0,
    buckets: new Float64Array(BUCKETS),
  };
}

/** How a replica serves. */
export interface Behavior {
  readonly traces: Traces;
  /** Share of requests that fail. */
  readonly errors: number;
  /** Share of answers that callers stop reading. */
  readonly unfinished: number;
  /** Share of requests that are mistakes of their callers. */
  readonly mistakes: number;
  /** Whether its prefix cache is empty at the start. */
  readonly cold: boolean;
  /** Time from which it answers nothing, seconds; Infinity when it never hangs. */
  readonly hangsAt: number;
}

/** A burst of load, in which all replicas are. */
export interface Burst {
  readonly id: number;
  /** Request of the recording that the replicas are at. */
  readonly position: number;
}

/** Time after which a caller gives up, seconds. */
const GIVE_UP_SECONDS = 30;
/** How far two replicas may be apart in one burst, requests of the recording. */
const BURST_SPREAD = 20;
/** What is counted beside the buckets, in the order in which a scrape keeps it. */
const FIELDS = ['requests', 'failed', 'unfinished', 'answered', 'seconds', 'mistaken'] as const;
const SINGLE = FIELDS.length;
const COUNTERS = SINGLE + BUCKETS;

/** One replica and its counters, scrape by scrape. */
export class Replica {
  private served = 0;
  private burst = -1;
  private offset = 0;
  private last = 0;
  private readonly counters: Float64Array;
  private readonly givenUp: Float64Array;

  /**
   * @param since time at which it began to serve, seconds
   * @param scrapes number of scrapes that are kept
   */
  public constructor(
    public readonly since: number,
    private readonly behavior: Behavior,
    scrapes: number,
    private readonly scrapeSeconds: number,
  ) {
    this.counters = new Float64Array((scrapes + 1) * COUNTERS);
    this.givenUp = new Float64Array(
      behavior.hangsAt === Infinity ? 0 : scrapes + 1 + Math.ceil(GIVE_UP_SECONDS / scrapeSeconds),
    );
  }

  /** Time for which it has hung, seconds; negative before. */
  public hungFor(now: number): number {
    return now - this.behavior.hangsAt;
  }

  /** Gets `count` requests until the next scrape, the one of this number. */
  public serve(scrape: number, count: number, burst: Burst | undefined, random: Random): void {
    const { counters, behavior } = this;
    const at = scrape * COUNTERS;
    counters.copyWithin(at, at - COUNTERS, at);
    this.last = scrape;
    if (scrape * this.scrapeSeconds > behavior.hangsAt) {
      this.givenUp[scrape + Math.ceil(GIVE_UP_SECONDS / this.scrapeSeconds)] += count;
      counters[at] += this.givenUp[scrape];
      counters[at + 2] += this.givenUp[scrape];
      return;
    }
    if (count === 0) return;
    const failed = Math.min(count, random.poisson(count * behavior.errors));
    counters[at] += count;
    counters[at + 1] += failed;
    counters[at + 2] += Math.min(count - failed, random.poisson(count * behavior.unfinished));
    counters[at + 3] += count;
    const trace = this.traceOf(burst);
    const position = this.positionIn(trace, burst, random);
    counters[at + 4] += trace.sum(position, count);
    counters[at + 5] += Math.min(count - failed, random.poisson(count * behavior.mistakes));
    trace.addBuckets(position, count, counters, at + SINGLE);
    this.served += count;
  }

  /** Adds what was counted after one scrape up to another. */
  public addTo(total: Counted, after: number, upTo: number): void {
    const from = Math.min(after, this.last) * COUNTERS;
    const to = Math.min(upTo, this.last) * COUNTERS;
    for (const [index, field] of FIELDS.entries())
      total[field] += this.counters[to + index] - this.counters[from + index];
  }

  /** Adds the buckets of that. */
  public addBucketsTo(total: Counted, after: number, upTo: number): void {
    const from = Math.min(after, this.last) * COUNTERS + SINGLE;
    const to = Math.min(upTo, this.last) * COUNTERS + SINGLE;
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      total.buckets[bucket] += this.counters[to + bucket] - this.counters[from + bucket];
  }

  private traceOf(burst: Burst | undefined): Trace {
    const { cold, traces } = this.behavior;
    if (cold && this.served < traces.cold.length) return traces.cold;
    return burst === undefined ? traces.idle : traces.busy;
  }

  private positionIn(trace: Trace, burst: Burst | undefined, random: Random): number {
    if (trace === this.behavior.traces.cold) return this.served;
    if (burst === undefined) return Math.floor(random.next() * trace.length);
    if (this.burst !== burst.id) {
      this.burst = burst.id;
      this.offset = BURST_SPREAD * random.next();
    }
    return Math.floor(burst.position + this.offset) % trace.length;
  }
}
