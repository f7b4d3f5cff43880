import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { GpuNodeGroup } from './gpu-node-group';
import { problemsOfGroup } from './group-problems';
import { controllersOf } from '../device-plugins';
import type { NodeRequirements } from '../node-requirements';
import { spotNotices, updateNotices } from '../node-notices';
import type { INodeProvisioning, ProvisionedNodes } from '../node-provisioning';

/** Properties of `ManagedNodeGroups`. */
export interface ManagedNodeGroupsProps {
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

/**
 * Nodes by EKS managed node groups: all of them are there at all times. A canary never waits for a node, and every node is paid
 * for as long as the group exists.
 */
export class ManagedNodeGroups implements INodeProvisioning {
  constructor(private readonly props: ManagedNodeGroupsProps) {}

  public problemsOf(requirements: NodeRequirements): string[] {
    return problemsOfGroup(requirements, this.props.cluster.vpc, this.props.kubernetesVersion);
  }

  public bind(scope: Construct, requirements: NodeRequirements): ProvisionedNodes {
    const group = new GpuNodeGroup(scope, `Gpu-${requirements.accelerator.instanceType}`, {
      ...this.props,
      ...requirements,
    });
    return {
      charts: [],
      onDemand: false,
      controllers: controllersOf(requirements),
      resources: [group],
      notices: [...spotNotices(requirements), ...updateNotices(requirements)],
    };
  }
}
