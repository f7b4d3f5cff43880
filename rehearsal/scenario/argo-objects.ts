/** The parts of Argo's objects that the rehearsal looks at. */

export const ROLLOUTS = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' } as const;

export interface Rollout {
  readonly metadata: { readonly name: string; readonly generation?: number };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly abort?: boolean;
    readonly abortedAt?: string;
    readonly currentPodHash?: string;
    readonly stableRS?: string;
    readonly currentStepIndex?: number;
    readonly availableReplicas?: number;
    readonly promoteFull?: boolean;
  };
}

export interface Measurement {
  readonly phase: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly value?: string;
}

export interface AnalysisRun {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string; readonly labels?: Record<string, string> };
  readonly spec: { readonly metrics: readonly { readonly name: string; readonly successCondition?: string; readonly failureCondition?: string }[] };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly metricResults?: readonly { readonly name: string; readonly phase: string; readonly measurements?: readonly Measurement[] }[];
  };
}
