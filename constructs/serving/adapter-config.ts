import { isUnresolved } from '../checks/unresolved';
import { AdapterFeature, type LoraAdapter } from './inference-engine';
import { type ModelAdapter } from './model-adapter';

/** What is used of an adapter's configuration. */
interface AdapterConfig {
  /** Null where it was trained on a model in memory. */
  readonly baseModel: string | null;
  readonly rank: number;
  readonly features: AdapterFeature[];
}

/** `adapter_config.json` as PEFT writes it. */
interface PeftConfig {
  readonly base_model_name_or_path?: unknown;
  readonly peft_type?: unknown;
  readonly r?: unknown;
  readonly lora_alpha?: unknown;
  readonly target_modules?: unknown;
  readonly bias?: unknown;
  readonly lora_bias?: unknown;
  readonly modules_to_save?: unknown;
  readonly rank_pattern?: unknown;
  readonly alpha_pattern?: unknown;
  readonly init_lora_weights?: unknown;
}

/** Starts that set the adapter's own matrices only (`_init_is_supported` of vLLM 0.33.0). Others changed the base model, which is served as it is. */
const OWN_STARTS = ['gaussian', 'eva', 'orthogonal', 'mica', 'lora_ga'];

/** Heads that PEFT saves whole for classification. */
const HEADS = ['classifier', 'score'];

/** Fields that stand for a feature as soon as they say anything. */
const BY_PRESENCE: readonly AdapterFeature[] = [
  AdapterFeature.DORA,
  AdapterFeature.RANK_STABILIZED,
  AdapterFeature.ACTIVATED,
  AdapterFeature.LAYER_REPLICATION,
  AdapterFeature.BLOCK_DIAGONAL,
  AdapterFeature.QALORA,
  AdapterFeature.TRAINED_TOKENS,
  AdapterFeature.MEGATRON,
  AdapterFeature.TARGET_PARAMETERS,
];

/** The adapters as an engine is told of them; what cannot be read is reported by {@link adapterProblems}. */
export function boundAdapters(adapters: readonly ModelAdapter[]): LoraAdapter[] {
  return adapters.map(({ name, path, adapterConfig }) => {
    const config = readConfig(adapterConfig);
    return { name, path, ...(typeof config === 'string' ? {} : { rank: config.rank, features: config.features }) };
  });
}

/**
 * What is wrong with the configurations of a model's adapters, one problem per line; empty when nothing is. Names and paths, and what
 * else an adapter asks for, are the engine's to judge.
 *
 * @param repository base model: its repository on the hub, or where its weights are
 */
export function adapterProblems(adapters: readonly ModelAdapter[], repository: string): string[] {
  return adapters.flatMap(({ adapterConfig }, index) => {
    const prop = `adapters[${index}].adapterConfig`;
    if (isUnresolved(adapterConfig))
      return [
        `${prop}: expected the text of adapter_config.json, got a deploy-time value; an adapter for another base model could not be told`,
      ];
    const config = readConfig(adapterConfig);
    if (typeof config === 'string') return [`${prop}: expected ${config}; give the file as it was published`];
    // Weights in a directory or a bucket have no name to compare with.
    if (
      isUnresolved(repository) ||
      repository.startsWith('/') ||
      repository.includes('://') ||
      config.baseModel === null ||
      namesSameModel(config.baseModel, repository)
    )
      return [];
    return [
      `${prop}: expected base_model_name_or_path ${JSON.stringify(repository)}, got ${JSON.stringify(config.baseModel)}; the adapter was trained for another model: serve that one or leave the adapter out. ` +
        `Where it is a copy of the same weights, write ${JSON.stringify(repository)} there`,
    ];
  });
}

/** Adapters that come from a hub, where no revision of them can be named; one line each. */
export function unpinnedAdapters(adapters: readonly ModelAdapter[] = []): string[] {
  return adapters.flatMap(({ path }, index) =>
    isUnresolved(path) || path.startsWith('/')
      ? []
      : [
          `adapters[${index}].path: expected a directory in the container where revisions are pinned, got ${JSON.stringify(path)}; an engine cannot be told the revision of an adapter on the hub, put it beside the weights`,
        ],
  );
}

