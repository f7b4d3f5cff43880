import { type ClusterClient } from '../../../../kubernetes-client/cluster-client';
import { type KubernetesObject } from '../../../../constructs/kubernetes/contract/release-document';
import { type RolloutStatus } from '../../../../constructs/kubernetes/contract/live-objects';
import { type RolloutObject } from '../../../../lib/commands/rollout/rollout-object';

/** A canary from r1 (hash `aaa`) to r2 (hash `bbb`) that holds its second step, as the controller 1.9.2 writes it. */
export function canary(status: Partial<RolloutStatus> = {}, paused?: boolean): RolloutObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'chat', namespace: 'models', ...{ generation: 7, resourceVersion: '100' } },
    spec: {
      replicas: 4,
      ...(paused === undefined ? {} : { paused }),
      strategy: {
        canary: {
          steps: [
            { setWeight: 25 },
            { pause: { duration: '60s' } },
            { analysis: {} },
            { setWeight: 50 },
            { pause: { duration: '1m30s' } },
            { analysis: {} },
          ],
        },
      },
    },
    status: {
      observedGeneration: '7',
      phase: 'Paused',
      message: 'CanaryPauseStep',
      controllerPause: true,
      pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-01-01T00:00:00Z' }],
      currentPodHash: 'bbb',
      stableRS: 'aaa',
      currentStepIndex: 1,
      ...status,
    },
  };
}

/** A ReplicaSet of one revision. */
export function replicaSet(hash: string, revision: string, desired: number, ready: number): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `chat-${hash}`,
      namespace: 'models',
      labels: { 'rollouts-pod-template-hash': hash, 'llm-platform.dev/revision': revision },
    },
    spec: { replicas: desired },
    status: { readyReplicas: ready },
  };
}

/** A background analysis with one metric. */
export function analysisRun(created: string, value: string, phase = 'Running'): KubernetesObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: `chat-${created}`, labels: { 'rollout-type': 'Background' }, ...{ creationTimestamp: created } },
    spec: { metrics: [{ name: 'time-to-first-token', failureCondition: 'result[0] > 2' }] },
    status: {
      phase,
      metricResults: [
        { name: 'time-to-first-token', phase, count: 4, measurements: [{ phase: 'Successful', value: `[${value}]` }] },
      ],
    },
  };
}

/** A cluster of some objects, which notes what is written. */
export class FakeCluster {
  readonly written: { subresource?: string; change: object }[] = [];
  refuseWith?: Error;

  constructor(private readonly objects: KubernetesObject[]) {}

  get client(): ClusterClient {
    return {
      find: ({ kind, name }: { kind: string; name: string }) =>
        Promise.resolve(this.objects.find((object) => object.kind === kind && object.metadata.name === name)),
      list: (_: string, kind: string) => Promise.resolve(this.objects.filter((object) => object.kind === kind)),
      merge: (_: unknown, change: object, subresource?: string) => {
        if (this.refuseWith) return Promise.reject(this.refuseWith);
        this.written.push({ change, ...(subresource ? { subresource } : {}) });
        return Promise.resolve();
      },
    } as unknown as ClusterClient;
  }
}
