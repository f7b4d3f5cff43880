import { Annotations, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as cdk8s from 'cdk8s';
import { Construct, Dependable, type IConstruct, type IDependable } from 'constructs';
import { isUnresolved } from '../checks/unresolved';
import { LlmCluster } from '../cluster/llm-cluster';
import { imagesOf } from '../kubernetes/images-of';
import { KubernetesRelease } from '../kubernetes/kubernetes-release';
import { placeProblems } from '../kubernetes/release-place';
import { type IReleaseProvider, ReleaseProvider, type ReleaseProviderAttributes } from '../kubernetes/release-provider';
import { ReleaseTier } from '../kubernetes/contract/release-tier';
import { PlatformNetwork } from '../network/platform-network';
import { ClusterNodes, type WarmNodes, warmNodesProblems } from '../nodes/cluster-nodes';
import { cacheProblems, type CompileCache, type CompileCacheOptions } from '../nodes/compile-cache';
import { nameOf } from '../nodes/devices';
import { type NodeRequirements, resolveNodeRequirements } from '../nodes/node-requirements';
import { OverprovisioningChart } from '../nodes/overprovisioning-chart';
import type { IModelWeights } from '../weights/model-weights';
import { Controller } from '../controllers/controller';
import { inAutoMode, inVpc } from './existing-cluster';
import type { LlmPlatformProps } from './llm-platform-props';
import { MODEL_NAMESPACE } from '../models/names';
import { PROMETHEUS_ADDRESS } from '../controllers/names';
import { PlatformBase } from './platform-base';
import type { PlatformCapabilities } from './platform-capabilities';
import { platformProblems } from './platform-problems';
import { AUTO_MODE_PROVISIONER } from './storage-chart';
import { foreignImageProblems } from './workload-admission';

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

  /** Address of Prometheus, as what runs in the cluster reaches it. */
  readonly prometheusAddress: string;

  /** What models find here. */
  readonly capabilities: PlatformCapabilities;

  /**
   * What a model waits for: namespaces and controllers, the nodes with its instance type, and the compile cache where that names it. A
   * shortage of a type that it does not use is no reason to wait.
   *
   * @param modelName name of the model
   * @param instanceType instance type of its nodes; all nodes where none is named
   */
  readyFor(modelName: string, instanceType?: string): IDependable;
}

/** Nodes that were added to a platform. */
export interface AddedNodes {
  /** What was made: the node group, or the release of the pool, and what its nodes need. To depend on, or to change. */
  readonly resources: Construct[];
}

/** Names a platform that was created elsewhere. */
export interface LlmPlatformAttributes extends ReleaseProviderAttributes {
  /**
   * Bucket of imported weights.
   *
   * @default - none
   */
  readonly weights?: IModelWeights;

  /**
   * Address of Prometheus, as what runs in the cluster reaches it.
   *
   * @default 'http://prometheus.monitoring.svc:9090'
   */
  readonly prometheusAddress?: string;

  /**
   * What models find there.
   *
   * @default - not checked
   */
  readonly capabilities?: PlatformCapabilities;
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
      public readonly prometheusAddress = attributes.prometheusAddress ?? PROMETHEUS_ADDRESS;
      public readonly capabilities = attributes.capabilities ?? {};

