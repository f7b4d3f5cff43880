import { Fn, Size, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { efaInterfaces } from '../efa-interfaces';
import { EfaNetwork } from '../efa-network';
import { SOCI_THROUGHPUT_MIBPS } from '../image-acceleration';
import { CapacityKind } from '../node-capacity';
import type { ResolvedNodeRequirements } from '../node-requirements';
import { BOTTLEROCKET_ROOT_GIB, NodeOperatingSystem } from '../../cluster/node-operating-system';
import { nodeUserData } from '../node-user-data';

/** Properties of `GpuLaunchTemplate`. */
export interface GpuLaunchTemplateProps {
  readonly requirements: ResolvedNodeRequirements;
  /** Value of the tag `Name` of template, instances and volumes. */
  readonly instanceName: string;
  readonly vpc: ec2.IVpc;
  /** Security group of the cluster; a template that names interfaces must name it too. */
  readonly clusterSecurityGroupId: string;
}

/** How a node of a GPU group starts: volumes, settings, interfaces, and what it is bought as. */
export class GpuLaunchTemplate extends Construct {
  public readonly launchTemplateId: string;
  public readonly versionNumber: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GpuLaunchTemplateProps,
  ) {
    super(scope, id);
    const template = new ec2.LaunchTemplate(this, 'Resource', {
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      httpEndpoint: true,
      instanceMetadataTags: false,
      blockDevices: this.volumes(),
    });
    const resource = template.node.defaultChild as ec2.CfnLaunchTemplate;
    const set = (path: string, value: unknown) => resource.addPropertyOverride(`LaunchTemplateData.${path}`, value);
    // The L2 gives all tags of the template to instances and volumes.
    Tags.of(template).add('Name', props.instanceName);
    const { accelerator, image, imageAcceleration, sharing, localStorage, capacity, efa } = props.requirements;
    const userData = nodeUserData({ accelerator, image, imageAcceleration, sharing, mountLocalStorage: localStorage });
    if (userData !== undefined) set('UserData', Fn.base64(userData));
    if (capacity.reserved)
      set('CapacityReservationSpecification', {
        CapacityReservationTarget: { CapacityReservationId: capacity.reservationIds[0] },
      });
    if (capacity.kind === CapacityKind.CAPACITY_BLOCK) {
      set('InstanceMarketOptions', { MarketType: 'capacity-block' });
      // EKS takes the type of a capacity block from the template, and of all others from the group.
      set('InstanceType', accelerator.instanceType);
    }
    if (efa) this.fabric(set);
    this.launchTemplateId = resource.ref;
    this.versionNumber = resource.attrLatestVersionNumber;
  }

  private volumes(): ec2.BlockDevice[] {
    const { image, imageAcceleration, dataVolumeSize } = this.props.requirements;
    const plain = { volumeType: ec2.EbsDeviceVolumeType.GP3, deleteOnTermination: true };
    const { snapshot } = imageAcceleration;
    const data = snapshot
      ? ec2.BlockDeviceVolume.ebsFromSnapshot(snapshot.snapshotId, {
          ...plain,
          volumeSize: dataVolumeSize.toGibibytes(),
          volumeInitializationRate:
            snapshot.initializationRateMibps === undefined
              ? undefined
              : Size.mebibytes(snapshot.initializationRateMibps),
        })
      : ec2.BlockDeviceVolume.ebs(dataVolumeSize.toGibibytes(), {
          ...plain,
          encrypted: true,
          throughput: imageAcceleration.kind === 'soci' ? SOCI_THROUGHPUT_MIBPS : undefined,
        });
    if (image.operatingSystem !== NodeOperatingSystem.BOTTLEROCKET) return [{ deviceName: '/dev/xvda', volume: data }];
    return [
      // Bottlerocket keeps its operating system on the first volume, and images and pod storage on the second.
      {
        deviceName: '/dev/xvda',
        volume: ec2.BlockDeviceVolume.ebs(BOTTLEROCKET_ROOT_GIB, { ...plain, encrypted: true }),
      },
      { deviceName: '/dev/xvdb', volume: data },
    ];
  }

  private fabric(set: (path: string, value: unknown) => void): void {
    const network = new EfaNetwork(this, 'Efa', {
      vpc: this.props.vpc,
      placementGroup: this.props.requirements.capacity.kind !== CapacityKind.CAPACITY_BLOCK,
    });
    if (network.placementGroup) set('Placement', { GroupName: network.placementGroup.placementGroupName });
    set(
      'NetworkInterfaces',
      efaInterfaces(this.props.requirements.accelerator).map(({ networkCardIndex, deviceIndex, interfaceType }) => ({
        NetworkCardIndex: networkCardIndex,
        DeviceIndex: deviceIndex,
        InterfaceType: interfaceType,
        DeleteOnTermination: true,
        Groups: [this.props.clusterSecurityGroupId, network.securityGroup.securityGroupId],
      })),
    );
  }
}
