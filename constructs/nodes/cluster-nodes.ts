import * as cdk8s from 'cdk8s';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { deployTimeProblems, isUnresolved } from '../checks/unresolved';
import { NodeRole } from '../cluster/node-role';
import type { Accelerator } from '../gpu/accelerator';
import { Controller } from '../controllers/controller';
import { MODEL_NAMESPACE } from '../models/names';
import { AutoMode } from './auto-mode/auto-mode';
import { AutoModeNodes } from './auto-mode/auto-mode-nodes';
import { CompileCache, type CompileCacheOptions } from './compile-cache';
import { OverprovisioningChart } from './overprovisioning-chart';
import { KarpenterController } from './karpenter/karpenter-controller';
import { KarpenterNodes } from './karpenter/karpenter-nodes';
import { ManagedNodeGroups } from './managed/managed-node-groups';
import { problem } from './node-problems';
import { DEFAULT_NODE_PROVIDER, NodeProvider } from './node-provider';
import type { NodeRequirements } from './node-requirements';
import type { INodeProvisioning, ProvisionedNodes } from './node-provisioning';

/** Properties of `ClusterNodes`. */
export interface ClusterNodesProps {
  /** Cluster that the nodes join, with its VPC. With Auto Mode it is made in the same app, because that is a setting of the cluster. */
  readonly cluster: eks.ICluster;

  /** Name of the cluster, known at synth: what belongs to it is marked with it. */
  readonly clusterName: string;

  /**
   * Who provides the nodes.
   *
   * @default NodeProvider.MANAGED_GROUPS
   */
  readonly provider?: NodeProvider;

  /**
   * Role of the nodes of managed groups.
   *
   * @default - a new one
   */
  readonly nodeRole?: iam.IRole;

  /**
   * Whether others made the cluster. Its VPC CNI may have no role of its own, so new roles of nodes get the rights for addresses of pods; and
   * none of its nodes is labeled for system pods, so Karpenter runs on any that it has not started.
   *
   * @default - true without `nodeRole`, which `LlmCluster` has
   */
  readonly existingCluster?: boolean;

  /**
   * Version of Kubernetes of managed groups, that of the cluster.
   *
   * @default - that of the cluster when a group is made; it stays until changed
   */
  readonly kubernetesVersion?: eks.KubernetesVersion;
}

/** Nodes that are kept warm. */
export interface WarmNodes {
  /** Instance type of the nodes. */
  readonly accelerator: Accelerator;

  /** Replicas that find room at once, at least one. */
  readonly replicas: number;

  /**
   * GPUs of the largest replica on such nodes, at most those of one.
   *
   * @default - all of a node
   */
  readonly gpus?: number;

  /**
   * Image of the placeholders.
   *
   * @default - registry.k8s.io/pause:3.10, by its digest
   */
  readonly image?: string;
}

/** What is wrong with nodes that are to be kept warm, one problem per line; empty when nothing is. */
export function warmNodesProblems({ accelerator, replicas, gpus }: WarmNodes): string[] {
  const whole = (option: string, given: number, least: number, most: number, remedy: string) =>
    isUnresolved(given) || (Number.isInteger(given) && given >= least && given <= most)
      ? []
      : [problem(option, `a whole number from ${least}${most === Infinity ? '' : ` to ${most}`}`, given, remedy)];
  return [
    ...deployTimeProblems({ replicas, gpus }),
    ...whole('replicas', replicas, 1, Infinity, 'leave the nodes out where none is kept warm'),
    ...whole(
      'gpus',
      gpus ?? accelerator.gpus,
      1,
      accelerator.gpus,
      `a placeholder is on one ${accelerator.instanceType}`,
    ),
  ];
}

/**
 * Nodes with accelerators of a cluster, by one who provides them, and what they need inside the cluster: `controllers`, then `charts`.
 *
 * @example
 * const nodes = new ClusterNodes(this, 'Nodes', { cluster, clusterName: 'llm-staging', provider: NodeProvider.KARPENTER });
 * nodes.addNodes({ accelerator: Accelerator.G6E_XLARGE, nodes: 3 });
 */
