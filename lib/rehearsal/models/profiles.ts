/** How the simulated engine of one model revision behaves. Times in milliseconds unless the name says otherwise. */
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
  /** The process exits with code 1 this long after its start. @default never */
  readonly crashAfterMs?: number;
  /** /health never answers 200. @default false */
  readonly neverReady?: boolean;
  /** After this many requests the engine accepts but never answers, while /health still answers 200. @default never */
  readonly hangAfterRequests?: number;
  /** The first requests after a start are slower: the prefix cache is cold. @default no such phase */
  readonly warmup?: WarmupProfile;
  /** Every n-th answer is longer than the others. @default all of one length */
  readonly longAnswers?: LongAnswersProfile;
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
  ttftMs: 60, interTokenMs: 20, tokens: 12, jitter: 0.1, loadSeconds: 0.5, warmup: { requests: 3, factor: 1.5 },
};

/** The behaviours that the rehearsal ships, by name. */
export const PROFILES = {
  good: GOOD,
  better: { ...GOOD, ttftMs: 45, interTokenMs: 16 },
  /** A latency regression: six times the time to first token. */
  slow: { ...GOOD, ttftMs: GOOD.ttftMs * 6 },
  /** Every third request fails. */
  erroring: { ...GOOD, errorRatio: 1 / 3 },
  hanging: { ...GOOD, hangAfterRequests: 30 },
  crashing: { ...GOOD, crashAfterMs: 800 },
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
