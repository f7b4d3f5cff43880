import { type JsonObject } from '../config-reader';
import { type DecoderFamily, TIED, UNTIED } from './decoder-family';

export const LLAMA: DecoderFamily = {
  norms: 2,
  windows: 'all',
  scalesContext: true,
  defaults: UNTIED,
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
  silent: { ...LLAMA.silent, intermediate_size: 14336, num_key_value_heads: 8, max_position_embeddings: 131072 },
};
const QWEN2: DecoderFamily = {
  ...LLAMA,
  windows: 'qwen',
  qkvBias: true,
  outputBias: false,
  silent: { ...LLAMA.silent, intermediate_size: 22016, vocab_size: 151936, max_position_embeddings: 32768 },
};
export const QWEN3: DecoderFamily = {
  norms: 2,
  windows: 'qwen',
  headNorms: 'one',
  scalesContext: true,
  defaults: UNTIED,
};
const COHERE: DecoderFamily = {
  norms: 1,
  windows: 'none',
  scalesContext: true,
  defaults: { ...TIED, use_qk_norm: false },
  headNorms: 'all',
};
const GLM: DecoderFamily = {
  norms: 2,
  windows: 'none',
  outputBias: false,
  scalesContext: true,
  defaults: { ...UNTIED, attention_bias: false },
};

/** GPT-2 writes its sizes with names of its own, and all heads have keys and values. */
const GPT2: DecoderFamily = {
  norms: 2,
  normBias: true,
  windows: 'none',
  qkvBias: true,
  outputBias: true,
  plain: true,
  networkBias: true,
  positions: true,
  scalesContext: true,
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
  defaults: TIED,
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
    ...(typeof hidden === 'number' && typeof config.ffn_hidden_size !== 'number'
      ? { intermediate_size: 4 * hidden }
      : { intermediate_size: config.ffn_hidden_size }),
    num_key_value_heads: grouped === true ? (groups ?? olderGroups) : single === false ? attentionHeads : 1,
    norms_of_layer: grouped === true ? (config.num_ln_in_parallel_attn ?? 2) : config.parallel_attn === false ? 2 : 1,
  };
}

/** Families whose every token passes the whole network. */
export const DENSE_FAMILIES: Readonly<Record<string, DecoderFamily>> = {
  llama: { ...LLAMA, windows: 'none' },
  mistral: MISTRAL,
  ministral3: MISTRAL,
  phi3: LLAMA,
  qwen2: QWEN2,
  qwen2_vl: QWEN2,
  qwen2_vl_text: QWEN2,
  qwen2_5_vl: QWEN2,
  qwen2_5_vl_text: QWEN2,
  qwen3: QWEN3,
  qwen3_vl_text: QWEN3,
  gemma: { norms: 2, windows: 'none', scalesContext: true, defaults: TIED },
  gemma2: { norms: 4, windows: 'alternating', scalesContext: true, defaults: TIED },
  gemma3_text: {
    norms: 4,
    windows: 'pattern',
    headNorms: 'one',
    defaults: {
      ...TIED,
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
    defaults: {
      ...TIED,
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
    windows: 'none',
    headNorms: 'one',
    special: 'gemma4',
    experts: 'gemma4',
    scalesContext: true,
    defaults: { ...TIED, sliding_window: 512 },
  },
  glm: GLM,
  glm4: { ...GLM, norms: 4 },
  gpt2: GPT2,
  falcon: {
    norms: 1,
    normBias: true,
    windows: 'none',
    plain: true,
    translate: falcon,
    names: { attention_bias: 'bias', mlp_bias: 'bias' },
    scalesContext: true,
    modules: { attention: 'self_attention' },
    defaults: { ...TIED, max_position_embeddings: 2048 },
  },
  // Norms without weights.
  olmo: { norms: 0, windows: 'none', scalesContext: true, defaults: { ...UNTIED, final_norm: false } },
  olmo2: { norms: 2, windows: 'none', headNorms: 'all', scalesContext: true, defaults: UNTIED },
  olmo3: { norms: 2, windows: 'none', headNorms: 'all', scalesContext: true, defaults: UNTIED },
  granite: { norms: 2, windows: 'none', scalesContext: true, defaults: UNTIED },
  phi: {
    norms: 1,
    normBias: true,
    windows: 'none',
    qkvBias: true,
    outputBias: true,
    plain: true,
    networkBias: true,
    headBias: true,
    scalesContext: true,
    defaults: UNTIED,
  },
  starcoder2: {
    norms: 2,
    normBias: true,
    windows: 'all',
    plain: true,
    names: { attention_bias: 'use_bias', mlp_bias: 'use_bias' },
    scalesContext: true,
    defaults: { ...TIED, use_bias: true },
  },
  cohere: COHERE,
  cohere2: { ...COHERE, headNorms: undefined, windows: 'pattern', defaults: { ...TIED, sliding_window_pattern: 4 } },
  exaone4: { norms: 2, windows: 'letters', headNorms: 'one', scalesContext: true, defaults: UNTIED },
  seed_oss: {
    norms: 2,
    windows: 'none',
    scalesContext: true,
    defaults: { ...UNTIED, attention_bias: true, attention_out_bias: false },
  },
  smollm3: { norms: 2, windows: 'none', scalesContext: true, defaults: TIED },
  'nemotron-nas': { ...LLAMA, windows: 'none', special: 'nas', defaults: UNTIED },
  mllama_text_model: {
    ...LLAMA,
    windows: 'none',
    special: 'mllama',
    defaults: { ...UNTIED, num_key_value_heads: 8, cross_attention_layers: [3, 8, 13, 18, 23, 28, 33, 38] },
  },
};
