/**
 * How the engine of one model revision behaves. Times in milliseconds unless the name says otherwise.
 *
 * What goes wrong is told by what happens to the engine (its core stands still, dies, breaks off streams), so that it can be
 * done to a real one as well.
 */
export interface RevisionProfile {
  /** Time from a request's admission to its first token, in milliseconds. */
  readonly ttftMs: number;
  /** Time between two tokens of one answer, in milliseconds. */
  readonly interTokenMs: number;
  /** Tokens of an answer, unless the request asks for fewer. */
  readonly tokens: number;
  /** Share by which every latency varies around its value, 0 to 1. @default 0.1 */
  readonly jitter?: number;
  /** Share of requests answered 500, 0 to 1; spread evenly, so that the share is exact. @default 0 */
  readonly errorRatio?: number;
  /** Seconds from the container's start until /health answers 200. @default 0 */
  readonly loadSeconds?: number;
  /** Share of streamed answers that break off after the first token with an error event, 0 to 1; spread evenly. @default 0 */
  readonly brokenStreamRatio?: number;
  /** The engine core dies this long after the container's start, in milliseconds, and takes the server with it. @default never */
  readonly crashAfterMs?: number;
  /** /health never answers 200. @default false */
  readonly neverReady?: boolean;
  /** The engine core stands still: requests are taken and never answered, while /health answers 200. @default never */
  readonly hang?: HangProfile;
  /** The first requests after a start are slower: the prefix cache is cold. @default no such phase */
  readonly warmup?: WarmupProfile;
  /** Every n-th answer is longer than the others. @default all of one length */
  readonly longAnswers?: LongAnswersProfile;
}

export interface HangProfile {
  /** Requests that the core takes before. */
  readonly afterRequests: number;
  /**
   * `work`: it stops with the next request running, and the gauge of running requests stays where it was. `idle`: it stops once
   * nothing is running, and never hears of the next request.
   */
  readonly from: 'idle' | 'work';
}

export interface WarmupProfile {
  /** Number of requests answered with a cold prefix cache. */
  readonly requests: number;
  /** Their time to first token, as a multiple of the usual. */
  readonly factor: number;
}

export interface LongAnswersProfile {
  /** One answer in this many is long. */
  readonly every: number;
  /** Tokens of a long answer. */
  readonly tokens: number;
}

const GOOD: RevisionProfile = {
  ttftMs: 60,
  interTokenMs: 20,
  tokens: 12,
  jitter: 0.1,
  loadSeconds: 0.5,
  warmup: { requests: 3, factor: 1.5 },
};

/** The behaviors that the rehearsal ships, by name. */
export const PROFILES = {
  good: GOOD,
  better: { ...GOOD, ttftMs: 45, interTokenMs: 16 },
  /** A latency regression: six times the time to first token. */
  slow: { ...GOOD, ttftMs: GOOD.ttftMs * 6 },
  /** Every third request fails. */
  erroring: { ...GOOD, errorRatio: 1 / 3 },
  /** It stops while it works. */
  hanging: { ...GOOD, hang: { afterRequests: 30, from: 'work' } },
  /** It stops before its first request, so that no metric of the engine ever says that there is one. */
  hangingIdle: { ...GOOD, hang: { afterRequests: 0, from: 'idle' } },
  /** Half of the streams break off after the status 200. */
  brokenStreams: { ...GOOD, brokenStreamRatio: 0.5 },
  /** Its core dies at work, again and again. */
  crashing: { ...GOOD, crashAfterMs: 8000 },
  /** Its core dies before it has loaded, so that no request is ever sent to it. */
  crashingAtStart: { ...GOOD, loadSeconds: 1, crashAfterMs: 800 },
  neverReady: { ...GOOD, neverReady: true },
  /** One answer in ten takes eight seconds: what a drain has to wait for. */
  longAnswers: { ...GOOD, longAnswers: { every: 10, tokens: 400 } },
} as const satisfies Record<string, RevisionProfile>;

/** Profiles by model revision; a revision without one behaves well. */
export class ProfileRegistry {
  private readonly profiles = new Map<string, RevisionProfile>();

  /** Takes effect with the next request; what happens at a container's start, with the next start. */
  public set(revision: string, profile: RevisionProfile): void {
    this.profiles.set(revision, profile);
  }

  public get(revision: string): RevisionProfile {
    return this.profiles.get(revision) ?? PROFILES.good;
  }
}
