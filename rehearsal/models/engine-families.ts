/** A metric family of vLLM: name, type, and help as the engine gives it. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
  /** Labels beside `model_name` and `engine`, and the series that exist from the start; or all labels where `bare` is set. */
  readonly labels?: readonly string[];
  readonly values?: readonly (readonly string[])[];
  /** Without `model_name` and `engine`. @default false */
  readonly bare?: boolean;
}

const TTFT_BUCKETS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const ITL_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const REQUEST_BUCKETS = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];
const ITERATION_BUCKETS = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];
const HTTP_BUCKETS = [0.1, 0.5, 1];
const HTTP_FINE_BUCKETS = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 7.5, 10, 30, 60,
];
const PREEMPTION_BUCKETS = [1, 2, 3, 4, 5, 10, 20];
const CHOICE_BUCKETS = [1, 2, 5, 10, 20];
/** vLLM ends them at the model's context length; 8192 is the rehearsal's. */
const TOKEN_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

type Common = Partial<Omit<MetricFamily, 'name' | 'type' | 'help'>>;

/** Families of one type, by name, with what they have in common. */
const of =
  (type: MetricFamily['type']) =>
  (help: Readonly<Record<string, string>>, common: Common = {}): MetricFamily[] =>
    Object.entries(help).map(([name, text]) => ({ name, type, help: text, ...common }));
const [counters, gauges, summaries] = (['counter', 'gauge', 'summary'] as const).map(of);
const histograms = (buckets: readonly number[], help: Readonly<Record<string, string>>, common: Common = {}) =>
  of('histogram')(help, { buckets, ...common });
const each = (...values: string[]): string[][] => values.map((value) => [value]);

