import { type GateDefinition } from './gate-definition';
import { type ModelObjectives } from './gate-options';
import { failedRequests, modelRequests } from './model-requests';

/** Gates on the objectives themselves, for a revision that has all requests: there is nothing left to compare it with. */
export function objectiveGates({ timeToFirstTokenSeconds, errorRatio }: ModelObjectives): GateDefinition[] {
  return [
    ...(timeToFirstTokenSeconds === undefined ? [] : [timeToFirstTokenObjective(timeToFirstTokenSeconds)]),
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
    problems: positive('timeToFirstTokenSeconds', limit, Infinity),
    query: (query, { timeToFirstToken: histogram }) => {
      const part = (suffix: string) => query.warm(query.series(`${histogram}${suffix}`, 'canary'), histogram!, 'canary');
      return query.judgedAlone(`histogram_quantile(0.95, sum by (le) (rate(${part('_bucket')})))`, `sum(increase(${part('_count')}))`);
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
    problems: positive('errorRatio', limit, 1),
    query: (query, metrics) => {
      const requests = (...matchers: string[]) =>
        `sum(increase(${query.exporting(query.series(metrics.httpRequests!, 'canary', [modelRequests(metrics), ...matchers]), metrics.requestsRunning!, 'canary')}))`;
      return query.judgedAlone(`(${requests(failedRequests(metrics))} or vector(0)) / ${requests()}`, requests());
    },
  };
}

function positive(prop: string, value: number, most: number): string[] {
  return value > 0 && value <= most && Number.isFinite(value) ? [] : [`${prop}: expected more than 0${most === 1 ? ' and at most 1' : ''}, got ${value}; it is the limit of the alarm of the model`];
}
