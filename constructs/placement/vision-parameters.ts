import { ConfigReader, type JsonObject } from './config-reader';

/**
 * Parameters of the image encoder and its projector, from `vision_config`: a transformer of the sizes it names. An estimate:
 * projectors differ, and it is a small part of a model.
 */
export function visionParameters(config: JsonObject, textHiddenSize: number, problems: string[]): number {
  const reader = new ConfigReader(config);
  const layers = reader.count(config.depth === undefined ? 'num_hidden_layers' : 'depth');
  const hidden = reader.count(config.embed_dim === undefined ? 'hidden_size' : 'embed_dim');
  const width = reader.count('intermediate_size', 4 * hidden);
  const gated = config.hidden_act === 'silu';
  const patch = reader.count('patch_size');
  const positions = reader.amount('num_position_embeddings', Math.floor(reader.amount('image_size', 0) / patch) ** 2);
  const merged = hidden * reader.count('spatial_merge_size', 1) ** 2;
  // Qwen's mergers have a layer of their own before the projection; deep-stacked ones come on top.
  const mergers = config.spatial_merge_size === undefined ? 0 : 1 + reader.amounts('deepstack_visual_indexes').length;
  problems.push(...reader.problems.map((problem) => `vision_config.${problem}`));
  return layers * (4 * hidden ** 2 + (gated ? 3 : 2) * hidden * width + 9 * hidden + width)
    + reader.count('in_channels', 3) * reader.count('temporal_patch_size', 1) * patch ** 2 * hidden
    + positions * hidden
    + (mergers === 0 ? hidden * textHiddenSize : mergers * (merged ** 2 + merged * textHiddenSize));
}

/**
 * Heads of the image encoder that tensor parallelism must divide. Engines repeat InternVL's where they do not divide
 * (`intern_vit.py` of vLLM 0.18.1); others end at start.
 */
export function sharedVisionHeads({ num_heads: heads, num_attention_heads: attentionHeads, model_type: type }: JsonObject): number | undefined {
  const count = heads ?? attentionHeads;
  return typeof count === 'number' && !String(type).startsWith('intern') ? count : undefined;
}
