import { deviceKind } from './devices';
import { OPERATING_SYSTEM_LABEL } from './names';
import type { SettledDemand } from './node-demand';

/** The label by which NVIDIA's device plugin finds nodes; Bottlerocket's must not have it, or each GPU would be announced twice. */
const NVIDIA_PRESENT = 'nvidia.com/gpu.present';

/** Labels that tell device plugins which nodes are theirs. Nodes that need none have none. */
export function imageLabels({ accelerator, image }: Pick<SettledDemand, 'accelerator' | 'image'>): Record<string, string> {
  if (!image.needsDevicePlugin(accelerator)) return {};
  return { [OPERATING_SYSTEM_LABEL]: image.operatingSystem, ...(deviceKind(accelerator) === 'nvidia' ? { [NVIDIA_PRESENT]: 'true' } : {}) };
}
