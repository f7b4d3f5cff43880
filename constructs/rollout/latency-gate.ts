import { type GateDefinition } from './gate-definition';
import { type LatencyGateOptions } from './gate-options';
import { type Side } from './gate-query';

/** Histograms that can be compared, with the name of the gate and its floor in seconds. */
export const LATENCIES = {
  timeToFirstToken: { name: 'time-to-first-token', floorSeconds: 0.01 },
  interTokenLatency: { name: 'inter-token-latency', floorSeconds: 0.001 },
  queueTime: { name: 'queue-time', floorSeconds: 0.1 },
} as const;

/** Gate on the ratio of a latency. */
export function latencyGate(metric: keyof typeof LATENCIES, options: LatencyGateOptions): GateDefinition {
  const { name, floorSeconds: defaultFloor } = LATENCIES[metric];
  const { maxRatio: limit = 1.5, quantile, floorSeconds = defaultFloor } = options;
  const problems: string[] = [];
  if (!(limit > 1 && Number.isFinite(limit))) problems.push(`maxRatio: expected more than 1, got ${limit}; 1.5 allows the canary to be half as slow again`);
  if (quantile !== undefined && !(quantile > 0 && quantile < 1)) problems.push(`quantile: expected more than 0 and less than 1, got ${quantile}; 0.95 is the 95th percentile`);
  if (!(floorSeconds > 0 && Number.isFinite(floorSeconds))) problems.push(`floorSeconds: expected more than 0, got ${floorSeconds}; without a floor the ratio of two negligible times would be judged`);
  return {
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
  };
}
