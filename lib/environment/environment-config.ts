/**
 * What an environment is: plain, readonly data. Checks are in `environment-checks.ts`.
 *
 * Only data of this shape differs between environments; the code that turns it into stacks is the same for all.
 */

import type { GatewayConfig } from './gateway/gateway-config';
import type { ModelConfig } from './model/model-config';
import type { PlainData } from './plain-data';
import type { ImageSourcesProps } from '../../constructs/controllers';
import type { NetworkEgress } from '../../constructs/network';
import type { WorkloadAdmission } from '../../constructs/platform';
import type { WeightsBucketConfig } from './model/weights-config';
import type { NodesConfig } from './nodes/node-config';

/** One environment: an account and region with one cluster and its models. */
export interface EnvironmentConfig {
  /** Name, lower case; first part of the names of everything that belongs to the environment. */
  readonly name: string;
  /** AWS account, 12 digits. */
  readonly account: string;
  /** AWS region. */
  readonly region: string;
  /** Network: a new one, or one that exists. */
  readonly network: NetworkConfig;
  /** Cluster: a new one, or one that exists. */
  readonly cluster: ClusterConfig;
  /** What becomes of data when a stack is deleted; `retain` also protects base stacks against deletion. */
  readonly retention: 'retain' | 'destroy';
  /**
   * Whether everything that is deployed must be pinned: images by their digest, Kubernetes, add-ons and images of nodes by their
   * version. It marks a production.
   */
  readonly requirePins: boolean;
  /**
   * Digests and mirrors of the images that are not written in this environment: those of controllers, of the bridge of metrics and
   * of helpers of models.
   *
   * @default - their own registries, by tag
   */
  readonly images?: ImageSourcesProps;
  /**
   * What the API server admits as pods in the namespace `models`: registries of images, labels.
   *
   * @default - what Pod Security "restricted" admits, from every registry
   */
  readonly admission?: PlainData<WorkloadAdmission>;
  /** Whether series go to CloudWatch and alarms stand on them. */
  readonly alarms: boolean;
  /**
   * ARN of the SNS topic that gets a message when an alarm fires and when it is over. The topic must let
   * `cloudwatch.amazonaws.com` publish, and its key, where it has one of its own, must too.
   *
   * @default - the alarms notify nobody
   */
  readonly alarmTopicArn?: string;
  /**
   * Id of the region's prefix list `com.amazonaws.<region>.s3`, such as `pl-63a5400a`. With it the handlers of releases reach Amazon S3 and
   * a private endpoint of the cluster, and no other address.
   *
   * @default - they may call any address on port 443
   */
  readonly storagePrefixList?: string;
  /**
   * Names of Secrets in the namespace `models` that something else makes there, such as External Secrets: nothing here makes
   * one. A model may refer only to these.
   *
   * @default - none
   */
  readonly secrets?: readonly string[];
  /**
   * Bucket of imported weights. A model with `weights` needs it.
   *
   * @default - none: engines download their models from the hub
   */
  readonly weightsBucket?: WeightsBucketConfig;
  /**
   * Licenses of models that may be imported, as the hub spells them, such as `apache-2.0`.
   *
   * @default - none: `import-weights` refuses every model
   */
  readonly allowedLicenses?: readonly string[];
  /**
   * Whether `import-weights` refuses a model whose publisher's signature it is not told to verify. Whose signatures count is for
   * whoever runs the import to say; the manifest records it.
   *
   * @default false
   */
  readonly requireSignedWeights?: boolean;
  /**
   * How the pipeline deploys to this environment.
   *
   * @default - no role for a pipeline is made
   */
  readonly delivery?: DeliveryConfig;
  /** The models, one stack each. */
  readonly models: readonly ModelConfig[];
  /**
   * The gateway in front of the models, with its way in.
   *
   * @default - none: pods in the cluster call models by their labels
   */
  readonly gateway?: GatewayConfig;
}

/** Network of an environment. */
export type NetworkConfig = { readonly create: NewNetwork } | { readonly existing: ExistingNetwork };

/** A network that the Network stack creates. */
export interface NewNetwork {
  /** Address range in CIDR notation, /16 to /20. */
  readonly cidr: string;
  /**
   * Zones by name; explicit, so that synth makes no lookups. They stay for the life of a cluster: EKS takes subnets of no other zone, and a
   * zone that a cluster has cannot go.
   */
  readonly availabilityZones: readonly string[];
  /** NAT gateways: 1 is cheap, one a zone survives the loss of a zone. */
  readonly natGateways: number;
  /**
   * What nodes and pods may reach of the internet: an allow-list of domains.
   *
   * @default - every address; the synth says so
   */
  readonly egress?: PlainData<NetworkEgress>;
  /**
   * Ranges of networks that are, or will be, connected to this one: none may overlap with it or with another.
   *
   * @default - none
   */
  readonly connectedCidrs?: readonly string[];
}

/** A network that exists. */
export interface ExistingNetwork {
  /** Id of the VPC. */
  readonly vpcId: string;
  /** Zones of the subnets, by name. */
  readonly availabilityZones: readonly string[];
  /** Ids of private subnets with a way out, in the order of the zones. */
  readonly privateSubnetIds: readonly string[];
}

