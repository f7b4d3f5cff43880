import {
  type AnalysisMetric,
  type AnalysisRunStatus,
  type RolloutStatus,
} from '../../constructs/kubernetes/contract/live-objects';

export const ROLLOUTS = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' } as const;

/** A Rollout, as far as the rehearsal looks at it. */
export interface Rollout {
  readonly metadata: { readonly name: string; readonly generation?: number };
  readonly status?: RolloutStatus;
}

/** An AnalysisRun, as far as the rehearsal looks at it. */
export interface AnalysisRun {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly labels?: Record<string, string>;
  };
  readonly spec: { readonly metrics: readonly AnalysisMetric[] };
  readonly status?: AnalysisRunStatus;
}
