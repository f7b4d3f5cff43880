/**
 * The part of the Argo Rollouts API (argoproj.io/v1alpha1, controller 1.9) that is rendered here.
 *
 * Internal: unions and optional nulls of the API would not pass jsii.
 */

/** One measurement of an analysis. */
export interface ArgoMetric {
  readonly name: string;
  readonly interval?: string;
  readonly initialDelay?: string;
  readonly count?: number;
  readonly successCondition?: string;
  readonly failureCondition?: string;
  readonly failureLimit?: number;
  readonly consecutiveSuccessLimit?: number;
  readonly consecutiveErrorLimit?: number;
  readonly provider: ArgoProvider;
}

/** Where a measurement comes from; exactly one field is set. */
export interface ArgoProvider {
  readonly prometheus?: { readonly address: string; readonly query: string; readonly timeout: number };
  readonly web?: {
    readonly method: 'POST';
    readonly url: string;
    readonly jsonBody: object;
    readonly timeoutSeconds: number;
    readonly jsonPath: string;
  };
}

/** An AnalysisTemplate, by name. */
export interface ArgoAnalysisTemplate {
  readonly name: string;
  readonly spec: {
    readonly args: readonly { readonly name: string }[];
    readonly metrics: readonly ArgoMetric[];
    readonly dryRun?: readonly { readonly metricName: string }[];
  };
}

/** Reference from a Rollout to templates. */
export interface ArgoAnalysis {
  readonly templates: readonly { readonly templateName: string }[];
  readonly args: readonly {
    readonly name: string;
    readonly valueFrom: { readonly podTemplateHashValue: 'Stable' | 'Latest' };
  }[];
  readonly startingStep?: number;
}

/** A step of a canary; exactly one field is set. */
export interface ArgoStep {
  readonly setWeight?: number;
  readonly setCanaryScale?: { readonly replicas: number } | { readonly matchTrafficWeight: true };
  readonly pause?: { readonly duration: string };
  readonly analysis?: ArgoAnalysis;
}

/** Strategy `canary`. */
export interface ArgoCanary {
  readonly stableService?: string;
  readonly canaryService?: string;
  readonly canaryMetadata?: { readonly annotations: { readonly [name: string]: string } };
  readonly maxSurge?: number;
  readonly maxUnavailable?: number;
  readonly minPodsPerReplicaSet?: number;
  readonly scaleDownDelaySeconds?: number;
  readonly abortScaleDownDelaySeconds?: number;
  readonly dynamicStableScale?: boolean;
  readonly trafficRouting?: Record<string, unknown>;
  readonly analysis?: ArgoAnalysis;
  readonly steps?: readonly ArgoStep[];
}

/** Strategy `blueGreen`. */
export interface ArgoBlueGreen {
  readonly activeService: string;
  readonly previewService: string;
  readonly previewReplicaCount?: number;
  readonly autoPromotionEnabled: boolean;
  readonly autoPromotionSeconds?: number;
  readonly scaleDownDelaySeconds: number;
  readonly prePromotionAnalysis?: ArgoAnalysis;
  readonly postPromotionAnalysis?: ArgoAnalysis;
}

/** Field `spec.strategy` of a Rollout. */
export interface ArgoStrategy {
  readonly canary?: ArgoCanary;
  readonly blueGreen?: ArgoBlueGreen;
}
