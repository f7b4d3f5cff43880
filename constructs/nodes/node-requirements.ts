import { Duration, Size, Token } from 'aws-cdk-lib';
import type { Accelerator } from '../gpu/accelerator';
import type { ColdStartEstimate } from './cold-start-estimate';
import type { GpuSharing } from './gpu-sharing';
import { ImageAcceleration } from './image-acceleration';
import { NodeCapacity } from './node-capacity';
import { NodeImage } from './node-image';
import { MODEL_GRACE_SECONDS } from './node-names';
import { MIN_VOLUME_GIB } from './node-storage';

/** Nodes of one instance type that models need, whoever provides them. */
export interface NodeRequirements {
  /** Instance type. */
  readonly accelerator: Accelerator;

  /** Most nodes, known at synth: what the models need, with room for the pods of a canary. Managed node groups have that many at all times. */
  readonly nodes: number;

  /**
   * Nodes that are full outside of a rollout, at most `nodes`. Pools may have one more, so that a node can be renewed before the old one goes.
   *
   * @default - fewer than `nodes`
   */
  readonly standingNodes?: number;

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
   * What images and pods of one node take at most, with the room that the kubelet keeps free. Local disks that hold them must be as
   * large.
   *
   * @default - the size of the data volume
   */
  readonly storage?: Size;

  /**
   * Most pods of models on one node, at most one for each GPU, or each share of one. They leave it one after another, as their disruption
   * budgets allow.
   *
   * @default - as many as that
   */
  readonly podsPerNode?: number;

  /**
   * Pods of models on all these nodes together.
   *
   * @default - full nodes
   */
  readonly pods?: number;

  /**
   * Whether nodes have all their interfaces of the Elastic Fabric Adapter, in a cluster placement group where EC2 does not place
   * them itself, for models on several nodes. The pods' capability IPC_LOCK is refused in the namespace of models: such pods belong to another one.
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
   * @default Duration.seconds(105), that of a model with its own defaults
   */
  readonly longestGracePeriod?: Duration;

  /**
   * Longest time that a node is drained before its pods are killed: the next pod leaves when the replacement of the one before has
   * started.
   *
   * @default - 1 hour, or as many cold starts as pods leave one after another if that is longer
   */
  readonly drainTimeout?: Duration;
}

/** Node requirements with every default filled in. */
export type ResolvedNodeRequirements = Required<Omit<NodeRequirements, 'sharing' | 'availabilityZone' | 'coldStart'>> &
  Pick<NodeRequirements, 'sharing' | 'availabilityZone' | 'coldStart'> & {
    readonly consolidateAfter: Duration;
    /** What a replica takes to start, seconds; assumed where it is not known. */
    readonly coldStartSeconds: number;
  };

/** Time that a replica is assumed to take to start where its model is not known, seconds. */
const UNKNOWN_COLD_START = 1800;

/** Fills in the defaults. */
export function resolveNodeRequirements(requirements: NodeRequirements): ResolvedNodeRequirements {
  const dataVolumeSize = requirements.dataVolumeSize ?? Size.gibibytes(MIN_VOLUME_GIB);
  const podsPerNode =
    requirements.podsPerNode ?? requirements.accelerator.gpus * (requirements.sharing?.podsPerGpu ?? 1);
  const coldStartSeconds = requirements.coldStart?.total.toSeconds() ?? UNKNOWN_COLD_START;
  return {
    ...requirements,
    capacity: requirements.capacity ?? NodeCapacity.onDemand(),
    standingNodes: requirements.standingNodes ?? 0,
    image: requirements.image ?? NodeImage.defaultFor(requirements.accelerator),
    imageAcceleration: requirements.imageAcceleration ?? ImageAcceleration.none(),
    localStorage: requirements.localStorage ?? false,
    dataVolumeSize,
    storage: requirements.storage ?? dataVolumeSize,
    podsPerNode,
    pods:
      requirements.pods ?? (Token.isUnresolved(requirements.nodes) ? podsPerNode : requirements.nodes * podsPerNode),
    coldStartSeconds,
    efa: requirements.efa ?? false,
    longestGracePeriod: requirements.longestGracePeriod ?? Duration.seconds(MODEL_GRACE_SECONDS),
    drainTimeout: requirements.drainTimeout ?? drainOf(podsPerNode, coldStartSeconds),
    consolidateAfter: requirements.coldStart?.consolidateAfter ?? Duration.seconds(UNKNOWN_COLD_START),
  };
}

/** Least time to drain nodes whose pods leave one after another, each when the replacement of the one before has started. */
export function drainOf(pods: number, coldStartSeconds: number): Duration {
  return Duration.seconds(Math.max(3600, pods * coldStartSeconds));
}
