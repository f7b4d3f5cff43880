import { type JsonObject } from '../config-reader';
import { type DecoderFamily } from './decoder-family';

export const LLAMA: DecoderFamily = {
  silent: {
    hidden_size: 4096,
    intermediate_size: 11008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    vocab_size: 32000,
    max_position_embeddings: 2048,
  },
};
const MISTRAL: DecoderFamily = {
  ...LLAMA,
  windows: 'all',
  silent: { ...LLAMA.silent, intermediate_size: 14336, num_key_value_heads: 8, max_position_embeddings: 131072 },
};
const QWEN2: DecoderFamily = {
  ...LLAMA,
  windows: 'qwen',
  qkvBias: true,
  outputBias: false,
  silent: { ...LLAMA.silent, intermediate_size: 22016, vocab_size: 151936, max_position_embeddings: 32768 },
};
export const QWEN3: DecoderFamily = { windows: 'qwen', headNorms: 'one' };
const COHERE: DecoderFamily = { norms: 1, headNorms: 'all', tied: true, defaults: { use_qk_norm: false } };
const GLM: DecoderFamily = { outputBias: false };

/** GPT-2 writes its sizes with names of its own, and all heads have keys and values. */
const GPT2: DecoderFamily = {
  normBias: true,
  qkvBias: true,
  outputBias: true,
  plain: true,
  networkBias: true,
  positions: true,
  names: {
    hidden_size: 'n_embd',
    num_hidden_layers: 'n_layer',
    num_attention_heads: 'n_head',
    max_position_embeddings: 'n_positions',
    intermediate_size: 'n_inner',
  },
  translate: ({ n_embd, n_inner }) =>
    typeof n_embd === 'number' && (n_inner ?? undefined) === undefined ? { n_inner: 4 * n_embd } : {},
  modules: { attention: 'attn' },
  tied: true,
};

/** Falcon's three layouts: one head of keys and values, groups of them, or one for each head. */
function falcon(config: JsonObject): JsonObject {
  const {
    hidden_size: hidden,
    num_attention_heads: heads,
    n_head: olderHeads,
    new_decoder_architecture: grouped,
    num_kv_heads: groups,
    n_head_kv: olderGroups,
    multi_query: single,
  } = config;
  const attentionHeads = heads ?? olderHeads;
  return {
    ...(olderHeads === undefined ? {} : { num_attention_heads: attentionHeads }),
    ...(config.n_layer === undefined ? {} : { num_hidden_layers: config.n_layer }),
    intermediate_size:
      typeof hidden === 'number' && typeof config.ffn_hidden_size !== 'number' ? 4 * hidden : config.ffn_hidden_size,
    num_key_value_heads: grouped === true ? (groups ?? olderGroups) : single === false ? attentionHeads : 1,
    norms_of_layer: grouped === true ? (config.num_ln_in_parallel_attn ?? 2) : config.parallel_attn === false ? 2 : 1,
  };
}

/** Families whose every token passes the whole network. */
export const DENSE_FAMILIES: Readonly<Record<string, DecoderFamily>> = {
  llama: LLAMA,
  mistral: MISTRAL,
  ministral3: MISTRAL,
  phi3: { ...LLAMA, windows: 'all' },
  qwen2: QWEN2,
  qwen2_vl: QWEN2,
  qwen2_vl_text: QWEN2,
  qwen2_5_vl: QWEN2,
  qwen2_5_vl_text: QWEN2,
  qwen3: QWEN3,
  qwen3_vl_text: QWEN3,
  gemma: { tied: true },
  gemma2: { norms: 4, windows: 'alternating', tied: true },
  gemma3_text: {
    norms: 4,
    windows: 'pattern',
    headNorms: 'one',
    fixedContext: true,
    tied: true,
    defaults: {
      vocab_size: 262208,
      num_attention_heads: 8,
      num_key_value_heads: 4,
      head_dim: 256,
      max_position_embeddings: 131072,
      sliding_window: 4096,
      sliding_window_pattern: 6,
    },
  },
  gemma3n_text: {
    norms: 4,
    windows: 'pattern',
    headNorms: 'one',
    special: 'gemma3n',
    fixedContext: true,
    tied: true,
    defaults: {
      vocab_size: 262400,
      vocab_size_per_layer_input: 262144,
      hidden_size: 2048,
      hidden_size_per_layer_input: 256,
      num_hidden_layers: 35,
      num_attention_heads: 8,
      num_key_value_heads: 2,
      head_dim: 256,
      intermediate_size: 16384,
      num_kv_shared_layers: 15,
      laurel_rank: 64,
      altup_num_inputs: 4,
      max_position_embeddings: 32768,
      sliding_window: 512,
      sliding_window_pattern: 5,
    },
  },
  gemma4_text: {
    norms: 4,
    headNorms: 'one',
    special: 'gemma4',
    experts: 'gemma4',
    tied: true,
    defaults: { sliding_window: 512 },
  },
  glm: GLM,
  glm4: { ...GLM, norms: 4 },
  gpt2: GPT2,
  falcon: {
    norms: 1,
    normBias: true,
    plain: true,
    translate: falcon,
    names: { attention_bias: 'bias', mlp_bias: 'bias' },
    modules: { attention: 'self_attention' },
    tied: true,
    defaults: { max_position_embeddings: 2048 },
  },
  // Norms without weights.
  olmo: { norms: 0, defaults: { final_norm: false } },
  olmo2: { headNorms: 'all' },
  olmo3: { headNorms: 'all' },
  granite: {},
  phi: {
    norms: 1,
    normBias: true,
    qkvBias: true,
    outputBias: true,
    plain: true,
    networkBias: true,
    headBias: true,
  },
  starcoder2: {
    normBias: true,
    windows: 'all',
    plain: true,
    names: { attention_bias: 'use_bias', mlp_bias: 'use_bias' },
    tied: true,
    defaults: { use_bias: true },
  },
  cohere: COHERE,
  cohere2: { ...COHERE, headNorms: undefined, windows: 'pattern', defaults: { sliding_window_pattern: 4 } },
  exaone4: { windows: 'letters', headNorms: 'one' },
  seed_oss: { defaults: { attention_bias: true, attention_out_bias: false } },
  smollm3: { tied: true },
  'nemotron-nas': { ...LLAMA, special: 'nas' },
  mllama_text_model: {
    ...LLAMA,
    special: 'mllama',
    defaults: { num_key_value_heads: 8, cross_attention_layers: [3, 8, 13, 18, 23, 28, 33, 38] },
  },
};
