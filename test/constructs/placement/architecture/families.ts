/** What is published of a model of a family, and what follows from it, worked out by hand. Nothing here is computed by the code under test. */
export interface FamilyRow {
  /** Model, by the end of its repository's name. */
  readonly name: string;
  /** Parameters of the weights: the hub's count, without layers for further tokens. */
  readonly parameters: number;
  /** Whether the count is the rounded one of the model's card, with an encoder of images where it has one. */
  readonly from?: 'card';
  /** Layers × numbers a layer keeps of a token × bytes of a number. */
  readonly kvBytesPerToken: number;
  /** Bytes of a sequence that do not grow: layers × (inputs of a convolution × 2 + numbers of a state × 4), or keys and values of an encoder. */
  readonly statesBytes?: number;
  /** Bytes of a sequence of 8192 tokens where layers have windows: they keep 16 tokens more. */
  readonly sequence8192?: number;
  readonly context: number;
  /** The fields of the published `config.json` that say something of sizes. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Types of layers: every so-many-th one is of a kind. */
function every(layers: number, period: number, kind: string, others: string): string[] {
  return Array.from({ length: layers }, (_, index) => ((index + 1) % period === 0 ? kind : others));
}

/** Types of layers: those at some places are of a kind. */
function at(layers: number, places: readonly number[], kind: string, others: string): string[] {
  return Array.from({ length: layers }, (_, index) => (places.includes(index) ? kind : others));
}

function filled(layers: number, value: number): number[] {
  return new Array<number>(layers).fill(value);
}

/** Blocks that a search for architectures left: how many, heads that share keys and values (0 without attention), factor of the network. */
function blocks(runs: readonly (readonly [number, number, number])[]): object[] {
  return runs.flatMap(([count, group, factor]) => Array.from({ length: count }, () => ({
    attention: { n_heads_in_group: group === 0 ? null : group, no_op: group === 0, replace_with_linear: false },
    ffn: { ffn_mult: factor, no_op: factor === 0, replace_with_linear: false },
  })));
}

/**
 * Families beside those whose files stand in `configs/`. Where a count is not rounded it equals that of the family's class in
 * transformers 5.24, built from these fields without memory, within a thousandth: encoders of images and sound are estimates.
 */
export const FAMILY_ROWS: readonly FamilyRow[] = [
  {
    name: 'glm-4-9b-0414', parameters: 9400279040, kvBytesPerToken: 40 * (2 * 2 * 128) * 2, context: 32768,
    config: {
      model_type: 'glm4', hidden_size: 4096, intermediate_size: 13696, num_hidden_layers: 40, num_attention_heads: 32, num_key_value_heads: 2,
      head_dim: 128, vocab_size: 151552, max_position_embeddings: 32768, attention_bias: false, tie_word_embeddings: false,
    },
  },
  {
    name: 'glm-4-9b-chat-hf', parameters: 9399951360, kvBytesPerToken: 40 * (2 * 2 * 128) * 2, context: 131072,
    config: {
      model_type: 'glm', hidden_size: 4096, intermediate_size: 13696, num_hidden_layers: 40, num_attention_heads: 32, num_key_value_heads: 2, head_dim: 128,
      vocab_size: 151552, max_position_embeddings: 131072, attention_bias: true, tie_word_embeddings: false,
    },
  },
  {
    name: 'glm-4.5-air', parameters: 106e9, kvBytesPerToken: 46 * (2 * 8 * 128) * 2, from: 'card', context: 131072,
    config: {
      model_type: 'glm4_moe', hidden_size: 4096, intermediate_size: 10944, moe_intermediate_size: 1408, num_hidden_layers: 46, num_attention_heads: 96,
      num_key_value_heads: 8, head_dim: 128, vocab_size: 151552, max_position_embeddings: 131072, attention_bias: true, use_qk_norm: false,
      n_routed_experts: 128, n_shared_experts: 1, num_experts_per_tok: 8, first_k_dense_replace: 1, num_nextn_predict_layers: 1, tie_word_embeddings: false,
    },
  },
  {
    name: 'glm-4.5', parameters: 355e9, kvBytesPerToken: 92 * (2 * 8 * 128) * 2, from: 'card', context: 131072,
    config: {
      model_type: 'glm4_moe', hidden_size: 5120, intermediate_size: 12288, moe_intermediate_size: 1536, num_hidden_layers: 92, num_attention_heads: 96,
      num_key_value_heads: 8, head_dim: 128, vocab_size: 151552, max_position_embeddings: 131072, attention_bias: true, use_qk_norm: true,
      n_routed_experts: 160, n_shared_experts: 1, num_experts_per_tok: 8, first_k_dense_replace: 3, num_nextn_predict_layers: 1, tie_word_embeddings: false,
    },
  },
  {
    name: 'qwen3-next-80b-a3b', parameters: 79674391296, kvBytesPerToken: 12 * (2 * 2 * 256) * 2, statesBytes: 36 * (8192 * 3 * 2 + 32 * 128 * 128 * 4),
    context: 262144,
    config: {
      model_type: 'qwen3_next', hidden_size: 2048, intermediate_size: 5120, moe_intermediate_size: 512, shared_expert_intermediate_size: 512,
      num_hidden_layers: 48, num_attention_heads: 16, num_key_value_heads: 2, head_dim: 256, vocab_size: 151936, max_position_embeddings: 262144,
      full_attention_interval: 4, linear_conv_kernel_dim: 4, linear_key_head_dim: 128, linear_num_key_heads: 16, linear_num_value_heads: 32,
      linear_value_head_dim: 128, num_experts: 512, num_experts_per_tok: 10, decoder_sparse_step: 1, mlp_only_layers: [], tie_word_embeddings: false,
    },
  },
  {
    name: 'minimax-text-01', parameters: 456089655296, kvBytesPerToken: 10 * (2 * 8 * 128) * 2, statesBytes: 70 * (64 * 128 * 128 * 4), context: 10240000,
    config: {
      model_type: 'minimax', hidden_size: 6144, intermediate_size: 9216, num_hidden_layers: 80, num_attention_heads: 64, num_key_value_heads: 8,
      head_dim: 128, vocab_size: 200064, max_position_embeddings: 10240000, num_local_experts: 32, num_experts_per_tok: 2, tie_word_embeddings: false,
      layer_types: every(80, 8, 'full_attention', 'linear_attention'),
    },
  },
  {
    name: 'minimax-m2', parameters: 228703644928, kvBytesPerToken: 62 * (2 * 8 * 128) * 2, context: 196608,
    config: {
      model_type: 'minimax_m2', hidden_size: 3072, intermediate_size: 1536, num_hidden_layers: 62, num_attention_heads: 48, num_key_value_heads: 8,
      head_dim: 128, vocab_size: 200064, max_position_embeddings: 196608, num_local_experts: 256, num_experts_per_tok: 8, use_qk_norm: true,
      tie_word_embeddings: false,
    },
  },
  {
    name: 'falcon-7b', parameters: 6921720704, kvBytesPerToken: 32 * (2 * 1 * 64) * 2, context: 2048,
    config: {
      model_type: 'falcon', hidden_size: 4544, num_hidden_layers: 32, num_attention_heads: 71, vocab_size: 65024, multi_query: true,
      new_decoder_architecture: false, parallel_attn: true, bias: false, alibi: false,
    },
  },
  {
    name: 'falcon-40b', parameters: 41303293952, kvBytesPerToken: 60 * (2 * 8 * 64) * 2, context: 2048,
    config: {
      model_type: 'falcon', hidden_size: 8192, num_hidden_layers: 60, num_attention_heads: 128, num_kv_heads: 8, vocab_size: 65024, multi_query: true,
      new_decoder_architecture: true, parallel_attn: true, bias: false, alibi: false,
    },
  },
  {
    name: 'falcon-h1-7b', parameters: 7590000000, kvBytesPerToken: 44 * (2 * 2 * 128) * 2, statesBytes: 44 * (3584 * 3 * 2 + 24 * 128 * 256 * 4),
    from: 'card', context: 262144,
    config: {
      model_type: 'falcon_h1', hidden_size: 3072, intermediate_size: 12288, num_hidden_layers: 44, num_attention_heads: 12, num_key_value_heads: 2,
      head_dim: 128, vocab_size: 130048, max_position_embeddings: 262144, mamba_d_conv: 4, mamba_d_head: 128, mamba_d_ssm: 3072, mamba_d_state: 256,
      mamba_n_groups: 1, mamba_n_heads: 24, mamba_expand: 2, mamba_rms_norm: false, mamba_conv_bias: true, mamba_proj_bias: false, projectors_bias: false,
      attention_bias: false, mlp_bias: false, tie_word_embeddings: false,
    },
  },
  {
    name: 'falcon-h1-0.5b', parameters: 521411104, kvBytesPerToken: 36 * (2 * 2 * 64) * 2, statesBytes: 36 * (1792 * 3 * 2 + 24 * 64 * 128 * 4),
    context: 16384,
    config: {
      model_type: 'falcon_h1', hidden_size: 1024, intermediate_size: 2048, num_hidden_layers: 36, num_attention_heads: 8, num_key_value_heads: 2,
      head_dim: 64, vocab_size: 32784, max_position_embeddings: 16384, mamba_d_conv: 4, mamba_d_head: 64, mamba_d_ssm: 1536, mamba_d_state: 128,
      mamba_n_groups: 1, mamba_n_heads: 24, mamba_expand: 2, mamba_rms_norm: false, mamba_conv_bias: true, mamba_proj_bias: false, projectors_bias: false,
      attention_bias: false, mlp_bias: false, tie_word_embeddings: false,
    },
  },
  {
    name: 'gpt2', parameters: 124439808, kvBytesPerToken: 12 * (2 * 12 * 64) * 2, context: 1024,
    config: {
      model_type: 'gpt2', n_embd: 768, n_layer: 12, n_head: 12, n_positions: 1024, n_ctx: 1024, vocab_size: 50257,
    },
  },
  {
    name: 'gpt2-xl', parameters: 1557611200, kvBytesPerToken: 48 * (2 * 25 * 64) * 2, context: 1024,
    config: {
      model_type: 'gpt2', n_embd: 1600, n_layer: 48, n_head: 25, n_positions: 1024, n_ctx: 1024, vocab_size: 50257,
    },
  },
  {
    name: 'olmo-7b-hf', parameters: 6888095744, kvBytesPerToken: 32 * (2 * 32 * 128) * 2, context: 2048,
    config: {
      model_type: 'olmo', hidden_size: 4096, intermediate_size: 11008, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 32,
      vocab_size: 50304, max_position_embeddings: 2048, attention_bias: false, tie_word_embeddings: false,
    },
  },
  {
    name: 'olmo-1b-hf', parameters: 1176764416, kvBytesPerToken: 16 * (2 * 16 * 128) * 2, context: 2048,
    config: {
      model_type: 'olmo', hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 16, num_attention_heads: 16, num_key_value_heads: 16,
      vocab_size: 50304, max_position_embeddings: 2048, attention_bias: false, tie_word_embeddings: true,
    },
  },
  {
    name: 'olmo-2-1124-7b', parameters: 7298617344, kvBytesPerToken: 32 * (2 * 32 * 128) * 2, context: 4096,
    config: {
      model_type: 'olmo2', hidden_size: 4096, intermediate_size: 11008, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 32,
      vocab_size: 100352, max_position_embeddings: 4096, attention_bias: false, tie_word_embeddings: false,
    },
  },
  {
    name: 'olmo-2-0325-32b', parameters: 32234279936, kvBytesPerToken: 64 * (2 * 8 * 128) * 2, context: 4096,
    config: {
      model_type: 'olmo2', hidden_size: 5120, intermediate_size: 27648, num_hidden_layers: 64, num_attention_heads: 40, num_key_value_heads: 8,
      vocab_size: 100352, max_position_embeddings: 4096, attention_bias: false, tie_word_embeddings: false,
    },
  },
  {
    name: 'olmo-3-7b', parameters: 7298011136, kvBytesPerToken: 32 * (2 * 32 * 128) * 2, sequence8192: (8 * 8192 + 24 * 4112) * (2 * 32 * 128) * 2,
    context: 65536,
    config: {
      model_type: 'olmo3', hidden_size: 4096, intermediate_size: 11008, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 32,
      vocab_size: 100278, max_position_embeddings: 65536, sliding_window: 4096, attention_bias: false, tie_word_embeddings: false, layer_types: every(32, 4,
      'full_attention', 'sliding_attention'),
    },
  },
  {
    name: 'olmoe-1b-7b', parameters: 6919161856, kvBytesPerToken: 16 * (2 * 16 * 128) * 2, context: 4096,
    config: {
      model_type: 'olmoe', hidden_size: 2048, intermediate_size: 1024, num_hidden_layers: 16, num_attention_heads: 16, num_key_value_heads: 16,
      vocab_size: 50304, max_position_embeddings: 4096, num_experts: 64, num_experts_per_tok: 8, attention_bias: false, tie_word_embeddings: false,
    },
  },
  {
    name: 'granite-3.3-8b', parameters: 8170864640, kvBytesPerToken: 40 * (2 * 8 * 128) * 2, context: 131072,
    config: {
      model_type: 'granite', hidden_size: 4096, intermediate_size: 12800, num_hidden_layers: 40, num_attention_heads: 32, num_key_value_heads: 8,
      vocab_size: 49159, max_position_embeddings: 131072, attention_bias: false, mlp_bias: false, tie_word_embeddings: true,
    },
  },
  {
    name: 'granite-3.1-2b', parameters: 2533531648, kvBytesPerToken: 40 * (2 * 8 * 64) * 2, context: 131072,
    config: {
      model_type: 'granite', hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 40, num_attention_heads: 32, num_key_value_heads: 8,
      vocab_size: 49155, max_position_embeddings: 131072, attention_bias: false, mlp_bias: false, tie_word_embeddings: true,
    },
  },
  {
    name: 'granite-3.1-3b-a800m', parameters: 3.3e9, kvBytesPerToken: 32 * (2 * 8 * 64) * 2, from: 'card', context: 131072,
    config: {
      model_type: 'granitemoe', hidden_size: 1536, intermediate_size: 512, num_hidden_layers: 32, num_attention_heads: 24, num_key_value_heads: 8,
      vocab_size: 49155, max_position_embeddings: 131072, num_local_experts: 40, num_experts_per_tok: 8, attention_bias: false, tie_word_embeddings: true,
    },
  },
  {
    name: 'granite-4.0-h-small', parameters: 32e9, kvBytesPerToken: 4 * (2 * 8 * 128) * 2, statesBytes: 36 * (8448 * 3 * 2 + 128 * 64 * 128 * 4),
    from: 'card', context: 131072,
    config: {
      model_type: 'granitemoehybrid', vocab_size: 100352, max_position_embeddings: 131072, attention_bias: false, mamba_conv_bias: true, mamba_d_conv: 4,
      mamba_d_head: 64, mamba_d_state: 128, mamba_expand: 2, mamba_n_groups: 1, mamba_proj_bias: false, tie_word_embeddings: true, hidden_size: 4096,
      intermediate_size: 768, shared_intermediate_size: 1536, num_hidden_layers: 40, num_attention_heads: 32, num_key_value_heads: 8, num_local_experts: 72,
      num_experts_per_tok: 10, mamba_n_heads: 128, layer_types: at(40, [5, 15, 25, 35], 'attention', 'mamba'),
    },
  },
  {
    name: 'granite-4.0-h-tiny', parameters: 6939037248, kvBytesPerToken: 4 * (2 * 4 * 128) * 2, statesBytes: 36 * (3328 * 3 * 2 + 48 * 64 * 128 * 4),
    context: 131072,
    config: {
      model_type: 'granitemoehybrid', vocab_size: 100352, max_position_embeddings: 131072, attention_bias: false, mamba_conv_bias: true, mamba_d_conv: 4,
      mamba_d_head: 64, mamba_d_state: 128, mamba_expand: 2, mamba_n_groups: 1, mamba_proj_bias: false, tie_word_embeddings: true, hidden_size: 1536,
      intermediate_size: 512, shared_intermediate_size: 1024, num_hidden_layers: 40, num_attention_heads: 12, num_key_value_heads: 4, num_local_experts: 64,
      num_experts_per_tok: 6, mamba_n_heads: 48, layer_types: at(40, [5, 15, 25, 35], 'attention', 'mamba'),
    },
  },
  {
    name: 'granite-4.0-h-micro', parameters: 3191396096, kvBytesPerToken: 4 * (2 * 8 * 64) * 2, statesBytes: 36 * (4352 * 3 * 2 + 64 * 64 * 128 * 4),
    context: 131072,
    config: {
      model_type: 'granitemoehybrid', vocab_size: 100352, max_position_embeddings: 131072, attention_bias: false, mamba_conv_bias: true, mamba_d_conv: 4,
      mamba_d_head: 64, mamba_d_state: 128, mamba_expand: 2, mamba_n_groups: 1, mamba_proj_bias: false, tie_word_embeddings: true, hidden_size: 2048,
      intermediate_size: 8192, shared_intermediate_size: 8192, num_hidden_layers: 40, num_attention_heads: 32, num_key_value_heads: 8, num_local_experts: 0,
      num_experts_per_tok: 0, mamba_n_heads: 64, layer_types: at(40, [5, 15, 25, 35], 'attention', 'mamba'),
    },
  },
  {
    name: 'phi-2', parameters: 2779683840, kvBytesPerToken: 32 * (2 * 32 * 80) * 2, context: 2048,
    config: {
      model_type: 'phi', hidden_size: 2560, intermediate_size: 10240, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 32,
      vocab_size: 51200, max_position_embeddings: 2048, qk_layernorm: false, tie_word_embeddings: false,
    },
  },
  {
    name: 'phi-3.5-moe', parameters: 41873153344, kvBytesPerToken: 32 * (2 * 8 * 128) * 2, context: 131072,
    config: {
      model_type: 'phimoe', hidden_size: 4096, intermediate_size: 6400, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8,
      vocab_size: 32064, max_position_embeddings: 131072, num_local_experts: 16, num_experts_per_tok: 2, attention_bias: true, lm_head_bias: true,
      sliding_window: 131072, tie_word_embeddings: false,
    },
  },
  {
    name: 'gemma-3n-e4b', parameters: 7849978192, kvBytesPerToken: 20 * (2 * 2 * 256) * 2, sequence8192: (4 * 8192 + 16 * 528) * (2 * 2 * 256) * 2,
    context: 32768,
    config: {
      model_type: 'gemma3n', text_config: { model_type: 'gemma3n_text', hidden_size: 2048, hidden_size_per_layer_input: 256, intermediate_size: filled(35,
      16384), num_hidden_layers: 35, num_attention_heads: 8, num_key_value_heads: 2, head_dim: 256, vocab_size: 262400, vocab_size_per_layer_input: 262144,
      num_kv_shared_layers: 15, laurel_rank: 64, altup_num_inputs: 4, max_position_embeddings: 32768, sliding_window: 512, layer_types: every(35, 5,
      'full_attention', 'sliding_attention') }, vision_config: { model_type: 'gemma3n_vision', architecture: 'mobilenetv5_300m_enc', hidden_size: 2048,
      vocab_size: 128 }, audio_config: { model_type: 'gemma3n_audio', hidden_size: 1536, conf_num_hidden_layers: 12, conf_num_attention_heads: 8,
      vocab_size: 128 },
    },
  },
  {
    name: 'gemma-3n-e2b', parameters: 5439438272, kvBytesPerToken: 20 * (2 * 2 * 256) * 2, sequence8192: (4 * 8192 + 16 * 528) * (2 * 2 * 256) * 2,
    context: 32768,
    config: {
      model_type: 'gemma3n', text_config: { model_type: 'gemma3n_text', hidden_size: 2048, hidden_size_per_layer_input: 256, intermediate_size: filled(30,
      8192), num_hidden_layers: 30, num_attention_heads: 8, num_key_value_heads: 2, head_dim: 256, vocab_size: 262400, vocab_size_per_layer_input: 262144,
      num_kv_shared_layers: 10, laurel_rank: 64, altup_num_inputs: 4, max_position_embeddings: 32768, sliding_window: 512, layer_types: every(30, 5,
      'full_attention', 'sliding_attention') }, vision_config: { model_type: 'gemma3n_vision', architecture: 'mobilenetv5_300m_enc', hidden_size: 2048,
      vocab_size: 128 }, audio_config: { model_type: 'gemma3n_audio', hidden_size: 1536, conf_num_hidden_layers: 12, conf_num_attention_heads: 8,
      vocab_size: 128 },
    },
  },
  {
    name: 'jamba-v0.1', parameters: 51570323328, kvBytesPerToken: 4 * (2 * 8 * 128) * 2, statesBytes: 28 * (8192 * 3 * 2 + 8192 * 16 * 4),
    context: 262144,
    config: {
      model_type: 'jamba', hidden_size: 4096, intermediate_size: 14336, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8,
      vocab_size: 65536, max_position_embeddings: 262144, attn_layer_offset: 4, attn_layer_period: 8, expert_layer_offset: 1, expert_layer_period: 2,
      num_experts: 16, num_experts_per_tok: 2, mamba_conv_bias: true, mamba_d_conv: 4, mamba_d_state: 16, mamba_dt_rank: 256, mamba_expand: 2,
      mamba_proj_bias: false, tie_word_embeddings: false,
    },
  },
  {
    name: 'nemotron-nano-9b-v2', parameters: 8888227328, kvBytesPerToken: 4 * (2 * 8 * 128) * 2, statesBytes: 27 * (12288 * 3 * 2 + 128 * 80 * 128 * 4),
    context: 131072,
    config: {
      model_type: 'nemotron_h', hidden_size: 4480, intermediate_size: 15680, num_hidden_layers: 56,
      hybrid_override_pattern: 'M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-', num_attention_heads: 40, num_key_value_heads: 8, head_dim: 128,
      mamba_head_dim: 80, mamba_num_heads: 128, n_groups: 8, ssm_state_size: 128, conv_kernel: 4, use_conv_bias: true, use_bias: false, mlp_bias: false,
      attention_bias: false, vocab_size: 131072, max_position_embeddings: 131072, tie_word_embeddings: false,
    },
  },
  {
    name: 'nemotron-3-nano-30b-a3b', parameters: 31577940288, kvBytesPerToken: 6 * (2 * 2 * 128) * 2,
    statesBytes: 23 * (6144 * 3 * 2 + 64 * 64 * 128 * 4), context: 262144,
    config: {
      attention_bias: false, conv_kernel: 4, expand: 2, head_dim: 128, hidden_size: 2688,
      hybrid_override_pattern: 'MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME', intermediate_size: 1856, mamba_head_dim: 64, mamba_num_heads: 64,
      mamba_proj_bias: false, mamba_ssm_cache_dtype: 'float32', max_position_embeddings: 262144, mlp_bias: false, model_type: 'nemotron_h',
      moe_intermediate_size: 1856, moe_shared_expert_intermediate_size: 3712, n_groups: 8, n_routed_experts: 128, n_shared_experts: 1,
      num_attention_heads: 32, num_experts_per_tok: 6, num_hidden_layers: 52, num_key_value_heads: 2, sliding_window: null, ssm_state_size: 128,
      tie_word_embeddings: false, use_bias: false, use_conv_bias: true, vocab_size: 131072,
    },
  },
  {
    name: 'nemotron-h-56b', parameters: 56e9, kvBytesPerToken: 10 * (2 * 8 * 128) * 2, statesBytes: 54 * (20480 * 3 * 2 + 256 * 64 * 256 * 4),
    from: 'card', context: 8192,
    config: {
      attention_bias: false, attention_head_dim: 128, conv_kernel: 4, expand: 2, hidden_size: 8192,
      hybrid_override_pattern: 'M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-',
      intermediate_size: 32768, mamba_head_dim: 64, mamba_num_heads: 256, mamba_proj_bias: false, max_position_embeddings: 8192, mlp_bias: false,
      model_type: 'nemotron_h', n_groups: 8, num_attention_heads: 64, num_hidden_layers: 118, num_key_value_heads: 8, sliding_window: null,
      ssm_state_size: 256, tie_word_embeddings: false, time_step_rank: 512, use_bias: false, use_conv_bias: true, vocab_size: 131072,
    },
  },
  {
    name: 'nemotron-3-super', parameters: 120e9, kvBytesPerToken: 8 * (2 * 2 * 128) * 2, statesBytes: 40 * (10240 * 3 * 2 + 128 * 64 * 128 * 4),
    from: 'card', context: 262144,
    config: {
      attention_bias: false, conv_kernel: 4, expand: 2, head_dim: 128, hidden_size: 4096,
      hybrid_override_pattern: 'MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME', intermediate_size: 2688,
      mamba_head_dim: 64, mamba_num_heads: 128, mamba_proj_bias: false, mamba_ssm_cache_dtype: 'float32', max_position_embeddings: 262144, mlp_bias: false,
      model_type: 'nemotron_h', moe_intermediate_size: 2688, moe_latent_size: 1024, moe_shared_expert_intermediate_size: 5376, n_groups: 8,
      n_routed_experts: 512, n_shared_experts: 1, num_attention_heads: 32, num_experts_per_tok: 22, num_hidden_layers: 88, num_key_value_heads: 2,
      num_nextn_predict_layers: 1, sliding_window: null, ssm_state_size: 128, tie_word_embeddings: false, use_bias: false, use_conv_bias: true,
      vocab_size: 131072,
    },
  },
  {
    name: 'deepseek-v3.2', parameters: 671e9, kvBytesPerToken: 61 * ((512 + 64) * 2 + (128 + 4)), from: 'card', context: 163840,
    config: {
      attention_bias: false, first_k_dense_replace: 3, hidden_size: 7168, index_head_dim: 128, index_n_heads: 64, intermediate_size: 18432,
      kv_lora_rank: 512, max_position_embeddings: 163840, model_type: 'deepseek_v32', moe_intermediate_size: 2048, n_routed_experts: 256,
      n_shared_experts: 1, num_attention_heads: 128, num_experts_per_tok: 8, num_hidden_layers: 61, num_key_value_heads: 128, num_nextn_predict_layers: 1,
      q_lora_rank: 1536, qk_nope_head_dim: 128, qk_rope_head_dim: 64, rope_scaling: { beta_fast: 32, beta_slow: 1, factor: 40, mscale: 1.0,
      mscale_all_dim: 1.0, original_max_position_embeddings: 4096, type: 'yarn' }, tie_word_embeddings: false, topk_method: 'noaux_tc', v_head_dim: 128,
      vocab_size: 129280,
    },
  },
  {
    name: 'kimi-k2.5', parameters: 1026.9e9, kvBytesPerToken: 61 * (512 + 64) * 2, from: 'card', context: 262144,
    config: {
      model_type: 'kimi_k25', text_config: { attention_bias: false, first_k_dense_replace: 1, hidden_size: 7168, intermediate_size: 18432,
      kv_lora_rank: 512, max_position_embeddings: 262144, model_type: 'kimi_k2', moe_intermediate_size: 2048, n_routed_experts: 384, n_shared_experts: 1,
      num_attention_heads: 64, num_experts_per_tok: 8, num_hidden_layers: 61, num_key_value_heads: 64, num_nextn_predict_layers: 0, q_lora_rank: 1536,
      qk_nope_head_dim: 128, qk_rope_head_dim: 64, quantization_config: { config_groups: { group_0: { input_activations: null, output_activations: null,
      targets: ['Linear'], weights: { actorder: null, block_structure: null, dynamic: false, group_size: 32, num_bits: 4, observer: 'minmax',
      observer_kwargs: {  }, strategy: 'group', symmetric: true, type: 'int' } } }, format: 'pack-quantized', ignore: ['lm_head', 're:.*self_attn.*',
      're:.*shared_experts.*', 're:.*mlp\.(gate|up|gate_up|down)_proj.*'], kv_cache_scheme: null, quant_method: 'compressed-tensors',
      quantization_status: 'compressed' }, rope_scaling: { beta_fast: 32.0, beta_slow: 1.0, factor: 64.0, mscale: 1.0, mscale_all_dim: 1.0,
      original_max_position_embeddings: 4096, type: 'yarn' }, tie_word_embeddings: false, topk_method: 'noaux_tc', v_head_dim: 128, vocab_size: 163840 },
      tie_word_embeddings: false, vision_config: { init_pos_emb_height: 64, init_pos_emb_time: 4, init_pos_emb_width: 64, merge_kernel_size: [2, 2],
      patch_size: 14, vt_hidden_size: 1152, vt_intermediate_size: 4304, vt_num_attention_heads: 16, vt_num_hidden_layers: 27 },
    },
  },
  {
    name: 'qwen3.5-35b-a3b', parameters: 35e9, kvBytesPerToken: 10 * (2 * 2 * 256) * 2, statesBytes: 30 * (8192 * 3 * 2 + 32 * 128 * 128 * 4),
    from: 'card', context: 262144,
    config: {
      model_type: 'qwen3_5_moe', text_config: { attention_bias: false, attn_output_gate: true, full_attention_interval: 4, head_dim: 256, hidden_size: 2048,
      layer_types: every(40, 4, 'full_attention', 'linear_attention'), linear_conv_kernel_dim: 4, linear_key_head_dim: 128, linear_num_key_heads: 16,
      linear_num_value_heads: 32, linear_value_head_dim: 128, max_position_embeddings: 262144, mlp_only_layers: [], model_type: 'qwen3_5_moe_text',
      moe_intermediate_size: 512, mtp_num_hidden_layers: 1, num_attention_heads: 16, num_experts: 256, num_experts_per_tok: 8, num_hidden_layers: 40,
      num_key_value_heads: 2, shared_expert_intermediate_size: 512, vocab_size: 248320, mamba_ssm_dtype: 'float32',
      rope_parameters: { mrope_interleaved: true, mrope_section: [11, 11, 10], rope_type: 'default' } }, tie_word_embeddings: false,
      vision_config: { deepstack_visual_indexes: [], depth: 27, hidden_size: 1152, in_channels: 3, intermediate_size: 4304, model_type: 'qwen3_5_moe',
      num_heads: 16, num_position_embeddings: 2304, out_hidden_size: 2048, patch_size: 16, spatial_merge_size: 2, temporal_patch_size: 2 },
    },
  },
  {
    name: 'gemma-4-26b-a4b', parameters: 25.8e9, kvBytesPerToken: (25 * (2 * 8 * 256) + 5 * (2 * 2 * 512)) * 2, from: 'card',
    sequence8192: (25 * (2 * 8 * 256) * 1040 + 5 * (2 * 2 * 512) * 8192) * 2, context: 262144,
    config: {
      audio_config: null, model_type: 'gemma4', text_config: { attention_bias: false, attention_k_eq_v: true, enable_moe_block: true, global_head_dim: 512,
      head_dim: 256, hidden_size: 2816, hidden_size_per_layer_input: 0, intermediate_size: 2112, layer_types: every(30, 6, 'full_attention',
      'sliding_attention'), max_position_embeddings: 262144, model_type: 'gemma4_text', moe_intermediate_size: 704, num_attention_heads: 16,
      num_experts: 128, num_global_key_value_heads: 2, num_hidden_layers: 30, num_key_value_heads: 8, num_kv_shared_layers: 0,
      rope_parameters: { full_attention: { rope_type: 'proportional' }, sliding_attention: { rope_type: 'default' } }, sliding_window: 1024,
      tie_word_embeddings: true, top_k_experts: 8, use_double_wide_mlp: false, vocab_size: 262144, vocab_size_per_layer_input: 262144 },
      tie_word_embeddings: true, vision_config: { attention_bias: false, global_head_dim: 72, head_dim: 72, hidden_size: 1152, intermediate_size: 4304,
      max_position_embeddings: 131072, model_type: 'gemma4_vision', num_attention_heads: 16, num_hidden_layers: 27, num_key_value_heads: 16, patch_size: 16,
      position_embedding_size: 10240, rope_parameters: { rope_type: 'default' } },
    },
  },
  {
    name: 'gemma-4-31b', parameters: 31250000000, kvBytesPerToken: (50 * (2 * 16 * 256) + 10 * (2 * 4 * 512)) * 2, from: 'card',
    sequence8192: (50 * (2 * 16 * 256) * 1040 + 10 * (2 * 4 * 512) * 8192) * 2, context: 262144,
    config: {
      audio_config: null, model_type: 'gemma4', text_config: { attention_bias: false, attention_k_eq_v: true, enable_moe_block: false, global_head_dim: 512,
      head_dim: 256, hidden_size: 5376, hidden_size_per_layer_input: 0, intermediate_size: 21504, layer_types: every(60, 6, 'full_attention',
      'sliding_attention'), max_position_embeddings: 262144, model_type: 'gemma4_text', num_attention_heads: 32, num_experts: null,
      num_global_key_value_heads: 4, num_hidden_layers: 60, num_key_value_heads: 16, num_kv_shared_layers: 0,
      rope_parameters: { full_attention: { rope_type: 'proportional' }, sliding_attention: { rope_type: 'default' } }, sliding_window: 1024,
      tie_word_embeddings: true, top_k_experts: null, use_double_wide_mlp: false, vocab_size: 262144, vocab_size_per_layer_input: 262144 },
      tie_word_embeddings: true, vision_config: { attention_bias: false, global_head_dim: 72, head_dim: 72, hidden_size: 1152, intermediate_size: 4304,
      max_position_embeddings: 131072, model_type: 'gemma4_vision', num_attention_heads: 16, num_hidden_layers: 27, num_key_value_heads: 16, patch_size: 16,
      position_embedding_size: 10240, rope_parameters: { rope_type: 'default' } },
    },
  },
  {
    name: 'glm-5', parameters: 744e9, kvBytesPerToken: 78 * ((512 + 64) * 2 + (128 + 4)), from: 'card', context: 202752,
    config: {
      attention_bias: false, first_k_dense_replace: 3, head_dim: 64, hidden_size: 6144, index_head_dim: 128, index_n_heads: 32, intermediate_size: 12288,
      kv_lora_rank: 512, max_position_embeddings: 202752, moe_intermediate_size: 2048, model_type: 'glm_moe_dsa', n_routed_experts: 256,
      n_shared_experts: 1, num_attention_heads: 64, num_experts_per_tok: 8, num_hidden_layers: 78, num_key_value_heads: 64, num_nextn_predict_layers: 1,
      q_lora_rank: 2048, qk_nope_head_dim: 192, qk_rope_head_dim: 64, rope_parameters: { rope_type: 'default' }, tie_word_embeddings: false,
      topk_method: 'noaux_tc', v_head_dim: 256, vocab_size: 154880,
    },
  },
  {
    name: 'nemotron-super-49b', parameters: 49867145216, kvBytesPerToken: 49 * (2 * 8 * 128) * 2, context: 131072,
    config: {
      attention_bias: false, block_configs: blocks([[1, 8, 2.625], [5, 8, 5.25], [2, 0, 2.625], [3, 8, 5.25], [1, 0, 3.28125], [30, 8, 5.25], [1, 0,
      1.3125], [2, 0, 2.625], [1, 0, 1.3125], [1, 0, 5.25], [1, 0, 1.3125], [1, 0, 2.625], [3, 0, 1.3125], [1, 8, 5.25], [1, 0, 1.3125], [2, 0, 1.0], [1, 0,
      1.3125], [3, 0, 1.0], [2, 0, 1.3125], [2, 0, 0.5], [2, 0, 1.0], [2, 0, 0.5], [1, 0, 1.0], [2, 0, 0.5], [9, 8, 5.25]]), hidden_size: 8192,
      intermediate_size: null, max_position_embeddings: 131072, mlp_bias: false, model_type: 'nemotron-nas', num_attention_heads: 64, num_hidden_layers: 80,
      num_key_value_heads: null, rope_scaling: { factor: 8.0, high_freq_factor: 4.0, low_freq_factor: 1.0, original_max_position_embeddings: 8192,
      rope_type: 'llama3' }, tie_word_embeddings: false, vocab_size: 128256,
    },
  },
  {
    name: 'bamba-9b', parameters: 9780000000, kvBytesPerToken: 3 * (2 * 8 * 128) * 2, statesBytes: 29 * (8448 * 3 * 2 + 128 * 64 * 128 * 4), from: 'card',
    context: 262144,
    config: {
      model_type: 'bamba', hidden_size: 4096, intermediate_size: 14336, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8,
      vocab_size: 128256, max_position_embeddings: 262144, attn_layer_indices: [9, 18, 27], mamba_conv_bias: true, mamba_d_conv: 4, mamba_d_head: 64,
      mamba_d_state: 128, mamba_expand: 2, mamba_n_groups: 1, mamba_n_heads: 128, mamba_proj_bias: false, tie_word_embeddings: false,
    },
  },
  {
    name: 'codestral-mamba-7b', parameters: 7285403648, kvBytesPerToken: 0, statesBytes: 64 * (10240 * 3 * 2 + 128 * 64 * 128 * 4), context: 1048576,
    config: {
      model_type: 'mamba2', hidden_size: 4096, num_hidden_layers: 64, num_heads: 128, head_dim: 64, expand: 2, state_size: 128, n_groups: 8, conv_kernel: 4,
      use_conv_bias: true, use_bias: false, vocab_size: 32768, tie_word_embeddings: false,
    },
  },
  {
    name: 'mamba-2.8b-hf', parameters: 2768345600, kvBytesPerToken: 0, statesBytes: 64 * (5120 * 3 * 2 + 5120 * 16 * 4), context: 1048576,
    config: {
      model_type: 'mamba', hidden_size: 2560, num_hidden_layers: 64, intermediate_size: 5120, state_size: 16, time_step_rank: 160, conv_kernel: 4,
      expand: 2, use_conv_bias: true, use_bias: false, vocab_size: 50280,
    },
  },
  {
    name: 'whisper-large-v3', parameters: 1543490560, kvBytesPerToken: 32 * (2 * 1280) * 2, statesBytes: 32 * (2 * 1280) * 2 * 1500, context: 448,
    config: {
      model_type: 'whisper', max_source_positions: 1500, max_target_positions: 448, d_model: 1280, encoder_layers: 32, decoder_layers: 32,
      encoder_attention_heads: 20, decoder_attention_heads: 20, encoder_ffn_dim: 5120, decoder_ffn_dim: 5120, num_mel_bins: 128, vocab_size: 51866,
    },
  },
  {
    name: 'whisper-large-v3-turbo', parameters: 808878080, kvBytesPerToken: 4 * (2 * 1280) * 2, statesBytes: 4 * (2 * 1280) * 2 * 1500, context: 448,
    config: {
      model_type: 'whisper', max_source_positions: 1500, max_target_positions: 448, d_model: 1280, encoder_layers: 32, decoder_layers: 4,
      encoder_attention_heads: 20, decoder_attention_heads: 20, encoder_ffn_dim: 5120, decoder_ffn_dim: 5120, num_mel_bins: 128, vocab_size: 51866,
    },
  },
  {
    name: 'llama-3.2-11b-vision', parameters: 10670220835, kvBytesPerToken: 32 * (2 * 8 * 128) * 2, statesBytes: 8 * (2 * 8 * 128) * 2 * 4 * 1601,
    context: 131072,
    config: {
      model_type: 'mllama', text_config: { model_type: 'mllama_text_model', hidden_size: 4096, intermediate_size: 14336, num_hidden_layers: 40,
      num_attention_heads: 32, num_key_value_heads: 8, vocab_size: 128256, max_position_embeddings: 131072, cross_attention_layers: [3, 8, 13, 18, 23, 28,
      33, 38], tie_word_embeddings: false }, vision_config: { model_type: 'mllama_vision_model', hidden_size: 1280, intermediate_size: 5120,
      num_hidden_layers: 32, num_global_layers: 8, attention_heads: 16, image_size: 560, patch_size: 14, max_num_tiles: 4, vision_output_dim: 7680,
      intermediate_layers_indices: [3, 7, 15, 23, 30] },
    },
  },
  {
    name: 'starcoder2-7b', parameters: 7173923840, kvBytesPerToken: 32 * (2 * 4 * 128) * 2, sequence8192: 32 * 4112 * (2 * 4 * 128) * 2, context: 16384,
    config: {
      model_type: 'starcoder2', hidden_size: 4608, intermediate_size: 18432, num_hidden_layers: 32, num_attention_heads: 36, num_key_value_heads: 4,
      vocab_size: 49152, max_position_embeddings: 16384, sliding_window: 4096, use_bias: true,
    },
  },
  {
    name: 'c4ai-command-r7b', parameters: 8028033024, kvBytesPerToken: 32 * (2 * 8 * 128) * 2, sequence8192: (8 * 8192 + 24 * 4112) * (2 * 8 * 128) * 2,
    context: 132096,
    config: {
      model_type: 'cohere2', hidden_size: 4096, intermediate_size: 14336, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8,
      head_dim: 128, vocab_size: 256000, max_position_embeddings: 132096, sliding_window: 4096, sliding_window_pattern: 4, attention_bias: false,
    },
  },
  {
    name: 'c4ai-command-r-v01', parameters: 34980831232, kvBytesPerToken: 40 * (2 * 64 * 128) * 2, context: 131072,
    config: {
      model_type: 'cohere', hidden_size: 8192, intermediate_size: 22528, num_hidden_layers: 40, num_attention_heads: 64, num_key_value_heads: 64,
      vocab_size: 256000, max_position_embeddings: 8192, model_max_length: 131072, attention_bias: false, use_qk_norm: false,
    },
  },
  {
    name: 'exaone-4.0-32b', parameters: 32003216384, kvBytesPerToken: 64 * (2 * 8 * 128) * 2, sequence8192: (16 * 8192 + 48 * 4112) * (2 * 8 * 128) * 2,
    context: 131072,
    config: {
      model_type: 'exaone4', hidden_size: 5120, intermediate_size: 27392, num_hidden_layers: 64, num_attention_heads: 40, num_key_value_heads: 8,
      head_dim: 128, vocab_size: 102400, max_position_embeddings: 131072, sliding_window: 4096, sliding_window_pattern: 'LLLG', tie_word_embeddings: false,
    },
  },
  {
    name: 'seed-oss-36b', parameters: 36151104512, kvBytesPerToken: 64 * (2 * 8 * 128) * 2, context: 524288,
    config: {
      model_type: 'seed_oss', hidden_size: 5120, intermediate_size: 27648, num_hidden_layers: 64, num_attention_heads: 80, num_key_value_heads: 8,
      head_dim: 128, vocab_size: 155136, max_position_embeddings: 524288, attention_bias: true, attention_out_bias: false, mlp_bias: false,
      tie_word_embeddings: false,
    },
  },
  {
    name: 'smollm3-3b', parameters: 3075098624, kvBytesPerToken: 36 * (2 * 4 * 128) * 2, context: 65536,
    config: {
      model_type: 'smollm3', hidden_size: 2048, intermediate_size: 11008, num_hidden_layers: 36, num_attention_heads: 16, num_key_value_heads: 4,
      vocab_size: 128256, max_position_embeddings: 65536, attention_bias: false, mlp_bias: false,
    },
  },
  {
    name: 't5-base', parameters: 222903552, kvBytesPerToken: 12 * (2 * 768) * 2, statesBytes: 12 * (2 * 768) * 2 * 512, context: 512,
    config: {
      model_type: 't5', d_model: 768, d_ff: 3072, d_kv: 64, num_layers: 12, num_decoder_layers: 12, num_heads: 12, vocab_size: 32128, n_positions: 512,
      relative_attention_num_buckets: 32, feed_forward_proj: 'relu',
    },
  },
  {
    name: 'flan-t5-xxl', parameters: 11135332352, kvBytesPerToken: 24 * (2 * 4096) * 2, statesBytes: 24 * (2 * 4096) * 2 * 512, context: 512,
    config: {
      model_type: 't5', d_model: 4096, d_ff: 10240, d_kv: 64, num_layers: 24, num_decoder_layers: 24, num_heads: 64, vocab_size: 32128, n_positions: 512,
      relative_attention_num_buckets: 32, feed_forward_proj: 'gated-gelu', tie_word_embeddings: false,
    },
  },
  {
    name: 'bart-large', parameters: 406291456, kvBytesPerToken: 12 * (2 * 1024) * 2, statesBytes: 12 * (2 * 1024) * 2 * 1024, context: 1024,
    config: {
      model_type: 'bart', d_model: 1024, encoder_layers: 12, decoder_layers: 12, encoder_attention_heads: 16, decoder_attention_heads: 16,
      encoder_ffn_dim: 4096, decoder_ffn_dim: 4096, vocab_size: 50265, max_position_embeddings: 1024,
    },
  },
  {
    name: 'modernbert-base', parameters: 149014272, kvBytesPerToken: 0, context: 8192,
    config: {
      model_type: 'modernbert', hidden_size: 768, intermediate_size: 1152, num_hidden_layers: 22, num_attention_heads: 12, vocab_size: 50368,
      max_position_embeddings: 8192, attention_bias: false, mlp_bias: false, norm_bias: false, global_attn_every_n_layers: 3, local_attention: 128,
    },
  },
  {
    name: 'modernbert-large', parameters: 394781696, kvBytesPerToken: 0, context: 8192,
    config: {
      model_type: 'modernbert', hidden_size: 1024, intermediate_size: 2624, num_hidden_layers: 28, num_attention_heads: 16, vocab_size: 50368,
      max_position_embeddings: 8192, attention_bias: false, mlp_bias: false, norm_bias: false, global_attn_every_n_layers: 3, local_attention: 128,
    },
  },
  {
    name: 'nomic-embed-text-v1.5', parameters: 136731648, kvBytesPerToken: 0, context: 8192,
    config: {
      model_type: 'nomic_bert', n_embd: 768, n_layer: 12, n_head: 12, n_inner: 3072, n_positions: 8192, vocab_size: 30528, type_vocab_size: 2,
      qkv_proj_bias: false, mlp_fc1_bias: false, mlp_fc2_bias: false,
    },
  },
  {
    name: 'distilbert-base-uncased', parameters: 66362880, kvBytesPerToken: 0, context: 512,
    config: {
      model_type: 'distilbert', dim: 768, hidden_dim: 3072, n_layers: 6, n_heads: 12, vocab_size: 30522, max_position_embeddings: 512,
    },
  },
  {
    name: 'all-mpnet-base-v2', parameters: 109486464, kvBytesPerToken: 0, context: 512,
    config: {
      model_type: 'mpnet', hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12, num_attention_heads: 12, vocab_size: 30527,
      max_position_embeddings: 514, relative_attention_num_buckets: 32,
    },
  },
  {
    name: 'gte-base-en-v1.5', parameters: 136776192, kvBytesPerToken: 0, context: 8192,
    config: {
      model_type: 'new', hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12, num_attention_heads: 12, vocab_size: 30528,
      max_position_embeddings: 8192, position_embedding_type: 'rope', type_vocab_size: 0,
    },
  },
  {
    name: 'deberta-v3-base', parameters: 183831552, kvBytesPerToken: 0, context: 512,
    config: {
      model_type: 'deberta-v2', hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12, num_attention_heads: 12, vocab_size: 128100,
      max_position_embeddings: 512, type_vocab_size: 0, position_buckets: 256, relative_attention: true, position_biased_input: false,
      pos_att_type: 'p2c|c2p', share_att_key: true, norm_rel_ebd: 'layer_norm',
    },
  },
  {
    name: 'llava-1.5-7b-hf', parameters: 7063427072, kvBytesPerToken: 32 * (2 * 32 * 128) * 2, context: 4096,
    config: {
      model_type: 'llava', text_config: { model_type: 'llama', max_position_embeddings: 4096, vocab_size: 32064 },
      vision_config: { model_type: 'clip_vision_model', hidden_size: 1024, image_size: 336, intermediate_size: 4096, num_attention_heads: 16,
      num_hidden_layers: 24, patch_size: 14, projection_dim: 768, vocab_size: 32000 },
    },
  },
  {
    name: 'llava-v1.6-mistral-7b-hf', parameters: 7566747648, kvBytesPerToken: 32 * (2 * 8 * 128) * 2, context: 32768,
    config: {
      model_type: 'llava_next', text_config: { model_type: 'mistral', intermediate_size: 14336, max_position_embeddings: 32768, num_key_value_heads: 8,
      sliding_window: null, vocab_size: 32064 }, vision_config: { model_type: 'clip_vision_model', hidden_size: 1024, image_size: 336,
      intermediate_size: 4096, num_attention_heads: 16, num_hidden_layers: 24, patch_size: 14, projection_dim: 768, vocab_size: 32000 },
    },
  },
  {
    name: 'internvl3-8b-hf', parameters: 7944373760, kvBytesPerToken: 28 * (2 * 4 * 128) * 2, context: 65536,
    config: {
      model_type: 'internvl', text_config: { model_type: 'qwen2', hidden_size: 3584, intermediate_size: 18944, num_hidden_layers: 28,
      num_attention_heads: 28, num_key_value_heads: 4, vocab_size: 151674, max_position_embeddings: 32768, rope_scaling: { factor: 2.0,
      rope_type: 'dynamic', type: 'dynamic' } }, vision_config: { model_type: 'internvl_vision', hidden_size: 1024, image_size: [448, 448],
      intermediate_size: 4096, num_attention_heads: 16, num_hidden_layers: 24, patch_size: [14, 14], attention_bias: true }, downsample_ratio: 0.5,
    },
  },
  {
    name: 'smolvlm-256m', parameters: 256484928, kvBytesPerToken: 30 * (2 * 3 * 64) * 2, context: 8192,
    config: {
      model_type: 'idefics3', text_config: { model_type: 'llama', hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9,
      num_key_value_heads: 3, head_dim: 64, vocab_size: 49280, max_position_embeddings: 8192, tie_word_embeddings: false },
      vision_config: { model_type: 'idefics3', hidden_size: 768, image_size: 512, patch_size: 16, num_attention_heads: 12 }, scale_factor: 4, vocab_size: 49280, tie_word_embeddings: true,
    },
  },
  {
    name: 'qwen2-audio-7b', parameters: 8397094912, kvBytesPerToken: 32 * (2 * 32 * 128) * 2, context: 8192,
    config: {
      model_type: 'qwen2_audio', text_config: { model_type: 'qwen2', intermediate_size: 11008, max_position_embeddings: 8192, vocab_size: 156032 },
      audio_config: { model_type: 'qwen2_audio_encoder', d_model: 1280, encoder_attention_heads: 20, encoder_ffn_dim: 5120, encoder_layers: 32,
      num_mel_bins: 128, max_source_positions: 1500 }, vocab_size: 156032,
    },
  },
  {
    name: 'voxtral-mini-3b', parameters: 4676146176, kvBytesPerToken: 30 * (2 * 8 * 128) * 2, context: 131072,
    config: {
      model_type: 'voxtral', audio_config: { model_type: 'voxtral_encoder', hidden_size: 1280, intermediate_size: 5120, num_hidden_layers: 32,
      num_attention_heads: 20, num_mel_bins: 128, max_source_positions: 1500, vocab_size: 51866, head_dim: 64, num_key_value_heads: 20 },
      text_config: { model_type: 'llama', hidden_size: 3072, intermediate_size: 8192, num_hidden_layers: 30, num_attention_heads: 32,
      num_key_value_heads: 8, head_dim: 128, vocab_size: 131072, max_position_embeddings: 131072, attention_bias: false, mlp_bias: false },
      hidden_size: 3072, vocab_size: 131072,
    },
  },
  {
    name: 'voxtral-small-24b', parameters: 24261657600, kvBytesPerToken: 40 * (2 * 8 * 128) * 2, context: 131072,
    config: {
      model_type: 'voxtral', audio_config: { model_type: 'voxtral_encoder', hidden_size: 1280, intermediate_size: 5120, num_hidden_layers: 32,
      num_attention_heads: 20, num_mel_bins: 128, max_source_positions: 1500, vocab_size: 51866, head_dim: 64, num_key_value_heads: 20 },
      text_config: { model_type: 'llama', hidden_size: 5120, intermediate_size: 32768, num_hidden_layers: 40, num_attention_heads: 32,
      num_key_value_heads: 8, head_dim: 128, vocab_size: 131072, max_position_embeddings: 131072, attention_bias: false, mlp_bias: false },
      hidden_size: 5120, vocab_size: 131072,
    },
  },  {
    name: 'qwen2.5-vl-7b', parameters: 8292166656, kvBytesPerToken: 28 * (2 * 4 * 128) * 2, context: 128000,
    config: {
      model_type: 'qwen2_5_vl', hidden_size: 3584, intermediate_size: 18944, max_position_embeddings: 128000, max_window_layers: 28,
      num_attention_heads: 28, num_hidden_layers: 28, num_key_value_heads: 4, sliding_window: 32768, use_sliding_window: false, tie_word_embeddings: false,
      vocab_size: 152064, rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] }, vision_config: { depth: 32, hidden_act: 'silu', hidden_size: 1280,
      intermediate_size: 3420, num_heads: 16, in_chans: 3, out_hidden_size: 3584, patch_size: 14, spatial_merge_size: 2, temporal_patch_size: 2 },
    },
  },
  {
    name: 'qwen2-vl-7b', parameters: 8291375616, kvBytesPerToken: 28 * (2 * 4 * 128) * 2, context: 32768,
    config: {
      model_type: 'qwen2_vl', hidden_size: 3584, intermediate_size: 18944, max_position_embeddings: 32768, max_window_layers: 28, num_attention_heads: 28,
      num_hidden_layers: 28, num_key_value_heads: 4, sliding_window: 32768, use_sliding_window: false, tie_word_embeddings: false, vocab_size: 152064,
      rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] }, vision_config: { depth: 32, embed_dim: 1280, mlp_ratio: 4, num_heads: 16, in_chans: 3,
      hidden_size: 3584, patch_size: 14, spatial_merge_size: 2, temporal_patch_size: 2 },
    },
  },
  {
    name: 'mistral-small-3.1-24b', parameters: 24011361280, kvBytesPerToken: 40 * (2 * 8 * 128) * 2, context: 131072,
    config: {
      model_type: 'mistral3', multimodal_projector_bias: false, spatial_merge_size: 2, text_config: { model_type: 'mistral', hidden_size: 5120,
      intermediate_size: 32768, num_hidden_layers: 40, num_attention_heads: 32, num_key_value_heads: 8, head_dim: 128, vocab_size: 131072,
      max_position_embeddings: 131072, sliding_window: null }, vision_config: { model_type: 'pixtral', hidden_size: 1024, intermediate_size: 4096,
      num_hidden_layers: 24, num_attention_heads: 16, head_dim: 64, image_size: 1540, patch_size: 14, hidden_act: 'silu' },
    },
  },
];
