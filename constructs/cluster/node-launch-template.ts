import { Size, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { BOTTLEROCKET_ROOT_GIB } from './node-operating-system';

/** Properties of `NodeLaunchTemplate`. */
export interface NodeLaunchTemplateProps {
  /**
   * Size of the volume that holds container images and pod storage. A vLLM image takes 10 to 20 GiB unpacked.
   *
   * @default Size.gibibytes(50)
   */
  readonly dataVolumeSize?: Size;

  /** Value of the tag `Name` of template, instances and volumes. */
  readonly instanceName: string;
}

/**
 * How a Bottlerocket node starts: instance metadata only with a session token and never from a pod (hop limit 1), and
 * encrypted gp3 volumes.
 */
export class NodeLaunchTemplate extends Construct {
  /** Id of the launch template. */
  public readonly launchTemplateId: string;

  /** Version that node groups use; a new one rolls their nodes. */
  public readonly versionNumber: string;

  constructor(scope: Construct, id: string, props: NodeLaunchTemplateProps) {
    super(scope, id);
    const volume = (size: Size) =>
      ec2.BlockDeviceVolume.ebs(size.toGibibytes(), {
        encrypted: true,
        volumeType: ec2.EbsDeviceVolumeType.GP3,
        deleteOnTermination: true,
      });
    // An L1-free template cannot name an image here: the node group's AMI type chooses it and adds the user data.
    const template = new ec2.LaunchTemplate(this, 'Resource', {
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      httpEndpoint: true,
      instanceMetadataTags: false,
      blockDevices: [
        // Bottlerocket keeps its operating system on the first volume, and images and pod storage on the second.
        { deviceName: '/dev/xvda', volume: volume(Size.gibibytes(BOTTLEROCKET_ROOT_GIB)) },
        { deviceName: '/dev/xvdb', volume: volume(props.dataVolumeSize ?? Size.gibibytes(50)) },
      ],
    });
    const resource = template.node.defaultChild as ec2.CfnLaunchTemplate;
    // The L2 gives all tags of the template to instances and volumes.
    Tags.of(template).add('Name', props.instanceName);
    this.launchTemplateId = resource.ref;
    this.versionNumber = resource.attrLatestVersionNumber;
  }
}
