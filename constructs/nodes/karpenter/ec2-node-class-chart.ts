import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { BOTTLEROCKET_ROOT_GIB } from '../../cluster/node-operating-system';

/** A network interface of every node of a class. */
export interface NodeInterface {
  /** Index of the network card. */
  readonly networkCardIndex: number;
  /** Index of the device on the card. */
  readonly deviceIndex: number;
  /** `interface`, or `efa-only`. */
  readonly interfaceType: string;
}

/** Properties of `Ec2NodeClassChart`. */
export interface Ec2NodeClassChartProps {
  /** Name of the class. */
  readonly name: string;

  /** Operating system and version of the image, such as `bottlerocket@v1.57.0`. */
  readonly imageAlias: string;

  /** Instance profile of the nodes. */
  readonly instanceProfile: string;

  /** Ids of the subnets. */
  readonly subnetIds: string[];

  /** Ids of the security groups. */
  readonly securityGroupIds: string[];

  /** Tags of instances and volumes: a map, or the text that stands for one of which the last tag is not known yet. */
  readonly tags: Readonly<Record<string, string>> | string;

  /** Size of the volume with images and what pods write, GiB. */
  readonly dataVolumeGib: number;

  /** Whether images are on a volume of their own, as Bottlerocket has it. */
  readonly separateDataVolume: boolean;

  /**
   * Throughput of that volume, MiB/s.
   *
   * @default - that of gp3: 125
   */
  readonly dataVolumeThroughputMibps?: number;

  /**
   * Snapshot that the volume is made of.
   *
   * @default - an empty volume
   */
  readonly dataVolumeSnapshotId?: string;

  /**
   * Rate at which the volume is filled from the snapshot, MiB/s.
   *
   * @default - none is reserved
   */
  readonly dataVolumeInitializationRateMibps?: number;

  /**
   * Whether the instance's own disks hold images and pods.
   *
   * @default false
   */
  readonly localStorage?: boolean;

  /**
   * Ids of capacity reservations that nodes may use.
   *
   * @default - none
   */
  readonly capacityReservationIds?: string[];

  /**
   * Network interfaces.
   *
   * @default - one
   */
  readonly networkInterfaces?: NodeInterface[];

  /**
   * Name of the placement group.
   *
   * @default - none
   */
  readonly placementGroup?: string;

  /**
   * Settings in the image's own language.
   *
   * @default - none
   */
  readonly userData?: string;
}

/**
 * How Karpenter starts EC2 instances: image, volumes, network. Subnets and security groups are named, not found by their tags:
 * a tag that someone else sets would otherwise decide where nodes are.
 */
export class Ec2NodeClassChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string, props: Ec2NodeClassChartProps) {
    super(scope, id);
    new cdk8s.ApiObject(this, 'class', {
      apiVersion: 'karpenter.k8s.aws/v1',
      kind: 'EC2NodeClass',
      metadata: { name: props.name },
      spec: {
        amiSelectorTerms: [{ alias: props.imageAlias }],
        instanceProfile: props.instanceProfile,
        subnetSelectorTerms: props.subnetIds.map((subnetId) => ({ id: subnetId })),
        securityGroupSelectorTerms: props.securityGroupIds.map((groupId) => ({ id: groupId })),
        associatePublicIPAddress: false,
        blockDeviceMappings: volumes(props),
        // Pods get no identity from the node: one hop ends at the host.
        metadataOptions: {
          httpEndpoint: 'enabled',
          httpProtocolIPv6: 'disabled',
          httpPutResponseHopLimit: 1,
          httpTokens: 'required',
        },
        instanceStorePolicy: props.localStorage ? 'RAID0' : undefined,
        capacityReservationSelectorTerms: props.capacityReservationIds?.map((reservationId) => ({ id: reservationId })),
        networkInterfaces: props.networkInterfaces?.map(({ networkCardIndex, deviceIndex, interfaceType }) => ({
          networkCardIndex,
          deviceIndex,
          interfaceType,
        })),
        placementGroupSelector: props.placementGroup === undefined ? undefined : { name: props.placementGroup },
        userData: props.userData,
        tags: props.tags,
      },
    });
  }
}

function volumes(props: Ec2NodeClassChartProps) {
  const ebs = (sizeGib: number, rest: object = {}) => ({
    volumeSize: `${sizeGib}Gi`,
    volumeType: 'gp3',
    deleteOnTermination: true,
    ...rest,
  });
  const data = ebs(props.dataVolumeGib, {
    // A volume of a snapshot is encrypted as the snapshot is, and EC2 refuses to be told.
    encrypted: props.dataVolumeSnapshotId === undefined ? true : undefined,
    throughput: props.dataVolumeThroughputMibps,
    snapshotID: props.dataVolumeSnapshotId,
    volumeInitializationRate: props.dataVolumeInitializationRateMibps,
  });
  return props.separateDataVolume
    ? [
        { deviceName: '/dev/xvda', ebs: ebs(BOTTLEROCKET_ROOT_GIB, { encrypted: true }) },
        { deviceName: '/dev/xvdb', ebs: data },
      ]
    : [{ deviceName: '/dev/xvda', rootVolume: true, ebs: data }];
}
