import { type Size, SizeRoundingBehavior } from 'aws-cdk-lib';
import { isUnresolved } from '../checks/unresolved';
import { type Accelerator } from '../gpu/accelerator';
import { AcceleratorManufacturer } from '../gpu/accelerator-manufacturer';
import { nodeShare, type NodeShare, sharedMemoryMib } from '../gpu/node-share';
import { type GpuSharing } from '../nodes/gpu-sharing';
import { type PlacementPlan } from '../placement/placement-plan';
import { type ModelChartProps } from './model-chart-props';

/** CPUs and memory of a replica. */
export interface ModelResources {
  /** CPUs that a replica asks for; it may use more. */
  readonly cpus: number;

  /** Memory of a replica, its shared memory with it. Request and limit. */
  readonly memory: Size;
}

/** Where a model runs, as its service says it. */
interface Placed {
  readonly accelerator?: Accelerator;
  readonly gpus?: number;
  readonly nodes?: number;
  readonly resources?: ModelResources;
  readonly placement?: PlacementPlan;
  readonly gpuSharing?: GpuSharing;
}

/** What a chart is told of the nodes and GPUs of a model. */
type ChartPlacement = Pick<ModelChartProps, 'accelerator' | 'computeCapability' | 'nodes' | 'tensorParallelSize' | 'pipelineParallelSize' | 'contextTokens' | 'gpuMemoryUtilization' | 'podsPerGpu'>
  & { readonly gpus: number } & NodeShare;

/** Where a model runs, and what a pod asks of its node: what it was given, what was planned, or its share of the node. */
export function chartPlacement(placed: Placed): ChartPlacement {
  const { placement, gpuSharing } = placed;
  const accelerator = placement?.accelerator ?? placed.accelerator;
  const gpus = placement?.gpus ?? placed.gpus ?? (accelerator ? 1 : 0);
  return {
    accelerator: accelerator?.instanceType,
    computeCapability: accelerator?.computeCapability,
    gpus,
    nodes: placement?.facts.nodesPerReplica ?? placed.nodes,
    ...podRequests(placed, gpus, accelerator),
    ...(placement && {
      tensorParallelSize: placement.facts.tensorParallel,
      pipelineParallelSize: placement.facts.pipelineParallel,
      contextTokens: placement.facts.contextTokens,
      gpuMemoryUtilization: placement.facts.gpuMemoryUtilization,
    }),
    // Parts have memory of their own: an engine takes one for a GPU.
    ...(gpuSharing?.dividesMemory === false && { podsPerGpu: gpuSharing.podsPerGpu }),
  };
}

/** What is wrong with where a model runs, one line a problem; empty when nothing is. */
export function resourceProblems(placed: Placed): string[] {
  const { resources, placement } = placed;
  const accelerator = placement?.accelerator ?? placed.accelerator;
  if (!accelerator) {
    return [
      ...(resources ? [] : ['resources: expected the CPUs and memory of a replica that has no accelerator, got none; give both, or an accelerator']),
      ...(placed.gpuSharing ? ['gpuSharing: expected an accelerator beside it, got none; name it, or leave gpuSharing out'] : []),
    ];
  }
  return [...placementProblems(placed), ...gpuProblems(placed, accelerator), ...sharingProblems(placed)];
}

function podRequests({ placement, resources, gpuSharing }: Placed, gpus: number, accelerator?: Accelerator): NodeShare {
  const shared = placement?.facts.sharedMemoryMib ?? sharedMemoryMib(gpus);
  if (resources) return { cpus: resources.cpus, memoryMib: resources.memory.toMebibytes({ rounding: SizeRoundingBehavior.FLOOR }) - shared, sharedMemoryMib: shared };
  // Without either it is refused; the least that passes keeps that the only problem.
  if (!accelerator) return { cpus: 1, memoryMib: 1024, sharedMemoryMib: shared };
  // A placement counts with a whole GPU's share of the node.
  if (!placement || gpuSharing) return nodeShare(accelerator, gpus, gpuSharing?.podsPerGpu);
  return { cpus: placement.facts.podCpus, memoryMib: placement.facts.podMemoryMib, sharedMemoryMib: shared };
}

function placementProblems({ placement, gpuSharing, ...given }: Placed): string[] {
  if (!placement) return [];
  const decided = (['accelerator', 'gpus', 'nodes'] as const).filter((prop) => given[prop] !== undefined);
  return [
    ...decided.map((prop) => `${prop}: expected none beside placement, got one; the placement decides it, leave it out`),
    ...(gpuSharing?.dividesMemory ? [`placement: expected none beside parts of a GPU, got one that counts with ${placement.accelerator.gpuMemoryMib} MiB a GPU; name accelerator and gpus instead`] : []),
  ];
}

function gpuProblems({ gpus }: Placed, accelerator: Accelerator): string[] {
  if (accelerator.manufacturer !== AcceleratorManufacturer.NVIDIA) {
    return [`accelerator: expected an instance type with NVIDIA GPUs, got ${accelerator.instanceType}; the engines here have no build for its devices`];
  }
  if (gpus !== undefined && !isUnresolved(gpus) && gpus > accelerator.gpus) {
    return [`gpus: expected at most the ${accelerator.gpus} of ${accelerator.instanceType}, got ${gpus}; choose a larger instance type, or give a replica more nodes`];
  }
  return [];
}

/** Nodes refuse a pod that asks for two slices (`fail-requests-greater-than-one`), and parts have no link among them. */
function sharingProblems(placed: Placed): string[] {
  if (!placed.gpuSharing) return [];
  const { gpus, nodes = 1 } = chartPlacement(placed);
  return [
    ...(isUnresolved(gpus) || gpus === 1 ? [] : [`gpus: expected 1 of GPUs that pods share, got ${gpus}; give the model nodes whose GPUs are whole`]),
    ...(isUnresolved(nodes) || nodes === 1 ? [] : [`nodes: expected 1 with GPUs that pods share, got ${nodes}; give the model nodes whose GPUs are whole`]),
  ];
}
