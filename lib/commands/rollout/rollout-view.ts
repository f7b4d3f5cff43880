import {
  ANALYSIS_TYPE_LABEL,
  isJudged,
  limitText,
  valueText,
} from '../../../constructs/kubernetes/contract/gate-measurement';
import {
  type AnalysisMetric,
  type AnalysisRunStatus,
  type Measurement,
} from '../../../constructs/kubernetes/contract/live-objects';
import { type KubernetesClient } from '../../../kubernetes-client/kubernetes-client';
import { podIssueOf } from '../../../kubernetes-client/pod-issue';
import { MODEL_LABEL, POD_TEMPLATE_HASH_LABEL, REVISION_LABEL } from '../../../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import {
  describeStep,
  isAborted,
  isPromoted,
  plannedWeight,
  type RolloutObject,
  type RolloutStep,
  secondsOf,
  stepsOf,
} from './rollout-object';

/** Label with the number of the step that an analysis belongs to. */
const STEP_LABEL = 'step-index';

/** What is known of a rollout, ready to be printed. */
export interface RolloutView {
  readonly name: string;
  readonly namespace: string;
  readonly phase: string;
  readonly message?: string;
  /** Whether the controller has seen the last change of the spec. */
  readonly observed: boolean;
  readonly promoted: boolean;
  readonly aborted: boolean;
  readonly pausedByPerson: boolean;
  /** Whether the controller holds a step of the plan. */
  readonly holding: boolean;
  readonly revisions: readonly RevisionView[];
  /** Share of requests of the canary, percent: by plan, and by ready replicas or by the router. */
  readonly weight: { readonly planned: number; readonly real?: number };
  readonly steps: readonly StepView[];
  readonly gates: readonly GateView[];
  readonly conditions: readonly string[];
  /** What keeps pods of the new revision from being ready. */
  readonly issue?: string;
}

/** One revision's pods. */
export interface RevisionView {
  readonly role: 'stable' | 'canary' | 'old';
  readonly revision: string;
  readonly hash: string;
  readonly ready: number;
  readonly desired: number;
}

/** One step of the plan. */
export interface StepView {
  readonly text: string;
  readonly state: 'done' | 'now' | 'next';
  /** Time left of a hold, seconds. */
  readonly secondsLeft?: number;
}

/** One metric of an analysis. */
export interface GateView {
  /** Whether it is watched all the time, decides at the end of a step, or bakes. */
  readonly analysis: string;
  readonly name: string;
  readonly phase: string;
  readonly value: string;
  readonly limit: string;
  readonly measurements: number;
}

/** Reads all that belongs to a rollout. */
export async function viewOf(client: KubernetesClient, rollout: RolloutObject, now = Date.now()): Promise<RolloutView> {
  const { name, namespace = '' } = rollout.metadata;
  const { status = {}, spec } = rollout;
  const hash = status.currentPodHash ?? '';
  const [replicaSets, runs, issue] = await Promise.all([
    client.list('apps/v1', 'ReplicaSet', namespace, { labelSelector: `${MODEL_LABEL}=${name}` }),
    hash
      ? client.list('argoproj.io/v1alpha1', 'AnalysisRun', namespace, {
          labelSelector: `${POD_TEMPLATE_HASH_LABEL}=${hash}`,
        })
      : [],
    hash ? podIssueOf(client, namespace, `${POD_TEMPLATE_HASH_LABEL}=${hash}`, now) : undefined,
  ]);
  const revisions = replicaSets
    .map((replicaSet) => revisionView(replicaSet, status.stableRS, hash))
    .filter(({ role, desired, ready }) => role !== 'old' || desired + ready > 0)
    .sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role));
  const { generation } = rollout.metadata as { generation?: number };
  const observed = status.observedGeneration === String(generation);
  const promoted = isPromoted(rollout);
  const aborted = isAborted(rollout);
  return {
    name,
    namespace,
    phase: observed ? (status.phase ?? 'Unknown') : 'Progressing',
    message: status.message,
    observed,
    promoted,
    aborted,
    pausedByPerson: spec.paused ?? false,
    holding: (status.pauseConditions?.length ?? 0) > 0,
    revisions,
    weight: { planned: plannedWeight(rollout), real: realWeight(rollout, revisions) },
    steps: stepViews(rollout, now),
    gates: promoted ? [] : latestOfEachType(runs).flatMap((run) => gateViews(run, stepsOf(rollout))),
    // An abort is the headline already.
    conditions: (aborted ? [] : (status.conditions ?? []))
      .filter(({ type, status: value }) => value === (type === 'InvalidSpec' ? 'True' : 'False') && UNWELL.has(type))
      .map(({ type, reason, message }) => `${type}: ${message ?? reason ?? 'no message'}`),
    issue: aborted || (promoted && status.phase === 'Healthy') ? undefined : issue?.reason,
  };
}

