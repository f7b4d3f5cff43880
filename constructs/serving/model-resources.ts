import { type Size, SizeRoundingBehavior } from 'aws-cdk-lib';
import { isUnresolved } from '../checks/unresolved';
import { type Accelerator } from '../gpu/accelerator';
import { AcceleratorManufacturer } from '../gpu/accelerator-manufacturer';
import { defaultSharedMemoryMib } from './model-settings';

/** Share of a node that its models ask for; the rest is for the kubelet and the daemons of the node. */
const NODE_SHARE = 0.75;

/** CPUs and memory of a replica. */
export interface ModelResources {
  /** CPUs that a replica asks for; it may use more. */
  readonly cpus: number;

  /** Memory of a replica, its shared memory with it. Request and limit. */
  readonly memory: Size;
}

/** What a replica asks of its node; memory is without the shared one. */
export interface ReplicaResources {
  readonly gpus: number;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly sharedMemoryMib: number;
}

/** Where a model runs, as its service says it. */
interface Placed {
  readonly accelerator?: Accelerator;
  readonly gpus?: number;
  readonly resources?: ModelResources;
}

/** What a replica asks of its node: what it was given, or its share of the node. */
export function replicaResources({ accelerator, gpus = accelerator ? 1 : 0, resources }: Placed): ReplicaResources {
  const sharedMemoryMib = defaultSharedMemoryMib(gpus);
  if (resources) return { gpus, cpus: resources.cpus, memoryMib: resources.memory.toMebibytes({ rounding: SizeRoundingBehavior.FLOOR }) - sharedMemoryMib, sharedMemoryMib };
  // Without either it is refused; the least that passes keeps that the only problem.
  if (!accelerator) return { gpus, cpus: 1, memoryMib: 1024, sharedMemoryMib };
  const share = (gpus / accelerator.gpus) * NODE_SHARE;
  return {
    gpus,
    cpus: Math.max(1, Math.floor(accelerator.vcpus * share)),
    memoryMib: Math.floor((accelerator.memoryMib * share) / 1024) * 1024 - sharedMemoryMib,
    sharedMemoryMib,
  };
}

/** What is wrong with where a model runs, one line a problem; empty when nothing is. */
export function resourceProblems({ accelerator, gpus, resources }: Placed): string[] {
  if (!accelerator) return resources ? [] : ['resources: expected the CPUs and memory of a replica that has no accelerator, got none; give both, or an accelerator'];
  if (accelerator.manufacturer !== AcceleratorManufacturer.NVIDIA) {
    return [`accelerator: expected an instance type with NVIDIA GPUs, got ${accelerator.instanceType}; the engines here have no build for its devices`];
  }
  if (gpus !== undefined && !isUnresolved(gpus) && gpus > accelerator.gpus) {
    return [`gpus: expected at most the ${accelerator.gpus} of ${accelerator.instanceType}, got ${gpus}; choose a larger instance type, or give a replica more nodes`];
  }
  return [];
}
