import type { Accelerator } from '../gpu/accelerator';
import { AcceleratorManufacturer } from '../gpu/accelerator-manufacturer';

/** Who makes the devices of an accelerator: it decides the image of a node and its device plugin. */
export type DeviceKind = 'nvidia' | 'neuron';

/** Who makes the devices of an accelerator. */
export function deviceKind(accelerator: Accelerator): DeviceKind {
  return accelerator.manufacturer === AcceleratorManufacturer.NVIDIA ? 'nvidia' : 'neuron';
}

/** Name of an instance type in names of Kubernetes and AWS objects. */
export function nameOf(accelerator: Accelerator): string {
  return accelerator.instanceType.replace(/\./g, '-');
}
