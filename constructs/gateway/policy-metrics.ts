import { type EngineMetrics } from '../models/engine-metrics';

/**
 * Names of the metrics of the policy program, which stands in front of the engine: what callers were told, whatever the engine was. It counts
 * a call at its end, with the status that the caller got. Who has no key is not counted.
 *
 * @see gateway/src/llm_gateway/metrics.py
 */
export const POLICY_METRICS: EngineMetrics = {
  requestsRunning: 'llm_gateway_requests_in_flight',
  httpRequests: 'llm_gateway_requests_total',
  httpPathLabel: 'route',
  httpServerErrors: 'status_code=~"5.."',
  httpRefusals: 'status_code!~"2.."',
  httpAnswers: 'status_code=~"2.."',
  requestsFinished: 'llm_gateway_requests_total',
  // A guardrail that stops a stream gives it a proper end.
  requestsFinishedMatcher: 'status_code=~"2..",end=~"complete|stopped"',
};
