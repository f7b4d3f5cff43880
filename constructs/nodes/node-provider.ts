/** Who provides the nodes with accelerators of a cluster. */
export enum NodeProvider {
  /** EKS managed node groups: all nodes are there, and paid, at all times; a canary never waits for one. */
  MANAGED_GROUPS = 'managed-groups',
  /** Karpenter: nodes start when pods ask for them, and empty ones are taken away. */
  KARPENTER = 'karpenter',
  /** EKS Auto Mode: as with Karpenter, which EKS runs; it chooses the images of nodes too. */
  AUTO_MODE = 'auto-mode',
}

/**
 * Who provides nodes where nothing is said. Groups install nothing in a cluster, which may have a Karpenter of its own; a shortage of GPUs or
 * a quota of none fails the stack of the nodes and no model; and what they cost does not change by itself.
 */
export const DEFAULT_NODE_PROVIDER = NodeProvider.MANAGED_GROUPS;
