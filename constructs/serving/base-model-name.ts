/** What copies of a model in another number format, or for another program, add to its name. */
const FORMAT = /[-_.](?:unsloth|bnb|dynamic|quantized|[248]bits?|int[48]|uint4|bf16|fp16|fp8|fp4|nvfp4|mxfp4|awq|gptq|marlin|gguf|hf|w\d+a\d+|g\d+|kv)$/;

/**
 * Whether the base model that an adapter names may be the one that is served. Adapters are trained on copies: under another
 * organization, in another number format, in a directory. Only a name that is surely another model's is told apart.
 *
 * @param base `base_model_name_or_path` of the adapter
 * @param repository `<organization>/<model>` that is served
 */
export function namesSameModel(base: string, repository: string): boolean {
  const name = repositoryOf(base.trim());
  return name === undefined || bare(name) === bare(repository);
}

/** `<organization>/<model>` where a name or path holds it; undefined for a directory, whose name says nothing. */
function repositoryOf(base: string): string | undefined {
  // The hub's cache: `…/models--Qwen--Qwen3-8B/snapshots/<commit>`.
  const cached = /(?:^|[/\\])models--([\w.-]+?)--([\w.-]+?)(?:[/\\]|$)/.exec(base);
  if (cached) return `${cached[1]}/${cached[2]}`;
  const plain = base.replace(/^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co|modelscope\.cn\/models)\//, '').replace(/(?:\/(?:tree|blob|resolve)\/.*|@[\w.-]+)$/, '').replace(/\/$/, '');
  return /^\w[\w.-]*\/[\w.-]+$/.test(plain) ? plain : undefined;
}

/** The model's own name: without organization, case, and what the format of a copy adds. */
function bare(repository: string): string {
  let name = repository.slice(repository.indexOf('/') + 1).toLowerCase().replace(/^meta-/, '');
  while (FORMAT.test(name)) name = name.replace(FORMAT, '');
  return name.replaceAll(/[._]/g, '-');
}
