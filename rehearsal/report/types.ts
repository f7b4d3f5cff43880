/** Names of the panels that most acts fill. A gate's panel is `Gate: <gate>`. */
export const PANELS = {
  weight: 'Traffic weight',
  replicas: 'Replicas',
  timeToFirstToken: 'Time to first token p95',
  errorRatio: 'Error ratio',
} as const;

/** Names of the durations that the head of the report shows too. What follows the colon says from when to when. */
export const DURATIONS = {
  detection: 'detection: first bad sample to abort',
  rollback: 'rollback: abort to full traffic on the old revision',
} as const;

/** A part of the rehearsal, and how close it is to production. */
export interface PartReport {
  readonly name: string;
  readonly version: string;
  /** Real: the program that runs in production. Emulated: another program behind the same API. Simulated: behavior only. */
  readonly kind: 'real' | 'emulated' | 'simulated';
  /** What differs from production. */
  readonly note?: string;
}

/** A statement that the act checked. */
export interface AssertionReport {
  readonly text: string;
  readonly passed: boolean;
  /** What was found, for a person who has to act on it. */
  readonly detail?: string;
}

export interface DurationReport {
  /** `<what>: <from when to when>`; the part after the colon is optional. */
  readonly name: string;
  readonly seconds: number;
}

/** Marks an event on the plots of its act. */
export interface EventMarker {
  /** One or two words, such as `canary starts`. */
  readonly label: string;
  /** @default - neutral */
  readonly tone?: 'good' | 'bad';
}

export interface EventReport {
  /** ISO 8601. */
  readonly at: string;
  /** CloudFormation, handler, Rollout, AnalysisRun, kubelet and so on. */
  readonly source: string;
  readonly text: string;
  /** @default - listed, not drawn */
  readonly marker?: EventMarker;
}

/** What became of a revision whose engine behaved in a known way. */
export interface VerdictReport {
  /** How the engine behaved: the name of a profile, or `mistakes` for a good one whose callers made mistakes. */
  readonly engine: string;
  readonly outcome: 'promoted' | 'aborted';
  /** What `cdk deploy` said of the abort. */
  readonly reason?: string;
  /** From the first request that a caller saw fail to the abort, seconds. */
  readonly detectionSeconds?: number;
}

/** Requests of the load generator during the act. */
export interface RequestReport {
  readonly sent: number;
  readonly succeeded: number;
  /** Answered by the model with a failure. */
  readonly errors: number;
  /** Refused or broken connections: what the platform lost. */
  readonly lost: number;
  /**
   * The act shows that the count can fail; what it loses is not held against the run.
   *
   * @default false
   */
  readonly lossExpected?: boolean;
}

export interface SeriesReport {
  /** Series of one panel share its axis. */
  readonly panel: string;
  /** Unit of the axis, such as `%`, `s`, `pods`, `× stable`. */
  readonly unit: string;
  readonly name: string;
  /** Revision of the model; it gives the series its color over the whole report. */
  readonly revision?: string;
  /** Limit of the gate that judged this series. */
  readonly limit?: number;
  /** Time (ISO 8601) and value; null where nothing was measured. */
  readonly points: readonly (readonly [at: string, value: number | null])[];
}

/** An act of the rehearsal, or a fault that it injected. */
export interface ActReport {
  /** Unique in the report; an anchor: `act-3`, `fault-no-traffic`. */
  readonly id: string;
  /**
   * Its number among all acts, or among all faults, where not all of them ran.
   *
   * @default - its position in the report
   */
  readonly number?: number;
  /** In sentence case, without a period at its end. */
  readonly title: string;
  /** What happens, in one sentence. */
  readonly story: string;
  /** Outcome that was promised before the fault was injected. */
  readonly promised?: string;
  readonly passed: boolean;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly assertions: readonly AssertionReport[];
  readonly durations: readonly DurationReport[];
  readonly events: readonly EventReport[];
  readonly requests: RequestReport;
  readonly series: readonly SeriesReport[];
  /** Tail of what the CDK command line printed. */
  readonly output: string;
  /** @default - the act shipped no revision that is judged */
  readonly verdict?: VerdictReport;
}

/** Everything that a rehearsal showed; `rehearsal-report.json` holds exactly this. */
export interface RehearsalReport {
  readonly version: 1;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly passed: boolean;
  /** Acts and faults, not assertions. */
  readonly summary: { readonly passed: number; readonly failed: number };
  readonly parts: readonly PartReport[];
  readonly acts: readonly ActReport[];
  readonly faults: readonly ActReport[];
}
