import { type WindowRule } from './attention-windows';
import { type JsonObject } from './config-reader';

/** What tells the families of decoders apart, beside the sizes in their `config.json`. */
export interface DecoderFamily {
  /** Biases of the query, key and value projections; the file decides where it is undefined. */
  readonly qkvBias?: boolean;
  /** Bias of the output projection; the file decides where it is undefined. */
  readonly outputBias?: boolean;
  /** A norm on each head of queries and keys, with a weight for every element of a head. */
  readonly headNorms?: boolean;
  /** Norms of a layer, each as wide as the hidden state. */
  readonly norms: number;
  readonly windows: WindowRule;
  readonly experts?: 'mixtral' | 'qwen' | 'gpt-oss' | 'deepseek' | 'llama4';
  /** Keys and values are kept as one compressed vector (multi-head latent attention). */
  readonly latent?: boolean;
  /** Whether the library multiplies the longest context by the factor of `rope_scaling`. */
  readonly scalesContext?: boolean;
  /** What the class of the configuration fills in where the file is silent. */
  readonly defaults: JsonObject;
}

const UNTIED: JsonObject = { tie_word_embeddings: false };
const TIED: JsonObject = { tie_word_embeddings: true };

const LLAMA: DecoderFamily = { norms: 2, windows: 'all', scalesContext: true, defaults: UNTIED };
const QWEN2: DecoderFamily = { norms: 2, windows: 'qwen', qkvBias: true, outputBias: false, scalesContext: true, defaults: UNTIED };
const QWEN3: DecoderFamily = { norms: 2, windows: 'qwen', headNorms: true, scalesContext: true, defaults: UNTIED };
const DEEPSEEK: DecoderFamily = { norms: 2, windows: 'none', latent: true, experts: 'deepseek', scalesContext: true, defaults: UNTIED };

/**
 * Families by `model_type`. Layers, biases and defaults are those of the configuration and modeling classes of the library
 * transformers; the parameter counts that follow from them are tested against published ones.
 */
export const DECODER_FAMILIES: Readonly<Record<string, DecoderFamily>> = {
  llama: { ...LLAMA, windows: 'none' },
  mistral: LLAMA,
  ministral3: LLAMA,
  mixtral: { ...LLAMA, experts: 'mixtral' },
  phi3: LLAMA,
  qwen2: QWEN2,
  qwen2_moe: { ...QWEN2, experts: 'qwen' },
  qwen2_vl: QWEN2,
  qwen2_vl_text: QWEN2,
  qwen2_5_vl: QWEN2,
  qwen2_5_vl_text: QWEN2,
  qwen3: QWEN3,
  qwen3_moe: { ...QWEN3, experts: 'qwen' },
  qwen3_vl_text: QWEN3,
  qwen3_vl_moe_text: { ...QWEN3, experts: 'qwen' },
  gemma: { norms: 2, windows: 'none', defaults: TIED },
  gemma2: { norms: 4, windows: 'alternating', defaults: TIED },
  gemma3_text: {
    norms: 4, windows: 'pattern', headNorms: true,
    defaults: {
      ...TIED, vocab_size: 262208, num_attention_heads: 8, num_key_value_heads: 4, head_dim: 256,
      max_position_embeddings: 131072, sliding_window: 4096, sliding_window_pattern: 6,
    },
  },
  gpt_oss: { norms: 2, windows: 'none', experts: 'gpt-oss', scalesContext: true, defaults: UNTIED },
  deepseek_v2: DEEPSEEK,
  deepseek_v3: DEEPSEEK,
  kimi_k2: DEEPSEEK,
  llama4_text: { norms: 2, windows: 'chunked', experts: 'llama4', defaults: UNTIED },
};
