import { Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { systemNodesProblems } from './cluster-problems';
import { SYSTEM_INSTANCE } from './facts';
import { NodeLaunchTemplate } from './node-launch-template';
import { NodeOperatingSystem, problemsOfImageVersion } from './node-operating-system';
import { privateZones } from './private-zones';

/** Properties of `SystemNodeGroup`. */
export interface SystemNodeGroupProps {
  /** Cluster that the nodes join. */
  readonly cluster: eks.ICluster;
  /** Name of the cluster, for the names of its instances. */
  readonly clusterName: string;
  /** Role of the nodes. */
  readonly nodeRole: iam.IRole;
  /** Number of nodes. */
  readonly nodes: number;
  /**
   * Type of the nodes.
   *
   * @default - m7i.xlarge: 4 vCPU, 16 GiB
   */
  readonly instanceType?: ec2.InstanceType;
  /**
   * Version of Kubernetes of the nodes, that of the cluster. EKS updates nodes when it is told to, after the cluster.
   *
   * @default - that of the cluster when the group is made; it stays until changed
   */
  readonly kubernetesVersion?: eks.KubernetesVersion;
  /**
   * Release version of Bottlerocket, such as `1.47.0-6154605b`.
   *
   * @default - the newest when the group is made; it stays until changed
   */
  readonly imageVersion?: string;
}

/** CPU nodes for what every cluster runs: DNS, controllers, Prometheus. Pods without a GPU land only here. */
export class SystemNodeGroup extends Construct {
  /** The node group. */
  public readonly nodegroup: eks.Nodegroup;

  constructor(scope: Construct, id: string, props: SystemNodeGroupProps) {
    super(scope, id);
    const image = { operatingSystem: NodeOperatingSystem.BOTTLEROCKET, version: props.imageVersion };
    const problems = [
      ...systemNodesProblems('nodes', props.nodes),
      ...problemsOfImageVersion('systemImageVersion', image, 'node-group'),
    ];
    if (problems.length > 0) throw new Error(problems.map((problem) => `${this.node.path}: ${problem}`).join('\n'));
    const template = new NodeLaunchTemplate(this, 'LaunchTemplate', {
      instanceName: `${props.clusterName}-system`,
      dataVolumeSize: Size.gibibytes(80),
    });
    this.nodegroup = new eks.Nodegroup(this, 'Resource', {
      cluster: props.cluster,
      nodeRole: props.nodeRole,
      amiType: eks.NodegroupAmiType.BOTTLEROCKET_X86_64,
      releaseVersion: props.imageVersion,
      instanceTypes: [props.instanceType ?? new ec2.InstanceType(SYSTEM_INSTANCE.instanceType)],
      minSize: props.nodes,
      desiredSize: props.nodes,
      maxSize: props.nodes + 1,
      maxUnavailable: 1,
      // A pod that a disruption budget protects stops an update of nodes instead of being killed by it.
      forceUpdate: false,
      enableNodeAutoRepair: true,
      // A volume stays in its zone: where there are more zones than nodes, the pod of a volume could find no node in its zone.
      subnets: {
        subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS,
        availabilityZones: privateZones(props.cluster.vpc).slice(0, props.nodes),
      },
      labels: { 'llm-platform.dev/nodes': 'system' },
      launchTemplateSpec: { id: template.launchTemplateId, version: template.versionNumber },
    });
    // The L2 leaves it to EKS, which then never changes it.
    (this.nodegroup.node.defaultChild as eks.CfnNodegroup).version = props.kubernetesVersion?.version;
  }
}
