/**
 * What an environment is: plain, readonly data. Checks are in `environment-checks.ts`.
 *
 * Only data of this shape differs between environments; the code that turns it into stacks is the same for all.
 */

import type { ModelAutoscaling } from '../constructs/autoscaling';
import type { ModelAdapter } from '../constructs/serving';
import type { EngineConfig } from './model/engine-config';
import type { PlacementConfig } from './model/placement-config';
import type { RoutingConfig } from './model/routing-config';
import type { WeightsBucketConfig, WeightsConfig } from './model/weights-config';
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
  /** Whether each image must be pinned by its digest. */
  readonly requireDigests: boolean;
  /** Whether series go to CloudWatch and alarms stand on them. */
  readonly alarms: boolean;
  /**
   * ARN of the SNS topic that gets a message when an alarm fires and when it is over. The topic must let
   * `cloudwatch.amazonaws.com` publish, and its key, where it has one of its own, must too.
   *
   * @default - the alarms tell nobody
   */
  readonly alarmTopicArn?: string;
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
   * Licences of models that may be imported, as the hub spells them, such as `apache-2.0`.
   *
   * @default - none: `import-weights` refuses every model
   */
  readonly allowedLicences?: readonly string[];
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
}

/** Network of an environment. */
export type NetworkConfig = { readonly create: NewNetwork } | { readonly existing: ExistingNetwork };

/** A network that the Network stack creates. */
export interface NewNetwork {
  /** Address range in CIDR notation, /16 to /20. */
  readonly cidr: string;
  /** Zones by name; explicit, so that synth asks nobody. */
  readonly availabilityZones: readonly string[];
  /** NAT gateways: 1 is cheap, one a zone survives the loss of a zone. */
  readonly natGateways: number;
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
  /** Nodes for system pods, at least 2. */
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
   * Versions of the EKS add-ons, by name of the add-on.
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
   * Who provides the nodes with accelerators, and what they are.
   *
   * @default - managed node groups: on demand, all there at all times
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
   * @default - definitions exist
   */
  readonly definitions?: string;
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
  /** GitHub environment. Its protection rules say whether a person approves each deployment. */
  readonly githubEnvironment: string;
  /**
   * ARN of GitHub's identity provider in the account.
   *
   * @default - it is created
   */
  readonly identityProviderArn?: string;
}

/** One model. */
export interface ModelConfig {
  /** Name, a DNS label; the model's stack, Services and alarms carry it. */
  readonly name: string;
  /** Repository on the model hub, `<organization>/<model>`. */
  readonly repository: string;
  /** Commit of the repository. */
  readonly revision: string;
  /** Image of the inference engine, with a tag or a digest. */
  readonly image: string;
  /**
   * The engine and its settings.
   *
   * @default - vLLM
   */
  readonly engine?: EngineConfig;
  /**
   * Instance type of its nodes, with accelerators.
   *
   * @default - none: the model runs on CPUs, with `resources`
   */
  readonly instanceType?: string;
  /**
   * Instance type from which the model moves to `instanceType`. Its nodes stay, so that the old revision serves while the new one is
   * judged; leave it out once the model has moved.
   *
   * @default - none
   */
  readonly previousInstanceType?: string;
  /**
   * What a pod asks for.
   *
   * @default - its share of three quarters of the node; required without an instance type
   */
  readonly resources?: ResourcesConfig;
  /**
   * What the placement must reach. A model of the catalogue, or with its `configFile`, is checked without it too.
   *
   * @default - one sequence of the full context at once
   */
  readonly placement?: PlacementConfig;
  /** Pods that serve, or groups of pods on several nodes; with `autoscaling` those of the first deployment. */
  readonly replicas: number;
  /**
   * When there are more replicas, and when fewer.
   *
   * @default - always as many as `replicas`
   */
  readonly autoscaling?: ModelAutoscaling;
  /**
   * Nodes of one replica, for a model that does not fit on one; it is replaced group after group, without a canary.
   *
   * @default 1
   */
  readonly nodesPerReplica?: number;
  /**
   * LoRA adapters that are served beside the model.
   *
   * @default - none
   */
  readonly adapters?: readonly ModelAdapter[];
  /**
   * How requests find a replica.
   *
   * @default - one after the other
   */
  readonly routing?: RoutingConfig;
  /**
   * Imported weights, which are verified before the engine starts.
   *
   * @default - the engine downloads the model from the hub
   */
  readonly weights?: WeightsConfig;
  /**
   * GPUs of one pod.
   *
   * @default - all of an instance
   */
  readonly gpusPerReplica?: number;
  /**
   * Longest context, tokens.
   *
   * @default - what the model declares
   */
  readonly maxModelLength?: number;
  /**
   * Most that weights and compiled kernels may take of the node's disk, GiB: about twice the weights. Nodes get a volume that
   * holds it for each of their pods.
   *
   * @default 100
   */
  readonly cacheSizeGib?: number;
  /**
   * Secret in the namespace `models` with the hub's access token under the key `token`, for models that ask for one. It must
   * stand in `secrets` of the environment.
   *
   * @default - none
   */
  readonly hubTokenSecretName?: string;
  /**
   * Who may call the model.
   *
   * @default - every pod of the namespace `models` that has the label `llm-platform.dev/calls-models: "true"`
   */
  readonly callers?: readonly CallerConfig[];
  /**
   * Longest time from the start of a pod until it serves, minutes: loading weights, compiling.
   *
   * @default - twice the estimate of its cold start where the model's sizes are known, else 20
   */
  readonly startupBudgetMinutes?: number;
  /**
   * Time a pod is expected to take in practice, seconds; the planned length of a rollout is reckoned with it.
   *
   * @default - half of the startup budget
   */
  readonly expectedStartupSeconds?: number;
  /**
   * Longest time until a node with a free GPU is there and has pulled the image, seconds.
   *
   * @default - the library's
   */
  readonly capacityBudgetSeconds?: number;
  /**
   * Time between two scrapes of the metrics, seconds.
   *
   * @default - the library's
   */
  readonly scrapeIntervalSeconds?: number;
  /** Service level that alarms watch. */
  readonly objectives: ObjectivesConfig;
  /** How a new revision replaces the old one. */
  readonly rollout: RolloutConfig;
  /**
   * How a pod ends.
   *
   * @default - the library's
   */
  readonly drain?: DrainConfig;
  /**
   * Time between two probes of a pod, seconds.
   *
   * @default - the library's
   */
  readonly probePeriodSeconds?: number;
}