const ORDER: readonly RevisionView['role'][] = ['stable', 'canary', 'old'];

/** Conditions that report issues; the others restate the phase. */
const UNWELL = new Set(['InvalidSpec', 'Progressing', 'Available']);

function revisionView(replicaSet: KubernetesObject, stable: string | undefined, current: string): RevisionView {
  const labels = replicaSet.metadata.labels ?? {};
  const hash = labels[POD_TEMPLATE_HASH_LABEL] ?? '';
  return {
    role: hash === stable ? 'stable' : hash === current ? 'canary' : 'old',
    revision: labels[REVISION_LABEL] ?? 'unknown',
    hash,
    ready: (replicaSet.status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0,
    desired: (replicaSet.spec as { replicas?: number }).replicas ?? 0,
  };
}

/** By the router where there is one; else requests spread over the ready pods of all revisions. */
function realWeight(rollout: RolloutObject, revisions: readonly RevisionView[]): number | undefined {
  const routed = rollout.status?.canary?.weights?.canary?.weight;
  if (rollout.spec.strategy.canary?.trafficRouting !== undefined && routed !== undefined) return routed;
  const ready = revisions.reduce((sum, revision) => sum + revision.ready, 0);
  const current = revisions.find(({ hash }) => hash === rollout.status?.currentPodHash)?.ready ?? 0;
  return ready === 0 ? undefined : Math.round((current * 100) / ready);
}

function stepViews(rollout: RolloutObject, now: number): StepView[] {
  const { status } = rollout;
  const index = isPromoted(rollout) ? Infinity : (status?.currentStepIndex ?? 0);
  return stepsOf(rollout).map((step, position) => {
    const state = isAborted(rollout) ? 'next' : position < index ? 'done' : position === index ? 'now' : 'next';
    const started = status?.pauseConditions?.[0]?.startTime;
    const length = step.pause?.duration === undefined ? undefined : secondsOf(step.pause.duration);
    return {
      text: describeStep(step),
      state,
      ...(state === 'now' && started && length !== undefined
        ? { secondsLeft: Math.max(0, Math.ceil(length - (now - Date.parse(started)) / 1000)) }
        : {}),
    };
  });
}

/** The newest run of each type: earlier steps and earlier attempts have runs of their own. */
function latestOfEachType(runs: readonly KubernetesObject[]): KubernetesObject[] {
  const latest = new Map<string, KubernetesObject>();
  const created = (run: KubernetesObject) => (run.metadata as { creationTimestamp?: string }).creationTimestamp ?? '';
  for (const run of [...runs].sort((a, b) => created(a).localeCompare(created(b))))
    latest.set(run.metadata.labels?.[ANALYSIS_TYPE_LABEL] ?? '', run);
  return [...latest.values()];
}

function gateViews(run: KubernetesObject, steps: readonly RolloutStep[]): GateView[] {
  const { [ANALYSIS_TYPE_LABEL]: type, [STEP_LABEL]: index } = run.metadata.labels ?? {};
  const step = steps.at(Number(index ?? NaN));
  const results = new Map(
    ((run.status as AnalysisRunStatus | undefined)?.metricResults ?? []).map((result) => [result.name, result]),
  );
  return ((run.spec as { metrics?: AnalysisMetric[] }).metrics ?? []).map((metric) => {
    const result = results.get(metric.name);
    const measurements = result?.measurements ?? [];
    const last = measurements.at(-1);
    return {
      analysis: type !== 'Step' ? 'watch' : step?.analysis ? describeStep(step) : 'verdict',
      name: metric.name,
      phase: result?.phase ?? 'Pending',
      value: measuredText(last),
      limit: limitText(metric),
      measurements: result?.count ?? measurements.length,
    };
  });
}

function measuredText(last: Measurement | undefined): string {
  if (last === undefined) return 'not measured yet';
  if (last.phase === 'Error') return `not measured: ${last.message ?? 'no message'}`;
  return isJudged(last) ? valueText(last) : 'not judged yet: too few requests, or pods not warm';
}
