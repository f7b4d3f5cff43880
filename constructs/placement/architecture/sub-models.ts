import { ConfigReader, isObject, type JsonObject } from './config-reader';

/** What a model has beside the one that makes text: encoders of images and sound, with what joins them to it. */
export interface SubModels {
  readonly parameters: number;
  /**
   * Heads of the image encoder that tensor parallelism must divide. Engines repeat InternVL's where they do not divide
   * (`intern_vit.py` of vLLM 0.18.1); others end at start.
   */
  readonly visionHeads?: number;
  /** Width of the image encoder's feed-forward networks, which tensor parallelism must divide; undefined where it follows from its heads. */
  readonly visionWidth?: number;
  /** Heads of the encoder of sound. */
  readonly soundHeads?: number;
  /** Fields of parts whose parameters are not known. */
  readonly uncounted: readonly string[];
}

/** Objects of a file that hold settings instead of a model. */
const SETTINGS: readonly string[] = [
  'text_config',
  'llm_config',
  'language_config',
  'quantization_config',
  'compression_config',
  'generation_config',
  'sparse_attention_config',
  'speculators_config',
  'per_layer_config',
  'eagle_config',
  'dflash_config',
  'speculator_config',
  'dual_chunk_attention_config',
];

/** Counts the parts of a file beside its text model; it reports those that it cannot read. */
export function subModels(file: JsonObject, textHiddenSize: number, problems: string[]): SubModels {
  let parameters = 0;
  const uncounted: string[] = [];
  for (const [field, config] of Object.entries(file)) {
    if (!field.endsWith('_config') || SETTINGS.includes(field) || !isObject(config)) continue;
    const count = COUNTS[field];
    if (count === undefined) {
      uncounted.push(field);
      continue;
    }
    const reader = new ConfigReader(config, DEFAULTS[String(config.model_type)], NAMES[field]?.(config));
    parameters += count(reader, { config, file, text: textHiddenSize });
    problems.push(...reader.problems.map((problem) => `config.${field}.${problem}`));
  }
  return {
    parameters,
    uncounted,
    visionHeads: headsOf(file.vision_config),
    visionWidth: widthOf(file.vision_config),
    soundHeads: headsOf(file.audio_config),
  };
}

function headsOf(config: unknown): number | undefined {
  if (!isObject(config) || String(config.model_type).startsWith('intern')) return undefined;
  const heads =
    config.num_heads ??
    config.num_attention_heads ??
    config.attention_heads ??
    config.vt_num_attention_heads ??
    config.encoder_attention_heads ??
    config.conf_num_attention_heads ??
    DEFAULTS[String(config.model_type)]?.num_attention_heads;
  return typeof heads === 'number' ? heads : undefined;
}

function widthOf(config: unknown): number | undefined {
  return isObject(config) && typeof config.intermediate_size === 'number' ? config.intermediate_size : undefined;
}

interface Context {
  readonly config: JsonObject;
  readonly file: JsonObject;
  /** Hidden size of the text model. */
  readonly text: number;
}

const CLIP: JsonObject = {
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  image_size: 224,
  patch_size: 32,
};
const IDEFICS: JsonObject = { ...CLIP, hidden_size: 1152, num_attention_heads: 16 };
const VIT_LARGE: JsonObject = {
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
};

/** What configuration classes fill in where files are silent. */
const DEFAULTS: Readonly<Record<string, JsonObject>> = {
  clip_vision_model: CLIP,
  siglip_vision_model: { ...CLIP, patch_size: 16 },
  idefics3: IDEFICS,
  idefics3_vision: IDEFICS,
  smolvlm_vision: IDEFICS,
  internvl_vision: { ...VIT_LARGE, image_size: 448, patch_size: 14 },
  pixtral: { ...VIT_LARGE, image_size: 1024, patch_size: 16, hidden_act: 'silu' },
  mllama_vision_model: {
    hidden_size: 1280,
    intermediate_size: 5120,
    num_hidden_layers: 32,
    num_global_layers: 8,
    attention_heads: 16,
    image_size: 448,
    patch_size: 14,
    max_num_tiles: 4,
    vision_output_dim: 7680,
  },
  qwen2_audio_encoder: {
    d_model: 1280,
    encoder_layers: 32,
    encoder_ffn_dim: 5120,
    num_mel_bins: 128,
    max_source_positions: 1500,
  },
  voxtral_encoder: {
    hidden_size: 1280,
    num_hidden_layers: 32,
    intermediate_size: 5120,
    num_mel_bins: 128,
    max_source_positions: 1500,
  },
  gemma3n_audio: { hidden_size: 1536, conf_num_hidden_layers: 12 },
};

/** How files spell the sizes of an encoder. */
const NAMES: Readonly<Record<string, (config: JsonObject) => Record<string, string>>> = {
  vision_config: (config) => ({
    ...(config.depth === undefined ? {} : { num_hidden_layers: 'depth' }),
    ...(config.embed_dim === undefined ? {} : { hidden_size: 'embed_dim' }),
    // Kimi's.
    ...(config.vt_hidden_size === undefined
      ? {}
      : {
          hidden_size: 'vt_hidden_size',
          intermediate_size: 'vt_intermediate_size',
          num_hidden_layers: 'vt_num_hidden_layers',
          num_attention_heads: 'vt_num_attention_heads',
        }),
  }),
  audio_config: ({ model_type, d_model }): Record<string, string> =>
    model_type === 'qwen2_audio_encoder' || d_model !== undefined
      ? { hidden_size: 'd_model', num_hidden_layers: 'encoder_layers', intermediate_size: 'encoder_ffn_dim' }
      : {},
};

