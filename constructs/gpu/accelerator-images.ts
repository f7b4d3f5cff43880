import type { Accelerator } from './accelerator';
import { ACCELERATOR_DEVICES } from './accelerator-devices';

/** Variants of EKS's node images with a driver for accelerators, as managed node groups name them. */
export type ImageVariant =
  | 'BOTTLEROCKET_x86_64_NVIDIA'
  | 'AL2023_x86_64_NVIDIA'
  | 'BOTTLEROCKET_x86_64'
  | 'AL2023_x86_64_NEURON';

const NVIDIA = ['t4', 'a100', 'a10g', 'l4', 'l40s', 'h100', 'h200', 'b200', 'b300', 'rtx-pro-server-6000'];
const NEURON = ['inferentia2', 'trainium', 'trainium2'];

/**
 * Devices that the driver of each variant knows, by their name. Bottlerocket has its Neuron driver in the variant without
 * NVIDIA's. The RTX PRO 4500 of the G7 types needs NVIDIA's driver 595, and the images have 580: such a node would join and offer
 * no GPU. Looked up in October 2026.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-optimized-ami.html
 * @see https://docs.aws.amazon.com/eks/latest/userguide/bottlerocket-custom-variant.html
 */
const DEVICES: Readonly<Record<ImageVariant, readonly string[]>> = {
  BOTTLEROCKET_x86_64_NVIDIA: NVIDIA,
  AL2023_x86_64_NVIDIA: NVIDIA,
  BOTTLEROCKET_x86_64: NEURON,
  AL2023_x86_64_NEURON: NEURON,
};

/** Variants of EKS's images whose driver knows the devices of an accelerator. */
export function imageVariantsOf({ gpu }: Pick<Accelerator, 'gpu'>): ImageVariant[] {
  return (Object.keys(DEVICES) as ImageVariant[]).filter((variant) => DEVICES[variant].includes(gpu));
}

/** Whether EKS has an image for an accelerator. Whoever names a device that is not listed knows it. */
export function hasImage(accelerator: Pick<Accelerator, 'gpu'>): boolean {
  return ACCELERATOR_DEVICES[accelerator.gpu] === undefined || imageVariantsOf(accelerator).length > 0;
}
