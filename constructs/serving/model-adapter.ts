/** A LoRA adapter that is served beside its base model. */
export interface ModelAdapter {
  /** Name by which clients ask for it. */
  readonly name: string;

  /**
   * Directory in the container that holds it, or a repository on the model hub. A repository is taken as it is when a pod starts:
   * where revisions are pinned, only directories are allowed.
   */
  readonly path: string;

  /** Its `adapter_config.json`, as published: it names the base model, and the rank that the engine has to make room for. */
  readonly adapterConfig: string;
}
