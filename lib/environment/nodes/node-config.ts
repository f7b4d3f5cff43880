import type {
  CapacityKind,
  GpuSharing,
  NodeImage,
  NodeProvider,
  NodeRequirements,
  ReservedCapacityOptions,
  SnapshotOptions,
  SpotCapacityOptions,
} from '../../../constructs/nodes';
import type { PlainData } from '../plain-data';

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
   * Version of Bottlerocket of the types that run it and name none, as those who provide the nodes know it: `v1.63.0` for Karpenter,
   * `1.47.0-6154605b` for managed groups. EKS chooses it itself with `auto-mode`.
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

/** Options of `NodeRequirements` that the nodes of an instance type have by the same names. */
type LibraryOptions = PlainData<
  Pick<NodeRequirements, 'localStorage' | 'efa' | 'availabilityZone' | 'drainTimeout'> & {
    readonly image?: Partial<Pick<NodeImage, 'operatingSystem' | 'version'>>;
    readonly sharing?: Pick<GpuSharing, 'strategy' | 'podsPerGpu'>;
  }
>;

/** What the nodes of one instance type are. EKS chooses their image itself with `auto-mode`. */
export interface NodeTypeConfig extends LibraryOptions {
  /**
   * What they are bought as.
   *
   * @default - on demand
   */
  readonly capacity?: CapacityConfig;

  /**
   * How a new node gets the images of containers: `soci` pulls and unpacks in parallel; a snapshot of a data volume has them already.
   *
   * @default - one layer after another
   */
  readonly imageAcceleration?: 'soci' | PlainData<SnapshotOptions>;

  /**
   * Replicas for which nodes are kept warm by placeholders that give way to any pod.
   *
   * @default 0
   */
  readonly warmReplicas?: number;
}

/** What nodes are bought as, with the options of `NodeCapacity`. */
export type CapacityConfig =
  | { readonly kind: `${CapacityKind.ON_DEMAND}` }
  | ({ readonly kind: `${CapacityKind.SPOT}` } & PlainData<SpotCapacityOptions>)
  | ({ readonly kind: `${CapacityKind.RESERVATION}` } & PlainData<ReservedCapacityOptions>)
  | { readonly kind: `${CapacityKind.CAPACITY_BLOCK}`; readonly reservationIds: readonly [string] };
