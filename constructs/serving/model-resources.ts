import { isUnresolved } from '../checks/unresolved';
import { type Accelerator } from '../gpu/accelerator';
import { AcceleratorManufacturer } from '../gpu/accelerator-manufacturer';
import { nodeShare, type NodeShare, sharedMemoryMib } from '../gpu/node-share';
import { type ModelOptions } from './model-options';
import { mebibytes, wholeMebibytes } from '../checks/sizes';

/** Where a model runs, as its options say it. */
type Placed = Pick<ModelOptions, 'accelerator' | 'gpus' | 'nodes' | 'resources' | 'placement' | 'gpuSharing'>;

/** Where a model runs, and what a pod asks of its node. */
export interface ResolvedPlace extends NodeShare {
  /** Instance type, the value of the node label `llm-platform.dev/accelerator`; none on CPUs. */
  readonly accelerator?: string;
  /** CUDA compute capability of the accelerator, such as `8.9`; undefined where it is unknown. */
  readonly computeCapability?: string;
  /** GPUs of a pod: of a replica, or of each of its nodes; 0 on CPUs. */
  readonly gpus: number;
  /**
   * Nodes of a replica. A replica of several nodes is a group of pods that starts, and after a failure restarts, as one. Groups are
   * replaced one after the other, without a canary: Argo Rollouts cannot drive them.
   */
  readonly nodes: number;
}

/** The instance type that serves a model. */
export function acceleratorOf({ placement, accelerator }: Placed): Accelerator | undefined {
  return placement?.accelerator ?? accelerator;
}

/** GPUs of a replica, or of each of its nodes, where nothing is said. */
export function defaultGpus(accelerator: Accelerator | undefined, shared: boolean): number {
  return accelerator && shared ? 1 : (accelerator?.gpus ?? 0);
}

/** Where a model runs, and what a pod asks of its node: what it was given, what was planned, or its share of the node. */
export function resolvePlace(placed: Placed): ResolvedPlace {
  const { placement } = placed;
  const accelerator = acceleratorOf(placed);
  const gpus = placement?.gpus ?? placed.gpus ?? defaultGpus(accelerator, placed.gpuSharing !== undefined);
  return {
    accelerator: accelerator?.instanceType,
    computeCapability: accelerator?.computeCapability,
    gpus,
    nodes: placement?.facts.nodesPerReplica ?? placed.nodes ?? 1,
    ...podRequests(placed, gpus, accelerator),
  };
}

/** What is wrong with where a model runs, one problem per line; empty when nothing is. */
export function resourceProblems(placed: Placed): string[] {
  const { resources } = placed;
  const accelerator = acceleratorOf(placed);
  if (!accelerator) {
    return [
      ...(resources
        ? []
        : [
            'resources: expected the CPUs and memory of a replica that has no accelerator, got none; give both, or an accelerator',
          ]),
      ...(placed.gpuSharing
        ? ['gpuSharing: expected an accelerator beside it, got none; name it, or leave gpuSharing out']
        : []),
    ];
  }
  return [...placementProblems(placed), ...gpuProblems(placed, accelerator), ...sharingProblems(placed)];
}

function podRequests({ placement, resources, gpuSharing }: Placed, gpus: number, accelerator?: Accelerator): NodeShare {
  const shared = placement ? wholeMebibytes(placement.facts.sharedMemory) : sharedMemoryMib(gpus);
  if (resources)
    return { cpus: resources.cpus, memoryMib: wholeMebibytes(resources.memory) - shared, sharedMemoryMib: shared };
  // Without either it is refused; the least that passes keeps that the only problem.
  if (!accelerator) return { cpus: 1, memoryMib: 1024, sharedMemoryMib: shared };
  // A placement counts with a whole GPU's share of the node.
  if (!placement || gpuSharing) return nodeShare(accelerator, gpus, gpuSharing?.podsPerGpu);
  return {
    cpus: placement.facts.podCpus,
    memoryMib: wholeMebibytes(placement.facts.podMemory),
    sharedMemoryMib: shared,
  };
}

function placementProblems({ placement, gpuSharing, ...given }: Placed): string[] {
  if (!placement) return [];
  const decided = (['accelerator', 'gpus', 'nodes'] as const).filter((prop) => given[prop] !== undefined);
  return [
    ...decided.map(
      (prop) => `${prop}: expected none beside placement, got one; the placement decides it, leave it out`,
    ),
    ...(gpuSharing?.dividesMemory
      ? [
          `placement: expected none beside parts of a GPU, got one that counts with ${mebibytes(placement.accelerator.gpuMemory)} MiB a GPU; name accelerator and gpus instead`,
        ]
      : []),
  ];
}

function gpuProblems({ gpus }: Placed, accelerator: Accelerator): string[] {
  if (accelerator.manufacturer !== AcceleratorManufacturer.NVIDIA) {
    return [
      `accelerator: expected an instance type with NVIDIA GPUs, got ${accelerator.instanceType}; the engines here have no build for its devices`,
    ];
  }
  if (gpus !== undefined && !isUnresolved(gpus) && gpus > accelerator.gpus) {
    return [
      `gpus: expected at most the ${accelerator.gpus} of ${accelerator.instanceType}, got ${gpus}; choose a larger instance type, or give a replica more nodes`,
    ];
  }
  return [];
}

/** Nodes refuse a pod that asks for two slices (`fail-requests-greater-than-one`), and parts have no link among them. */
function sharingProblems(placed: Placed): string[] {
  if (!placed.gpuSharing) return [];
  const { gpus, nodes } = resolvePlace(placed);
  return [
    ...(isUnresolved(gpus) || gpus === 1
      ? []
      : [`gpus: expected 1 of GPUs that pods share, got ${gpus}; give the model nodes whose GPUs are whole`]),
    ...(isUnresolved(nodes) || nodes === 1
      ? []
      : [`nodes: expected 1 with GPUs that pods share, got ${nodes}; give the model nodes whose GPUs are whole`]),
  ];
}
