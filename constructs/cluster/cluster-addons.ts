import { Stack, Validations } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import { PodIdentityRole } from './pod-identity-role';

/** Properties of `ClusterAddons`. */
export interface ClusterAddonsProps {
  /** Cluster that gets the add-ons. */
  readonly cluster: eks.ICluster;

  /**
   * Versions by name of the add-on, such as `{ 'vpc-cni': 'v1.20.4-eksbuild.1' }`.
   *
   * @default - the one EKS takes for the cluster's Kubernetes version when the add-on is created; it stays until changed
   */
  readonly versions?: { readonly [addon: string]: string };
}

/** Names of the add-ons. */
export const ADDONS = [
  'eks-pod-identity-agent',
  'vpc-cni',
  'kube-proxy',
  'coredns',
  'aws-ebs-csi-driver',
  'eks-node-monitoring-agent',
];

/** What is wrong with the versions of add-ons, one problem per line; empty when nothing is. */
export function addonProblems(versions: ClusterAddonsProps['versions'] = {}): string[] {
  return Object.keys(versions)
    .filter((addon) => !ADDONS.includes(addon))
    .map(
      (addon) =>
        `addonVersions: expected one of ${ADDONS.join(', ')}, got "${addon}"; correct the name, other add-ons are resources of your own`,
    );
}

/** The EKS add-ons of a cluster, in two steps: those that nodes need to become ready, and those that need nodes. */
export class ClusterAddons extends Construct {
  /** Add-ons that nodes need; node groups depend on them. */
  public readonly beforeNodes: IDependable[];

  /** Add-ons that run on nodes. */
  private readonly afterNodes: eks.CfnAddon[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ClusterAddonsProps,
  ) {
    super(scope, id);
    const problems = addonProblems(props.versions);
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('\n  ')}`);
    const cniRole = this.role('CniRole', 'Addresses of pods', 'AmazonEKS_CNI_Policy');
    const csiRole = this.role('CsiRole', 'EBS volumes of pods', 'service-role/AmazonEBSCSIDriverPolicy');

    const agent = this.addon('PodIdentityAgent', 'eks-pod-identity-agent');
    const cni = this.addon('VpcCni', 'vpc-cni', {
      // Without it every NetworkPolicy is accepted and none is enforced.
      configurationValues: JSON.stringify({ enableNetworkPolicy: 'true' }),
      podIdentityAssociations: [{ serviceAccount: 'aws-node', roleArn: cniRole.role.roleArn }],
    });
    cni.addResourceDependency(agent);
    const proxy = this.addon('KubeProxy', 'kube-proxy');
    this.beforeNodes = [agent, cni, proxy];

    this.afterNodes = [
      this.addon('CoreDns', 'coredns'),
      this.addon('EbsCsi', 'aws-ebs-csi-driver', {
        podIdentityAssociations: [{ serviceAccount: 'ebs-csi-controller-sa', roleArn: csiRole.role.roleArn }],
      }),
      // Without it a node is repaired when its kubelet is silent, and never for its GPUs, kernel, network or disks.
      this.addon('NodeMonitoringAgent', 'eks-node-monitoring-agent'),
    ];
  }

  /** Lets the add-ons that run on nodes wait for them. */
  public runOn(nodes: eks.Nodegroup): void {
    for (const addon of this.afterNodes) addon.node.addDependency(nodes);
  }

  private addon(id: string, addonName: string, rest: Partial<eks.CfnAddonProps> = {}): eks.CfnAddon {
    return new eks.CfnAddon(this, id, {
      clusterName: this.props.cluster.clusterName,
      addonName,
      addonVersion: this.props.versions?.[addonName],
      resolveConflicts: 'OVERWRITE',
      ...rest,
    });
  }

  private role(id: string, description: string, policy: string): PodIdentityRole {
    const role = new PodIdentityRole(this, id, {
      description: `${description} in ${Stack.of(this).stackName}`,
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName(policy)],
    });
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`,
      reason: 'The policy that AWS keeps for this add-on; only the add-on can take the role',
    });
    return role;
  }
}
