import { Annotations, Lazy, type RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import { Construct, Dependable, type IConstruct } from 'constructs';
import { accessProblems } from '../cluster/cluster-access';
import { LlmCluster, type LlmClusterOptions } from '../cluster/llm-cluster';
import { KubernetesRelease } from '../kubernetes/kubernetes-release';
import { type IReleaseProvider, ReleaseProvider, type ReleaseProviderAttributes } from '../kubernetes/release-provider';
import { ReleaseTier } from '../kubernetes/release-tier';
import { checkCidr } from '../network/cidr';
import { PlatformNetwork, type PlatformNetworkProps } from '../network/platform-network';
import { checkNatGateways, checkZones } from '../network/zones';
import { ClusterNodes, NodeProvider } from '../nodes/cluster-nodes';
import { nameOf } from '../nodes/devices';
import { type NodeRequirements, resolveNodeRequirements } from '../nodes/node-requirements';
import type { IModelWeights } from '../weights/model-weights';
import { Controller } from './controller';
import { MODEL_NAMESPACE } from './names';
import { type ModelCapacity, PlatformBase, type PlatformControllers } from './platform-base';

/** Where models are served: a cluster with what models need in it. */
export interface ILlmPlatform extends IConstruct {
  /** Provider of the cluster, which releases of models go to. */
  readonly provider: IReleaseProvider;

  /** Name of the cluster. */
  readonly clusterName: string;

  /** Namespace of models. */
  readonly modelNamespace: string;

  /** Bucket of imported weights; undefined where there is none. */
  readonly weights?: IModelWeights;
}

/** Names a platform that was created elsewhere. */
export interface LlmPlatformAttributes extends ReleaseProviderAttributes {
  /**
   * Bucket of imported weights.
   *
   * @default - none
   */
  readonly weights?: IModelWeights;
}

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
   * A cluster that exists, with authentication mode `API`, network policies enforced and the Pod Identity agent; with `kubectlProviderOptions` or
   * a `kubectlProvider`, if controllers are to be installed.
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

/**
 * Everything that models need: network, cluster, release provider, namespaces with their limits and rights, storage class and
 * controllers, in their order. Each of network and cluster may exist already.
 *
 * Nodes with accelerators are added from another stack: CloudFormation rolls back whole stacks, and a shortage of GPUs must not take
 * back a cluster.
 *
 * @example
 * const platform = new LlmPlatform(stack, 'Platform', { network: { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] } });
 * platform.addNodes(nodesStack, 'Gpus', { accelerator: Accelerator.G6E_XLARGE, nodes: 3 });
 */
export class LlmPlatform extends Construct implements ILlmPlatform {
  /** A platform that was created elsewhere. */
  public static fromLlmPlatformAttributes(
    scope: Construct,
    id: string,
    attributes: LlmPlatformAttributes,
  ): ILlmPlatform {
    class Import extends Construct implements ILlmPlatform {
      public readonly provider = ReleaseProvider.fromReleaseProviderAttributes(this, 'Releases', attributes);
      public readonly clusterName = attributes.clusterName;
      public readonly modelNamespace = MODEL_NAMESPACE;
      public readonly weights = attributes.weights;
    }
    return new Import(scope, id);
  }

  public readonly provider: IReleaseProvider;
  public readonly clusterName: string;
  public readonly modelNamespace: string = MODEL_NAMESPACE;
  public readonly weights?: IModelWeights;

  /** Network of the cluster. */
  public readonly vpc: ec2.IVpc;

  /** The cluster. */
  public readonly cluster: eks.ICluster;

  /** The cluster with its key, roles and nodes for system pods; undefined where it exists already. */
  public readonly created?: LlmCluster;

  private readonly nodes: ClusterNodes;
  private readonly base: PlatformBase;
  private readonly added: { readonly scope: Construct; readonly requirements: NodeRequirements }[] = [];

  /** @throws when something is wrong with the props; the error lists every problem. */
  constructor(scope: Construct, id: string, props: LlmPlatformProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.clusterName = props.clusterName ?? props.existingCluster?.clusterName ?? stack.stackName;
    const problems = problemsOf(props, this.clusterName, stack);
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);

    const { existingCluster, removalPolicy } = props;
    const { clusterName } = this;
    this.weights = props.weights;
    this.vpc =
      props.vpc ??
      (existingCluster
        ? existingCluster.vpc
        : new PlatformNetwork(this, 'Network', { removalPolicy, ...props.network! }).vpc);
    this.created = existingCluster
      ? undefined
      : new LlmCluster(this, 'Cluster', { ...props.cluster, vpc: this.vpc, clusterName, removalPolicy });
    this.cluster = existingCluster ?? this.created!.cluster;
    this.provider = new ReleaseProvider(this, 'Releases', {
      cluster: this.cluster,
      clusterName,
      vpc: this.vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      removalPolicy,
    });
    this.nodes = new ClusterNodes(this, 'Nodes', {
      cluster: this.cluster,
      clusterName,
      provider: props.nodeProvider,
      nodeRole: this.created?.nodeRole,
      kubernetesVersion: this.created?.kubernetesVersion,
    });
    const { gpus = 0, pods = 0 } = props.capacity ?? {};
    this.base = new PlatformBase(this, 'Base', {
      cluster: this.cluster,
      provider: this.provider,
      capacity: {
        gpus: Lazy.uncachedNumber({ produce: () => this.total(gpus, announcedGpus) }),
        pods: Lazy.uncachedNumber({
          produce: () => this.total(pods, (requirements) => resolveNodeRequirements(requirements).pods),
        }),
      },
      controllers: {
        ...props.controllers,
        further: [...this.nodes.controllers, ...(props.controllers?.further ?? [])],
      },
      removalPolicy,
    });
    // Controllers run on nodes for system pods, and Karpenter with its identity.
    this.base.node.addDependency(this.nodes, ...(this.created ? [this.created.ready] : []));
    // What depends on a platform needs its controllers and nodes; all else comes before these.
    const roots = () => [this.base, ...this.added.map(({ scope: nodes }) => nodes)];
    Dependable.implement(this, {
      get dependencyRoots() {
        return roots();
      },
    });
  }

  /** Controllers that are installed here, in their order. */
  public get controllers(): Controller[] {
    return [...this.base.controllers];
  }

  /**
   * Provides nodes for models, or what starts them when pods ask for them, with the device plugin that they need.
   *
   * @param scope a stack of their own, so that a shortage of capacity takes back nothing else
   * @param requirements what they are, and most of them: what the models need, with room for the pods of a canary
   * @throws when the requirements cannot be met; the error lists every problem.
   */
  public addNodes(scope: Construct, id: string, requirements: NodeRequirements): void {
    const own = new Construct(scope, id);
    const { accelerator } = requirements;
    if (this.added.some((other) => other.requirements.accelerator.instanceType === accelerator.instanceType)) {
      throw new Error(
        `${own.node.path}: accelerator: expected each instance type once, got ${accelerator.instanceType} again; raise nodes of the first`,
      );
    }
    const { charts, controllers, notices } = this.nodes.provisioning.bind(own, requirements);
    notices.forEach((notice) => Annotations.of(own).addInfo(notice));
    if (charts.length > 0) {
      new KubernetesRelease(own, 'Release', {
        provider: this.provider,
        tier: ReleaseTier.PLATFORM,
        name: `nodes-${nameOf(accelerator)}`,
        namespace: 'kube-system',
        charts,
      }).node.addDependency(this.base);
    } else if (this.created) {
      // The add-ons that make nodes ready come with those for system pods.
      own.node.addDependency(this.created.ready);
    }
    const needed = Controller.devicePlugins().filter(({ facts }) => controllers.includes(facts.name));
    needed.forEach((plugin) => this.base.addController(plugin));
    this.added.push({ scope: own, requirements });
  }

  private total(others: number, amount: (requirements: NodeRequirements) => number): number {
    return this.added.reduce((sum, { requirements }) => sum + amount(requirements), others);
  }
}

