/** How nodes are bought. */
export enum CapacityKind {
  /** On demand. */
  ON_DEMAND = 'on-demand',
  /** Spot: cheaper, and taken back with two minutes' notice. */
  SPOT = 'spot',
  /** On-demand capacity reservations. */
  RESERVATION = 'reservation',
  /** A capacity block for machine learning: reserved for some days. */
  CAPACITY_BLOCK = 'capacity-block',
}

/** Options of `NodeCapacity.spot`. */
export interface SpotCapacityOptions {
  /**
   * Start on-demand nodes while there are no Spot ones. Without it a model stays away for as long as Spot does.
   *
   * @default true
   */
  readonly onDemandFallback?: boolean;
}

/** Options of `NodeCapacity.reservations`. */
export interface ReservedCapacityOptions {
  /** Ids of the reservations, such as `cr-0123456789abcdef0`. */
  readonly reservationIds: string[];

  /**
   * Start on-demand nodes when the reservations are full.
   *
   * @default false
   */
  readonly onDemandFallback?: boolean;
}

/** What nodes are bought as. */
export class NodeCapacity {
  /** Bought when they are needed, at the list price. */
  public static onDemand(): NodeCapacity {
    return new NodeCapacity(CapacityKind.ON_DEMAND, false, []);
  }

  /** Spot instances, by default with on-demand ones while there are none. */
  public static spot(options: SpotCapacityOptions = {}): NodeCapacity {
    return new NodeCapacity(CapacityKind.SPOT, options.onDemandFallback ?? true, []);
  }

  /** On-demand capacity reservations of the account, or shared with it. */
  public static reservations(options: ReservedCapacityOptions): NodeCapacity {
    return new NodeCapacity(CapacityKind.RESERVATION, options.onDemandFallback ?? false, options.reservationIds);
  }

  /** A capacity block. EKS and Karpenter drain its nodes before it ends; then models need other nodes. */
  public static capacityBlock(id: string): NodeCapacity {
    return new NodeCapacity(CapacityKind.CAPACITY_BLOCK, false, [id]);
  }

  private constructor(
    /** How nodes are bought. */
    public readonly kind: CapacityKind,
    /** Whether on-demand nodes are started when there is nothing of that kind. */
    public readonly onDemandFallback: boolean,
    /** Reservations or the block; empty for others. */
    public readonly reservationIds: string[],
  ) {}

  /** Whether the nodes come from reservations. */
  public get reserved(): boolean {
    return (
      this.reservationIds.length > 0 ||
      this.kind === CapacityKind.RESERVATION ||
      this.kind === CapacityKind.CAPACITY_BLOCK
    );
  }
}
