import { Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { NodeLaunchTemplate } from '../cluster/node-launch-template';
import type { Accelerator } from './accelerator';

/** Properties of `GpuNodeGroup`. */
export interface GpuNodeGroupProps {
  /** Cluster that the nodes join. */
  readonly cluster: eks.ICluster;

  /** Name of the cluster, for the names of its instances. */
  readonly clusterName: string;

  /** Role of the nodes. */
  readonly nodeRole: iam.IRole;

  /** Instance type of every node. */
  readonly accelerator: Accelerator;

  /** Number of nodes: what the models need, with room for the pods of a canary. */
  readonly nodes: number;

  /**
   * Size of the volume that holds container images and what pods write. It must have room for the ephemeral storage that all
   * pods of a node ask for (see `ModelService.cacheSize`), or they find no place.
   *
   * @default Size.gibibytes(200)
   */
  readonly dataVolumeSize?: Size;
}

/**
 * GPU nodes of one instance type: Bottlerocket with NVIDIA driver and device plugin. A taint keeps pods away that ask for
 * no GPU, and the label `llm-platform.dev/accelerator` leads to them those that ask for this one.
 */
export class GpuNodeGroup extends Construct {
  /** The node group. */
  public readonly nodegroup: eks.Nodegroup;

  constructor(scope: Construct, id: string, props: GpuNodeGroupProps) {
    super(scope, id);
    if (!Number.isInteger(props.nodes) || props.nodes < 1) {
      throw new Error(`${this.node.path}: nodes: expected a whole number from 1, got ${props.nodes}; leave the group out when no model uses ${props.accelerator.instanceType}`);
    }
    const { instanceType } = props.accelerator;
    const template = new NodeLaunchTemplate(this, 'LaunchTemplate', {
      instanceName: `${props.clusterName}-${instanceType}`,
      dataVolumeSize: props.dataVolumeSize ?? Size.gibibytes(200),
    });
    this.nodegroup = new eks.Nodegroup(this, 'Resource', {
      cluster: props.cluster,
      nodeRole: props.nodeRole,
      // Without it the node group would get an Amazon Linux 2 image, which is out of support.
      amiType: eks.NodegroupAmiType.BOTTLEROCKET_X86_64_NVIDIA,
      instanceTypes: [new ec2.InstanceType(instanceType)],
      minSize: props.nodes,
      desiredSize: props.nodes,
      maxSize: props.nodes,
      maxUnavailable: 1,
      forceUpdate: false,
      enableNodeAutoRepair: true,
      subnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      labels: { 'llm-platform.dev/nodes': 'gpu', 'llm-platform.dev/accelerator': instanceType },
      taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: eks.TaintEffect.NO_SCHEDULE }],
      launchTemplateSpec: { id: template.launchTemplateId, version: template.versionNumber },
    });
    // Old nodes end before new ones start: nobody has GPUs to spare for an update. The L2 does not know the property.
    (this.nodegroup.node.defaultChild as eks.CfnNodegroup).addPropertyOverride('UpdateConfig.UpdateStrategy', 'MINIMAL');
  }
}
