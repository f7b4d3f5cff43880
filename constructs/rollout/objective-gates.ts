import { givenSeconds, secondsOf } from '../checks/durations';
import { type GateDefinition } from './gate-definition';
import { type ModelObjectives } from './gate-options';
import { type Side } from './gate-query';
import { failedRequests, modelRequests } from './model-requests';

/** What an objective is, for its errors. */
const LIMIT = 'it is the limit of the alarm of the model';

/**
 * Gates on the objectives themselves, for a revision that has all requests. They judge only where the stable revision has met its objective:
 * what is too slow for both is no fault of the new one.
 */
export function objectiveGates({ timeToFirstToken, errorRatio }: ModelObjectives): GateDefinition[] {
  return [
    ...(timeToFirstToken === undefined ? [] : [timeToFirstTokenObjective(secondsOf(timeToFirstToken))]),
    ...(errorRatio === undefined ? [] : [errorRatioObjective(errorRatio)]),
  ];
}

function timeToFirstTokenObjective(limit: number): GateDefinition {
  return {
    name: 'time-to-first-token-objective',
    limit,
    unit: 'seconds',
    relative: false,
    requires: ['timeToFirstToken'],
    problems:
      limit > 0 && Number.isFinite(limit)
        ? []
        : [`timeToFirstToken: expected more than 0 seconds, got ${givenSeconds(limit)}; ${LIMIT}`],
    query: (query, { timeToFirstToken: histogram }) => {
      const part = (suffix: string, side: Side) =>
        query.warm(query.series(`${histogram}${suffix}`, side), histogram!, side);
      const slowest = (side: Side) => `histogram_quantile(0.95, sum by (le) (rate(${part('_bucket', side)})))`;
      const requests = (side: Side) => `sum(increase(${part('_count', side)}))`;
      return query.judged(
        `${slowest('canary')} and ${slowest('stable')} <= ${limit}`,
        requests('canary'),
        requests('stable'),
      );
    },
  };
}

function errorRatioObjective(limit: number): GateDefinition {
  return {
    name: 'error-ratio-objective',
    limit,
    unit: 'share of requests',
    relative: false,
    requires: ['httpRequests', 'requestsRunning'],
    problems: limit > 0 && limit <= 1 ? [] : [`errorRatio: expected more than 0 and at most 1, got ${limit}; ${LIMIT}`],
    query: (query, metrics) => {
      const requests = (side: Side, ...matchers: string[]) =>
        `sum(${query.grown(metrics.httpRequests!, metrics.requestsRunning!, side, [modelRequests(metrics), ...matchers])})`;
      const failed = (side: Side) => `${requests(side, failedRequests(metrics))} / ${requests(side)}`;
      return query.judged(
        `${failed('canary')} and ${failed('stable')} <= ${limit}`,
        requests('canary'),
        requests('stable'),
      );
    },
  };
}
