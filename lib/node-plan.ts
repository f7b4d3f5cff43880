import { Accelerator } from '../constructs/gpu/accelerator';
import type { ModelConfig } from './environment';

/** What the models of an environment need of one instance type. */
export interface NodePlan {
  readonly accelerator: Accelerator;
  /** Nodes for all pods at the height of a rollout. */
  readonly nodes: number;
  /** Pods at the height of a rollout. */
  readonly pods: number;
}

/** Nodes by instance type: every replica of every model, and the pods that a rollout adds, find a place. */
export function planNodes(models: readonly ModelConfig[]): NodePlan[] {
  const types = [...new Set(models.map((model) => model.instanceType))].sort();
  return types.map((instanceType) => {
    const accelerator = Accelerator.fromInstanceType(instanceType);
    const users = models.filter((model) => model.instanceType === instanceType);
    // Pods of one size fill whole nodes; pods of different sizes are not mixed on one, so that no order of
    // scheduling can leave one without a place.
    const nodes = users.reduce((sum, model) => sum + Math.ceil(podsOf(model) / podsOnNode(model, accelerator)), 0);
    return { accelerator, nodes, pods: users.reduce((sum, model) => sum + podsOf(model), 0) };
  });
}

function podsOf(model: ModelConfig): number {
  return model.replicas + model.rollout.maxSurge;
}

function podsOnNode(model: ModelConfig, accelerator: Accelerator): number {
  return Math.max(1, Math.floor(accelerator.gpus / (model.gpusPerReplica ?? accelerator.gpus)));
}