      public readyFor(): IDependable {
        return this;
      }
    }
    return new Import(scope, id);
  }

  public readonly provider: IReleaseProvider;
  public readonly clusterName: string;
  public readonly modelNamespace: string = MODEL_NAMESPACE;
  public readonly weights?: IModelWeights;
  public readonly prometheusAddress: string;

  /** Network of the cluster. */
  public readonly vpc: ec2.IVpc;

  /** The cluster. */
  public readonly cluster: eks.ICluster;

  /** The cluster with its key, roles and nodes for system pods; undefined where it exists already. */
  public readonly created?: LlmCluster;

  private readonly nodes: ClusterNodes;
  private readonly base: PlatformBase;
  private readonly added: { readonly scope: Construct; readonly requirements: NodeRequirements }[] = [];
  private cache?: { readonly scope: Construct; readonly models: string[] };

  /** @throws when something is wrong with the props; the error lists every problem. */
  constructor(
    scope: Construct,
    id: string,
    private readonly props: LlmPlatformProps,
  ) {
    super(scope, id);
    const stack = Stack.of(this);
    this.clusterName = props.clusterName ?? props.existingCluster?.clusterName ?? stack.stackName;
    throwAll(this, platformProblems(props, this.clusterName, stack));

    const { existingCluster, removalPolicy } = props;
    const { clusterName } = this;
    this.weights = props.weights;
    this.prometheusAddress = props.prometheusAddress ?? PROMETHEUS_ADDRESS;
    this.vpc =
      props.vpc ??
      (existingCluster
        ? existingCluster.vpc
        : new PlatformNetwork(this, 'Network', { removalPolicy, ...props.network! }).vpc);
    this.created = existingCluster
      ? undefined
      : new LlmCluster(this, 'Cluster', { ...props.cluster, vpc: this.vpc, clusterName, removalPolicy });
    this.cluster = existingCluster ? inVpc(this, existingCluster, this.vpc) : this.created!.cluster;
    const releases = new ReleaseProvider(this, 'Releases', {
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
      existingCluster: !this.created,
      kubernetesVersion: this.created?.kubernetesVersion,
    });
    const { gpus = 0, pods = 0 } = props.capacity ?? {};
    this.base = new PlatformBase(this, 'Base', {
      cluster: this.cluster,
      provider: releases,
      capacity: {
        gpus: Lazy.uncachedNumber({ produce: () => this.total(gpus, announcedGpus) }),
        pods: Lazy.uncachedNumber({
          produce: () => this.total(pods, (requirements) => resolveNodeRequirements(requirements).pods),
        }),
      },
      controllers: {
        ...props.controllers,
        storage: {
          // Nodes that Auto Mode has not started have the driver of the add-on, as those for system pods of a new cluster.
          provisioner: existingCluster && inAutoMode(existingCluster) ? AUTO_MODE_PROVISIONER : undefined,
          ...props.controllers?.storage,
        },
        further: [...this.nodes.controllers, ...(props.controllers?.further ?? [])],
      },
      admission: props.admission,
      deleteNamespacesAndData: removalPolicy === RemovalPolicy.DESTROY,
    });
    // Controllers run on nodes for system pods, and Karpenter with its identity.
    this.base.node.addDependency(this.nodes, ...(this.created ? [this.created.ready] : []));
    // What others release needs namespaces and kinds that the base brings, and not the nodes.
    const { base } = this;
    this.provider = ReleaseProvider.fromReleaseProviderAttributes(this, 'Provider', releases);
    Dependable.implement(this.provider, { dependencyRoots: [base] });
    // What depends on a platform needs its controllers, nodes and volumes; all else comes before these.
    implementLater(this, () => [
      this.base,
      ...this.added.map((nodes) => nodes.scope),
      ...(this.cache ? [this.cache.scope] : []),
    ]);
  }

  /** What models find here: with `capacity` the nodes of others are not known, and a model's accelerator is not checked. */
  public get capabilities(): PlatformCapabilities {
    const { autoscaling = false, leaderWorkerSet = false, endpointPickers = false } = this.props.controllers ?? {};
    return {
      autoscaling,
      leaderWorkerSet,
      endpointPickers,
      compileCache: this.cache?.models ?? [],
      allowedRegistries: this.props.admission?.allowedRegistries,
      nodes: this.props.capacity ? undefined : this.added.map(({ requirements }) => requirements),
    };
  }

  public readyFor(modelName: string, instanceType?: string): IDependable {
    const known = instanceType !== undefined && !isUnresolved(instanceType);
    const ready: IDependable = {};
    implementLater(ready, () => [
      this.base,
      ...this.added
        .filter(({ requirements }) => !known || requirements.accelerator.instanceType === instanceType)
        .map(({ scope }) => scope),
      ...(this.cache && (isUnresolved(modelName) || this.cache.models.includes(modelName)) ? [this.cache.scope] : []),
    ]);
    return ready;
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
   * @returns what was made
   * @throws when the requirements cannot be met; the error lists every problem.
   */
  public addNodes(scope: Construct, id: string, requirements: NodeRequirements): AddedNodes {
    const own = new Construct(scope, id);
    const { accelerator } = requirements;
    const { instanceType } = accelerator;
    throwAll(own, [
      ...(this.added.some((other) => other.requirements.accelerator.instanceType === instanceType)
        ? [
            `accelerator: expected each instance type once, by which models find their nodes, got ${instanceType} again; raise nodes of the first, or take another size of the family; Spot and reservations take on-demand nodes too by their onDemandFallback, with Karpenter or Auto Mode`,
          ]
        : []),
      ...placeProblems(own, this.provider),
      ...this.nodes.provisioning.problemsOf(requirements),
    ]);
    const { charts, controllers, notices, resources } = this.nodes.addNodes(requirements, own);
    notices.forEach((notice) => Annotations.of(own).addInfo(notice));
    const pools = charts.length > 0 ? [this.release(own, `nodes-${nameOf(accelerator)}`, charts)] : [];
    // The add-ons that make nodes ready come with those for system pods.
    if (this.created) own.node.addDependency(this.created.ready);
    const needed = Controller.devicePlugins().filter(({ facts }) => controllers.includes(facts.name));
    needed.forEach((plugin) => this.base.addController(plugin));
    this.added.push({ scope: own, requirements });
    return { resources: [...resources, ...pools] };
  }

  /**
   * Lets replicas of models with `compileCache` share compiled kernels on a file system, so that only the first of a revision compiles.
   *
   * @throws when the platform has one, because all models are named at once, or something is wrong with them.
   */
  public addCompileCache(scope: Construct, id: string, options: CompileCacheOptions): CompileCache {
    const own = new Construct(scope, id);
    if (this.cache)
      throw new Error(
        `${own.node.path}: expected one compile cache on the platform, got a second one; name all models in ${this.cache.scope.node.path}`,
      );
    throwAll(own, [...placeProblems(own, this.provider), ...cacheProblems(options)]);
    this.cache = { scope: own, models: options.models };
    const cache = this.nodes.addCompileCache(options, own);
    this.release(own, 'compile-cache', [cache.chart]).node.addDependency(cache);
    // The driver of the file system runs on them.
    if (this.created) own.node.addDependency(this.created.ready);
    return cache;
  }

  /**
   * Keeps nodes warm by placeholders that give way to any pod. They are no reason to wait: no model depends on them.
   *
   * @param scope a stack after the nodes, such as theirs
   * @returns the release of the placeholders
   * @throws when there can be no such placeholders, the error lists every problem; at synth, when the platform has no nodes of the
   * instance type
   */
  public addWarmNodes(scope: Construct, id: string, nodes: WarmNodes): KubernetesRelease {
    const own = new Construct(scope, id);
    throwAll(own, warmNodesProblems(nodes));
    // Nodes may be added later.
    own.node.addValidation({ validate: () => this.checkWarm(nodes) });
    const image = nodes.image ?? this.props.controllers?.images?.reference(OverprovisioningChart.PAUSE_IMAGE);
    const chart = this.nodes.addWarmNodes({ ...nodes, image });
    const release = this.release(own, `warm-${nameOf(nodes.accelerator)}`, [chart]);
    const { allowedRegistries } = this.capabilities;
    own.node.addValidation({
      validate: () => foreignImageProblems(release.releaseName, imagesOf(release.objects), allowedRegistries),
    });
    return release;
  }

  /** A placeholder that no node can run keeps nothing warm; the nodes of others are not known. */
  private checkWarm({ accelerator: { instanceType } }: WarmNodes): string[] {
    const { nodes } = this.capabilities;
    return !nodes || nodes.some(({ accelerator }) => accelerator.instanceType === instanceType)
      ? []
      : [
          `accelerator: expected an instance type of which the platform has nodes, got ${instanceType}; ask for them by addNodes of the platform`,
        ];
  }

  /** In the tier of the platform, after its controllers and namespaces. */
  private release(scope: Construct, name: string, charts: cdk8s.Chart[]): KubernetesRelease {
    return new KubernetesRelease(scope, 'Release', {
      provider: this.provider,
      tier: ReleaseTier.PLATFORM,
      name,
      namespace: 'kube-system',
      charts,
    });
  }

  private total(others: number, amount: (requirements: NodeRequirements) => number): number {
    return this.added.reduce((sum, { requirements }) => sum + amount(requirements), others);
  }
}

function throwAll(scope: Construct, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${scope.node.path}:\n  ${problems.join('\n  ')}`);
}

/** Nodes and volumes may be added after what waits for them. */
function implementLater(dependable: IDependable, roots: () => IConstruct[]): void {
  Dependable.implement(dependable, {
    get dependencyRoots() {
      return roots();
    },
  });
}

function announcedGpus({ accelerator, nodes, sharing }: NodeRequirements): number {
  return nodes * accelerator.gpus * (sharing?.podsPerGpu ?? 1);
}
