import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { deviceKind } from '../devices';
import { ACCELERATED_NODES, ACCELERATOR_LABEL, NODES_LABEL, TAINT_VALUE } from '../node-names';
import { CapacityKind } from '../node-capacity';
import { type NodeRequirements, resolveNodeRequirements, type ResolvedNodeRequirements } from '../node-requirements';
import { NodeOperatingSystem } from '../../cluster/node-operating-system';
import { imageLabels } from '../device-plugins';
import { nodeSubnets } from '../node-network';
import { GpuLaunchTemplate } from './gpu-launch-template';
import { problemsOfGroup } from './group-problems';

/** Properties of `GpuNodeGroup`. */
export interface GpuNodeGroupProps extends NodeRequirements {
  /** Cluster that the nodes join. */
  readonly cluster: eks.ICluster;

  /** Name of the cluster, for the names of its instances. */
  readonly clusterName: string;

  /** Role of the nodes. */
  readonly nodeRole: iam.IRole;

  /**
   * Version of Kubernetes of the nodes, that of the cluster. EKS updates nodes when it is told to, after the cluster.
   *
   * @default - that of the cluster when the group is made; it stays until changed
   */
  readonly kubernetesVersion?: eks.KubernetesVersion;
}

/** What EKS calls the kinds of capacity; on-demand nodes in a reservation are on-demand nodes. */
const CAPACITY_TYPES: Readonly<Record<CapacityKind, eks.CapacityType | undefined>> = {
  [CapacityKind.ON_DEMAND]: undefined,
  [CapacityKind.SPOT]: eks.CapacityType.SPOT,
  [CapacityKind.RESERVATION]: eks.CapacityType.ON_DEMAND,
  [CapacityKind.CAPACITY_BLOCK]: eks.CapacityType.CAPACITY_BLOCK,
};

/**
 * Nodes of one instance type with accelerators, by default Bottlerocket with NVIDIA driver and device plugin. A taint keeps pods
 * away that ask for no accelerator, and the label `llm-platform.dev/accelerator` leads to them those that ask for this one.
 */
export class GpuNodeGroup extends Construct {
  /** The node group. */
  public readonly nodegroup: eks.Nodegroup;

  /** @throws when the requirements cannot be met; the error lists every problem. */
  constructor(scope: Construct, id: string, props: GpuNodeGroupProps) {
    super(scope, id);
    const problems = problemsOfGroup(props, props.cluster.vpc, props.kubernetesVersion);
    if (problems.length > 0) throw new Error(problems.map((line) => `${this.node.path}: ${line}`).join('\n'));
    const requirements = resolveNodeRequirements(props);
    const { accelerator, image, capacity, nodes } = requirements;
    const template = new GpuLaunchTemplate(this, 'LaunchTemplate', {
      requirements,
      instanceName: `${props.clusterName}-${accelerator.instanceType}`,
      vpc: props.cluster.vpc,
      clusterSecurityGroupId: props.cluster.clusterSecurityGroupId,
    });
    this.nodegroup = new eks.Nodegroup(this, 'Resource', {
      cluster: props.cluster,
      nodeRole: props.nodeRole,
      // Without it the node group would get an Amazon Linux 2 image, which is out of support.
      amiType: imageType(requirements),
      releaseVersion: image.version,
      capacityType: CAPACITY_TYPES[capacity.kind],
      minSize: nodes,
      desiredSize: nodes,
      maxSize: nodes,
      maxUnavailable: 1,
      forceUpdate: false,
      enableNodeAutoRepair: true,
      subnets: nodeSubnets(requirements.availabilityZone),
      labels: {
        [NODES_LABEL]: ACCELERATED_NODES,
        [ACCELERATOR_LABEL]: accelerator.instanceType,
        ...imageLabels(requirements),
      },
      taints: [{ key: accelerator.deviceResource, value: TAINT_VALUE, effect: eks.TaintEffect.NO_SCHEDULE }],
      launchTemplateSpec: { id: template.launchTemplateId, version: template.versionNumber },
    });
    const resource = this.nodegroup.node.defaultChild as eks.CfnNodegroup;
    // The L2 leaves it to EKS, which then never changes it.
    resource.version = props.kubernetesVersion?.version;
    // The L2 refuses these images for types that it does not know to have accelerators: P5, P6, Trn and others.
    if (capacity.kind !== CapacityKind.CAPACITY_BLOCK)
      resource.addPropertyOverride('InstanceTypes', [accelerator.instanceType]);
    // Old nodes end before new ones start: nobody has GPUs to spare for an update. The L2 does not know the property.
    resource.addPropertyOverride('UpdateConfig.UpdateStrategy', 'MINIMAL');
  }
}

function imageType({ accelerator, image }: ResolvedNodeRequirements): eks.NodegroupAmiType {
  const neuron = deviceKind(accelerator) === 'neuron';
  if (image.operatingSystem === NodeOperatingSystem.BOTTLEROCKET) {
    // Bottlerocket has its Neuron driver in the variant without NVIDIA's.
    return neuron ? eks.NodegroupAmiType.BOTTLEROCKET_X86_64 : eks.NodegroupAmiType.BOTTLEROCKET_X86_64_NVIDIA;
  }
  return neuron ? eks.NodegroupAmiType.AL2023_X86_64_NEURON : eks.NodegroupAmiType.AL2023_X86_64_NVIDIA;
}
