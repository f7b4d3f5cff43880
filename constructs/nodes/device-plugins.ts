import { deviceKind } from './devices';
import { type NodeRequirements, resolveNodeRequirements, type ResolvedNodeRequirements } from './node-requirements';
import { OPERATING_SYSTEM_LABEL } from './node-names';

/** Names of the device plugins in the catalog of controllers. */
export const DEVICE_PLUGINS = {
  nvidia: 'nvidia-device-plugin',
  neuron: 'neuron',
  efa: 'aws-efa-k8s-device-plugin',
} as const;

/** Controllers that pods on these nodes need: without its device plugin, a node has no accelerator to offer. */
export function controllersOf(requirements: NodeRequirements): string[] {
  const { accelerator, image, efa } = resolveNodeRequirements(requirements);
  return [
    ...(image.needsDevicePlugin(accelerator) ? [DEVICE_PLUGINS[deviceKind(accelerator)]] : []),
    ...(efa ? [DEVICE_PLUGINS.efa] : []),
  ];
}

/** The label by which NVIDIA's device plugin finds nodes; Bottlerocket's must not have it, or each GPU would be announced twice. */
const NVIDIA_PRESENT = 'nvidia.com/gpu.present';

/** Labels that tell device plugins which nodes are theirs. Nodes that need none have none. */
export function imageLabels({
  accelerator,
  image,
}: Pick<ResolvedNodeRequirements, 'accelerator' | 'image'>): Record<string, string> {
  if (!image.needsDevicePlugin(accelerator)) return {};
  return {
    [OPERATING_SYSTEM_LABEL]: image.operatingSystem,
    ...(deviceKind(accelerator) === 'nvidia' ? { [NVIDIA_PRESENT]: 'true' } : {}),
  };
}