/** Cluster of an environment. */
export type ClusterConfig = { readonly create: NewCluster } | { readonly existing: ExistingCluster };

/** A cluster that the Cluster stack creates. */
export interface NewCluster {
  /** Name of the cluster. */
  readonly name: string;
  /**
   * Nodes for system pods, at least 2. They are in as many zones as there are nodes, so that a volume finds its zone again. Another number
   * below that of the zones makes the group anew: EKS drains the old one at once, Prometheus and controllers with it.
   */
  readonly systemNodes: number;
  /** ARNs of IAM roles of people who may see everything but Secrets, and control rollouts. */
  readonly operators: readonly string[];
  /** ARNs of IAM roles of pipelines that may see everything but Secrets. */
  readonly pipelines: readonly string[];
  /** ARNs of IAM principals that may take the break-glass role with a second factor that AWS has seen. */
  readonly breakGlass: readonly string[];
  /**
   * ARNs of roles of a federation (IAM Identity Center, SAML) that may take the break-glass role too. AWS sees no second factor
   * of theirs, so the identity provider must ask for it.
   *
   * @default - none
   */
  readonly breakGlassFederated?: readonly string[];
  /**
   * Minor version of Kubernetes, such as `1.36`, of the control plane and of node groups: one that the layer with kubectl works
   * with. It is raised one minor version at a time.
   *
   * @default 1.36
   */
  readonly kubernetesVersion?: string;
  /**
   * Release version of Bottlerocket on the system nodes, such as `1.47.0-6154605b`.
   *
   * @default - the newest when the group is made; it stays until changed
   */
  readonly systemImageVersion?: string;
  /**
   * Versions of the EKS add-ons, by name of the add-on, such as `v1.22.4-eksbuild.3` for `vpc-cni`.
   *
   * @default - the one EKS takes when the add-on is created; it stays until changed
   */
  readonly addonVersions?: Readonly<Record<string, string>>;
  /**
   * Address ranges that may reach the Kubernetes API from outside the VPC.
   *
   * @default - none: the endpoint is private
   */
  readonly publicAccessCidrs?: readonly string[];
  /**
   * Whether the control plane may stay on its version of Kubernetes for the twelve months after standard support, at 0.60 instead of
   * 0.10 USD/h. Without it, EKS itself upgrades the control plane when standard support ends, 14 months after the version's release.
   *
   * @default false
   */
  readonly extendedSupport?: boolean;
  /**
   * Who provides the nodes with accelerators, and what they are.
   *
   * @default - Karpenter, which starts nodes when pods ask for them, on demand
   */
  readonly nodes?: NodesConfig;
}

/** A cluster that exists, with authentication mode `API`. */
export interface ExistingCluster {
  /** Name of the cluster. */
  readonly name: string;
  /** Address of the Kubernetes API, `https://…`. */
  readonly endpoint: string;
  /** Certificate authority of the Kubernetes API, base64. */
  readonly certificateAuthority: string;
  /** Security group through which the API is reached. */
  readonly securityGroupId: string;
  /**
   * Address of Prometheus, as the rollout controller reaches it.
   *
   * @default - the one inside the cluster
   */
  readonly prometheusAddress?: string;
  /** What others keep in the cluster, for the check that nothing refers to what nobody provides. */
  readonly provides: ClusterProvisions;
  /**
   * Folder with CustomResourceDefinitions that the platform's release shall bring, because controllers run without
   * their Helm charts.
   *
   * @default - CRDs exist
   */
  readonly crds?: string;
}

/** What others keep in a cluster. */
export interface ClusterProvisions {
  /** Kinds of custom resources, as `<group>/<kind>`. */
  readonly kinds: readonly string[];
  /**
   * Namespaces that releases may use. `monitoring` must be among them for `alarms`.
   *
   * @default - none but those of every cluster
   */
  readonly namespaces?: readonly string[];
  /** Values of the node label `llm-platform.dev/accelerator`. */
  readonly accelerators: readonly string[];
  /** Addresses that objects may name, such as the one of Prometheus. */
  readonly endpoints: readonly string[];
}

/** How the pipeline deploys. */
export interface DeliveryConfig {
  /** GitHub repository, `<owner>/<name>`. */
  readonly repository: string;
  /**
   * Numeric id of the repository's owner, as digits: `gh api repos/<owner>/<name> --jq .owner.id`. It is part of what the role trusts.
   *
   * @default - none: only with `immutableSubject: false`
   */
  readonly ownerId?: string;
  /**
   * Numeric id of the repository, as digits: `gh api repos/<owner>/<name> --jq .id`.
   *
   * @default - none: only with `immutableSubject: false`
   */
  readonly repositoryId?: string;
  /**
   * Whether GitHub writes both ids into the subject of the repository's tokens, as it does for every repository created, renamed or
   * transferred since July 15, 2026.
   *
   * @default true
   */
  readonly immutableSubject?: boolean;
  /** GitHub environment. Its protection rules say whether a person approves each deployment. */
  readonly githubEnvironment: string;
  /**
   * ARN of GitHub's identity provider in the account.
   *
   * @default - it is created
   */
  readonly identityProviderArn?: string;
}
