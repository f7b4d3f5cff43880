import type { Outcome } from './completion-request';

/** Requests by what became of them. */
export interface Counts {
  readonly sent: number;
  readonly succeeded: number;
  /** The connection was refused, or it or the stream broke: the platform lost it. */
  readonly lost: number;
  /** Answered by the model with a failure. */
  readonly errors: number;
  readonly timeouts: number;
  /** Mistakes of the caller that were answered as such. */
  readonly mistakes: number;
}

/** Who was asked. */
export interface Asked {
  readonly podHash: string;
  readonly revision: string;
}

export interface LoadCounters extends Counts {
  /** Sent, and not ended yet. */
  readonly inFlight: number;
  /** Not sent because too many were in flight. */
  readonly shed: number;
  /** What ended without success, by cause. */
  readonly causes: Readonly<Record<string, number>>;
  /** By pod-template hash; requests that found no pod count under `none`. */
  readonly byPodHash: Readonly<Record<string, Counts & { readonly revision: string }>>;
}

/** What one second of load showed of one ReplicaSet. */
export interface LoadPoint extends Counts, Asked {
  /** Second in which the requests were sent, since the epoch. */
  readonly second: number;
  /** When the first of them was sent, in milliseconds since the epoch. */
  readonly firstAt: number;
  readonly ttftP95Ms?: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Bucket {
  readonly second: number;
  readonly firstAt: number;
  readonly asked: Asked;
  readonly counts: Writable<Counts>;
  readonly ttft: number[];
}

/** Counts and latencies of a load, in total, by ReplicaSet, and by second. */
export class Tally {
  private total = noCounts();
  private inFlight = 0;
  private shed = 0;
  private causes: Record<string, number> = {};
  private byPodHash = new Map<string, Writable<Counts> & { revision: string }>();
  private buckets = new Map<string, Bucket>();

  /** Counts a request as sent; the returned function counts how it ended, after a reset too. */
  public sent(asked: Asked): (outcome: Outcome) => void {
    const bucket = this.bucket(asked);
    this.inFlight += 1;
    for (const counts of [this.total, this.ofHash(asked), bucket.counts]) counts.sent += 1;
    return (outcome) => {
      this.inFlight -= 1;
      const as = COUNTED_AS[outcome.result];
      for (const counts of [this.total, this.ofHash(asked), bucket.counts]) counts[as] += 1;
      if (outcome.cause !== undefined) this.causes[outcome.cause] = (this.causes[outcome.cause] ?? 0) + 1;
      if (outcome.result === 'succeeded' && outcome.ttftMs !== undefined) bucket.ttft.push(outcome.ttftMs);
    };
  }

  /** Counts a request that was not sent, to keep the load bounded. */
  public notSent(): void {
    this.shed += 1;
  }

  public counters(): LoadCounters {
    return {
      ...this.total,
      inFlight: this.inFlight,
      shed: this.shed,
      causes: { ...this.causes },
      byPodHash: Object.fromEntries([...this.byPodHash].map(([hash, counts]) => [hash, { ...counts }])),
    };
  }

  /** Every second since the start or the last reset, in order. */
  public series(): LoadPoint[] {
    return [...this.buckets.values()].map(({ second, firstAt, asked, counts, ttft }) => ({
      second,
      firstAt,
      ...asked,
      ...counts,
      ttftP95Ms: percentile95(ttft),
    }));
  }

  /** Starts counting anew. A request in flight counts when it ends, so that no loss is overlooked between two acts. */
  public reset(): void {
    this.total = noCounts();
    this.shed = 0;
    this.causes = {};
    this.byPodHash = new Map();
    this.buckets = new Map();
  }

  private ofHash({ podHash, revision }: Asked): Writable<Counts> {
    const counts = this.byPodHash.get(podHash) ?? { ...noCounts(), revision };
    this.byPodHash.set(podHash, counts);
    return counts;
  }

  private bucket(asked: Asked): Bucket {
    const firstAt = Date.now();
    const second = Math.floor(firstAt / 1000);
    const key = `${second}/${asked.podHash}`;
    const bucket = this.buckets.get(key) ?? { second, firstAt, asked, counts: noCounts(), ttft: [] };
    this.buckets.set(key, bucket);
    return bucket;
  }
}

const COUNTED_AS = {
  succeeded: 'succeeded',
  lost: 'lost',
  error: 'errors',
  timeout: 'timeouts',
  mistake: 'mistakes',
} as const;

function noCounts(): Writable<Counts> {
  return { sent: 0, succeeded: 0, lost: 0, errors: 0, timeouts: 0, mistakes: 0 };
}

function percentile95(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(0.95 * values.length))];
}
