import { Accelerator } from '../../../constructs/gpu/accelerator';
import { Lazy } from 'aws-cdk-lib';
import type { Container, PodSpec, PodTemplateSpec } from 'kubernetes-types/core/v1';
import { HealthGate } from '../../../constructs/rollout/health-gate';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { type ScaledObjectSpec } from '../../../constructs/autoscaling/scaled-object';
import { type ModelOptions } from '../../../constructs/serving/model-options';
import { find, type Rendered, render, problemsOf } from './model';

interface Groups {
  spec: {
    replicas: number;
    startupPolicy: string;
    networkConfig: object;
    rolloutStrategy: object;
    leaderWorkerTemplate: {
      size: number;
      restartPolicy: string;
      leaderTemplate: PodTemplateSpec;
      workerTemplate: PodTemplateSpec;
    };
  };
}

const BEYOND: Partial<ModelOptions> = { nodes: 2, gpus: 8, replicas: 3, accelerator: Accelerator.P5_48XLARGE };

const objects = (overrides: Partial<ModelOptions> = {}) => render({ ...BEYOND, ...overrides });
const problems = (overrides: Partial<ModelOptions>) => problemsOf({ ...BEYOND, ...overrides });
const groups = (overrides: Partial<ModelOptions> = {}): Groups['spec'] => {
  const found = objects(overrides).filter(({ kind }) => kind === 'LeaderWorkerSet');
  expect(found).toHaveLength(1);
  return (found[0] as Rendered & Groups).spec;
};
const podOf = (template: PodTemplateSpec): PodSpec & { containers: [Container] } => {
  expect(template.spec?.containers).toHaveLength(1);
  return template.spec as PodSpec & { containers: [Container] };
};

test('takes the place of the Rollout and of everything that only a canary needs', () => {
  expect(
    objects()
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
      .sort(),
  ).toEqual([
    'LeaderWorkerSet/chat',
    'NetworkPolicy/chat',
    'PodDisruptionBudget/chat',
    'PodMonitor/chat',
    'Service/chat',
    'ServiceAccount/chat',
  ]);
});

test('groups start as one, restart as one and are replaced one after the other', () => {
  const {
    replicas,
    startupPolicy,
    rolloutStrategy,
    leaderWorkerTemplate: { size, restartPolicy },
  } = groups();
  expect({ replicas, size, startupPolicy, restartPolicy }).toEqual({
    replicas: 3,
    size: 2,
    startupPolicy: 'LeaderCreated',
    restartPolicy: 'RecreateGroupAfterStart',
  });
  expect(rolloutStrategy).toEqual({
    type: 'RollingUpdate',
    rollingUpdateConfiguration: { maxSurge: 1, maxUnavailable: 0 },
  });
  expect(
    groups({ rollout: RolloutStrategy.rolling({ maxSurge: 0, maxUnavailable: 1 }) }).rolloutStrategy,
  ).toMatchObject({ rollingUpdateConfiguration: { maxSurge: 0, maxUnavailable: 1 } });
});

test("each group has a headless Service of its own, because the name of the set is that of the callers' Service", () => {
  expect(groups().networkConfig).toEqual({ subdomainPolicy: 'UniquePerReplica' });
  const [service] = objects().filter(({ kind }) => kind === 'Service');
  expect(service).toMatchObject({ metadata: { name: 'chat' }, spec: { ports: [{ port: 8000 }] } });
  expect(service).not.toHaveProperty('spec.clusterIP');
});

test('the engine divides each layer inside a node and the layers between nodes, and knows its place', () => {
  const { leaderTemplate, workerTemplate } = groups().leaderWorkerTemplate;
  const [leader] = podOf(leaderTemplate).containers;
  const [worker] = podOf(workerTemplate).containers;
  const place = [
    '--tensor-parallel-size=8',
    '--pipeline-parallel-size=2',
    '--distributed-executor-backend=mp',
    '--nnodes=2',
    '--node-rank=$(LWS_WORKER_INDEX)',
    '--master-addr=$(LWS_LEADER_ADDRESS)',
  ];
  expect(leader.args).toEqual(expect.arrayContaining(place));
  expect(worker.args).toEqual(expect.arrayContaining(place));
  expect(worker.args?.filter((arg) => !leader.args?.includes(arg))).toEqual(['--headless']);
  expect(leader.args?.filter((arg) => !worker.args?.includes(arg))).toEqual([]);
});

