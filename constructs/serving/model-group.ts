import { ApiObject, type Chart } from 'cdk8s';
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import { isUnresolved } from '../checks/unresolved';
import { REVISION_LABEL } from '../kubernetes/contract/names';
import { modelPod } from './model-pod';
import { weightsLabels } from './model-weights-pod';
import { type ResolvedModel } from './resolved-model';
import { revisionLabel } from './revision-label';

/** Label that LeaderWorkerSet gives every pod: which group it belongs to. */
const GROUP_KEY_LABEL = 'leaderworkerset.sigs.k8s.io/group-key';

/** Longest name of a model whose replicas have several nodes: a pod is called `<model>-<group>-<number>` and is a host name. */
const MAX_GROUP_NAME = 40;

/** What is wrong with a model whose replicas have several nodes, one problem per line; empty when nothing is. */
export function groupProblems(settings: ResolvedModel): string[] {
  const { nodes, rollout, model } = settings;
  if (isUnresolved(nodes))
    return ['nodes: expected a number known at synth, got a deploy-time value; it decides what a replica is'];
  if (!(nodes > 1)) return [];
  const problems: string[] = [];
  const { canary, blueGreen } = rollout._plan.render(settings).strategy;
  if (blueGreen ?? canary?.steps ?? canary?.analysis ?? canary?.trafficRouting) {
    problems.push(
      `rollout: expected RolloutStrategy.rolling() without gates for replicas of ${nodes} nodes, got another; Argo Rollouts cannot drive a LeaderWorkerSet, which replaces group after group`,
    );
  }
  if (!isUnresolved(model) && model.length > MAX_GROUP_NAME) {
    problems.push(
      `modelName: expected at most ${MAX_GROUP_NAME} characters for replicas of ${nodes} nodes, got ${model.length}; rename it, the names of its pods add two numbers`,
    );
  }
  return problems;
}

/** Adds the LeaderWorkerSet of a model whose replicas have several nodes. */
export function addGroups(chart: Chart, settings: ResolvedModel): void {
  const { model, replicas, nodes } = settings;
  const { maxSurge = 1, maxUnavailable = 0 } = settings.rollout._plan.render(settings).strategy.canary ?? {};
  const revision = { [REVISION_LABEL]: revisionLabel(settings.revision) };
  const metadata = { labels: { ...chart.labels, ...revision, ...weightsLabels(settings) } };
  new ApiObject(chart, 'Groups', {
    apiVersion: 'leaderworkerset.x-k8s.io/v1',
    kind: 'LeaderWorkerSet',
    metadata: { name: model, labels: revision },
    spec: {
      replicas,
      // The first pod is ready only when the others have joined it: they must not wait for that.
      startupPolicy: 'LeaderCreated',
      // The pods of a group find its first one by a headless Service before that is ready. By default that Service would have the name of
      // the set, which is the Service of the callers, and the controller leaves alone what exists: each group gets one by its first pod's name.
      networkConfig: { subdomainPolicy: 'UniquePerReplica' },
      rolloutStrategy: { type: 'RollingUpdate', rollingUpdateConfiguration: { maxSurge, maxUnavailable } },
      leaderWorkerTemplate: {
        size: nodes,
        // An engine that has lost a node does not take another in: all of them start again. Not before all have started once, or a pod
        // that still pulls its image would be torn down by another one's restart (lws #725).
        restartPolicy: 'RecreateGroupAfterStart',
        leaderTemplate: { metadata, spec: together(modelPod(settings)) },
        workerTemplate: { metadata, spec: together(workerPod(settings)) },
      },
    },
  });
}

/** A pod that works for the first one of its group. It answers nobody: readiness is that of the first. */
function workerPod(settings: ResolvedModel): PodSpec {
  const pod = modelPod({ ...settings, engine: settings.worker! });
  return {
    ...pod,
    containers: pod.containers.map((container) =>
      container.name === 'engine' ? silent(container, settings) : container,
    ),
  };
}

/** What a container has only because it answers requests. */
const ANSWERING: ReadonlySet<string> = new Set<keyof Container>([
  'ports',
  'startupProbe',
  'readinessProbe',
  'livenessProbe',
]);

function silent(container: Container, { preStopSeconds, shutdownTimeoutSeconds }: ResolvedModel): Container {
  return {
    ...Object.fromEntries(Object.entries(container).filter(([field]) => !ANSWERING.has(field))),
    name: container.name,
    // All pods of a group are told to end at once, and a worker obeys at once: it stays until the first has answered what it had begun.
    lifecycle: { preStop: { sleep: { seconds: preStopSeconds + shutdownTimeoutSeconds } } },
  };
}

/** The nodes of a group lie in one zone where there is room: every token crosses between them. */
function together(pod: PodSpec): PodSpec {
  const { topologySpreadConstraints = [] } = pod;
  return {
    ...pod,
    topologySpreadConstraints: topologySpreadConstraints.filter(
      ({ topologyKey }) => topologyKey !== 'topology.kubernetes.io/zone',
    ),
    affinity: {
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              topologyKey: 'topology.kubernetes.io/zone',
              labelSelector: { matchExpressions: [{ key: GROUP_KEY_LABEL, operator: 'Exists' }] },
              matchLabelKeys: [GROUP_KEY_LABEL],
            },
          },
        ],
      },
    },
  };
}
