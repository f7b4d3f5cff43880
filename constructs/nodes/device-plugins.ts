import { deviceKind } from './devices';
import { type NodeDemand, settle } from './node-demand';

/** Names of the device plugins in the catalogue of controllers. */
export const DEVICE_PLUGINS = { nvidia: 'nvidia-device-plugin', neuron: 'neuron', efa: 'aws-efa-k8s-device-plugin' } as const;

/** Controllers that pods on these nodes need: without its device plugin, a node has no accelerator to offer. */
export function controllersOf(demand: NodeDemand): string[] {
  const { accelerator, image, efa } = settle(demand);
  return [
    ...(image.needsDevicePlugin(accelerator) ? [DEVICE_PLUGINS[deviceKind(accelerator)]] : []),
    ...(efa ? [DEVICE_PLUGINS.efa] : []),
  ];
}
