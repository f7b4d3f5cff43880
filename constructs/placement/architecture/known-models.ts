import { ModelArchitecture } from './model-architecture';

/** Reads the fields of a published `config.json` that decide a placement. */
function model(name: string, config: Readonly<Record<string, unknown>>): ModelArchitecture {
  return ModelArchitecture.fromConfig(JSON.stringify(config), name);
}

/** The fields that differ within every family. */
function sizes(hidden_size: number, intermediate_size: number, num_hidden_layers: number, num_attention_heads: number) {
  return { hidden_size, intermediate_size, num_hidden_layers, num_attention_heads };
}

const LLAMA_3_1 = {
  model_type: 'llama',
  vocab_size: 128256,
  max_position_embeddings: 131072,
  num_key_value_heads: 8,
} as const;

const QWEN_3 = {
  model_type: 'qwen3',
  vocab_size: 151936,
  max_position_embeddings: 40960,
  num_key_value_heads: 8,
  head_dim: 128,
} as const;

const GPT_OSS = {
  model_type: 'gpt_oss',
  vocab_size: 201088,
  max_position_embeddings: 131072,
  hidden_size: 2880,
  intermediate_size: 2880,
  num_attention_heads: 64,
  num_key_value_heads: 8,
  head_dim: 64,
  num_experts_per_tok: 4,
  sliding_window: 128,
  attention_bias: true,
  quantization_config: { quant_method: 'mxfp4' },
} as const;

/** A sliding layer before each full one. */
function alternating(layers: number): string[] {
  return Array.from({ length: layers }, (_, index) => (index % 2 === 0 ? 'sliding_attention' : 'full_attention'));
}

/**
 * Well-known models. Their figures are those of the `config.json` in each repository on the hub, whose name is the model's; the
 * parameter counts that follow from them are tested against the published ones.
 */
export class KnownModels {
  /** Meta Llama 3.1 8B: 8.03 billion parameters, dense. */
  public static readonly LLAMA_3_1_8B = model('meta-llama/Llama-3.1-8B', {
    ...LLAMA_3_1,
    ...sizes(4096, 14336, 32, 32),
  });
  /** Meta Llama 3.1 70B, and 3.3 70B, which has the same sizes: 70.6 billion parameters, dense. */
  public static readonly LLAMA_3_1_70B = model('meta-llama/Llama-3.1-70B', {
    ...LLAMA_3_1,
    ...sizes(8192, 28672, 80, 64),
  });
  /** Meta Llama 3.1 405B: 405.9 billion parameters, dense. */
  public static readonly LLAMA_3_1_405B = model('meta-llama/Llama-3.1-405B', {
    ...LLAMA_3_1,
    ...sizes(16384, 53248, 126, 128),
  });
  /** Meta Llama 3.2 1B: 1.24 billion parameters, dense; a draft model for its larger kin. */
  public static readonly LLAMA_3_2_1B = model('meta-llama/Llama-3.2-1B', {
    ...LLAMA_3_1,
    tie_word_embeddings: true,
    ...sizes(2048, 8192, 16, 32),
    head_dim: 64,
  });
  /** Qwen3 0.6B: 0.60 billion parameters, dense; a draft model for its larger kin. */
  public static readonly QWEN3_0_6B = model('Qwen/Qwen3-0.6B', {
    ...QWEN_3,
    tie_word_embeddings: true,
    ...sizes(1024, 3072, 28, 16),
  });
  /** Qwen3 8B: 8.19 billion parameters, dense. */
  public static readonly QWEN3_8B = model('Qwen/Qwen3-8B', { ...QWEN_3, ...sizes(4096, 12288, 36, 32) });
  /** Qwen3 32B: 32.8 billion parameters, dense. */
  public static readonly QWEN3_32B = model('Qwen/Qwen3-32B', { ...QWEN_3, ...sizes(5120, 25600, 64, 64) });
  /** Qwen3 30B-A3B: 30.5 billion parameters, 3.35 of them for a token. */
  public static readonly QWEN3_30B_A3B = model('Qwen/Qwen3-30B-A3B', {
    ...QWEN_3,
    model_type: 'qwen3_moe',
    num_key_value_heads: 4,
    ...sizes(2048, 6144, 48, 32),
    moe_intermediate_size: 768,
    num_experts: 128,
    num_experts_per_tok: 8,
  });
  /** Qwen3 235B-A22B: 235 billion parameters, 22.2 of them for a token. */
  public static readonly QWEN3_235B_A22B = model('Qwen/Qwen3-235B-A22B', {
    ...QWEN_3,
    model_type: 'qwen3_moe',
    num_key_value_heads: 4,
    ...sizes(4096, 12288, 94, 64),
    moe_intermediate_size: 1536,
    num_experts: 128,
    num_experts_per_tok: 8,
  });
  /** Mistral 7B v0.3: 7.25 billion parameters, dense. */
  public static readonly MISTRAL_7B_V0_3 = model('mistralai/Mistral-7B-v0.3', {
    model_type: 'mistral',
    vocab_size: 32768,
    max_position_embeddings: 32768,
    ...sizes(4096, 14336, 32, 32),
    num_key_value_heads: 8,
  });
  /** OpenAI gpt-oss-20b: 20.9 billion parameters, published in MXFP4. */
  public static readonly GPT_OSS_20B = model('openai/gpt-oss-20b', {
    ...GPT_OSS,
    num_hidden_layers: 24,
    num_local_experts: 32,
    layer_types: alternating(24),
  });
  /** OpenAI gpt-oss-120b: 116.8 billion parameters, published in MXFP4. */
  public static readonly GPT_OSS_120B = model('openai/gpt-oss-120b', {
    ...GPT_OSS,
    num_hidden_layers: 36,
    num_local_experts: 128,
    layer_types: alternating(36),
  });
  /** DeepSeek-V3, and R1, which has the same sizes: 671 billion parameters, 37.6 of them for a token, published in FP8. */
  public static readonly DEEPSEEK_V3 = model('deepseek-ai/DeepSeek-V3', {
    model_type: 'deepseek_v3',
    vocab_size: 129280,
    max_position_embeddings: 163840,
    ...sizes(7168, 18432, 61, 128),
    moe_intermediate_size: 2048,
    num_nextn_predict_layers: 1,
    first_k_dense_replace: 3,
    num_key_value_heads: 128,
    n_routed_experts: 256,
    n_shared_experts: 1,
    num_experts_per_tok: 8,
    topk_method: 'noaux_tc',
    q_lora_rank: 1536,
    kv_lora_rank: 512,
    qk_nope_head_dim: 128,
    qk_rope_head_dim: 64,
    v_head_dim: 128,
    quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] },
  });
  /** BAAI bge-m3: 568 million parameters; embeds text. */
  public static readonly BGE_M3 = model('BAAI/bge-m3', {
    model_type: 'xlm-roberta',
    vocab_size: 250002,
    max_position_embeddings: 8194,
    type_vocab_size: 1,
    pad_token_id: 1,
    ...sizes(1024, 4096, 24, 16),
  });

  /** Every model of the catalog. */
  public static all(): ModelArchitecture[] {
    return Object.values(KnownModels).filter((value): value is ModelArchitecture => value instanceof ModelArchitecture);
  }

  private constructor() {}
}
