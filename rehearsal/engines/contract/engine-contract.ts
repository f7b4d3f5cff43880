import { type EngineName } from '../installed-engine';

/** What a caller was answered: the status, or nothing. */
export type Answered = number | 'none';
/** What a new connection got: the status of its answer, no connection, or no answer. */
export type Reached = number | 'refused' | 'none';

/** A family of metrics; histograms have their series under its name with `_bucket`, `_sum` and `_count`. */
export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  /** Sorted, without those of buckets and quantiles. */
  readonly labels: readonly string[];
  /** Upper bounds of the buckets of a histogram, without the infinite one. @default - no histogram, or one that had no series yet */
  readonly buckets?: readonly number[];
}

/** One kind of request, and how the engine counted it: status classes of its own metric of HTTP requests. */
export interface RequestKind {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly answered: Answered;
  readonly counted: readonly string[];
}

/** What can be seen from outside while the engine core does nothing any more. */
export interface Hang {
  readonly health: Answered;
  /** Gauges while requests are held; `none` when they cannot be read. */
  readonly running: number | 'none';
  readonly waiting: number | 'none';
  /** Whether the counter of iterations continued. */
  readonly iterations: boolean;
  /** How requests were counted by which callers gave up. */
  readonly counted: readonly string[];
  /** Reasons for which the engine counted requests as ended. */
  readonly finished: readonly string[];
}

/** What became of requests in flight. */
export interface InFlight {
  readonly streams: Ended;
  readonly whole: Ended;
}
/** `none`: neither answered nor closed. The worst of several. */
export type Ended = 'finished' | 'cut' | 'none';

/** Answer times in milliseconds. */
export interface Latencies {
  readonly timeToFirstTokenMs: readonly number[];
}

/** How one version of an engine behaves, measured on the real program. Times in seconds unless the name says otherwise. */
export interface EngineContract {
  readonly engine: EngineName;
  readonly version: string;
  /** Day of the measurement. */
  readonly recorded: string;
  readonly packages: Readonly<Record<string, string>>;
  /** As the pod has them, then those that the machine needs. */
  readonly arguments: readonly string[];
  readonly startup: { readonly seconds: number };
  readonly metrics: readonly MetricFamily[];
  readonly requests: readonly RequestKind[];
  readonly hang: { readonly idle: Hang; readonly work: Hang };
  readonly drain: {
    /** Requests in flight end within the shutdown timeout. */
    readonly within: {
      readonly inFlight: InFlight;
      readonly newConnections: Reached;
      /** What a request got on a connection that a caller had kept; `closed` where the engine had closed it. */
      readonly keptConnection: Answered | 'closed';
      readonly health: Reached;
      readonly exitCode: number | null;
      readonly secondsAfterLast: number | null;
    };
    /** They do not. The process is given 60 s from SIGTERM, while callers wait. */
    readonly beyond: { readonly inFlight: InFlight; readonly endsByItself: boolean; readonly exitCode: number | null };
    readonly idle: { readonly exitCode: number | null; readonly seconds: number | null };
  };
  /** SIGTERM in the middle of the start; null: not within 60 s. */
  readonly loading: { readonly sigtermSeconds: number | null; readonly exitCode: number | null };
  /** SIGKILL of the engine core with requests in flight. */
  readonly crash: {
    readonly whole: Answered;
    readonly stream: string;
    readonly counted: readonly string[];
    readonly finished: readonly string[];
    /** The last that it said before it ended. */
    readonly health: Reached;
    readonly exitCode: number | null;
    readonly seconds: number | null;
  };
  readonly keepAlive: {
    readonly idleSeconds: number | null;
    readonly afterStream: 'kept' | 'closed';
    readonly afterWhole: 'kept' | 'closed';
  };
  readonly latencies: { readonly idle: Latencies; readonly busy: Latencies; readonly cold: Latencies };
}

/** The contract as text: one line for each array of plain values, so that a change of it is a change of few lines. */
export function contractText(contract: EngineContract): string {
  const text = JSON.stringify(contract, undefined, 2);
  return `${text.replace(/\[[^[\]{}]*\]/g, (array) => array.replace(/\s*\n\s*/g, ' '))}\n`;
}
