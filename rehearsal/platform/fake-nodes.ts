import { ACCELERATOR_LABEL } from '../../constructs/nodes/node-names';

/** Fake nodes of one kind, spread over the zones in turn. */
export interface FakeNodeGroup {
  /** Nodes are called `<namePrefix>-<number>`, from 0. */
  readonly namePrefix: string;
  readonly count: number;
  /** EC2 instance type, as label `node.kubernetes.io/instance-type`. */
  readonly instanceType: string;
  /** vCPU. */
  readonly cpu: number;
  /** Memory, GiB. */
  readonly memoryGiB: number;
  /** GPUs a node; with at least one the node is tainted `nvidia.com/gpu=present:NoSchedule`. @default 0 */
  readonly gpus?: number;
  /** Label `llm-platform.dev/accelerator`, which models select their nodes by. @default - no label */
  readonly accelerator?: string;
  /** @default us-east-1a, us-east-1b, us-east-1c */
  readonly zones?: readonly string[];
}

/** One node for the pods of controllers, as the system node group of an environment. */
export const SYSTEM_NODE: FakeNodeGroup = {
  namePrefix: 'system',
  count: 1,
  instanceType: 'm7i.xlarge',
  cpu: 4,
  memoryGiB: 16,
};

/** The Node objects of a group, for kwok to keep ready. */
export function fakeNodes(group: FakeNodeGroup) {
  const zones = group.zones ?? ['us-east-1a', 'us-east-1b', 'us-east-1c'];
  return Array.from({ length: group.count }, (_, index) =>
    fakeNode(group, `${group.namePrefix}-${index}`, zones[index % zones.length]),
  );
}

function fakeNode(group: FakeNodeGroup, name: string, zone: string) {
  const gpus = group.gpus ?? 0;
  const resources: Record<string, string> = {
    cpu: String(group.cpu),
    memory: `${group.memoryGiB}Gi`,
    'ephemeral-storage': '500Gi',
    pods: '110',
    ...(gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : {}),
  };
  const labels: Record<string, string> = {
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': group.instanceType,
    'topology.kubernetes.io/region': zone.slice(0, -1),
    'topology.kubernetes.io/zone': zone,
    ...(group.accelerator ? { [ACCELERATOR_LABEL]: group.accelerator } : {}),
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations: { 'kwok.x-k8s.io/node': 'fake' }, labels },
    spec: gpus > 0 ? { taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }] } : {},
    status: { allocatable: resources, capacity: resources },
  };
}
