import { mebibytes } from '../checks/sizes';
import { type Accelerator } from './accelerator';

/** Share of a node that its models ask for; the rest is for the kubelet and the daemons of the node. */
const NODE_SHARE = 0.75;

/** What a pod asks of its node; memory is without the shared one. */
export interface NodeShare {
  readonly cpus: number;
  readonly memoryMib: number;
  readonly sharedMemoryMib: number;
}

/**
 * What a pod asks of its node: the share that its GPUs are.
 *
 * @param gpus GPUs of the pod, or shares of one
 * @param podsPerGpu pods that one GPU serves
 */
export function nodeShare(accelerator: Accelerator, gpus: number, podsPerGpu = 1): NodeShare {
  const share = (gpus / (accelerator.gpus * podsPerGpu)) * NODE_SHARE;
  const shared = sharedMemoryMib(gpus);
  return {
    cpus: Math.max(1, Math.floor(accelerator.vcpus * share)),
    memoryMib: Math.floor((mebibytes(accelerator.memory) * share) / 1024) * 1024 - shared,
    sharedMemoryMib: shared,
  };
}

/** CPUs of a node for its models. */
export function modelCpus(accelerator: Accelerator): number {
  return Math.floor(accelerator.vcpus * NODE_SHARE);
}

/** Shared memory of a pod, MiB: its processes on several GPUs exchange data through it. */
export function sharedMemoryMib(gpus: number): number {
  return gpus > 1 ? 8192 : 1024;
}
