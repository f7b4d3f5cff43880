import type { Accelerator } from '../gpu/accelerator';

/** Who makes the devices of an accelerator: it decides the image of a node and its device plugin. */
export type DeviceKind = 'nvidia' | 'neuron';

/** Who makes the devices of an accelerator. */
export function deviceKind(accelerator: Accelerator): DeviceKind {
  return /^(inferentia|trainium)/.test(accelerator.gpu) ? 'neuron' : 'nvidia';
}

/** Extended resource by which pods ask for one device. */
export function deviceResource(accelerator: Accelerator): string {
  return deviceKind(accelerator) === 'neuron' ? 'aws.amazon.com/neuron' : 'nvidia.com/gpu';
}

/** Name of an instance type in names of Kubernetes and AWS objects. */
export function nameOf(accelerator: Accelerator): string {
  return accelerator.instanceType.replace(/\./g, '-');
}
