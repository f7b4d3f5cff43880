import { isUnresolved } from '../../checks/unresolved';
import { type EngineImage } from '../../models/engine-image';
import { type InferenceEngineBindOptions } from '../inference-engine';
import { CpuArchitecture } from './cpu-architecture';

/** What an image is built for: CPUs, NVIDIA GPUs of some compute capabilities, or devices that no node here has. */
export type ImageDevice =
  | { readonly kind: 'cpu' }
  | {
      readonly kind: 'nvidia';
      readonly capabilities?: readonly (readonly [least: number, most: number])[];
      readonly instead?: string;
    }
  | { readonly kind: 'other'; readonly name: string };

/** Names of other makers' devices, as images of engines have them in repository or tag. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/(^|[-_.])rocm\d*([-_.]|$)|-mi3\d\dx?([-_.]|$)/, 'AMD GPUs'],
  [/(^|[-_.])(xpu|intel|sycl|openvino)([-_.]|$)/, 'Intel GPUs'],
  [/(^|[-_.])(hpu|gaudi)([-_.]|$)/, 'Gaudi'],
  [/(^|[-_.])neuron(x)?([-_.]|$)/, 'Neuron chips'],
  [/(^|[-_.])tpu([-_.]|$)/, 'TPUs'],
  [/(^|[-_.])(musa|npu|cann[\d.]*|ascend|910b|vulkan)([-_.]|$)/, 'other GPUs'],
];

/** Devices of an image by what its repository and tag say; undefined where they say nothing. */
export function deviceByName({ reference, tag = '' }: EngineImage): ImageDevice | undefined {
  if (isUnresolved(reference)) return undefined;
  const repository = repositoryOf(reference);
  const other = OTHERS.find(([pattern]) => pattern.test(repository) || pattern.test(tag));
  if (other) return { kind: 'other', name: other[1] };
  return [repository, tag].some((part) => /(^|[-_.])(cpu|xeon)([-_.]|$)/.test(part)) ? { kind: 'cpu' } : undefined;
}

/** Architecture of an image that is built for one, by what its repository and tag say; undefined where they say nothing. */
export function architectureByName({ reference, tag = '' }: EngineImage): CpuArchitecture | undefined {
  if (isUnresolved(reference)) return undefined;
  const says = (pattern: RegExp) => [repositoryOf(reference), tag].some((part) => pattern.test(part));
  if (says(/(^|[-_.])(aarch64|arm64)([-_.]|$)/)) return CpuArchitecture.ARM64;
  return says(/(^|[-_.])(x86_64|amd64)([-_.]|$)/) ? CpuArchitecture.AMD64 : undefined;
}

/**
 * What is wrong with an image on the processor of its nodes; an image that says nothing is not judged.
 *
 * @param built architecture of the image
 * @param choice the engine's property, where it has one; without it nodes are taken for x86-64
 */
export function imageArchitectureProblems(
  { reference }: EngineImage,
  built: string | undefined,
  { architecture }: InferenceEngineBindOptions,
  choice?: { readonly architecture?: string },
): string[] {
  if (built === undefined || isUnresolved(architecture)) return [];
  if (architecture !== undefined && architecture !== built) {
    return [
      `image: expected an image for ${architecture}, got ${reference}, which is built for ${built}; take the one for the processor of the instance type`,
    ];
  }
  const given = choice?.architecture;
  return choice === undefined ||
    given === built ||
    (given === undefined && (built === 'amd64' || architecture === built))
    ? []
    : [
        `engine.architecture: expected ${built} for ${reference}, got ${given ?? 'none'}; the image is built for no other`,
      ];
}

/** Last part of a repository, without registry, organization, tag and digest. */
export function repositoryOf(reference: string): string {
  return reference.split('@')[0].split('/').at(-1)!.split(':')[0];
}

/** What is wrong with an image on the devices of a model; a deploy-time value and an image that says nothing are not judged. */
export function imageDeviceProblems(
  { reference }: EngineImage,
  device: ImageDevice | undefined,
  { gpus, computeCapability }: InferenceEngineBindOptions,
): string[] {
  if (device === undefined || isUnresolved(reference) || isUnresolved(gpus)) return [];
  const problem = (expected: string, got: string, what: string) => [
    `image: expected an image for ${expected}, got ${reference}, which is built for ${got}; ${what}`,
  ];
  if (device.kind === 'other')
    return problem(gpus > 0 ? 'NVIDIA GPUs' : 'CPUs', device.name, 'take the one for these devices');
  if (device.kind === 'cpu')
    return gpus > 0
      ? problem(
          'NVIDIA GPUs',
          'CPUs',
          'the GPU would be paid and idle, take the one for GPUs or leave the accelerator out',
        )
      : [];
  if (gpus === 0) return problem('CPUs', 'NVIDIA GPUs', 'take the one for CPUs, or name an accelerator');
  const { capabilities, instead } = device;
  if (capabilities === undefined || computeCapability === undefined || isUnresolved(computeCapability)) return [];
  const given = Number(computeCapability);
  return capabilities.some(([least, most]) => given >= least && given <= most)
    ? []
    : problem(
        `compute capability ${computeCapability}`,
        capabilities
          .map(([least, most]) => (least === most ? least.toFixed(1) : `${least.toFixed(1)} to ${most.toFixed(1)}`))
          .join(', '),
        `it ends when it starts${instead === undefined ? '' : `, ${instead}`}`,
      );
}
