import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { ClusterAccess } from './cluster-access';

/** How a cluster for models is made. */
export interface LlmClusterOptions {
  /**
   * Layer with kubectl and helm, used for Helm charts; at most one minor version away from `kubernetesVersion`.
   *
   * @default - a new `KubectlV36Layer`
   */
  readonly kubectlLayer?: lambda.ILayerVersion;

  /**
   * Who may use the Kubernetes API.
   *
   * @default - nobody but the release handlers
   */
  readonly access?: ClusterAccess;

  /**
   * Address ranges that may reach the Kubernetes API from outside the VPC: IPv4, in CIDR notation, as the internet sees them.
   *
   * @default - none: the endpoint is private
   */
  readonly publicAccessCidrs?: string[];

  /**
   * Number of nodes for system pods, known at synth, from 2.
   *
   * @default 3
   */
  readonly systemNodes?: number;

  /**
   * Version of Kubernetes of the control plane and the system nodes. The layer with kubectl must be at most one minor version away.
   *
   * @default KubernetesVersion.V1_36
   */
  readonly kubernetesVersion?: eks.KubernetesVersion;

  /**
   * Release version of Bottlerocket on the system nodes, such as `1.47.0-6154605b`.
   *
   * @default - the newest when the group is made; it stays until changed
   */
  readonly systemImageVersion?: string;

  /**
   * Versions of the EKS add-ons by name, such as `{ 'vpc-cni': 'v1.20.4-eksbuild.1' }`. After an upgrade of Kubernetes they
   * follow only when they are named here.
   *
   * @default - the one EKS takes for the cluster's Kubernetes version when the add-on is created; it stays until changed
   */
  readonly addonVersions?: { readonly [addon: string]: string };

  /**
   * Whether the control plane may stay on its version of Kubernetes for the twelve months after standard support, at 0.60 instead of
   * 0.10 USD/h. Without it, EKS itself upgrades the control plane when standard support ends, 14 months after the version's release.
   *
   * @default false
   */
  readonly extendedSupport?: boolean;
}
