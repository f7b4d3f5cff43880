/** Kubernetes groups that access entries name, and that RBAC in the cluster gives rights to. */

/** People who may control rollouts. */
export const OPERATORS_GROUP = 'llm-platform:operators';

/** Pipelines, which may look at rollouts. */
export const VIEWERS_GROUP = 'llm-platform:viewers';