function announcedGpus({ accelerator, nodes, sharing }: NodeRequirements): number {
  return nodes * accelerator.gpus * (sharing?.podsPerGpu ?? 1);
}

/** What is wrong with the props of a platform, one problem per line. */
function problemsOf(props: LlmPlatformProps, clusterName: string, stack: Stack): string[] {
  const { network, vpc, cluster, existingCluster, nodeProvider } = props;
  const problems: string[] = [];
  const beside = (prop: string, other: string, remedy: string) =>
    problems.push(`${prop}: expected none beside ${other}, got it; ${remedy}`);
  if (network && vpc) beside('network', 'vpc', 'leave one of them out');
  if (network && existingCluster) beside('network', 'existingCluster', 'a cluster stays in its VPC, leave it out');
  if (network) {
    const { cidr, availabilityZones, natGateways } = network;
    problems.push(
      ...[
        ...(cidr === undefined ? [] : checkCidr('cidr', cidr)),
        ...checkZones('availabilityZones', availabilityZones, stack.region),
        ...(natGateways === undefined ? [] : checkNatGateways('natGateways', natGateways, availabilityZones.length)),
      ].map((problem) => `network.${problem}`),
    );
  }
  if (!network && !vpc && !existingCluster) {
    problems.push(
      "network: expected a new VPC, or vpc, got neither; name the zones, such as network: { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] }",
    );
  }
  if (existingCluster && !vpc && !hasVpc(existingCluster)) {
    problems.push(
      'vpc: expected the VPC of the existing cluster, got none; the handlers of releases and the nodes are in it',
    );
  }
  if (cluster && existingCluster) beside('cluster', 'existingCluster', 'whoever made the cluster decides that');
  if (nodeProvider === NodeProvider.AUTO_MODE && existingCluster) {
    problems.push(
      'nodeProvider: expected managed groups or Karpenter for existingCluster, got Auto Mode; it is a setting of the cluster',
    );
  }
  if (Token.isUnresolved(clusterName)) {
    problems.push(
      'clusterName: expected the name of the cluster as plain text, got a value that only the deployment knows; name it',
    );
  } else if (!/^[A-Za-z0-9][\w-]{0,43}$/.test(clusterName)) {
    problems.push(
      `clusterName: expected letters, digits, hyphens and underscores, at most 44, got "${clusterName}"; it becomes part of names of roles and functions`,
    );
  }
  const { systemNodes = 2, access = {} } = cluster ?? {};
  if (!Token.isUnresolved(systemNodes) && (!Number.isInteger(systemNodes) || systemNodes < 2)) {
    problems.push(
      `cluster.systemNodes: expected a whole number from 2, got ${systemNodes}; DNS and the rollout controller must survive the loss of a node`,
    );
  }
  problems.push(...accessProblems(access, stack).map((problem) => `cluster.${problem}`));
  return problems;
}

/** An imported cluster throws when it was not told. */
function hasVpc(cluster: eks.ICluster): boolean {
  try {
    return cluster.vpc !== undefined;
  } catch {
    return false;
  }
}
