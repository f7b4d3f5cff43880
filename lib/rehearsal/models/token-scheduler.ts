import type { EngineMetrics, FinishReason } from './engine-metrics';
import type { RevisionProfile } from './profiles';

/** Tokens that the simulated KV cache holds. */
const KV_CACHE_TOKENS = 65_536;
/** Share of a prompt that a warm prefix cache answers. */
const WARM_HIT_SHARE = 0.6;

/** A request as the engine sees it. */
export interface SequenceRequest {
  readonly promptTokens: number;
  /** Tokens after which the client wants the answer to end. @default the profile's length */
  readonly maxTokens?: number;
  /** Called once a token; `finish` is set with the last one. */
  readonly onToken: (finish?: FinishReason) => void;
}

interface Sequence extends SequenceRequest {
  /** Which request since the start this is, from 1. */
  readonly index: number;
  readonly arrivedAt: number;
  length: number;
  finish: FinishReason;
  generated: number;
  lastTokenAt: number;
  nextTokenAt: number;
}

/**
 * Continuous batching in outline: requests wait for a place, then run; each engine step gives a token to every running
 * request that is due. One timer an engine, so that many engines stay cheap.
 */
export class TokenScheduler {
  private readonly running = new Set<Sequence>();
  private readonly waiting: Sequence[] = [];
  private timer?: NodeJS.Timeout;
  private submitted = 0;
  private stopped = false;

  constructor(
    private readonly profile: () => RevisionProfile,
    private readonly maxNumSeqs: number,
    private readonly metrics: EngineMetrics,
    private readonly random: () => number,
  ) {}

  /** Queues a request; the function given back takes it out again, as a disconnected client does. */
  public submit(request: SequenceRequest): () => void {
    this.submitted += 1;
    const now = performance.now();
    const sequence: Sequence = {
      ...request, index: this.submitted, arrivedAt: now, length: 0, finish: 'stop', generated: 0, lastTokenAt: 0, nextTokenAt: 0,
    };
    this.waiting.push(sequence);
    this.admit(now);
    this.schedule();
    return () => this.abort(sequence);
  }

  /** No further tokens for anyone. */
  public stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private get hung(): boolean {
    return this.submitted > (this.profile().hangAfterRequests ?? Infinity);
  }

  private abort(sequence: Sequence): void {
    const index = this.waiting.indexOf(sequence);
    if (index >= 0) {
      this.waiting.splice(index, 1);
    } else if (!this.running.delete(sequence)) {
      return;
    }
    this.metrics.requestFinished('abort');
    this.admit(performance.now());
    this.schedule();
  }

  private admit(now: number): void {
    while (this.running.size < this.maxNumSeqs && this.waiting.length > 0) {
      const sequence = this.waiting.shift()!;
      const profile = this.profile();
      const cold = profile.warmup !== undefined && sequence.index <= profile.warmup.requests;
      const long = profile.longAnswers !== undefined && sequence.index % profile.longAnswers.every === 0;
      const wanted = long ? profile.longAnswers.tokens : profile.tokens;
      sequence.length = Math.max(1, Math.min(wanted, sequence.maxTokens ?? wanted));
      sequence.finish = sequence.length < wanted ? 'length' : 'stop';
      sequence.nextTokenAt = now + this.vary(profile.ttftMs * (cold ? profile.warmup.factor : 1), profile);
      this.running.add(sequence);
      this.metrics.queueTime.observe((now - sequence.arrivedAt) / 1000);
      this.metrics.prefixCacheQueries.inc(sequence.promptTokens);
      this.metrics.prefixCacheHits.inc(cold ? 0 : Math.floor(sequence.promptTokens * WARM_HIT_SHARE));
    }
    this.observeLoad();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    if (this.stopped || this.running.size === 0 || this.hung) {
      return;
    }
    let next = Infinity;
    for (const sequence of this.running) {
      next = Math.min(next, sequence.nextTokenAt);
    }
    this.timer = setTimeout(() => this.step(), Math.max(0, next - performance.now()));
  }

  private step(): void {
    const now = performance.now();
    const profile = this.profile();
    // Requests due soon share this step: a batch, and fewer timers.
    const horizon = now + profile.interTokenMs / 4;
    let tokens = 0;
    for (const sequence of [...this.running]) {
      if (sequence.nextTokenAt <= horizon) {
        tokens += this.advance(sequence, now, profile);
      }
    }
    if (tokens > 0) {
      this.metrics.iterationTokens.observe(tokens);
    }
    this.admit(now);
    this.schedule();
  }

  /** Gives one token to a request and returns the tokens processed for it in this step. */
  private advance(sequence: Sequence, now: number, profile: RevisionProfile): number {
    let processed = 1;
    if (sequence.generated === 0) {
      this.metrics.timeToFirstToken.observe((now - sequence.arrivedAt) / 1000);
      this.metrics.promptTokens.inc(sequence.promptTokens);
      processed += sequence.promptTokens;
    } else {
      this.metrics.interTokenLatency.observe((now - sequence.lastTokenAt) / 1000);
    }
    this.metrics.generationTokens.inc();
    sequence.generated += 1;
    sequence.lastTokenAt = now;
    sequence.nextTokenAt = now + this.vary(profile.interTokenMs, profile);
    if (sequence.generated < sequence.length) {
      sequence.onToken();
      return processed;
    }
    this.running.delete(sequence);
    this.metrics.e2eLatency.observe((now - sequence.arrivedAt) / 1000);
    this.metrics.requestFinished(sequence.finish);
    sequence.onToken(sequence.finish);
    return processed;
  }

  private vary(milliseconds: number, profile: RevisionProfile): number {
    return milliseconds * (1 + (profile.jitter ?? 0.1) * (2 * this.random() - 1));
  }

  private observeLoad(): void {
    let held = 0;
    for (const sequence of this.running) {
      held += sequence.promptTokens + sequence.generated;
    }
    this.metrics.running.set(this.running.size);
    this.metrics.waiting.set(this.waiting.length);
    this.metrics.kvCacheUsage.set(Math.min(1, held / KV_CACHE_TOKENS));
  }
}
