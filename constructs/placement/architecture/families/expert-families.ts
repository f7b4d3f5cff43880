import { type DecoderFamily, UNTIED } from './decoder-family';
import { LLAMA, QWEN3 } from './dense-families';

const DEEPSEEK: DecoderFamily = {
  norms: 2,
  windows: 'none',
  latent: true,
  experts: 'deepseek',
  scalesContext: true,
  defaults: UNTIED,
};

/** Families with a router: a token passes some of the experts of a layer. */
export const EXPERT_FAMILIES: Readonly<Record<string, DecoderFamily>> = {
  mixtral: { ...LLAMA, experts: 'mixtral', modules: { network: 'block_sparse_moe' }, defaults: UNTIED },
  qwen2_moe: {
    norms: 2,
    windows: 'qwen',
    qkvBias: true,
    outputBias: false,
    experts: 'qwen',
    scalesContext: true,
    defaults: UNTIED,
  },
  qwen3_moe: { ...QWEN3, experts: 'qwen' },
  qwen3_vl_moe_text: { ...QWEN3, experts: 'qwen' },
  gpt_oss: { norms: 2, windows: 'none', experts: 'gpt-oss', scalesContext: true, defaults: UNTIED },
  deepseek_v2: DEEPSEEK,
  deepseek_v3: DEEPSEEK,
  deepseek_v32: { ...DEEPSEEK, defaults: { ...UNTIED, topk_method: 'noaux_tc' } },
  glm_moe_dsa: { ...DEEPSEEK, defaults: { ...UNTIED, topk_method: 'noaux_tc' } },
  kimi_k2: DEEPSEEK,
  // Layers for further tokens, which its checkpoints hold, are not among them.
  glm4_moe: {
    norms: 2,
    windows: 'none',
    outputBias: false,
    headNorms: 'one',
    experts: 'deepseek',
    scalesContext: true,
    defaults: { ...UNTIED, use_qk_norm: false, first_k_dense_replace: 1, topk_method: 'noaux_tc' },
  },
  minimax_m2: {
    norms: 2,
    windows: 'none',
    headNorms: 'all',
    experts: 'minimax',
    modules: { network: 'block_sparse_moe' },
    scalesContext: true,
    defaults: UNTIED,
  },
  olmoe: { norms: 2, windows: 'none', headNorms: 'all', experts: 'olmoe', scalesContext: true, defaults: UNTIED },
  granitemoe: {
    norms: 2,
    windows: 'none',
    experts: 'mixtral',
    modules: { network: 'block_sparse_moe' },
    scalesContext: true,
    defaults: UNTIED,
  },
  phimoe: {
    norms: 2,
    normBias: true,
    windows: 'all',
    headBias: true,
    experts: 'mixtral',
    modules: { network: 'block_sparse_moe' },
    scalesContext: true,
    defaults: { ...UNTIED, attention_bias: true },
  },
  llama4_text: {
    norms: 2,
    windows: 'chunked',
    experts: 'llama4',
    modules: { network: 'feed_forward' },
    scalesContext: true,
    defaults: UNTIED,
  },
};
