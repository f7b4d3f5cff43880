import { type JsonObject } from '../config-reader';
import { type DecoderFamily } from './decoder-family';

/** Tokens of a context that nothing limits: no position is learned or turned, and the state does not grow. */
const UNLIMITED_CONTEXT = 2 ** 20;

/** How files of Mamba models spell the fields that those of other hybrids begin with `mamba_`. */
const MAMBA_NAMES: Readonly<Record<string, string>> = {
  mamba_n_heads: 'num_heads',
  mamba_d_head: 'head_dim',
  mamba_n_groups: 'n_groups',
  mamba_d_state: 'state_size',
  mamba_d_conv: 'conv_kernel',
  mamba_dt_rank: 'time_step_rank',
  mamba_conv_bias: 'use_conv_bias',
  mamba_proj_bias: 'use_bias',
  mamba_expand: 'expand',
};

const DELTA: DecoderFamily = {
  headNorms: 'one',
  queryGate: true,
  recurrent: { kind: 'delta', rule: 'interval' },
  modules: { recurrent: 'linear_attn' },
  defaults: { full_attention_interval: 4, linear_conv_kernel_dim: 4 },
};

const BAMBA: DecoderFamily = {
  recurrent: { kind: 'mamba2', rule: 'indices' },
  modules: { network: 'feed_forward' },
  defaults: { mamba_n_groups: 1, mamba_d_conv: 4, mamba_expand: 2, mamba_d_head: 'auto' },
};

/** Kinds of layers as letters, or as words in files of newer libraries. */
function nemotron(config: JsonObject): JsonObject {
  const letters: Readonly<Record<string, string>> = { mamba: 'M', attention: '*', mlp: '-', moe: 'E' };
  const types = config.layers_block_type;
  return {
    ...(Array.isArray(types)
      ? {
          hybrid_override_pattern: types.map((type) => letters[String(type)] ?? '?').join(''),
          num_hidden_layers: config.num_hidden_layers ?? types.length,
        }
      : {}),
    ...(config.head_dim === undefined && config.attention_head_dim !== undefined
      ? { head_dim: config.attention_head_dim }
      : {}),
  };
}

/** Files of the model's own code say the kinds as numbers: 0 for linear attention. */
function minimax(config: JsonObject): JsonObject {
  const types = config.attn_type_list;
  return Array.isArray(types)
    ? { layer_types: types.map((type) => (type === 0 ? 'linear_attention' : 'full_attention')) }
    : {};
}

function mamba(config: JsonObject): JsonObject {
  const { intermediate_size: inner, hidden_size: hidden, time_step_rank: rank } = config;
  return {
    ...(typeof inner === 'number' && typeof hidden === 'number' ? { expand: inner / hidden } : {}),
    time_step_rank: rank ?? 'auto',
  };
}

const MINIMAX: DecoderFamily = {
  experts: 'mixtral',
  translate: minimax,
  recurrent: { kind: 'lightning', rule: 'types' },
  modules: { network: 'block_sparse_moe', recurrent: 'self_attn' },
};

const MAMBA: DecoderFamily = {
  norms: 1,
  translate: mamba,
  recurrent: { kind: 'mamba', rule: 'every' },
  experts: 'none',
  modules: { recurrent: 'mixer' },
  names: MAMBA_NAMES,
  fixedContext: true,
  tied: true,
  defaults: { max_position_embeddings: UNLIMITED_CONTEXT, expand: 2, state_size: 16, conv_kernel: 4 },
};

/** Families some of whose layers keep a state of fixed size instead of keys and values, or beside them. */
export const HYBRID_FAMILIES: Readonly<Record<string, DecoderFamily>> = {
  qwen3_next: { ...DELTA, experts: 'qwen' },
  qwen3_5_text: DELTA,
  qwen3_5_moe_text: { ...DELTA, experts: 'qwen' },
  minimax: MINIMAX,
  minimax_text_01: MINIMAX,
  minimax_m1: MINIMAX,
  jamba: {
    recurrent: { kind: 'mamba', rule: 'period' },
    experts: 'jamba',
    modules: { network: 'feed_forward' },
    defaults: {
      attn_layer_period: 8,
      attn_layer_offset: 4,
      expert_layer_period: 2,
      expert_layer_offset: 1,
      mamba_d_state: 16,
      mamba_d_conv: 4,
      mamba_expand: 2,
      mamba_dt_rank: 'auto',
      mamba_inner_norms: true,
      max_position_embeddings: 262144,
    },
  },
  bamba: BAMBA,
  granitemoehybrid: {
    ...BAMBA,
    recurrent: { kind: 'mamba2', rule: 'types' },
    experts: 'granite',
    modules: { network: 'block_sparse_moe' },
  },
  falcon_h1: {
    ...BAMBA,
    recurrent: { kind: 'mamba2', rule: 'beside' },
    defaults: { ...BAMBA.defaults, mamba_rms_norm: false },
  },
  nemotron_h: {
    norms: 1,
    plain: true,
    translate: nemotron,
    experts: 'nemotron',
    recurrent: { kind: 'mamba2', rule: 'letters' },
    modules: { attention: 'mixer', network: 'mixer', recurrent: 'mixer' },
    names: {
      ...MAMBA_NAMES,
      mamba_n_heads: 'mamba_num_heads',
      mamba_d_head: 'mamba_head_dim',
      mamba_d_state: 'ssm_state_size',
    },
  },
  mamba: MAMBA,
  falcon_mamba: { ...MAMBA, tied: false },
  mamba2: {
    norms: 1,
    recurrent: { kind: 'mamba2', rule: 'every' },
    experts: 'none',
    modules: { recurrent: 'mixer' },
    names: MAMBA_NAMES,
    fixedContext: true,
    defaults: { max_position_embeddings: UNLIMITED_CONTEXT, conv_kernel: 4 },
  },
};
