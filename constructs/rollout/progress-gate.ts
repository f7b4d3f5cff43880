import { type GateDefinition } from './gate-definition';
import { answeredRequests, modelRequests } from './model-requests';

/**
 * Gate on pods that are asked and get nothing done.
 *
 * The gauges of an engine are set by the part that works, and stand still with it: a pod that hangs at work shows requests for
 * ever, one that hung while it was idle shows none. What the HTTP server counts goes on: answers that callers have given up
 * count as 2xx there.
 */
export function forwardProgressGate(): GateDefinition {
  return {
    name: 'forward-progress',
    limit: 0,
    unit: 'pods',
    relative: false,
    requires: ['requestsRunning', 'iterations'],
    problems: [],
    query: (query, metrics) => {
      const { requestsRunning, requestsWaiting, iterations, httpRequests } = metrics;
      const { stuckSeconds, scrapeIntervalSeconds } = query.scope;
      const [stuck, longer] = [stuckSeconds, stuckSeconds + 2 * scrapeIntervalSeconds].map((seconds) => `${seconds}s`);
      const running = query.series(requestsRunning!, 'canary');
      const still = (window: string) =>
        `unless on (pod) (sum by (pod) (increase(${query.series(iterations!, 'canary')}[${window}])) > 0)`;
      const load = [running, ...(requestsWaiting === undefined ? [] : [query.series(requestsWaiting, 'canary')])];
      // After a gap in the metrics a counter that is seen once has not stood still.
      const seen = `and on (pod) (count_over_time(${running}[${stuck}]) > 1)`;
      const busy = load.map((gauge) => `(min by (pod) (min_over_time(${gauge}[${stuck}])) > 0)`).join(' or ');
      return [
        'count((',
        // A younger pod has not had the time to be stuck.
        `  ((${busy}) and on (pod) (${running} offset ${stuck}) ${still(stuck)})`,
        ...(httpRequests === undefined
          ? []
          : [
              // An iteration and its answer may be on two sides of a scrape: who looks for iterations looks back further, or a pod that has
              // answered and is idle would be stuck.
              `  or (${query.grown(httpRequests, requestsRunning!, 'canary', [modelRequests(metrics), answeredRequests(metrics)], stuckSeconds)} > 0 ${still(longer)})`,
            ]),
        `) ${seen}) or vector(0)`,
      ].join('\n');
    },
  };
}
