/**
 * What controllers write into objects, as far as the handler, the commands and the rehearsal read it.
 *
 * Of Argo Rollouts (argoproj.io/v1alpha1, controller 1.9). Types alone: nothing of it reaches a template.
 */

/** A condition, as most kinds have it in their status. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  /** RFC 3339. */
  readonly lastTransitionTime?: string;
  /** Generation of the object that the condition is about; many controllers do not say. */
  readonly observedGeneration?: number;
}

/** The run of an analysis that a Rollout waits for. */
export interface CurrentAnalysisRun {
  readonly name?: string;
  readonly status?: string;
}

/** Status of a Rollout. */
export interface RolloutStatus {
  readonly observedGeneration?: string;
  readonly phase?: string;
  readonly message?: string;
  readonly abort?: boolean;
  /** RFC 3339. */
  readonly abortedAt?: string;
  readonly promoteFull?: boolean;
  readonly controllerPause?: boolean;
  readonly pauseConditions?: readonly { readonly reason: string; readonly startTime: string }[];
  readonly currentPodHash?: string;
  readonly stableRS?: string;
  readonly currentStepIndex?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly conditions?: readonly Condition[];
  readonly canary?: {
    readonly currentStepAnalysisRunStatus?: CurrentAnalysisRun | null;
    readonly currentBackgroundAnalysisRunStatus?: CurrentAnalysisRun | null;
    readonly weights?: { readonly canary?: { readonly weight?: number } };
  };
  readonly blueGreen?: {
    readonly prePromotionAnalysisRunStatus?: CurrentAnalysisRun | null;
    readonly postPromotionAnalysisRunStatus?: CurrentAnalysisRun | null;
  };
}

/** A metric as an AnalysisRun asks for it. */
export interface AnalysisMetric {
  readonly name: string;
  readonly successCondition?: string;
  readonly failureCondition?: string;
  readonly consecutiveSuccessLimit?: number;
  readonly provider?: { readonly web?: object };
}

/** One measurement of a metric. */
export interface Measurement {
  readonly phase: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** RFC 3339; absent while it is being taken. */
  readonly finishedAt?: string;
  readonly value?: string;
  readonly message?: string;
}

/** What an AnalysisRun says of a metric. */
export interface MetricResult {
  readonly name: string;
  readonly phase: string;
  readonly dryRun?: boolean;
  readonly count?: number;
  /** Measurements within the limit. */
  readonly successful?: number;
  readonly message?: string;
  readonly measurements?: readonly Measurement[];
}

/** Status of an AnalysisRun. */
export interface AnalysisRunStatus {
  readonly phase?: string;
  readonly message?: string;
  readonly metricResults?: readonly MetricResult[];
}
