import type { NodeRequirements } from '../nodes/node-requirements';

/** What a platform has for models. A model that needs more fails at synth; what is not said is not checked. */
export interface PlatformCapabilities {
  /**
   * Nodes with accelerators. `accelerator`, `nodes` and `sharing` are looked at.
   *
   * @default - not checked
   */
  readonly nodes?: NodeRequirements[];

  /**
   * Whether KEDA is there, for models with `autoscaling`.
   *
   * @default - not checked
   */
  readonly autoscaling?: boolean;

  /**
   * Whether LeaderWorkerSet is there, for models beyond one node.
   *
   * @default - not checked
   */
  readonly leaderWorkerSet?: boolean;

  /**
   * Whether endpoint pickers have their rights, for models with `routing`.
   *
   * @default - not checked
   */
  readonly endpointPickers?: boolean;

  /**
   * Names of the models that a compile cache keeps kernels of, for models with `compileCache`.
   *
   * @default - not checked
   */
  readonly compileCache?: string[];

  /**
   * Registries that images of models may come from, as `admission.allowedRegistries` of the platform says.
   *
   * @default - not checked
   */
  readonly allowedRegistries?: string[];
}
