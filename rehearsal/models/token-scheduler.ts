import type { EngineMetrics, FinishReason } from './engine-metrics';
import type { HangProfile, RevisionProfile } from './profiles';

/** Tokens that the simulated KV cache holds. */
const KV_CACHE_TOKENS = 65_536;
/** Share of a prompt that a warm prefix cache answers. */
const WARM_HIT_SHARE = 0.6;

/** A request as the engine sees it. */
export interface SequenceRequest {
  readonly promptTokens: number;
  /** Tokens after which the client wants the answer to end. @default the profile's length */
  readonly maxTokens?: number;
  /** The request fails inside the engine with its second token. @default false */
  readonly breaks?: boolean;
  /** Called once a token; `finish` is set with the last one. */
  readonly onToken: (finish?: FinishReason) => void;
}

interface Sequence extends SequenceRequest {
  /** Which request since the start this is, from 1. */
  readonly index: number;
  readonly arrivedAt: number;
  admittedAt: number;
  firstTokenAt: number;
  cachedTokens: number;
  length: number;
  finish: FinishReason;
  generated: number;
  lastTokenAt: number;
  nextTokenAt: number;
}

/**
 * The engine core, continuous batching in outline: requests wait for a place, then run; each engine step gives a token to
 * every running request that is due. One timer an engine, so that many engines stay cheap.
 *
 * Gauges say what the core said last: a core that stands still changes none, whatever the server in front of it takes in.
 */
export class TokenScheduler {
  private readonly running = new Set<Sequence>();
  private readonly waiting: Sequence[] = [];
  private timer?: NodeJS.Timeout;
  private submitted = 0;
  private stopped = false;
  /** Set once the core takes no more requests. */
  private hang?: HangProfile;

  constructor(
    private readonly profile: () => RevisionProfile,
    private readonly maxNumSeqs: number,
    private readonly metrics: EngineMetrics,
    private readonly random: () => number,
  ) {}

  /** Queues a request; the returned function takes it out again, as a disconnected client does. */
  public submit(request: SequenceRequest): () => void {
    this.submitted += 1;
    const now = performance.now();
    const sequence: Sequence = {
      ...request,
      index: this.submitted,
      arrivedAt: now,
      admittedAt: 0,
      firstTokenAt: 0,
      cachedTokens: 0,
      length: 0,
      finish: 'stop',
      generated: 0,
      lastTokenAt: 0,
      nextTokenAt: 0,
    };
    this.waiting.push(sequence);
    const { hang } = this.profile();
    const hangs = hang !== undefined && this.submitted > hang.afterRequests ? hang : undefined;
    // This request is the last that the core takes.
    if (hangs?.from === 'work') this.admit(now);
    this.hang = hangs;
    this.admit(now);
    this.schedule();
    return () => this.abort(sequence);
  }

  /** No further tokens for anyone. */
  public stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** A request that is taken out leaves no trace in the counters, as in vLLM. */
  private abort(sequence: Sequence): void {
    const index = this.waiting.indexOf(sequence);
    if (index >= 0) {
      this.waiting.splice(index, 1);
    } else if (!this.running.delete(sequence)) {
      return;
    }
    this.admit(performance.now());
    this.schedule();
  }

  private admit(now: number): void {
    if (this.hang !== undefined) return;
    while (this.running.size < this.maxNumSeqs && this.waiting.length > 0) {
      const sequence = this.waiting.shift()!;
      const profile = this.profile();
      const cold = profile.warmup !== undefined && sequence.index <= profile.warmup.requests;
      const long = profile.longAnswers !== undefined && sequence.index % profile.longAnswers.every === 0;
      const wanted = long ? profile.longAnswers.tokens : profile.tokens;
      sequence.length = Math.max(1, Math.min(wanted, sequence.maxTokens ?? wanted));
      sequence.finish = sequence.length < wanted ? 'length' : 'stop';
      sequence.admittedAt = now;
      sequence.nextTokenAt = now + this.vary(profile.ttftMs * (cold ? profile.warmup.factor : 1), profile);
      sequence.cachedTokens = cold ? 0 : Math.floor(sequence.promptTokens * WARM_HIT_SHARE);
      this.running.add(sequence);
      this.metrics.prefixCacheQueried(sequence.promptTokens, sequence.cachedTokens);
    }
    this.observeLoad();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    if (this.stopped || this.running.size === 0 || this.hang?.from === 'work') return;
    let next = Infinity;
    for (const sequence of this.running) next = Math.min(next, sequence.nextTokenAt);
    this.timer = setTimeout(() => this.step(), Math.max(0, next - performance.now()));
  }

  private step(): void {
    const now = performance.now();
    const profile = this.profile();
    // Requests due soon share this step: a batch, and fewer timers.
    const horizon = now + profile.interTokenMs / 4;
    let tokens = 0;
    for (const sequence of [...this.running]) {
      if (sequence.nextTokenAt <= horizon) tokens += this.advance(sequence, now, profile);
    }
    if (tokens > 0) this.metrics.iterationTokens.observe(tokens);
    this.admit(now);
    this.observeLoad();
    this.schedule();
  }

  /** Gives one token to a request and returns the tokens processed for it in this step. */
  private advance(sequence: Sequence, now: number, profile: RevisionProfile): number {
    let processed = 1;
    if (sequence.generated === 0) {
      sequence.firstTokenAt = now;
      this.metrics.timeToFirstToken.observe((now - sequence.arrivedAt) / 1000);
      this.metrics.promptProcessed(sequence.promptTokens, sequence.cachedTokens);
      processed += sequence.promptTokens;
    } else if (sequence.breaks === true) {
      this.finish(sequence, 'error', now);
      return processed;
    } else {
      this.metrics.interTokenLatency.observe((now - sequence.lastTokenAt) / 1000);
    }
    this.metrics.generationTokens.inc();
    sequence.generated += 1;
    sequence.lastTokenAt = now;
    sequence.nextTokenAt = now + this.vary(profile.interTokenMs, profile);
    if (sequence.generated < sequence.length) {
      sequence.onToken();
    } else {
      this.finish(sequence, sequence.finish, now);
    }
    return processed;
  }

  private finish(sequence: Sequence, reason: FinishReason, now: number): void {
    this.running.delete(sequence);
    this.metrics.requestFinished({
      reason,
      promptTokens: sequence.promptTokens,
      cachedTokens: sequence.cachedTokens,
      generatedTokens: sequence.generated,
      maxTokens: sequence.maxTokens ?? sequence.length,
      queueSeconds: (sequence.admittedAt - sequence.arrivedAt) / 1000,
      prefillSeconds: (sequence.firstTokenAt - sequence.admittedAt) / 1000,
      decodeSeconds: (now - sequence.firstTokenAt) / 1000,
    });
    sequence.onToken(reason);
  }

  private vary(milliseconds: number, profile: RevisionProfile): number {
    return milliseconds * (1 + (profile.jitter ?? 0.1) * (2 * this.random() - 1));
  }

  private observeLoad(): void {
    let held = 0;
    for (const sequence of this.running) held += sequence.promptTokens + sequence.generated;
    // A core that takes no more requests has never heard of those that wait.
    const waiting = this.hang === undefined ? this.waiting.length : 0;
    this.metrics.loaded(this.running.size, waiting, Math.min(1, held / KV_CACHE_TOKENS));
  }
}