export class ClusterNodes extends Construct {
  /** Kinds that the cluster knows because of the provider, though no chart defines them, as `<group>/<kind>`. */
  public readonly kinds: string[] = [];

  /** What provides nodes by requirements, for nodes in another scope. */
  public readonly provisioning: INodeProvisioning;

  private readonly providing: Controller[] = [];
  private readonly provided: ProvisionedNodes[] = [];
  private readonly shared: cdk8s.Chart[] = [];
  private readonly warm: cdk8s.Chart[] = [];

  /** @throws when Auto Mode is asked for on a cluster that was made elsewhere. */
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ClusterNodesProps,
  ) {
    super(scope, id);
    this.provisioning = this.provisioningBy(props.provider ?? DEFAULT_NODE_PROVIDER);
  }

  /** Controllers that start nodes or announce their devices, in the order in which they must be installed. */
  public get controllers(): Controller[] {
    const plugins = new Set(this.provided.flatMap(({ controllers }) => controllers));
    return [...this.providing, ...Controller.devicePlugins().filter(({ facts }) => plugins.has(facts.name))];
  }

  /** Pools and classes of nodes and what else is in the cluster for them, to be released after the controllers. */
  public get charts(): cdk8s.Chart[] {
    return [...this.shared, ...this.provided.flatMap(({ charts }) => charts), ...this.warm];
  }

  /**
   * Provides the nodes of one instance type, or what starts them when pods ask for them.
   *
   * @param scope where their resources are, by default here; names of launch templates and of security groups contain it
   * @throws when the requirements cannot be met; the error lists every problem.
   */
  public addNodes(requirements: NodeRequirements, scope?: Construct): ProvisionedNodes {
    const made = this.provisioning.bind(scope ?? this, requirements);
    this.provided.push(made);
    return made;
  }

  /**
   * Lets replicas share compiled kernels on a file system, so that only the first of a revision compiles.
   *
   * @param scope where the file system is, by default here
   */
  public addCompileCache(options: CompileCacheOptions, scope?: Construct): CompileCache {
    const cache = new CompileCache(scope ?? this, 'CompileCache', { cluster: this.props.cluster, ...options });
    this.shared.push(cache.chart);
    return cache;
  }

  /** Keeps nodes warm by placeholders that give way to any pod: those of the chart that is returned. */
  public addWarmNodes(nodes: WarmNodes): cdk8s.Chart {
    const { accelerator, replicas, gpus, image } = nodes;
    const chart = new OverprovisioningChart(new cdk8s.App(), `headroom-${accelerator.instanceType}`, {
      namespace: MODEL_NAMESPACE,
      instanceType: accelerator.instanceType,
      deviceResource: accelerator.deviceResource,
      devices: gpus ?? accelerator.gpus,
      replicas,
      image,
    });
    this.warm.push(chart);
    return chart;
  }

  private provisioningBy(provider: NodeProvider): INodeProvisioning {
    const { cluster, clusterName, nodeRole, kubernetesVersion } = this.props;
    const existingCluster = this.props.existingCluster ?? nodeRole === undefined;
    if (provider === NodeProvider.KARPENTER) {
      const controller = new KarpenterController(this, 'Karpenter', { cluster, clusterName, existingCluster });
      this.providing.push(...controller.controllers);
      return new KarpenterNodes({ cluster, clusterName, controller });
    }
    if (provider === NodeProvider.AUTO_MODE) {
      if (!(cluster instanceof eks.Cluster))
        throw new Error(
          `${this.node.path}: provider: expected a cluster of this app for Auto Mode, got one that exists; use managed groups or Karpenter, Auto Mode is a setting of the cluster`,
        );
      this.kinds.push(...AutoMode.KINDS);
      return new AutoModeNodes({ cluster, autoMode: new AutoMode(this, 'AutoMode', { cluster }) });
    }
    return new ManagedNodeGroups({
      cluster,
      clusterName,
      nodeRole: nodeRole ?? new NodeRole(this, 'NodeRole', { podAddresses: existingCluster }).role,
      kubernetesVersion,
    });
  }
}
