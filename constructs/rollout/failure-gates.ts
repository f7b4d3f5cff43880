import { type EngineMetrics } from '../models/engine-metrics';
import { type GateDefinition } from './gate-definition';
import { type ErrorGateOptions } from './gate-options';
import { type GateQuery, type Side } from './gate-query';
import { answeredRequests, failedRequests, modelRequests, refusedRequests } from './model-requests';

/**
 * Standard errors that the difference of two shares may be above nothing by chance. The error is that of a canary which fails as
 * often as the stable revision, so that it is 0 where the stable revision does not fail at all.
 */
const CHANCE = 2;

/** Gate on answers that are errors of the server. */
export function errorRatioGate({ maxDifference = 0.02 }: ErrorGateOptions): GateDefinition {
  return httpShareGate('error-ratio', maxDifference, failedRequests);
}

/**
 * Gate on requests that are not answered, whoever is told to be at fault: a revision without its chat template, with a shorter context or
 * without an adapter tells its callers that they are mistaken (4xx). Their own mistakes are the same share of both revisions.
 */
export function refusedRequestsGate({ maxDifference = 0.1 }: ErrorGateOptions): GateDefinition {
  return httpShareGate('refused-requests', maxDifference, refusedRequests);
}

/** Gate on answers that began well and never ended: 2xx by HTTP, and not among those that the engine finished. */
export function unfinishedAnswersGate({ maxDifference = 0.05 }: ErrorGateOptions): GateDefinition {
  return {
    ...shareGate('unfinished-answers', maxDifference, ['httpRequests', 'requestsRunning', 'requestsFinished']),
    query: (query, metrics) => {
      const answered = (side: Side) =>
        of(query, metrics, metrics.httpRequests!, side, [modelRequests(metrics), answeredRequests(metrics)]);
      const { requestsFinished, requestsFinishedMatcher, choicesFinished, choicesFailedMatcher } = metrics;
      const finished = (side: Side) => of(query, metrics, requestsFinished!, side, matcherOf(requestsFinishedMatcher));
      // A request of which several choices failed counts several times: too much on the safe side.
      const failed = (side: Side) =>
        choicesFinished === undefined
          ? ''
          : ` + ${of(query, metrics, choicesFinished, side, matcherOf(choicesFailedMatcher))}`;
      // A call with several prompts is finished several times: more than were asked are no failures.
      return difference(
        query,
        (side) => `clamp_min(${answered(side)} - ${finished(side)}${failed(side)}, 0)`,
        answered,
      );
    },
  };
}

/** Gate on the share of HTTP requests that a matcher selects. */
function httpShareGate(name: string, limit: number, selected: (metrics: EngineMetrics) => string): GateDefinition {
  return {
    ...shareGate(name, limit, ['httpRequests', 'requestsRunning']),
    query: (query, metrics) => {
      const requests = (side: Side, matchers: readonly string[]) =>
        of(query, metrics, metrics.httpRequests!, side, [modelRequests(metrics), ...matchers]);
      return difference(
        query,
        (side) => requests(side, [selected(metrics)]),
        (side) => requests(side, []),
      );
    },
  };
}

function shareGate(
  name: string,
  limit: number,
  requires: readonly (keyof EngineMetrics)[],
): Omit<GateDefinition, 'query'> {
  return {
    name,
    limit,
    unit: 'share of requests',
    relative: true,
    requires,
    problems:
      limit >= 0 && limit < 1
        ? []
        : [`maxDifference: expected 0 to less than 1, got ${limit}; it is a share of requests, 0.02 is 2 %`],
  };
}

/** Number of requests of one revision within the window. */
function of(
  query: GateQuery,
  metrics: EngineMetrics,
  counter: string,
  side: Side,
  matchers: readonly string[],
): string {
  return `sum(${query.grown(counter, metrics.requestsRunning!, side, matchers)})`;
}

function matcherOf(matcher: string | undefined): string[] {
  return matcher === undefined ? [] : [matcher];
}

/** The share of the canary above that of the stable revision, less what chance may add to it. */
function difference(query: GateQuery, failed: (side: Side) => string, all: (side: Side) => string): string {
  const share = (side: Side) => `${failed(side)} / ${all(side)}`;
  const chance = `${CHANCE} * sqrt((${share('stable')}) * (1 - (${share('stable')})) * (1 / ${all('canary')} + 1 / ${all('stable')}))`;
  return query.judged(
    `clamp_min((${share('canary')}) - (${share('stable')}) - ${chance}, 0)`,
    all('canary'),
    all('stable'),
  );
}