/** The part of an adapter's configuration that is used, or what was expected of it. */
function readConfig(text: string): AdapterConfig | string {
  let config: PeftConfig | null;
  try {
    config = JSON.parse(text) as PeftConfig | null;
  } catch (error) {
    return `JSON, got ${(error as Error).message}`;
  }
  if (typeof config !== 'object' || config === null) return `a JSON object, got ${JSON.stringify(config)}`;
  const {
    base_model_name_or_path: baseModel,
    r: rank,
    lora_alpha: alpha,
    target_modules: targets,
    peft_type: kind = 'LORA',
    rank_pattern: pattern,
  } = config;
  // PEFT leaves the name out as null where the base model had none.
  if (baseModel !== null && typeof baseModel !== 'string')
    return `base_model_name_or_path, got ${JSON.stringify(baseModel)}`;
  if (kind !== 'LORA') return `peft_type "LORA", got ${JSON.stringify(kind)}`;
  if (!isRank(rank)) return `a whole rank r from 1, got ${JSON.stringify(rank)}`;
  if (typeof alpha !== 'number') return `a number lora_alpha, got ${JSON.stringify(alpha)}`;
  if (targets === undefined) return 'target_modules, got none';
  const ranks = entries(pattern);
  if (!ranks.every(isRank)) return `whole ranks from 1 in rank_pattern, got ${JSON.stringify(pattern)}`;
  return {
    baseModel: baseModel === '' ? null : baseModel,
    rank: Math.max(rank, ...ranks),
    features: featuresOf(config),
  };
}

function featuresOf(config: PeftConfig): AdapterFeature[] {
  const {
    bias = 'none',
    lora_bias: ownBias,
    init_lora_weights: start,
    modules_to_save: saved,
    target_modules: targets,
  } = config;
  const modules = Array.isArray(saved) ? saved.map(String) : [];
  return [
    ...BY_PRESENCE.filter((feature) => says(config[feature as keyof PeftConfig])),
    ...(bias !== 'none' || says(ownBias) ? [AdapterFeature.BIAS] : []),
    ...(modules.some((module) => !HEADS.includes(module)) ? [AdapterFeature.SAVED_MODULES] : []),
    ...(modules.some((module) => HEADS.includes(module)) ? [AdapterFeature.CLASSIFICATION_HEAD] : []),
    ...(entries(config.rank_pattern).length + entries(config.alpha_pattern).length > 0
      ? [AdapterFeature.PATTERNS]
      : []),
    ...(typeof start === 'string' && !OWN_STARTS.includes(start.toLowerCase()) ? [AdapterFeature.CHANGED_BASE] : []),
    ...targetFeatures(targets),
  ];
}

/** `all-linear` and `all` are names for a choice; another text is an expression. Null stands where only single parameters are adapted. */
function targetFeatures(targets: unknown): AdapterFeature[] {
  if (!Array.isArray(targets))
    return targets === 'all-linear' || targets === 'all' ? [] : [AdapterFeature.TARGET_EXPRESSION];
  const has = (module: string) => targets.some((target) => String(target).split('.').at(-1) === module);
  return ['q_proj', 'k_proj', 'v_proj'].some(has) && !(has('q_proj') && has('v_proj'))
    ? [AdapterFeature.PARTIAL_ATTENTION]
    : [];
}

function isRank(rank: unknown): rank is number {
  return typeof rank === 'number' && Number.isInteger(rank) && rank >= 1;
}

/** Values of an object; none of what is no object. */
function entries(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

/** Whether a field says more than that there is nothing. */
function says(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** What copies of a model in another number format, or for another program, add to its name. */
const FORMAT =
  /[-_.](?:unsloth|bnb|dynamic|quantized|[248]bits?|int[48]|uint4|bf16|fp16|fp8|fp4|nvfp4|mxfp4|awq|gptq|marlin|gguf|hf|w\d+a\d+|g\d+|kv)$/;

/**
 * Whether the base model that an adapter names may be the one that is served. Adapters are trained on copies: under another
 * organization, in another number format, in a directory. Only a name that is surely another model's is told apart.
 *
 * @param base `base_model_name_or_path` of the adapter
 * @param repository `<organization>/<model>` that is served
 */
function namesSameModel(base: string, repository: string): boolean {
  const name = repositoryOf(base.trim());
  return name === undefined || bare(name) === bare(repository);
}

/** `<organization>/<model>` where a name or path holds it; undefined for a directory, whose name says nothing. */
function repositoryOf(base: string): string | undefined {
  // The hub's cache: `…/models--Qwen--Qwen3-8B/snapshots/<commit>`.
  const cached = /(?:^|[/\\])models--([\w.-]+?)--([\w.-]+?)(?:[/\\]|$)/.exec(base);
  if (cached) return `${cached[1]}/${cached[2]}`;
  const plain = base
    .replace(/^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co|modelscope\.cn\/models)\//, '')
    .replace(/(?:\/(?:tree|blob|resolve)\/.*|@[\w.-]+)$/, '')
    .replace(/\/$/, '');
  return /^\w[\w.-]*\/[\w.-]+$/.test(plain) ? plain : undefined;
}

/** The model's own name: without organization, case, and what the format of a copy adds. */
function bare(repository: string): string {
  let name = repository
    .slice(repository.indexOf('/') + 1)
    .toLowerCase()
    .replace(/^meta-/, '');
  while (FORMAT.test(name)) name = name.replace(FORMAT, '');
  return name.replaceAll(/[._]/g, '-');
}
