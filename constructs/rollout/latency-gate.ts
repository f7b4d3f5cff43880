import { givenSeconds, secondsOf } from '../checks/durations';
import { type GateDefinition } from './gate-definition';
import { type LatencyGateOptions } from './gate-options';
import { type Side } from './gate-query';

/** Histograms that can be compared, with the name of the gate and its floor in seconds. */
export const LATENCIES = {
  timeToFirstToken: { name: 'time-to-first-token', floorSeconds: 0.01 },
  interTokenLatency: { name: 'inter-token-latency', floorSeconds: 0.001 },
  queueTime: { name: 'queue-time', floorSeconds: 0.1 },
} as const;

/**
 * Standard errors that the largest difference of the shares of requests above a bucket's boundary must exceed before a ratio counts: the
 * one-sided two-sample test of Kolmogorov and Smirnov, at a level of 0.5 % (exp(−2 · 1.63²)). Means alone are decided by a few slow
 * requests, of which a good revision has its share by chance.
 *
 * @see https://en.wikipedia.org/wiki/Kolmogorov-Smirnov_test#Two-sample_Kolmogorov%E2%80%93Smirnov_test
 */
const CHANCE = 1.63;

/** Boundaries that both revisions must have for that test, `+Inf` among them; engines of two kinds are compared by the ratio alone. */
const FEWEST_BOUNDARIES = 3;

/** Gate on the ratio of a latency; at most 1 where the difference may be chance. */
export function latencyGate(metric: keyof typeof LATENCIES, options: LatencyGateOptions): GateDefinition {
  const { name, floorSeconds: defaultFloor } = LATENCIES[metric];
  const { maxRatio: limit = 1.5, quantile, floor } = options;
  const floorSeconds = floor === undefined ? defaultFloor : secondsOf(floor);
  const problems: string[] = [];
  if (!(limit > 1 && Number.isFinite(limit)))
    problems.push(`maxRatio: expected more than 1, got ${limit}; 1.5 allows the canary to be half as slow again`);
  if (quantile !== undefined && !(quantile > 0 && quantile < 1))
    problems.push(`quantile: expected more than 0 and less than 1, got ${quantile}; 0.95 is the 95th percentile`);
  if (!(floorSeconds > 0 && Number.isFinite(floorSeconds)))
    problems.push(
      `floor: expected more than 0 seconds, got ${givenSeconds(floorSeconds)}; without a floor the ratio of two negligible times would be judged`,
    );
  return {
    name,
    limit,
    unit: 'ratio',
    relative: true,
    simultaneous: true,
    requires: [metric],
    problems,
    query: (query, metrics) => {
      const histogram = metrics[metric]!;
      const part = (suffix: string, side: Side, rangeFunction: 'rate' | 'increase' = 'rate') =>
        query.throughout(rangeFunction, query.series(`${histogram}${suffix}`, side), histogram, side);
      const latency = (side: Side) =>
        quantile === undefined
          ? `sum(${part('_sum', side)}) / sum(${part('_count', side)})`
          : `histogram_quantile(${quantile}, sum by (le) (${part('_bucket', side)}))`;
      const requests = (side: Side) => `sum(${part('_count', side, 'increase')})`;
      const below = (side: Side) => `sum by (le) (${part('_bucket', side)}) / scalar(sum(${part('_count', side)}))`;
      const shift = `(${below('stable')}) - (${below('canary')})`;
      const chance = `${CHANCE} * sqrt(1 / ${requests('canary')} + 1 / ${requests('stable')})`;
      const ratio = `(${latency('canary')}) / clamp_min(${latency('stable')}, ${floorSeconds})`;
      return query.judged(
        `(${ratio} and (max(${shift}) > ${chance} or count(${shift}) < ${FEWEST_BOUNDARIES}) or clamp_max(${ratio}, 1))`,
        requests('canary'),
        requests('stable'),
      );
    },
  };
}
