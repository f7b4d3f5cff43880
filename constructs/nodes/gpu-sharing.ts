import { mebibytes } from '../checks/sizes';
import { deployTimeProblems } from '../checks/unresolved';
import type { Accelerator } from '../gpu/accelerator';
import { modelCpus } from '../gpu/node-share';
import { deviceKind } from './devices';
import { NodeOperatingSystem } from '../cluster/node-operating-system';
import { type NodeImage } from './node-image';

/** Names by which Bottlerocket knows GPUs that it can divide by a number of parts, by name and memory of the GPU, MiB. */
const DIVISIBLE: Readonly<Record<string, string>> = {
  'a100/40960': 'a100.40gb',
  'a100/81920': 'a100.80gb',
  'h100/81920': 'h100.80gb',
  'h200/144384': 'h200.141gb',
};

/** Numbers of parts that Bottlerocket takes; see `settings.kubelet-device-plugins.nvidia.mig.profile`. */
const PARTS = [2, 3, 4, 7];

/** How several pods share a GPU. */
export enum GpuSharingStrategy {
  /** They take turns on the whole GPU. */
  TIME_SLICING = 'time-slicing',
  /** Hardware divides it (Multi-Instance GPU). */
  MIG = 'mig',
}

/** How one GPU serves several small models. Each pod then asks for one `nvidia.com/gpu`, which is a share of a GPU. */
export class GpuSharing {
  /**
   * Pods take turns on the whole GPU. Nothing divides its memory: each engine has to be told its share, below
   * `1 / replicas` of the GPU's memory, and one that goes wrong takes the others with it.
   *
   * @param replicas pods on one GPU, from 2
   */
  public static timeSlicing(replicas: number): GpuSharing {
    return new GpuSharing(GpuSharingStrategy.TIME_SLICING, replicas);
  }

  /**
   * Hardware divides the GPU (Multi-Instance GPU): memory and faults of one part stay its own. GPUs of a node then have no
   * NVLink among them, so a model has one part.
   *
   * @param parts parts of one GPU: 2, 3, 4 or 7
   */
  public static multiInstance(parts: number): GpuSharing {
    return new GpuSharing(GpuSharingStrategy.MIG, parts);
  }

  private constructor(
    /** How they share it. */
    public readonly strategy: GpuSharingStrategy,
    /** Pods that one GPU can hold. */
    public readonly podsPerGpu: number,
  ) {}

  /** Whether each pod has a part of the memory to itself; otherwise they share it. */
  public get dividesMemory(): boolean {
    return this.strategy === GpuSharingStrategy.MIG;
  }

  /**
   * Settings of Bottlerocket, TOML.
   *
   * @see https://bottlerocket.dev/en/os/1.54.x/api/settings/kubelet-device-plugins
   */
  public bottlerocketSettings(accelerator: Accelerator): string {
    const section = 'settings.kubelet-device-plugins.nvidia';
    if (this.strategy === GpuSharingStrategy.MIG) {
      return [
        `[${section}]`,
        'device-partitioning-strategy = "mig"',
        '',
        `[${section}.mig.profile]`,
        `"${DIVISIBLE[keyOf(accelerator)]}" = "${this.podsPerGpu}"`,
      ].join('\n');
    }
    return [
      `[${section}]`,
      'device-sharing-strategy = "time-slicing"',
      '',
      `[${section}.time-slicing]`,
      `replicas = ${this.podsPerGpu}`,
      // Otherwise the resource would be called nvidia.com/gpu.shared, which no model asks for.
      'rename-by-default = false',
      'fail-requests-greater-than-one = true',
    ].join('\n');
  }
}

/** What is wrong with sharing the GPUs of an accelerator, each with what to do. */
export function sharingProblems(
  { strategy, podsPerGpu }: GpuSharing,
  accelerator: Accelerator,
  image: NodeImage,
): string[] {
  const problems: string[] = [];
  const add = (expected: string, got: string, remedy: string, option = 'sharing') =>
    problems.push(`${option}: expected ${expected}, got ${got}; ${remedy}`);
  const unknown = deployTimeProblems({ 'sharing.podsPerGpu': podsPerGpu });
  if (unknown.length > 0) return unknown;
  if (deviceKind(accelerator) !== 'nvidia') {
    add('an NVIDIA GPU', accelerator.gpu, 'give each model whole Neuron devices');
    return problems;
  }
  if (image.operatingSystem !== NodeOperatingSystem.BOTTLEROCKET) {
    add('Bottlerocket, whose own device plugin divides GPUs', image.operatingSystem, 'use NodeImage.bottlerocket()');
  }
  if (strategy === GpuSharingStrategy.MIG) {
    if (!DIVISIBLE[keyOf(accelerator)])
      add(
        `a GPU that can be divided (${Object.values(DIVISIBLE).join(', ')})`,
        `${accelerator.gpu} with ${mebibytes(accelerator.gpuMemory)} MiB`,
        'use GpuSharing.timeSlicing or one of those',
      );
    if (!PARTS.includes(podsPerGpu))
      add(`${PARTS.join(', ')} parts`, String(podsPerGpu), 'take the next smaller number', 'sharing.podsPerGpu');
  } else if (!Number.isInteger(podsPerGpu) || podsPerGpu < 2) {
    add(
      'a whole number of replicas from 2',
      String(podsPerGpu),
      'leave sharing out when each model has a GPU of its own',
      'sharing.podsPerGpu',
    );
  }
  // Every engine asks for a CPU of its own, so the last of more pods would never find a place.
  const most = Math.floor(modelCpus(accelerator) / accelerator.gpus);
  if (podsPerGpu > most)
    add(
      `at most ${most} pods a GPU on the ${accelerator.vcpus} vCPUs of ${accelerator.instanceType}`,
      String(podsPerGpu),
      'take fewer, or a larger size',
      'sharing.podsPerGpu',
    );
  return problems;
}

function keyOf(accelerator: Accelerator): string {
  return `${accelerator.gpu}/${mebibytes(accelerator.gpuMemory)}`;
}
