import { NodeOperatingSystem } from '../cluster/node-operating-system';
import type { Accelerator } from '../gpu/accelerator';
import { deviceKind } from './devices';

/** Image of nodes. EKS has a variant of each operating system with the driver of each kind of accelerator; that one is taken. */
export class NodeImage {
  /**
   * Bottlerocket. Its NVIDIA variant holds driver and device plugin.
   *
   * @param version for Karpenter a release such as `v1.63.0`, for managed node groups a release version such as `1.47.0-6154605b`; without,
   * Karpenter takes the newest for each node, and a group keeps the one that was the newest when it was made
   */
  public static bottlerocket(version?: string): NodeImage {
    return new NodeImage(NodeOperatingSystem.BOTTLEROCKET, version);
  }

  /**
   * Amazon Linux 2023. Its NVIDIA and Neuron variants hold the driver and no device plugin.
   *
   * @param version for Karpenter a release such as `v20261101`, for managed node groups a release version such as `1.36.0-20261101`; without,
   * Karpenter takes the newest for each node, and a group keeps the one that was the newest when it was made
   */
  public static amazonLinux2023(version?: string): NodeImage {
    return new NodeImage(NodeOperatingSystem.AMAZON_LINUX_2023, version);
  }

  /** The image for an accelerator when none is named: Bottlerocket, and Amazon Linux 2023 for Neuron, whose EKS image has the driver. */
  public static defaultFor(accelerator: Accelerator): NodeImage {
    return deviceKind(accelerator) === 'neuron' ? NodeImage.amazonLinux2023() : NodeImage.bottlerocket();
  }

  private constructor(
    /** Operating system. */
    public readonly operatingSystem: NodeOperatingSystem,
    /** Pinned version; undefined where none is named. */
    public readonly version?: string,
  ) {}

  /** Name by which Karpenter finds the image; it picks the variant by the instance type. */
  public get karpenterAlias(): string {
    return `${this.operatingSystem}@${this.version ?? 'latest'}`;
  }

  /**
   * Whether pods get accelerators only with a device plugin of one's own in the cluster. Bottlerocket's NVIDIA variant brings
   * its plugin, and a second one would announce each GPU twice.
   *
   * @see https://docs.aws.amazon.com/eks/latest/userguide/device-management-nvidia.html
   */
  public needsDevicePlugin(accelerator: Accelerator): boolean {
    return deviceKind(accelerator) === 'neuron' || this.operatingSystem === NodeOperatingSystem.AMAZON_LINUX_2023;
  }
}
