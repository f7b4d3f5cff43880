import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';

/** Properties of `AutoModeNodeClassChart`. */
export interface AutoModeNodeClassChartProps {
  /** Name of the class. */
  readonly name: string;

  /** Name of the role of the nodes. */
  readonly role: string;

  /** Ids of the subnets. */
  readonly subnetIds: string[];

  /** Ids of the security groups. */
  readonly securityGroupIds: string[];

  /** Size of the volume with images and what pods write, GiB. EKS puts both on local disks where the instance has them. */
  readonly storageGib: number;

  /**
   * Throughput of that volume, MiB/s.
   *
   * @default 125
   */
  readonly storageThroughputMibps?: number;

  /**
   * Ids of capacity reservations that nodes may use. Once one class of a cluster names some, EKS uses no open reservation by
   * itself any more.
   *
   * @default - none
   */
  readonly capacityReservationIds?: string[];
}

/**
 * How EKS Auto Mode starts nodes. EKS chooses image, driver and device plugin. Its CustomResourceDefinition is not published,
 * so the fields are those of its documentation. It has no tags: AmazonEKSComputePolicy lets the cluster start nothing with tags of
 * others.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html
 */
export class AutoModeNodeClassChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string, props: AutoModeNodeClassChartProps) {
    super(scope, id);
    new cdk8s.ApiObject(this, 'class', {
      apiVersion: 'eks.amazonaws.com/v1',
      kind: 'NodeClass',
      metadata: { name: props.name },
      spec: {
        role: props.role,
        subnetSelectorTerms: props.subnetIds.map((subnetId) => ({ id: subnetId })),
        securityGroupSelectorTerms: props.securityGroupIds.map((groupId) => ({ id: groupId })),
        networkPolicy: 'DefaultAllow',
        ephemeralStorage: {
          size: `${props.storageGib}Gi`,
          iops: 3000,
          throughput: props.storageThroughputMibps ?? 125,
        },
        capacityReservationSelectorTerms: props.capacityReservationIds?.map((reservationId) => ({ id: reservationId })),
      },
    });
  }
}
