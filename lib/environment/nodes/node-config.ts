import type { NodeProvider } from '../../../constructs/nodes';
import type { DurationText } from '../plain-data';

/** Who provides the nodes with accelerators of a new cluster, and what they are. */
export interface NodesConfig {
  /**
   * `karpenter` and `auto-mode` start nodes when pods ask, and take empty ones away; `managed-groups` keep all nodes at all times, so
   * that a canary never waits for one.
   *
   * @default 'managed-groups'
   */
  readonly provisioning?: `${NodeProvider}`;

  /**
   * Version of Bottlerocket of the types that run it and name no `imageVersion`, as those who provide the nodes know it: `v1.63.0` for
   * Karpenter, `1.47.0-6154605b` for managed groups. EKS chooses it itself with `auto-mode`.
   *
   * @default - Karpenter takes the newest for each node; a group keeps the one that was the newest when it was made
   */
  readonly bottlerocketVersion?: string;
  /**
   * Whether replicas share compiled kernels on a file system, so that only the first of a revision compiles.
   *
   * @default false
   */
  readonly compileCache?: boolean;

  /**
   * What the nodes are, by instance type.
   *
   * @default - on demand, with Bottlerocket (Amazon Linux 2023 for Neuron)
   */
  readonly types?: Readonly<Record<string, NodeTypeConfig>>;
}

/** What the nodes of one instance type are. */
export interface NodeTypeConfig {
  /**
   * What they are bought as: Spot alone goes without nodes while there is no Spot capacity.
   *
   * @default 'on-demand'
   */
  readonly capacity?: 'on-demand' | 'spot' | 'spot-with-on-demand' | ReservedConfig | CapacityBlockConfig;

  /**
   * Their image. EKS chooses it itself with `auto-mode`.
   *
   * @default - Bottlerocket; Amazon Linux 2023 for Neuron
   */
  readonly image?: 'bottlerocket' | 'al2023';

  /**
   * Version of the image as those who provide the nodes know it: `v20261101` of Amazon Linux 2023 for Karpenter, `1.36.0-20261101`
   * for managed groups.
   *
   * @default - `bottlerocketVersion` of the nodes where it is Bottlerocket; else as there
   */
  readonly imageVersion?: string;

  /**
   * How a new node gets the images of containers: `parallel` pulls and unpacks at once (SOCI); a snapshot of a data volume has
   * them already.
   *
   * @default - one layer after another
   */
  readonly images?: 'parallel' | SnapshotConfig;

  /**
   * Whether images and what pods write are on the instance's own NVMe disks.
   *
   * @default false
   */
  readonly localStorage?: boolean;

  /**
   * Pods that one GPU serves, by slices of its time.
   *
   * @default - each pod has whole GPUs
   */
  readonly timeSlices?: number;

  /**
   * Parts that one GPU is divided into (MIG): 2, 3, 4 or 7.
   *
   * @default - each pod has whole GPUs
   */
  readonly gpuParts?: number;

  /**
   * Whether nodes have their interfaces of the Elastic Fabric Adapter, in a placement group where EC2 does not place them itself.
   *
   * @default false
   */
  readonly efa?: boolean;

  /**
   * The one zone of the nodes, for placement groups and capacity blocks.
   *
   * @default - all zones
   */
  readonly availabilityZone?: string;

  /**
   * Replicas for which nodes are kept warm by placeholders that give way to any pod.
   *
   * @default 0
   */
  readonly warmReplicas?: number;

  /**
   * Longest time that a node is drained before its pods are killed; at least the longest grace period of its pods, and as many
   * cold starts as pods leave one after another.
   *
   * @default - an hour, or what the cold starts take if that is longer
   */
  readonly drainTimeout?: DurationText;
}

/** On-demand capacity reservations. */
export interface ReservedConfig {
  /** Ids of the reservations, such as `cr-0123456789abcdef0`. */
  readonly reservations: readonly string[];
  /**
   * Whether on-demand nodes are started when they are full.
   *
   * @default false
   */
  readonly onDemandFallback?: boolean;
}

/** A capacity block for machine learning. */
export interface CapacityBlockConfig {
  /** Id of the block, such as `cr-0123456789abcdef0`. */
  readonly block: string;
}

/** A snapshot of a data volume that holds the images. */
export interface SnapshotConfig {
  /** Id of the snapshot, such as `snap-0123456789abcdef0`. */
  readonly snapshotId: string;
  /**
   * Rate at which a volume is filled from it, whole MiB/s from 100 to 300; it is charged.
   *
   * @default - as EBS can
   */
  readonly initializationRateMibps?: number;
}
