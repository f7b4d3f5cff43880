import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Stack } from 'aws-cdk-lib';
import { KubernetesRelease } from '../../constructs';
import { type AnalysisMetric, type RolloutStatus } from '../../constructs/kubernetes/contract/live-objects';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { rehearsal } from '../../environments';
import { type RolloutObject } from '../../lib/commands/rollout/rollout-object';
import { viewOf } from '../../lib/commands/rollout/rollout-view';
import { statusText } from '../../lib/commands/rollout/status-text';
import { PlatformStage } from '../../lib/stage';
import { FakeCluster, replicaSet } from '../lib/commands/rollout/fixture';
import { testApp } from '../support/app';
import { ROOT } from './fences';

const SLOW = 'time-to-first-token';
const NOW = '2026-01-01T00:00:05Z';
const STABLE = '74779b9646';
const CANARY = '68bcccf754';

/** What `status` prints of the model of the rehearsal: while its canary holds its first step, and after its gates have aborted it. */
async function rolloutSamples(): Promise<string[]> {
  const stage = new PlatformStage(testApp(), 'rehearsal', { environment: rehearsal() });
  const stack = stage.node.findChild('Serving-chat') as Stack;
  const objects = KubernetesRelease.allIn(stack).flatMap((release) => release.objects as KubernetesObject[]);
  const rollout = objects.find(({ kind }) => kind === 'Rollout') as RolloutObject;
  const { analysis } = rollout.spec.strategy.canary as { analysis: { templates: { templateName: string }[] } };
  const watched = analysis.templates.flatMap(({ templateName }) => {
    const template = objects.find(
      ({ kind, metadata }) => kind === 'AnalysisTemplate' && metadata.name === templateName,
    )!;
    return (template.spec as { metrics: (AnalysisMetric & { failureLimit?: number })[] }).metrics;
  });
  const sample = async (
    values: Record<string, string>,
    status: Partial<RolloutStatus>,
    ...replicaSets: KubernetesObject[]
  ): Promise<string> => {
    const live = {
      ...rollout,
      metadata: { ...rollout.metadata, generation: 2 },
      status: { observedGeneration: '2', currentPodHash: CANARY, stableRS: STABLE, currentStepIndex: 1, ...status },
    } as RolloutObject;
    const run = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisRun',
      metadata: { name: 'chat', labels: { 'rollout-type': 'Background' } },
      spec: { metrics: watched },
      status: {
        metricResults: watched.map(({ name }) => {
          // Argo calls successful what it ends.
          const phase = !status.abort ? 'Running' : name === SLOW ? 'Failed' : 'Successful';
          return { name, phase, count: 2, measurements: [{ phase: 'Successful', value: values[name] }] };
        }),
      },
    };
    const { client } = new FakeCluster([live, run, ...replicaSets]);
    return statusText('rehearsal', await viewOf(client, live, Date.parse(NOW)));
  };
  const limit = Number(watched.find(({ name }) => name === SLOW)!.failureLimit);
  const quiet = {
    'synthetic-request': '1',
    'error-ratio': '[0]',
    'refused-requests': '[0]',
    'unfinished-answers': '[0]',
    'forward-progress': '[0]',
  };
  return [
    await sample(
      { ...quiet, [SLOW]: '[1.044]' },
      { phase: 'Paused', pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-01-01T00:00:00Z' }] },
      replicaSet(STABLE, 'r1', 3, 3),
      replicaSet(CANARY, 'r2', 1, 1),
    ),
    await sample(
      { ...quiet, [SLOW]: '[3.2]' },
      {
        phase: 'Degraded',
        abort: true,
        message: `RolloutAborted: Rollout aborted update to revision 4: Background analysis phase error/failed: Metric "${SLOW}" assessed Failed due to failed (${limit + 1}) > failureLimit (${limit})`,
      },
      replicaSet(STABLE, 'r3', 4, 4),
      replicaSet(CANARY, 'r4', 0, 0),
    ),
  ];
}

test('the guide shows what `npm run rollout -- … status` prints', async () => {
  const guide = fs.readFileSync(path.join(ROOT, 'docs/guides/rollout.md'), 'utf8');
  for (const sample of await rolloutSamples()) expect(guide).toContain(`\n\`\`\`\n${sample}\n\`\`\`\n`);
});
