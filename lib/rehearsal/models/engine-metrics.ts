import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const TTFT_BUCKETS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560];
const ITL_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const REQUEST_BUCKETS = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];
const ITERATION_BUCKETS = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];
const HTTP_BUCKETS = [0.1, 0.5, 1];

/** Why an answer ended, in vLLM's words. */
export type FinishReason = 'stop' | 'length' | 'abort' | 'error';

/**
 * The metrics of one vLLM server: names, labels and bucket boundaries are vLLM's, those of HTTP are what
 * prometheus-fastapi-instrumentator gives them (status grouped, handlers without /health and /metrics).
 */
export class EngineMetrics {
  public readonly timeToFirstToken: Histogram.Internal<'model_name' | 'engine'>;
  public readonly interTokenLatency: Histogram.Internal<'model_name' | 'engine'>;
  public readonly e2eLatency: Histogram.Internal<'model_name' | 'engine'>;
  public readonly queueTime: Histogram.Internal<'model_name' | 'engine'>;
  public readonly iterationTokens: Histogram.Internal<'model_name' | 'engine'>;
  public readonly running: Gauge.Internal<'model_name' | 'engine'>;
  public readonly waiting: Gauge.Internal<'model_name' | 'engine'>;
  public readonly kvCacheUsage: Gauge.Internal<'model_name' | 'engine'>;
  public readonly promptTokens: Counter.Internal;
  public readonly generationTokens: Counter.Internal;
  public readonly prefixCacheQueries: Counter.Internal;
  public readonly prefixCacheHits: Counter.Internal;
  private readonly registry = new Registry();
  private readonly labels: { readonly model_name: string; readonly engine: string };
  private readonly requestSuccess: Counter<'model_name' | 'engine' | 'finished_reason'>;
  private readonly httpRequests: Counter<'method' | 'status' | 'handler'>;
  private readonly httpDuration: Histogram<'method' | 'handler'>;

  constructor(modelName: string) {
    this.labels = { model_name: modelName, engine: '0' };
    this.timeToFirstToken = this.histogram('vllm:time_to_first_token_seconds', 'Histogram of time to first token in seconds.', TTFT_BUCKETS);
    this.interTokenLatency = this.histogram('vllm:inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', ITL_BUCKETS);
    this.e2eLatency = this.histogram('vllm:e2e_request_latency_seconds', 'Histogram of e2e request latency in seconds.', REQUEST_BUCKETS);
    this.queueTime = this.histogram('vllm:request_queue_time_seconds', 'Histogram of time spent in WAITING phase for request.', REQUEST_BUCKETS);
    this.iterationTokens = this.histogram('vllm:iteration_tokens_total', 'Histogram of number of tokens per engine_step.', ITERATION_BUCKETS);
    this.running = this.gauge('vllm:num_requests_running', 'Number of requests in model execution batches.');
    this.waiting = this.gauge('vllm:num_requests_waiting', 'Number of requests waiting to be processed.');
    this.kvCacheUsage = this.gauge('vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.');
    this.promptTokens = this.counter('vllm:prompt_tokens_total', 'Number of prefill tokens processed.');
    this.generationTokens = this.counter('vllm:generation_tokens_total', 'Number of generation tokens processed.');
    this.prefixCacheQueries = this.counter('vllm:prefix_cache_queries_total', 'Prefix cache queries, in terms of number of queried tokens.');
    this.prefixCacheHits = this.counter('vllm:prefix_cache_hits_total', 'Prefix cache hits, in terms of number of cached tokens.');
    this.counter('vllm:num_preemptions_total', 'Cumulative number of preemption from the engine.');
    this.requestSuccess = new Counter({
      name: 'vllm:request_success_total', help: 'Count of successfully processed requests.',
      labelNames: ['model_name', 'engine', 'finished_reason'], registers: [this.registry],
    });
    for (const reason of ['stop', 'length', 'abort', 'error']) {
      this.requestSuccess.inc({ ...this.labels, finished_reason: reason }, 0);
    }
    // No series of these exist before the first request of their kind, as in the real server: a gate has to cope with that.
    this.httpRequests = new Counter({
      name: 'http_requests_total', help: 'Total number of requests by method, status and handler.',
      labelNames: ['method', 'status', 'handler'], registers: [this.registry],
    });
    this.httpDuration = new Histogram({
      name: 'http_request_duration_seconds', help: 'Latency with only few buckets by handler.',
      labelNames: ['method', 'handler'], buckets: HTTP_BUCKETS, registers: [this.registry],
    });
  }

  /** Content-Type of `text()`; Prometheus 3 refuses a scrape without one. */
  public get contentType(): string {
    return this.registry.contentType;
  }

  public text(): Promise<string> {
    return this.registry.metrics();
  }

  public requestFinished(reason: FinishReason): void {
    this.requestSuccess.inc({ ...this.labels, finished_reason: reason });
  }

  public httpAnswered(method: string, handler: string, status: number, seconds: number): void {
    this.httpRequests.inc({ method, handler, status: `${Math.floor(status / 100)}xx` });
    this.httpDuration.observe({ method, handler }, seconds);
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram.Internal<'model_name' | 'engine'> {
    const metric = new Histogram({ name, help, buckets, labelNames: ['model_name', 'engine'] as const, registers: [this.registry] });
    metric.zero(this.labels);
    return metric.labels(this.labels);
  }

  private gauge(name: string, help: string): Gauge.Internal<'model_name' | 'engine'> {
    const metric = new Gauge({ name, help, labelNames: ['model_name', 'engine'] as const, registers: [this.registry] });
    const child = metric.labels(this.labels);
    child.set(0);
    return child;
  }

  private counter(name: string, help: string): Counter.Internal {
    const metric = new Counter({ name, help, labelNames: ['model_name', 'engine'] as const, registers: [this.registry] });
    const child = metric.labels(this.labels);
    child.inc(0);
    return child;
  }
}
