import { fakeNodes } from '../../../rehearsal/platform/fake-nodes';
import { MODEL_LABEL } from '../../../constructs/kubernetes/contract/names';
import { kwokConfiguration } from '../../../rehearsal/platform/kwok-stages';

test('GPU nodes are spread over zones, tainted, and have their GPUs', () => {
  const nodes = fakeNodes({
    namePrefix: 'gpu',
    count: 4,
    instanceType: 'g6.12xlarge',
    cpu: 48,
    memoryGiB: 192,
    gpus: 4,
    accelerator: 'g6.12xlarge',
  });
  expect(nodes.map(({ metadata }) => [metadata.name, metadata.labels['topology.kubernetes.io/zone']])).toEqual([
    ['gpu-0', 'us-east-1a'],
    ['gpu-1', 'us-east-1b'],
    ['gpu-2', 'us-east-1c'],
    ['gpu-3', 'us-east-1a'],
  ]);
  expect(nodes[0].spec.taints).toEqual([{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }]);
  expect(nodes[0].status.allocatable).toMatchObject({ 'nvidia.com/gpu': '4', memory: '192Gi' });
  expect(nodes[0].status.capacity).toEqual(nodes[0].status.allocatable);
  expect(nodes[0].metadata.labels['llm-platform.dev/accelerator']).toBe('g6.12xlarge');
  expect(nodes[0].metadata.annotations).toEqual({ 'kwok.x-k8s.io/node': 'fake' });
});

test('nodes without GPUs take any pod', () => {
  const [node] = fakeNodes({ namePrefix: 'system', count: 1, instanceType: 'm7i.xlarge', cpu: 4, memoryGiB: 16 });
  expect(node.spec.taints).toBeUndefined();
  expect(node.status.allocatable['nvidia.com/gpu']).toBeUndefined();
  expect(node.metadata.labels['llm-platform.dev/accelerator']).toBeUndefined();
});

test('no stage of kwok touches a pod of a model', () => {
  const stages = kwokConfiguration() as {
    metadata: { name: string };
    spec: { resourceRef: { kind: string }; selector: { matchExpressions: { key: string; operator: string }[] } };
  }[];
  const ofPods = stages.filter(({ spec }) => spec.resourceRef.kind === 'Pod');
  expect(ofPods.map(({ metadata }) => metadata.name)).toEqual(['pod-ready', 'pod-complete', 'pod-delete']);
  for (const { spec } of ofPods) {
    expect(spec.selector.matchExpressions).toContainEqual({
      key: `.metadata.labels["${MODEL_LABEL}"]`,
      operator: 'DoesNotExist',
    });
  }
});
