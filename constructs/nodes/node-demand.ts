import { Duration, Size } from 'aws-cdk-lib';
import type { Accelerator } from '../gpu/accelerator';
import type { ColdStartEstimate } from './cold-start-estimate';
import type { GpuSharing } from './gpu-sharing';
import { ImageAcceleration } from './image-acceleration';
import { NodeCapacity } from './node-capacity';
import { NodeImage } from './node-image';

/** Nodes of one instance type that models need, whoever provides them. */
export interface NodeDemand {
  /** Instance type. */
  readonly accelerator: Accelerator;

  /** Most nodes: what the models need, with room for the pods of a canary. Managed node groups have that many at all times. */
  readonly nodes: number;

  /**
   * What they are bought as.
   *
   * @default NodeCapacity.onDemand()
   */
  readonly capacity?: NodeCapacity;

  /**
   * Their image.
   *
   * @default - Bottlerocket; Amazon Linux 2023 for Neuron
   */
  readonly image?: NodeImage;

  /**
   * How one GPU serves several models.
   *
   * @default - each pod has whole GPUs
   */
  readonly sharing?: GpuSharing;

  /**
   * How a new node gets its images.
   *
   * @default ImageAcceleration.none()
   */
  readonly imageAcceleration?: ImageAcceleration;

  /**
   * Whether images and what pods write are on the instance's own NVMe disks, as one RAID 0. They are empty when a node starts.
   *
   * @default false
   */
  readonly localStorage?: boolean;

  /**
   * Size of the volume that holds container images and what pods write. It must have room for the ephemeral storage that all
   * pods of a node ask for, or they find no place.
   *
   * @default Size.gibibytes(200)
   */
  readonly dataVolumeSize?: Size;

  /**
   * Whether nodes have all their interfaces of the Elastic Fabric Adapter, in a cluster placement group, for models on several
   * nodes. The pods' capability IPC_LOCK is refused in the namespace of models: such pods belong to another one.
   *
   * @default false
   */
  readonly efa?: boolean;

  /**
   * The one zone of the nodes: a placement group and reservations are in one.
   *
   * @default - all zones of the private subnets
   */
  readonly availabilityZone?: string;

  /**
   * What a replica takes to start. An empty node is kept for at least so long.
   *
   * @default - empty nodes are kept for 30 minutes
   */
  readonly coldStart?: ColdStartEstimate;

  /**
   * Longest grace period of the pods on these nodes.
   *
   * @default Duration.seconds(90), that of a model
   */
  readonly longestGracePeriod?: Duration;

  /**
   * Longest time that a node is drained before its pods are killed.
   *
   * @default Duration.hours(1)
   */
  readonly drainTimeout?: Duration;
}

/** A demand with every default filled in. */
export type SettledDemand = Required<Omit<NodeDemand, 'sharing' | 'availabilityZone' | 'coldStart'>>
  & Pick<NodeDemand, 'sharing' | 'availabilityZone' | 'coldStart'> & { readonly consolidateAfter: Duration };

/** Fills in the defaults. */
export function settle(demand: NodeDemand): SettledDemand {
  return {
    ...demand,
    capacity: demand.capacity ?? NodeCapacity.onDemand(),
    image: demand.image ?? NodeImage.defaultFor(demand.accelerator),
    imageAcceleration: demand.imageAcceleration ?? ImageAcceleration.none(),
    localStorage: demand.localStorage ?? false,
    dataVolumeSize: demand.dataVolumeSize ?? Size.gibibytes(200),
    efa: demand.efa ?? false,
    longestGracePeriod: demand.longestGracePeriod ?? Duration.seconds(90),
    drainTimeout: demand.drainTimeout ?? Duration.hours(1),
    consolidateAfter: demand.coldStart ? Duration.seconds(demand.coldStart.consolidateAfterSeconds) : Duration.minutes(30),
  };
}
