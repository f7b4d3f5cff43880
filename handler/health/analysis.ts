import {
  ANALYSIS_TYPE_LABEL,
  isJudged,
  limitText,
  valueText,
} from '../../constructs/kubernetes/contract/gate-measurement';
import {
  type AnalysisMetric,
  type AnalysisRunStatus,
  type MetricResult,
  type RolloutStatus,
} from '../../constructs/kubernetes/contract/live-objects';
import { POD_TEMPLATE_HASH_LABEL } from '../../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type KubernetesClient } from '../../kubernetes-client/kubernetes-client';

const ENDED_BADLY = new Set(['Failed', 'Error']);

/**
 * Why the analysis of a revision failed: the metric, its value and its limit. Undefined when no analysis failed.
 *
 * An earlier attempt at the same revision has left AnalysisRuns of the same pod-template hash, which say nothing about this one.
 *
 * @param since start of the attempt, milliseconds since the epoch
 */
export async function failedGate(
  client: KubernetesClient,
  rollout: KubernetesObject,
  hash: string,
  since: number,
): Promise<string | undefined> {
  const runs = await runsSince(client, rollout, hash, since);
  const { canary, blueGreen } = (rollout.status ?? {}) as RolloutStatus;
  const current = [
    canary?.currentStepAnalysisRunStatus,
    canary?.currentBackgroundAnalysisRunStatus,
    blueGreen?.prePromotionAnalysisRunStatus,
    blueGreen?.postPromotionAnalysisRunStatus,
  ].map((run) => run?.name);
  const failed = runs
    .filter((run) => ENDED_BADLY.has((run.status as AnalysisRunStatus | undefined)?.phase ?? ''))
    .sort(
      (a, b) =>
        Number(current.includes(b.metadata.name)) - Number(current.includes(a.metadata.name)) ||
        created(b).localeCompare(created(a)),
    );
  return failed.flatMap(reasonsOf)[0];
}

/**
 * What the gates of a revision have said, in one line: a strategy that lets pass what it could not judge must say so.
 *
 * @param since start of the attempt, milliseconds since the epoch
 */
export async function judgementOf(client: KubernetesClient, rollout: KubernetesObject, since: number): Promise<string> {
  const { currentPodHash = '', stableRS = currentPodHash } = (rollout.status ?? {}) as {
    currentPodHash?: string;
    stableRS?: string;
  };
  if (currentPodHash !== stableRS) return 'it continues after the deployment';
  const runs = await runsSince(client, rollout, currentPodHash, since);
  if (runs.length === 0) return 'no gate was asked: no pods have changed, or there was no revision to compare with';
  // A background analysis that ends with the rollout, and one that has only to break no limit, succeed whatever they have seen.
  const steps = runs
    .filter(({ metadata }) => metadata.labels?.[ANALYSIS_TYPE_LABEL] === 'Step')
    .map((run) => ({
      isVerdict: isVerdict(run),
      results: (run.status as AnalysisRunStatus | undefined)?.metricResults ?? [],
    }));
  const verdicts = steps.filter(({ isVerdict: verdict }) => verdict).flatMap(({ results }) => results);
  const ended = verdicts.filter(({ phase }) => phase === 'Successful');
  const judged = new Set(ended.filter(({ successful = 0 }) => successful > 0).map(({ name }) => name));
  // Whoever ends a step ends its verdict, in which Argo calls successful what was still to be judged.
  const skipped = ended.filter(({ name }) => !judged.has(name)).map(({ name }) => name);
  const unjudged = verdicts
    .filter(({ name, dryRun, phase }) => dryRun && ENDED_BADLY.has(phase) && !judged.has(name))
    .map(({ name }) => name);
  const unjudgedBakes = steps
    .filter(({ isVerdict: verdict }) => !verdict)
    .flatMap(({ results }) => results)
    .filter(isUnjudged)
    .map(({ name }) => `${name} at full weight`);
  const missing = Object.entries({
    'too few requests': [...unjudged, ...unjudgedBakes],
    'a person ended the step': skipped,
  })
    .filter(([, gates]) => gates.length > 0)
    .map(([why, gates]) => `promoted without a verdict of ${[...new Set(gates)].sort().join(', ')}: ${why}`);
  return missing.length === 0 ? 'every gate was judged' : missing.join('; ');
}

/** An analysis that waits for each gate to be within its limit once. */
function isVerdict(run: KubernetesObject): boolean {
  return ((run.spec as { metrics?: AnalysisMetric[] }).metrics ?? []).some(
    ({ consecutiveSuccessLimit }) => consecutiveSuccessLimit !== undefined,
  );
}

/** Whether nothing was ever measured but that there was too little to judge. */
function isUnjudged({ measurements = [] }: MetricResult): boolean {
  return measurements.length > 0 && !measurements.some(isJudged);
}

/** Analyses of a revision that began within an attempt. Times of Kubernetes have whole seconds. */
async function runsSince(
  client: KubernetesClient,
  { metadata: { namespace } }: KubernetesObject,
  hash: string,
  since: number,
): Promise<KubernetesObject[]> {
  const runs = await client.list('argoproj.io/v1alpha1', 'AnalysisRun', namespace, {
    labelSelector: `${POD_TEMPLATE_HASH_LABEL}=${hash}`,
  });
  return runs.filter((run) => Date.parse(created(run)) >= Math.floor(since / 1000) * 1000);
}

function created({ metadata: { creationTimestamp = '' } }: KubernetesObject): string {
  return creationTimestamp;
}

function reasonsOf(run: KubernetesObject): string[] {
  const { metricResults = [], message } = run.status as AnalysisRunStatus;
  const { metrics = [] } = run.spec as { metrics?: AnalysisMetric[] };
  // Results come in no fixed order; the analysis names first what a person should look at first.
  const failures = metrics.flatMap((metric) =>
    metricResults
      .filter(({ name, phase, dryRun }) => name === metric.name && ENDED_BADLY.has(phase) && !dryRun)
      .map((result) => describe(result, metric)),
  );
  return failures.length > 0 ? failures : [`analysis ${run.metadata.name} failed: ${message ?? 'no message'}`];
}

function describe(result: MetricResult, metric: AnalysisMetric): string {
  const last = result.measurements?.filter(({ phase }) => ENDED_BADLY.has(phase)).at(-1);
  // A request that is not answered is what its gate looks for, and to Argo an error of the measurement.
  if (result.phase === 'Error' && metric.provider?.web)
    return `metric ${result.name} got no answer: ${last?.message ?? result.message ?? 'no message'}`;
  if (result.phase === 'Error')
    return `metric ${result.name} could not be measured: ${last?.message ?? result.message ?? 'no message'}`;
  return isJudged(last)
    ? `metric ${result.name} was ${valueText(last)}, limit ${limitText(metric)}`
    : `metric ${result.name} could not be judged: too few requests`;
}
