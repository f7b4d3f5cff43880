import { type EngineMetrics } from './engine-metrics';

/**
 * Names of vLLM's metrics.
 *
 * @see https://docs.vllm.ai/en/v0.32.0/usage/metrics/
 */
export const VLLM_METRICS: EngineMetrics = {
  timeToFirstToken: 'vllm:time_to_first_token_seconds',
  interTokenLatency: 'vllm:inter_token_latency_seconds',
  queueTime: 'vllm:request_queue_time_seconds',
  requestsRunning: 'vllm:num_requests_running',
  requestsWaiting: 'vllm:num_requests_waiting',
  kvCacheUsage: 'vllm:kv_cache_usage_perc',
  iterations: 'vllm:iteration_tokens_total_count',
  httpRequests: 'http_requests_total',
  // Counting tokens and the like is answered without the engine.
  httpAnswers: 'method="POST",status="2xx",handler!~".*/(count_tokens|cancel|render|derender)"',
  // Observed when the last choice of a request has ended, whatever its end was (`observe_finished_request` of vllm/v1/engine/parallel_sampling.py):
  // 25 calls with 40 choices counted 25 in 0.32.0, and 40 by their ends.
  requestsFinished: 'vllm:request_params_n_count',
  choicesFinished: 'vllm:request_success_total',
  choicesFailedMatcher: 'finished_reason=~"abort|error"',
};