test('only the first pod of a group answers, and is probed; the others stay until it has drained', () => {
  const { leaderTemplate, workerTemplate } = groups().leaderWorkerTemplate;
  const [leader] = podOf(leaderTemplate).containers;
  const [worker] = podOf(workerTemplate).containers;
  expect(leader).toMatchObject({
    readinessProbe: expect.any(Object) as object,
    startupProbe: expect.any(Object) as object,
    livenessProbe: expect.any(Object) as object,
    ports: [{ name: 'http' }],
  });
  for (const field of ['readinessProbe', 'startupProbe', 'livenessProbe', 'ports'])
    expect(worker).not.toHaveProperty(field);
  expect(leader.lifecycle?.preStop).toEqual({ sleep: { seconds: 15 } });
  expect(worker.lifecycle?.preStop).toEqual({ sleep: { seconds: 75 } });
  expect(podOf(workerTemplate).terminationGracePeriodSeconds).toBe(105);
  expect(worker.resources).toEqual(leader.resources);
  expect(worker.securityContext).toEqual(leader.securityContext);
});

test('Service and PodMonitor know only pods that answer', () => {
  const selector = { 'llm-platform.dev/model': 'chat', 'leaderworkerset.sigs.k8s.io/worker-index': '0' };
  expect(find(objects(), 'Service').spec?.selector).toEqual(selector);
  expect(find(objects(), 'PodMonitor').spec).toMatchObject({ selector: { matchLabels: selector } });
  expect(find(render(), 'Service', 'chat').spec?.selector).toEqual({ 'llm-platform.dev/model': 'chat' });
});

test('the pods of a model reach each other on every port, and nobody else does', () => {
  const own = [{ podSelector: { matchLabels: { 'llm-platform.dev/model': 'chat' } } }];
  const { ingress = [], egress = [] } = find(objects(), 'NetworkPolicy').spec;
  expect(ingress.filter(({ ports }) => ports === undefined)).toEqual([{ from: own }]);
  expect(egress.filter(({ ports }) => ports === undefined)).toEqual([{ to: own }]);
  const alone = find(render(), 'NetworkPolicy').spec;
  expect([...(alone.ingress ?? []), ...(alone.egress ?? [])].filter(({ ports }) => ports === undefined)).toEqual([]);
});

test('a group prefers to lie in one zone', () => {
  const { leaderTemplate, workerTemplate } = groups().leaderWorkerTemplate;
  for (const pod of [podOf(leaderTemplate), podOf(workerTemplate)]) {
    expect(
      pod.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.[0].podAffinityTerm,
    ).toMatchObject({
      topologyKey: 'topology.kubernetes.io/zone',
      matchLabelKeys: ['leaderworkerset.sigs.k8s.io/group-key'],
    });
    expect(pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual(['kubernetes.io/hostname']);
  }
});

test('groups are scaled like replicas', () => {
  const scaler = objects({ autoscaling: { minReplicas: 1, maxReplicas: 4 } }).find(
    ({ kind }) => kind === 'ScaledObject',
  ) as unknown as { spec: ScaledObjectSpec };
  expect(scaler.spec.scaleTargetRef).toEqual({
    apiVersion: 'leaderworkerset.x-k8s.io/v1',
    kind: 'LeaderWorkerSet',
    name: 'chat',
  });
});

const NOT_ROLLING =
  'rollout: expected RolloutStrategy.rolling() without gates for replicas of 2 nodes, got another; Argo Rollouts cannot drive a LeaderWorkerSet, which replaces group after group';

test.each<[string, Partial<ModelOptions>, string]>([
  ['a canary', { rollout: RolloutStrategy.canary({ steps: [{ weight: 50 }] }) }, NOT_ROLLING],
  ['blue/green', { rollout: RolloutStrategy.blueGreen() }, NOT_ROLLING],
  ['gates', { rollout: RolloutStrategy.rolling({ gates: [HealthGate.forwardProgress()] }) }, NOT_ROLLING],
  [
    'a long name',
    { modelName: 'm'.repeat(41) },
    'modelName: expected at most 40 characters for replicas of 2 nodes, got 41; rename it, the names of its pods add two numbers',
  ],
  ['no node', { nodes: 0 }, 'nodes: expected a whole number from 1, got 0; it is the number of nodes of a replica'],
])('%s is refused', (_, overrides, problem) => {
  expect(problems(overrides)).toEqual([problem]);
});

test('nodes that only a deployment knows are refused', () => {
  expect(problems({ nodes: Lazy.number({ produce: () => 2 }) })).toContainEqual(
    'nodes: expected a number known at synth, got a deploy-time value; it decides what a replica is',
  );
});
