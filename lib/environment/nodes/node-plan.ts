import { Accelerator } from '../../../constructs/gpu/accelerator';
import { MIN_VOLUME_GIB, nodeStorageGib } from '../../../constructs/nodes/node-storage';
import { podStorageMib } from '../../../constructs/serving/model-storage';
import type { EnvironmentConfig } from '../environment-config';
import type { ModelConfig } from '../model/model-config';
import { resolvedModel } from '../model/model-options';
import { gpusOf, nodeTypeOf, sharingOf } from './node-types';

/** What the models of an environment need of one instance type. */
export interface NodePlan {
  readonly accelerator: Accelerator;
  /** Nodes for all pods at the height of a rollout. */
  readonly nodes: number;
  /** Nodes for the replicas alone, outside of a rollout, and for what is kept warm. */
  readonly standingNodes: number;
  /** Pods at the height of a rollout. */
  readonly pods: number;
  /** GPUs as all nodes announce them: one that pods share counts once for each. */
  readonly announcedGpus: number;
  /** Most pods of models on one node. */
  readonly podsPerNode: number;
  /** What images and pods of a node take at most, with the room that the kubelet keeps free, GiB. */
  readonly storageGib: number;
  /** Volume of a node for it, GiB. */
  readonly volumeGib: number;
}

/** A node of a type, as pods find it. */
interface Node {
  readonly accelerator: Accelerator;
  /** GPUs, or shares of them where pods share them. */
  readonly gpus: number;
}

/** Nodes by instance type: every replica of every model, and the pods that a rollout adds, find a place. */
export function planNodes(environment: EnvironmentConfig): NodePlan[] {
  const { models } = environment;
  const types = [
    ...new Set(models.flatMap(({ accelerator, previousAccelerator }) => [accelerator, previousAccelerator])),
  ]
    .filter((type) => type !== undefined)
    .sort();
  // A type that is not listed is reported by the check of its model.
  return types
    .filter((type) => Accelerator.problemOf(type) === undefined)
    .map((instanceType) => {
      const accelerator = Accelerator.fromInstanceType(instanceType);
      const type = nodeTypeOf(environment, instanceType);
      const node = { accelerator, gpus: accelerator.gpus * (sharingOf(type)?.podsPerGpu ?? 1) };
      const users = usersOf(environment, instanceType);
      // Placeholders are as large as the largest pod.
      const { warmReplicas = 0 } = type;
      // One that cannot be has a report of its own.
      const warm = Math.ceil(
        (Number.isInteger(warmReplicas) ? Math.max(0, warmReplicas) : 0) /
          Math.min(...users.map((model) => podsOnNode(model, node, environment))),
      );
      // Pods of one size fill whole nodes; pods of different sizes are not mixed on one, so that no order of
      // scheduling can leave one without a place.
      const nodesFor = (pods: (model: ModelConfig) => number) =>
        warm + users.reduce((sum, model) => sum + Math.ceil(pods(model) / podsOnNode(model, node, environment)), 0);
      const nodes = nodesFor(podsOf);
      const storageGib = storageOf(users, node, environment);
      return {
        accelerator,
        nodes,
        standingNodes: nodesFor(({ replicas, nodes: each = 1 }) => replicas * each),
        pods: users.reduce((sum, model) => sum + podsOf(model), 0),
        podsPerNode: Math.max(...users.map((model) => podsOnNode(model, node, environment))),
        announcedGpus: nodes * node.gpus,
        storageGib,
        volumeGib: Math.max(MIN_VOLUME_GIB, storageGib),
      };
    });
}

/** Models that run on nodes of a type, or move away from them. */
export function usersOf({ models }: EnvironmentConfig, type: string): ModelConfig[] {
  return models.filter(({ accelerator, previousAccelerator }) => accelerator === type || previousAccelerator === type);
}

/** With autoscaling there may be a rollout while there are most replicas. */
function podsOf({ replicas, autoscaling, rollout, nodes = 1 }: ModelConfig): number {
  return (Math.max(replicas, autoscaling?.maxReplicas ?? 0) + rollout.maxSurge) * nodes;
}

/** The scheduler may put any mixture of pods on a node: there is room for the one that writes most for each GPU. */
function storageOf(
  models: readonly ModelConfig[],
  { accelerator, gpus }: Node,
  environment: EnvironmentConfig,
): number {
  const mibPerGpu = models.map(
    (model) => podStorageMib(resolvedModel(model, environment).cacheSizeMib) / gpusOf(model, accelerator, environment),
  );
  return nodeStorageGib((gpus * Math.max(...mibPerGpu)) / 1024);
}

function podsOnNode(model: ModelConfig, { accelerator, gpus }: Node, environment: EnvironmentConfig): number {
  return Math.max(1, Math.floor(gpus / gpusOf(model, accelerator, environment)));
}