/** What a pod asks for. */
export interface ResourcesConfig {
  /** CPUs. */
  readonly cpus: number;
  /** Memory, GiB. */
  readonly memoryGib: number;
}

/** Pods that may call a model. */
export interface CallerConfig {
  /**
   * Namespace of the pods. In one that denies what leaves it, they need a policy that lets them out to port 8000 of the namespace
   * `models`.
   *
   * @default - `models`; there the label `llm-platform.dev/calls-models: "true"` lets pods out
   */
  readonly namespace?: string;
  /**
   * Labels of the pods.
   *
   * @default - every pod of the namespace
   */
  readonly podLabels?: Readonly<Record<string, string>>;
}

/** Service level of a model. */
export interface ObjectivesConfig {
  /** 95th percentile of the time to first token, seconds. */
  readonly timeToFirstTokenSeconds: number;
  /** Share of requests answered with a server error, 0 to 1. */
  readonly errorRatio: number;
}

/** How a new revision replaces the old one. */
export interface RolloutConfig {
  /** Steps of the canary, in ascending weight; full promotion follows the last one. None for a model on several nodes, which has no canary. */
  readonly steps: readonly RolloutStepConfig[];
  /** What the gates compare between canary and stable revision. */
  readonly gates: GatesConfig;
  /** Pods beyond `replicas` while it lasts; nodes are sized for them. */
  readonly maxSurge: number;
  /**
   * Longest time until everything is healthy, minutes.
   *
   * @default 55
   */
  readonly deadlineMinutes?: number;
}

/** A step of a canary. */
export interface RolloutStepConfig {
  /** Share of requests that the new revision gets, percent. */
  readonly weight: number;
  /** Time at this weight, seconds. */
  readonly holdSeconds: number;
}

/** Limits of gates, and when they judge. */
export interface GatesConfig {
  /** Longest time to first token of the canary, as a multiple of the stable revision's; `false` for an engine that does not tell it. */
  readonly timeToFirstTokenRatio: number | false;
  /** Largest share of failed requests above the stable revision's, 0 to 1; `false` for an engine that does not tell it. */
  readonly errorRatioDifference: number | false;
  /**
   * Longest time that requests queue, as a multiple of the stable revision's.
   *
   * @default - not judged
   */
  readonly queueTimeRatio?: number;
  /**
   * Whether no pod may work on requests without getting on.
   *
   * @default true
   */
  readonly forwardProgress?: boolean;
  /** Time between two measurements, seconds. */
  readonly intervalSeconds: number;
  /** Time that a measurement looks back, seconds. */
  readonly windowSeconds: number;
  /** Time during which a new pod is not judged, because its caches are cold, seconds. */
  readonly warmUpSeconds: number;
  /** Requests that the canary must have had within the window to be judged. */
  readonly minRequests: number;
  /** Time to wait at the end of a step for that many requests, seconds. */
  readonly patienceSeconds: number;
  /** What happens when the canary gets too few requests to be judged. */
  readonly tooFewRequests: 'pass' | 'fail';
}

/** How a pod ends. */
export interface DrainConfig {
  /** Time between the end of new requests being asked for and the engine being told, seconds. */
  readonly preStopSeconds: number;
  /** Longest time that requests in flight get to finish, seconds. */
  readonly shutdownSeconds: number;
  /** Time after which the pod is killed, seconds. */
  readonly gracePeriodSeconds: number;
}
