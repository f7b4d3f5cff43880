import { Counter, Gauge, Histogram, type LabelValues, Registry, Summary } from 'prom-client';
import { familiesOf, type MetricFamily } from './engine-families';
import type { VllmBehavior } from './vllm-behavior';

/** Why an answer ended, in vLLM's words. */
export type FinishReason = 'stop' | 'length' | 'error';

/** What is known of a request once the engine has finished it. */
export interface FinishedRequest {
  readonly reason: FinishReason;
  readonly promptTokens: number;
  /** Of them, found in the prefix cache. */
  readonly cachedTokens: number;
  readonly generatedTokens: number;
  /** What the request asked for at most. */
  readonly maxTokens: number;
  readonly queueSeconds: number;
  readonly prefillSeconds: number;
  readonly decodeSeconds: number;
}

/** A request as the HTTP server saw it. */
export interface HttpExchange {
  readonly method: string;
  /** Path of the route, or `none` for an unknown one. */
  readonly handler: string;
  /** Class of statuses that it counts under, such as `2xx`. */
  readonly status: string;
  readonly seconds: number;
  /** Content-Length of request and response; 0 where there is none. */
  readonly requestBytes: number;
  readonly responseBytes: number;
}

type Labels = LabelValues<string>;

/**
 * The metrics of one vLLM server: names, labels and bucket boundaries are vLLM's, those of HTTP are what
 * prometheus-fastapi-instrumentator gives them (status grouped, handlers without /health and /metrics).
 */
export class EngineMetrics {
  public readonly timeToFirstToken: Histogram.Internal<string>;
  public readonly interTokenLatency: Histogram.Internal<string>;
  public readonly iterationTokens: Histogram.Internal<string>;
  public readonly generationTokens: Counter.Internal;
  private readonly registry = new Registry();
  private readonly labels: Labels;

  constructor(modelName: string, behavior: Pick<VllmBehavior, 'laterFamilies'>) {
    this.labels = { model_name: modelName, engine: '0' };
    familiesOf(behavior).forEach((family) => this.register(family));
    this.set('vllm:engine_sleep_state', 1, { sleep_state: 'awake' });
    this.set('vllm:cache_config_info', 1, { block_size: '16', enable_prefix_caching: 'True' });
    this.timeToFirstToken = this.histogram('vllm:time_to_first_token_seconds');
    this.interTokenLatency = this.histogram('vllm:inter_token_latency_seconds');
    this.iterationTokens = this.histogram('vllm:iteration_tokens_total');
    this.generationTokens = this.metric<Counter>('vllm:generation_tokens_total')!.labels(this.labels);
  }

  /** Content-Type of `text()`; Prometheus 3 refuses a scrape without one. */
  public get contentType(): string {
    return this.registry.contentType;
  }

  public text(): Promise<string> {
    return this.registry.metrics();
  }

  /** What the engine core says of its load. @param kvCacheUsage from 0 to 1 */
  public loaded(running: number, waiting: number, kvCacheUsage: number): void {
    this.set('vllm:num_requests_running', running);
    this.set('vllm:num_requests_waiting', waiting);
    this.set('vllm:num_requests_waiting_by_reason', waiting, { reason: 'capacity' });
    this.set('vllm:kv_cache_usage_perc', kvCacheUsage);
  }

  public prefixCacheQueried(tokens: number, hits: number): void {
    this.count('vllm:prefix_cache_queries_total', tokens);
    this.count('vllm:prefix_cache_hits_total', hits);
    this.count('vllm:prompt_tokens_cached_by_source_total', hits, { source: 'device' });
  }

  public promptProcessed(tokens: number, cached: number): void {
    this.count('vllm:prompt_tokens_total', tokens);
    this.count('vllm:prompt_tokens_cached_total', cached);
    this.count('vllm:prompt_tokens_by_source_total', tokens - cached, { source: 'local_compute' });
    this.count('vllm:prompt_tokens_by_source_total', cached, { source: 'local_cache_hit' });
  }

  /** vLLM observes the times of a request when it ends, the time to its first token apart. */
  public requestFinished(request: FinishedRequest): void {
    const { promptTokens, cachedTokens, generatedTokens, queueSeconds, prefillSeconds, decodeSeconds } = request;
    this.count('vllm:request_success_total', 1, { finished_reason: request.reason });
    const observed = {
      'vllm:request_queue_time_seconds': queueSeconds,
      'vllm:request_prefill_time_seconds': prefillSeconds,
      'vllm:request_decode_time_seconds': decodeSeconds,
      'vllm:request_inference_time_seconds': prefillSeconds + decodeSeconds,
      'vllm:e2e_request_latency_seconds': queueSeconds + prefillSeconds + decodeSeconds,
      'vllm:request_time_per_output_token_seconds': decodeSeconds / Math.max(1, generatedTokens - 1),
      'vllm:request_prompt_tokens': promptTokens,
      'vllm:request_generation_tokens': generatedTokens,
      'vllm:request_prefill_kv_computed_tokens': promptTokens - cachedTokens,
      'vllm:request_max_num_generation_tokens': generatedTokens,
      'vllm:request_params_max_tokens': request.maxTokens,
      'vllm:request_params_n': 1,
      'vllm:request_num_preemptions': 0,
    };
    Object.entries(observed).forEach(([name, value]) => this.metric<Histogram>(name)?.observe(this.labels, value));
  }

  public httpAnswered({ method, handler, status, seconds, requestBytes, responseBytes }: HttpExchange): void {
    this.metric<Counter>('http_requests_total')!.inc({ method, handler, status });
    this.metric<Histogram>('http_request_duration_seconds')!.observe({ method, handler }, seconds);
    this.metric<Histogram>('http_request_duration_highr_seconds')!.observe(seconds);
    this.metric<Summary>('http_request_size_bytes')!.observe({ handler }, requestBytes);
    this.metric<Summary>('http_response_size_bytes')!.observe({ handler }, responseBytes);
  }

  private histogram(name: string): Histogram.Internal<string> {
    return this.metric<Histogram>(name)!.labels(this.labels);
  }

  /** Undefined for a family that this version does not have. */
  private metric<M>(name: string): M | undefined {
    return this.registry.getSingleMetric(name) as M | undefined;
  }

  private count(name: string, value: number, labels: Labels = {}): void {
    this.metric<Counter>(name)?.inc({ ...this.labels, ...labels }, value);
  }

  private set(name: string, value: number, labels: Labels = {}): void {
    this.metric<Gauge>(name)?.set({ ...this.labels, ...labels }, value);
  }

  private register({ name, type, help, buckets = [], labels = [], values, bare = false }: MetricFamily): void {
    const labelNames = bare ? [...labels] : ['model_name', 'engine', ...labels];
    const options = { name, help, labelNames, registers: [this.registry] };
    const common = bare ? {} : this.labels;
    const initial = values ?? (bare ? [] : [[]]);
    const series = initial.map((given) => ({
      ...common,
      ...Object.fromEntries(labels.map((label, index) => [label, given[index]])),
    }));
    if (type === 'counter') {
      const metric = new Counter(options);
      series.forEach((each) => metric.inc(each, 0));
    } else if (type === 'gauge') {
      const metric = new Gauge(options);
      series.forEach((each) => metric.set(each, 0));
    } else if (type === 'histogram') {
      const metric = new Histogram({ ...options, buckets: [...buckets] });
      series.forEach((each) => metric.zero(each));
    } else {
      // The real ones have no quantiles.
      new Summary({ ...options, percentiles: [] });
    }
  }
}
