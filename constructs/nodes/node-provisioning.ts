import type * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import type { NodeRequirements } from './node-requirements';

/** Nodes that were provided for requirements. */
export interface ProvisionedNodes {
  /**
   * Objects for the cluster, to be released after what they ask for. Managed node groups have none.
   */
  readonly charts: cdk8s.Chart[];

  /** Whether nodes start when pods ask for them; otherwise they are there at all times. */
  readonly onDemand: boolean;

  /** Names of controllers of the catalog that pods on these nodes need, such as `nvidia-device-plugin`. */
  readonly controllers: string[];

  /** Constructs that were made in the scope, to depend on or to let depend. */
  readonly resources: Construct[];

  /** What works otherwise than one may think, each line with what to do. */
  readonly notices: string[];
}

/** Something that provides nodes: managed node groups, Karpenter, or EKS Auto Mode. */
export interface INodeProvisioning {
  /** What is wrong with node requirements here, each line with what to do; empty when they can be met. */
  problemsOf(requirements: NodeRequirements): string[];

  /**
   * Provides the nodes, or what starts them when pods ask for them.
   *
   * @throws when the requirements cannot be met; the error lists every problem.
   */
  bind(scope: Construct, requirements: NodeRequirements): ProvisionedNodes;
}
