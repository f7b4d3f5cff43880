import { layerWindows } from './attention-windows';
import { type ConfigReader } from './config-reader';
import { type DecoderFamily } from './decoder-families';
import { feedForward } from './feed-forward';
import { type KvGroup, type ModelShape } from './model-shape';

/** Parameters of a part of a layer. */
interface Parts {
  readonly linear: number;
  readonly other: number;
}

/** Sizes of a decoder, from the part of its `config.json` that describes the text model. */
export function decoderShape(reader: ConfigReader, modelType: string, family: DecoderFamily): ModelShape {
  const hiddenSize = reader.count('hidden_size');
  const layers = reader.count('num_hidden_layers');
  const attentionHeads = reader.count('num_attention_heads');
  const kvHeads = reader.count('num_key_value_heads', attentionHeads);
  const vocabularySize = reader.count('vocab_size');
  const headDim = headDimOf(reader, hiddenSize, attentionHeads);
  if (attentionHeads % kvHeads !== 0) {
    reader.problem('num_key_value_heads', `a divisor of the ${attentionHeads} attention heads`, kvHeads);
  }
  const attention = family.latent
    ? latentAttention(reader, hiddenSize, attentionHeads)
    : groupedAttention(reader, family, hiddenSize, attentionHeads, kvHeads, headDim);
  const mlp = feedForward(reader, family.experts, hiddenSize, layers);
  const embeddingParameters = vocabularySize * hiddenSize;
  return {
    modelType, hiddenSize, layers, attentionHeads, kvHeads, headDim, vocabularySize,
    maxContextTokens: maxContext(reader, family),
    linearParameters: layers * attention.linear + mlp.linear,
    expertParameters: mlp.expertParameters,
    experts: mlp.experts,
    expertsPerToken: mlp.expertsPerToken,
    otherParameters: layers * (attention.other + family.norms * hiddenSize) + mlp.other + hiddenSize,
    embeddingParameters,
    headParameters: reader.flag('tie_word_embeddings', false) ? 0 : embeddingParameters,
    visionParameters: 0,
    intermediateSizes: mlp.intermediateSizes,
    activationWidth: mlp.activationWidth,
    kvGroups: family.latent
      ? [{ layers, elements: reader.count('kv_lora_rank') + reader.count('qk_rope_head_dim'), heads: 0 }]
      : kvGroups(layerWindows(reader, family.windows, layers), 2 * kvHeads * headDim, kvHeads),
    encoder: false,
    weightBlock: weightBlockOf(reader),
  };
}

function headDimOf(reader: ConfigReader, hiddenSize: number, heads: number): number {
  if (reader.raw('head_dim') !== undefined) return reader.count('head_dim');
  // Latent attention has sizes of its own.
  if (reader.raw('kv_lora_rank') === undefined && hiddenSize % heads !== 0) {
    reader.problem('num_attention_heads', `a divisor of hidden_size ${hiddenSize}, as there is no head_dim`, heads);
  }
  return Math.floor(hiddenSize / heads);
}

function groupedAttention(reader: ConfigReader, family: DecoderFamily, hidden: number, heads: number, kvHeads: number, dim: number): Parts {
  const bias = reader.flag('attention_bias', false);
  const queries = heads * dim;
  const keysAndValues = 2 * kvHeads * dim;
  return {
    linear: 2 * hidden * queries + hidden * keysAndValues,
    other: ((family.qkvBias ?? bias) ? queries + keysAndValues : 0)
      + ((family.outputBias ?? bias) ? hidden : 0)
      + (family.headNorms ? 2 * dim : 0)
      // A learned sink for each head.
      + (family.experts === 'gpt-oss' ? heads : 0),
  };
}

function latentAttention(reader: ConfigReader, hidden: number, heads: number): Parts {
  const queryRank = reader.raw('q_lora_rank') === undefined ? 0 : reader.count('q_lora_rank');
  const rank = reader.count('kv_lora_rank');
  const rope = reader.count('qk_rope_head_dim');
  const nope = reader.count('qk_nope_head_dim');
  const value = reader.count('v_head_dim');
  const queries = heads * (nope + rope);
  return {
    linear: (queryRank === 0 ? hidden * queries : hidden * queryRank + queryRank * queries)
      + hidden * (rank + rope) + rank * heads * (nope + value) + heads * value * hidden,
    other: queryRank + rank,
  };
}

/** Layers with the same window together, those that keep everything first. */
function kvGroups(windows: readonly (number | undefined)[], elements: number, heads: number): KvGroup[] {
  const byWindow = new Map<number | undefined, number>([[undefined, 0]]);
  for (const window of windows) byWindow.set(window, (byWindow.get(window) ?? 0) + 1);
  return [...byWindow].filter(([, layers]) => layers > 0).map(([window, layers]) => ({ layers, elements, heads, window }));
}

/** The longest context, as vLLM derives it: YaRN and its like stretch the one of the file. */
function maxContext(reader: ConfigReader, family: DecoderFamily): number {
  const longest = reader.count('max_position_embeddings');
  const scaling = reader.object('rope_scaling');
  const type = scaling?.rope_type ?? scaling?.type;
  const factor = scaling?.factor;
  if (!family.scalesContext || typeof factor !== 'number' || typeof type !== 'string') return longest;
  if (['default', 'llama3', 'longrope', 'su', 'mrope'].includes(type)) return longest;
  const original = scaling?.original_max_position_embeddings;
  return Math.floor((type === 'yarn' && typeof original === 'number' ? original : longest) * factor);
}

function weightBlockOf(reader: ConfigReader): number | undefined {
  const block = reader.object('quantization_config')?.weight_block_size;
  return Array.isArray(block) && typeof block[0] === 'number' ? block[0] : undefined;
}
