import { isUnresolved } from '../checks/unresolved';
import { type GpuSharing } from '../nodes/gpu-sharing';
import { type NodeRequirements } from '../nodes/node-requirements';
import { type PlatformCapabilities } from '../platform/platform-capabilities';
import { type ModelOptions } from './model-options';
import { type ResolvedModel } from './resolved-model';

/** What a model needs and its platform does not have, one problem per line. */
export function missingProblems(
  options: ModelOptions,
  model: ResolvedModel,
  capabilities: PlatformCapabilities,
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
    ...(nodes ? nodeProblems(options, model, nodes) : []),
  ];
}

function nodeProblems(options: ModelOptions, model: ResolvedModel, offered: readonly NodeRequirements[]): string[] {
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
  return roomProblems(model, found);
}

/** A pod beyond the last node stays pending, and the canary is aborted for that. Each model is looked at by itself. */
function roomProblems(model: ResolvedModel, { accelerator, nodes, sharing }: NodeRequirements): string[] {
  const {
    rollout,
    replicas,
    replicaRange: { least, most },
  } = model;
  if ([nodes, most, model.nodes].some(isUnresolved)) return [];
  const surge = rollout.surgeReplicas(most);
  const perNode = Math.floor((accelerator.gpus * (sharing?.podsPerGpu ?? 1)) / model.gpus);
  const needed = Math.ceil(((most + surge) * model.nodes) / perNode);
  return needed <= nodes || !Number.isInteger(needed)
    ? []
    : [
        `${least === most && most === replicas ? 'replicas' : 'autoscaling.maxReplicas'}: expected at most what ${nodes} nodes with ${accelerator.instanceType} have room for, got ${most}${surge > 0 ? `, and ${surge} more during a rollout` : ''}; ask for ${needed} nodes by addNodes of the platform, or for fewer replicas`,
      ];
}

function sharingText(sharing: GpuSharing | undefined): string {
  return sharing ? `${sharing.strategy} by ${sharing.podsPerGpu}` : 'whole GPUs';
}
