import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { LlmClusterOptions } from '../cluster/llm-cluster-options';
import type { PlatformNetworkProps } from '../network/platform-network';
import type { NodeProvider } from '../nodes/node-provider';
import type { IModelWeights } from '../weights/model-weights';
import type { ModelCapacity, PlatformControllers } from './platform-base';
import type { WorkloadAdmission } from './workload-admission';

/** Properties of `LlmPlatform`. */
export interface LlmPlatformProps {
  /**
   * A new VPC. Its zones are named, so that synth needs no look-up.
   *
   * @default - `vpc`, or the VPC of `existingCluster`
   */
  readonly network?: PlatformNetworkProps;

  /**
   * A VPC that exists, with private subnets that have a way out in at least two zones.
   *
   * @default - `network`, or the VPC of `existingCluster`
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Name of the cluster, at most 44 letters, digits, hyphens and underscores; it becomes part of names of roles and functions.
   *
   * @default - the name of the stack; for a cluster that exists, its name
   */
  readonly clusterName?: string;

  /**
   * How a new cluster is made.
   *
   * @default - a private endpoint that nobody but the releases may use, and three nodes for system pods
   */
  readonly cluster?: LlmClusterOptions;

  /**
   * A cluster that exists, with authentication mode `API`, network policies enforced, the VPC CNI and the Pod Identity agent. New nodes have the
   * rights for IPv4 addresses of pods; in a cluster of IPv6 the VPC CNI needs a role of its own. If controllers are to be installed: with a
   * `kubectlProvider` (an imported cluster does not make one of `kubectlProviderOptions`), nodes for them, and the EBS CSI driver or a class for
   * `controllers.storage`. Of an imported cluster in EKS Auto Mode, `controllers.storage.provisioner` is 'ebs.csi.eks.amazonaws.com'.
   *
   * @default - a new cluster
   */
  readonly existingCluster?: eks.ICluster;

  /**
   * Who provides the nodes that `addNodes` asks for.
   *
   * @default NodeProvider.MANAGED_GROUPS
   */
  readonly nodeProvider?: NodeProvider;

  /**
   * Room on nodes with accelerators that others provide, for the quota of the models' namespace.
   *
   * @default - none: models run on nodes of `addNodes`
   */
  readonly capacity?: ModelCapacity;

  /**
   * What runs beside models.
   *
   * @default - Prometheus and Argo Rollouts, and Karpenter with its provider
   */
  readonly controllers?: PlatformControllers;

  /**
   * What the API server admits as pods of models and of what runs beside them: allowed registries, labels. A model of this app whose images it
   * would refuse fails at synth.
   *
   * @default - what Pod Security "restricted" admits, from every registry
   */
  readonly admission?: WorkloadAdmission;

  /**
   * Address of Prometheus, as what runs in the cluster reaches it: the rollout controller, KEDA and the metric bridge.
   *
   * @default 'http://prometheus.monitoring.svc:9090', where the platform makes it
   */
  readonly prometheusAddress?: string;

  /**
   * Bucket of imported weights, for models that name some.
   *
   * @default - none: engines download their models from the hub
   */
  readonly weights?: IModelWeights;

  /**
   * What becomes of data when the platform is deleted: key and logs of the cluster, copies of applied releases, namespaces.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
