import { isUnresolved } from '../checks/unresolved';
import { type GpuSharing } from '../nodes/gpu-sharing';
import { type NodeRequirements } from '../nodes/node-requirements';
import { type PlatformCapabilities } from '../platform/platform-capabilities';
import { type ModelOptions } from './model-options';
import { type ResolvedModel } from './resolved-model';

/**
 * What a model needs and its platform does not have, one problem per line.
 *
 * @param models all models on the platform; that they do not fit together is said of the last one
 */
export function missingProblems(
  options: ModelOptions,
  model: ResolvedModel,
  capabilities: PlatformCapabilities,
  models: readonly ResolvedModel[] = [model],
): string[] {
  const { nodes, autoscaling, leaderWorkerSet, endpointPickers, compileCache } = capabilities;
  const missing = (option: string, needed: boolean, has: boolean | undefined, what: string, remedy: string) =>
    needed && has === false
      ? [`${option}: expected ${what} on the platform, got none; ${remedy}, or leave ${option} out`]
      : [];
  return [
    ...missing(
      'autoscaling',
      model.autoscaling !== undefined,
      autoscaling,
      'KEDA',
      'set controllers.autoscaling of the platform',
    ),
    ...missing(
      options.placement ? 'placement' : 'nodes',
      model.nodes > 1,
      leaderWorkerSet,
      `LeaderWorkerSet, for a replica of ${model.nodes} nodes,`,
      'set controllers.leaderWorkerSet of the platform',
    ),
    ...missing(
      'routing',
      model.endpointPicker !== undefined,
      endpointPickers,
      'rights of endpoint pickers',
      'set controllers.endpointPickers of the platform',
    ),
    ...missing(
      'compileCache',
      model.compileCacheClaim !== undefined,
      compileCache?.includes(model.model),
      `a compile cache for "${model.model}"`,
      'name the model in addCompileCache of the platform',
    ),
    ...(nodes ? nodeProblems(options, model, nodes, models) : []),
  ];
}

function nodeProblems(
  options: ModelOptions,
  model: ResolvedModel,
  offered: readonly NodeRequirements[],
  models: readonly ResolvedModel[],
): string[] {
  const { accelerator: type, gpus } = model;
  if (type === undefined || [type, gpus].some(isUnresolved) || !(gpus > 0)) return [];
  const found = offered.find(({ accelerator: { instanceType } }) => instanceType === type);
  if (!found) {
    const types = offered.map(({ accelerator: { instanceType } }) => instanceType).join(', ');
    return [
      `${options.placement ? 'placement' : 'accelerator'}: expected nodes with ${type} on the platform, got ${types === '' ? 'none' : `those with ${types}`}; ask for them by addNodes of the platform, or take another instance type`,
    ];
  }
  const [given, needed] = [options.gpuSharing, found.sharing].map(sharingText);
  if (given !== needed)
    return [
      `gpuSharing: expected that of the nodes with ${type}, ${needed}, got ${given}; give model and nodes the same`,
    ];
  const users = models.filter(({ accelerator }) => accelerator === type);
  const alone = roomProblems(model, [], found);
  return alone.length > 0 || model !== users.at(-1) ? alone : roomProblems(model, users.slice(0, -1), found);
}

/** A pod beyond the last node stays pending, and the canary is aborted for that. */
function roomProblems(
  model: ResolvedModel,
  others: readonly ResolvedModel[],
  { accelerator, nodes, sharing }: NodeRequirements,
): string[] {
  const { most } = model.replicaRange;
  const needed = leastNodes([...others, model], accelerator.gpus * (sharing?.podsPerGpu ?? 1));
  if (needed === undefined || isUnresolved(nodes) || needed <= nodes) return [];
  const surge = model.rollout.surgeReplicas(most);
  const beside = others.length > 0 ? ` beside ${others.map((other) => other.model).join(', ')}` : '';
  return [
    `${model.autoscaling ? 'autoscaling.maxReplicas' : 'replicas'}: expected at most what ${nodes} nodes with ${accelerator.instanceType} have room for${beside}, got ${most}${surge > 0 ? `, and ${surge} more during a rollout` : ''}; ask for ${needed} nodes by addNodes of the platform, or for fewer replicas`,
  ];
}

/**
 * Nodes that models need at the height of their rollouts, however well their pods are packed; undefined where it cannot be told.
 *
 * @param gpus of a node, or shares of them
 */
function leastNodes(models: readonly ResolvedModel[], gpus: number): number | undefined {
  const unknown = models.some(
    ({ gpus: size, nodes, replicaRange: { most } }) =>
      [size, nodes, most].some(isUnresolved) || !(size > 0 && size <= gpus),
  );
  if (unknown) return undefined;
  const pods = models.map(({ gpus: size, nodes, rollout, replicaRange: { most } }) => ({
    size,
    count: (most + rollout.surgeReplicas(most)) * nodes,
  }));
  const sum = (values: readonly number[]) => values.reduce((left, right) => left + right, 0);
  const needed = Math.max(
    Math.ceil(sum(pods.map(({ size, count }) => size * count)) / gpus),
    // As many as these a node holds no larger ones either.
    ...pods.map(({ size: least }) =>
      Math.ceil(sum(pods.filter(({ size }) => size >= least).map(({ count }) => count)) / Math.floor(gpus / least)),
    ),
  );
  return Number.isInteger(needed) ? needed : undefined;
}

function sharingText(sharing: GpuSharing | undefined): string {
  return sharing ? `${sharing.strategy} by ${sharing.podsPerGpu}` : 'whole GPUs';
}