/** Families of every version. */
const COMMON: readonly MetricFamily[] = [
  ...histograms(TTFT_BUCKETS, { 'vllm:time_to_first_token_seconds': 'Histogram of time to first token in seconds.' }),
  ...histograms(ITL_BUCKETS, {
    'vllm:inter_token_latency_seconds': 'Histogram of inter-token latency in seconds.',
    'vllm:request_time_per_output_token_seconds': 'Histogram of time_per_output_token_seconds per request.',
  }),
  ...histograms(REQUEST_BUCKETS, {
    'vllm:e2e_request_latency_seconds': 'Histogram of e2e request latency in seconds.',
    'vllm:request_queue_time_seconds': 'Histogram of time spent in WAITING phase for request.',
    'vllm:request_inference_time_seconds': 'Histogram of time spent in RUNNING phase for request.',
    'vllm:request_prefill_time_seconds': 'Histogram of time spent in PREFILL phase for request.',
    'vllm:request_decode_time_seconds': 'Histogram of time spent in DECODE phase for request.',
  }),
  ...histograms(TOKEN_BUCKETS, {
    'vllm:request_prompt_tokens': 'Number of prefill tokens processed.',
    'vllm:request_generation_tokens': 'Number of generation tokens processed.',
    'vllm:request_prefill_kv_computed_tokens':
      'Histogram of new KV tokens computed during prefill (excluding cached tokens).',
    'vllm:request_max_num_generation_tokens': 'Histogram of maximum number of requested generation tokens.',
    'vllm:request_params_max_tokens': 'Histogram of the max_tokens request parameter.',
  }),
  ...histograms(CHOICE_BUCKETS, { 'vllm:request_params_n': 'Histogram of the n request parameter.' }),
  ...histograms(ITERATION_BUCKETS, { 'vllm:iteration_tokens_total': 'Histogram of number of tokens per engine_step.' }),
  ...gauges({
    'vllm:num_requests_running': 'Number of requests in model execution batches.',
    'vllm:num_requests_waiting': 'Number of requests waiting to be processed.',
    'vllm:kv_cache_usage_perc': 'KV-cache usage. 1 means 100 percent usage.',
  }),
  ...gauges(
    { 'vllm:engine_sleep_state': 'Engine sleep state; awake = 1 means engine is awake.' },
    { labels: ['sleep_state'], values: each('awake', 'weights_offloaded', 'discard_all') },
  ),
  // The real one has many more labels; they differ from version to version.
  ...gauges(
    { 'vllm:cache_config_info': 'Information of the LLMEngine CacheConfig' },
    { labels: ['block_size', 'enable_prefix_caching'], values: [['16', 'True']] },
  ),
  ...counters({
    'vllm:prompt_tokens_total': 'Number of prefill tokens processed.',
    'vllm:prompt_tokens_cached_total': 'Number of cached prompt tokens (local + external).',
    'vllm:generation_tokens_total': 'Number of generation tokens processed.',
    'vllm:prefix_cache_queries_total': 'Prefix cache queries, in terms of number of queried tokens.',
    'vllm:prefix_cache_hits_total': 'Prefix cache hits, in terms of number of cached tokens.',
    'vllm:external_prefix_cache_queries_total': 'External prefix cache queries, in terms of number of queried tokens.',
    'vllm:external_prefix_cache_hits_total': 'External prefix cache hits, in terms of number of cached tokens.',
    'vllm:mm_cache_queries_total': 'Multi-modal cache queries, in terms of number of queried items.',
    'vllm:mm_cache_hits_total': 'Multi-modal cache hits, in terms of number of cached items.',
    'vllm:num_preemptions_total': 'Cumulative number of preemption from the engine.',
    'vllm:estimated_flops_per_gpu_total': 'Estimated number of floating point operations per GPU.',
    'vllm:estimated_read_bytes_per_gpu_total': 'Estimated number of bytes read from memory per GPU.',
    'vllm:estimated_write_bytes_per_gpu_total': 'Estimated number of bytes written to memory per GPU.',
  }),
  ...counters(
    { 'vllm:prompt_tokens_by_source_total': 'Number of prompt tokens by source.' },
    { labels: ['source'], values: each('local_compute', 'local_cache_hit', 'external_kv_transfer') },
  ),
  ...counters(
    { 'vllm:request_success_total': 'Count of successfully processed requests.' },
    { labels: ['finished_reason'], values: each('stop', 'length', 'abort', 'error', 'repetition') },
  ),
  // No series with labels exists before the first request of its kind, as in the real server: a gate has to cope with that.
  ...counters(
    { http_requests_total: 'Total number of requests by method, status and handler.' },
    { bare: true, labels: ['method', 'status', 'handler'] },
  ),
  ...histograms(
    HTTP_BUCKETS,
    { http_request_duration_seconds: 'Latency with only few buckets by handler.' },
    { bare: true, labels: ['method', 'handler'] },
  ),
  ...histograms(
    HTTP_FINE_BUCKETS,
    { http_request_duration_highr_seconds: 'Latency with many buckets but no API specific labels.' },
    { bare: true, values: [[]] },
  ),
  ...summaries(
    {
      http_request_size_bytes: 'Content length of incoming requests by handler.',
      http_response_size_bytes: 'Content length of outgoing responses by handler.',
    },
    { bare: true, labels: ['handler'] },
  ),
];

const ONLY_EARLIER = counters({
  'vllm:prompt_tokens_recomputed_total': 'Number of cached tokens recomputed for forward pass.',
});

const ONLY_LATER: readonly MetricFamily[] = [
  ...counters(
    {
      'vllm:admission_rejections_total': 'Number of admission attempts rejected by a queue limit, by reason.',
    },
    { bare: true, labels: ['model_name', 'reason'] },
  ),
  ...gauges(
    { 'vllm:num_requests_waiting_by_reason': 'Number of waiting requests by reason.' },
    { labels: ['reason'], values: each('capacity', 'deferred') },
  ),
  ...counters(
    { 'vllm:prompt_tokens_cached_by_source_total': 'Prefix-cache hit tokens by the cache tier that supplied them.' },
    { labels: ['source'], values: each('device', 'host', 'p2p', 'disk', 'external_unspecified') },
  ),
  ...histograms(PREEMPTION_BUCKETS, {
    'vllm:request_num_preemptions': 'Histogram of the number of times a request was preempted.',
  }),
];

/** The families of a version, without those of the Python process. */
export function familiesOf({ laterFamilies }: { readonly laterFamilies: boolean }): readonly MetricFamily[] {
  return [...COMMON, ...(laterFamilies ? ONLY_LATER : ONLY_EARLIER)];
}