type Count = (reader: ConfigReader, context: Context) => number;

const COUNTS: Readonly<Record<string, Count>> = {
  vision_config: (reader, context) =>
    context.config.model_type === 'gemma3n_vision'
      ? GEMMA3N_VISION +
        2 * context.text +
        reader.count('hidden_size', 2048) * (context.text + 2) +
        128 * reader.count('hidden_size', 2048)
      : imageEncoder(reader, context) + imageProjector(reader, context),
  audio_config: (reader, context) =>
    context.config.model_type === 'gemma3n_audio' ? conformer(reader, context) : soundEncoder(reader, context),
};

/** MobileNet V5 of Gemma 3n: convolutions whose sizes stand in no file. */
const GEMMA3N_VISION = 294e6;

/**
 * A transformer over patches of an image: what they are made of, their positions and its layers. Norms and biases count as if every
 * encoder had them.
 */
function imageEncoder(reader: ConfigReader, { config }: Context): number {
  const layers = reader.count('num_hidden_layers') + reader.amount('num_global_layers', 0);
  const hidden = reader.count('hidden_size');
  const width = reader.count('intermediate_size', 4 * hidden);
  const gated = config.hidden_act === 'silu' || config.model_type === 'gemma4_vision';
  const patch = reader.side('patch_size');
  const patches = Math.floor(reader.raw('image_size') === undefined ? 0 : reader.side('image_size') / patch) ** 2;
  return (
    layers * (4 * hidden ** 2 + (gated ? 3 : 2) * hidden * width + 9 * hidden + width) +
    reader.count('in_channels', 3) * reader.count('temporal_patch_size', 1) * patch ** 2 * hidden +
    positionsOf(reader, config, patches) * hidden
  );
}

function positionsOf(reader: ConfigReader, config: JsonObject, patches: number): number {
  if (config.init_pos_emb_height !== undefined)
    return reader.count('init_pos_emb_height') * reader.count('init_pos_emb_width');
  // A table for each of the two directions.
  if (config.position_embedding_size !== undefined) return 2 * reader.count('position_embedding_size');
  // A table for each aspect ratio of tiles, and none.
  if (config.max_num_tiles !== undefined)
    return (patches + 1) * (1 + 9 * reader.count('max_num_tiles')) + 18 * reader.count('max_num_tiles');
  return reader.amount('num_position_embeddings', patches + 1);
}

/** What joins an encoder of images to the text model. */
function imageProjector(reader: ConfigReader, { config, file, text }: Context): number {
  const hidden = reader.count('hidden_size');
  const outer = new ConfigReader(file);
  if (config.vision_output_dim !== undefined) return reader.count('vision_output_dim') * text + text;
  if (Array.isArray(config.merge_kernel_size))
    return merger(hidden * (config.merge_kernel_size as number[]).reduce((product, side) => product * side, 1), text);
  if (config.spatial_merge_size !== undefined) {
    // Qwen's mergers have a layer of their own before the projection; deep-stacked ones come on top.
    return (
      (1 + reader.amounts('deepstack_visual_indexes').length) *
      merger(hidden * reader.count('spatial_merge_size') ** 2, text)
    );
  }
  if (typeof file.scale_factor === 'number') return hidden * file.scale_factor ** 2 * text;
  if (typeof file.downsample_ratio === 'number')
    return (hidden / file.downsample_ratio ** 2) * (text + 2) + text ** 2 + 2 * text;
  if (file.spatial_merge_size !== undefined)
    return hidden ** 2 * outer.count('spatial_merge_size') ** 2 + hidden * text + text ** 2;
  // Two layers as LLaVA has them; others have no more than that.
  return hidden * text + text ** 2 + 3 * text;
}

function merger(merged: number, text: number): number {
  return merged ** 2 + merged * text + merged + text;
}

/** An encoder of sound as Whisper has it, and what joins it to the text model. */
function soundEncoder(reader: ConfigReader, { text, file }: Context): number {
  const hidden = reader.count('hidden_size');
  const layers = reader.count('num_hidden_layers');
  const width = reader.count('intermediate_size');
  const encoder =
    layers * (4 * hidden ** 2 + 2 * hidden * width + 8 * hidden + width) +
    3 * hidden * (reader.count('num_mel_bins') + hidden) +
    2 * hidden +
    reader.count('max_source_positions') * hidden +
    2 * hidden;
  // Voxtral's projector takes several positions at once, and has a second layer.
  return encoder + (file.model_type === 'qwen2_audio' ? hidden * text + text : width * text + text ** 2);
}

/** An encoder of sound with convolutions between its networks, as Gemma 3n has it. */
function conformer(reader: ConfigReader, { text }: Context): number {
  const hidden = reader.count('hidden_size');
  return reader.count('conf_num_hidden_layers') * (24 * hidden ** 2 + 17 * hidden) + 2e6 + hidden * (text + 128);
}
