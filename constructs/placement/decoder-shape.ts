import { layerWindows } from './attention-windows';
import { type ConfigReader } from './config-reader';
import { type DecoderFamily } from './decoder-families';
import { feedForward } from './feed-forward';
import { type Matrix, matrixParameters, numbers } from './matrix';
import { type KvGroup, type ModelShape } from './model-shape';

/** Parameters of a part of a layer. */
interface Parts {
  readonly matrices: readonly Matrix[];
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
    ? latentAttention(reader, numbers(layers), hiddenSize, attentionHeads)
    : groupedAttention(reader, family, numbers(layers), hiddenSize, attentionHeads, kvHeads, headDim);
  const mlp = feedForward(reader, family.experts, hiddenSize, layers);
  const embeddingParameters = vocabularySize * hiddenSize;
  return {
    modelType, hiddenSize, layers, attentionHeads, kvHeads, headDim, vocabularySize,
    maxContextTokens: maxContext(reader, family),
    matrices: [...attention.matrices, ...mlp.matrices],
    linearParameters: matrixParameters(attention.matrices) + mlp.linear,
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
    nextTokenLayers: reader.amount('num_nextn_predict_layers', 0),
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

function groupedAttention(reader: ConfigReader, family: DecoderFamily, layers: readonly number[], hidden: number, heads: number, kvHeads: number, dim: number): Parts {
  const bias = reader.flag('attention_bias', false);
  const queries = heads * dim;
  const keysAndValues = 2 * kvHeads * dim;
  return {
    matrices: [
      { name: 'self_attn.q_proj', layers, inputs: hidden, outputs: queries, copies: 1, cut: 'outputs' },
      { name: 'self_attn.k_proj', layers, inputs: hidden, outputs: kvHeads * dim, copies: 1, cut: 'kv-heads' },
      { name: 'self_attn.v_proj', layers, inputs: hidden, outputs: kvHeads * dim, copies: 1, cut: 'kv-heads' },
      { name: 'self_attn.o_proj', layers, inputs: queries, outputs: hidden, copies: 1, cut: 'inputs' },
    ],
    other: ((family.qkvBias ?? bias) ? queries + keysAndValues : 0)
      + ((family.outputBias ?? bias) ? hidden : 0)
      + (family.headNorms ? 2 * dim : 0)
      // A learned sink for each head.
      + (family.experts === 'gpt-oss' ? heads : 0),
  };
}

function latentAttention(reader: ConfigReader, layers: readonly number[], hidden: number, heads: number): Parts {
  const queryRank = reader.raw('q_lora_rank') === undefined ? 0 : reader.count('q_lora_rank');
  const rank = reader.count('kv_lora_rank');
  const rope = reader.count('qk_rope_head_dim');
  const nope = reader.count('qk_nope_head_dim');
  const value = reader.count('v_head_dim');
  const queries = heads * (nope + rope);
  return {
    matrices: [
      // What leads down to the compressed vectors lies on every rank whole.
      ...(queryRank === 0
        ? [{ name: 'self_attn.q_proj', layers, inputs: hidden, outputs: queries, copies: 1, cut: 'outputs' } as const]
        : [
          { name: 'self_attn.q_a_proj', layers, inputs: hidden, outputs: queryRank, copies: 1, cut: 'nothing' } as const,
          { name: 'self_attn.q_b_proj', layers, inputs: queryRank, outputs: queries, copies: 1, cut: 'outputs' } as const,
        ]),
      { name: 'self_attn.kv_a_proj_with_mqa', layers, inputs: hidden, outputs: rank + rope, copies: 1, cut: 'nothing' },
      { name: 'self_attn.kv_b_proj', layers, inputs: rank, outputs: heads * (nope + value), copies: 1, cut: 'outputs' },
      { name: 'self_attn.o_proj', layers, inputs: heads * value, outputs: hidden, copies: 1, cut: 'inputs' },
    ],
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
