export { cacheDirectory } from './cache';
export type { CommandOptions, CommandResult } from './commands';
export { Cleanup } from './cleanup';
export { locateCrds } from './crds';
export { type FakeNodeGroup, SYSTEM_NODE } from './fake-nodes';
export type { Prometheus, Series } from './prometheus';
export {
  CLUSTER_NAME,
  GPU_NODES,
  type RehearsalPlatform,
  type RehearsalPlatformOptions,
  startRehearsalPlatform,
} from './rehearsal-platform';
export {
  hasSceneProgram,
  KARPENTER,
  KEDA_ADAPTER,
  KEDA_OPERATOR,
  type SceneProgram,
  sceneProgramVersion,
} from './scene-programs';
