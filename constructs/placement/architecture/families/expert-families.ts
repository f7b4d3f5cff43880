import { type DecoderFamily } from './decoder-family';
import { LLAMA, QWEN3 } from './dense-families';

const DEEPSEEK: DecoderFamily = { latent: true, experts: 'deepseek' };
/** Its routers weigh experts by a bias of each. */
const DEEPSEEK_V32: DecoderFamily = { ...DEEPSEEK, defaults: { topk_method: 'noaux_tc' } };

/** Families with a router: a token passes some of the experts of a layer. */
export const EXPERT_FAMILIES: Readonly<Record<string, DecoderFamily>> = {
  mixtral: { ...LLAMA, windows: 'all', experts: 'mixtral', modules: { network: 'block_sparse_moe' } },
  qwen2_moe: { windows: 'qwen', qkvBias: true, outputBias: false, experts: 'qwen' },
  qwen3_moe: { ...QWEN3, experts: 'qwen' },
  qwen3_vl_moe_text: { ...QWEN3, experts: 'qwen' },
  gpt_oss: { experts: 'gpt-oss' },
  deepseek_v2: DEEPSEEK,
  deepseek_v3: DEEPSEEK,
  deepseek_v32: DEEPSEEK_V32,
  glm_moe_dsa: DEEPSEEK_V32,
  kimi_k2: DEEPSEEK,
  // Layers for further tokens, which its checkpoints hold, are not among them.
  glm4_moe: {
    outputBias: false,
    headNorms: 'one',
    experts: 'deepseek',
    defaults: { use_qk_norm: false, first_k_dense_replace: 1, topk_method: 'noaux_tc' },
  },
  minimax_m2: { headNorms: 'all', experts: 'minimax', modules: { network: 'block_sparse_moe' } },
  olmoe: { headNorms: 'all', experts: 'olmoe' },
  granitemoe: { experts: 'mixtral', modules: { network: 'block_sparse_moe' } },
  phimoe: {
    normBias: true,
    windows: 'all',
    headBias: true,
    experts: 'mixtral',
    modules: { network: 'block_sparse_moe' },
    defaults: { attention_bias: true },
  },
  llama4_text: { windows: 'chunked', experts: 'llama4', modules: { network: 'feed_forward' } },
};
