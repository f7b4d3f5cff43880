import recorded from './recorded-latencies.json';

/** Upper ends of the buckets of `vllm:time_to_first_token_seconds` but the last, seconds. */
export const BOUNDARIES = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];

/** Number of those buckets, which count what is at or below a boundary. */
export const BUCKETS = BOUNDARIES.length;

/** Times to first token of requests in their order, summed up so that a run of them costs one subtraction. */
export class Trace {
  public readonly length: number;
  private readonly sums: Float64Array;
  private readonly counts: Float64Array;

  public constructor(seconds: readonly number[]) {
    this.length = seconds.length;
    this.sums = new Float64Array(2 * seconds.length + 1);
    this.counts = new Float64Array((2 * seconds.length + 1) * BUCKETS);
    for (let index = 0; index < 2 * seconds.length; index++) {
      const value = seconds[index % seconds.length];
      this.sums[index + 1] = this.sums[index] + value;
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        this.counts[(index + 1) * BUCKETS + bucket] =
          this.counts[index * BUCKETS + bucket] + (value <= BOUNDARIES[bucket] ? 1 : 0);
      }
    }
  }

  /** Sum of `count` times from a position on, seconds; after the last the first follows. */
  public sum(position: number, count: number): number {
    const { sums, length } = this;
    const rest = count % length;
    return sums[position + rest] - sums[position] + ((count - rest) / length) * sums[length];
  }

  /** Adds how many of those times are at or below each boundary. */
  public addBuckets(position: number, count: number, into: Float64Array, offset: number): void {
    const { counts, length } = this;
    const rest = count % length;
    const rounds = (count - rest) / length;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      into[offset + bucket] +=
        counts[(position + rest) * BUCKETS + bucket] -
        counts[position * BUCKETS + bucket] +
        rounds * counts[length * BUCKETS + bucket];
    }
  }
}

/** Situations of a replica, as they were recorded. */
export interface Traces {
  /** Few requests at once, and a warm prefix cache. */
  readonly idle: Trace;
  /** Load that comes in bursts, in the order in which the queue grew and went. */
  readonly busy: Trace;
  /** The first requests of an engine. */
  readonly cold: Trace;
}

const cache = new Map<number, Traces>();

/** What was recorded, stretched so that the middle time of an idle replica is `medianSeconds`. */
export function tracesOf(medianSeconds: number): Traces {
  const known = cache.get(medianSeconds);
  if (known) return known;
  const { idle, busy, cold } = recorded.timeToFirstTokenMs;
  const factor = medianSeconds / [...idle].sort((a, b) => a - b)[Math.floor(idle.length / 2)];
  const trace = (times: readonly number[]) => new Trace(times.map((time) => time * factor));
  const traces = { idle: trace(idle), busy: trace(busy), cold: trace(cold) };
  cache.set(medianSeconds, traces);
  return traces;
}
