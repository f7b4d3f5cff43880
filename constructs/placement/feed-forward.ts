import { type ConfigReader } from './config-reader';
import { type DecoderFamily } from './decoder-families';
import { gatedMatrices, type Matrix, matrixParameters, numbers } from './matrix';

/** The feed-forward networks of all layers. */
export interface FeedForward {
  readonly matrices: readonly Matrix[];
  readonly linear: number;
  readonly other: number;
  readonly expertParameters: number;
  readonly experts: number;
  readonly expertsPerToken: number;
  readonly intermediateSizes: readonly number[];
  readonly activationWidth: number;
}

/** Sizes of a layer with experts. */
interface ExpertLayer {
  readonly experts: number;
  readonly perToken: number;
  readonly width: number;
  /** Width of the network that every token passes beside its experts; 0 without. */
  readonly shared: number;
  /** Norms, biases and routers of such a layer. */
  readonly other: number;
  /** Numbers of the layers that have experts. */
  readonly layers: readonly number[];
}

/** Parameters of the feed-forward networks: gated ones, of three matrices each. */
export function feedForward(reader: ConfigReader, kind: DecoderFamily['experts'], hidden: number, layers: number): FeedForward {
  if (kind === undefined) return dense(reader, hidden, layers);
  const layer = READERS[kind](reader, hidden, layers);
  if (layer.perToken > layer.experts) reader.problem('num_experts_per_tok', `at most the ${layer.experts} experts`, layer.perToken);
  const denseLayers = numbers(layers).filter((index) => !layer.layers.includes(index));
  const denseWidth = denseLayers.length === 0 ? 0 : reader.count(kind === 'llama4' ? 'intermediate_size_mlp' : 'intermediate_size');
  const { network, shared } = NAMES[kind];
  const routed = gatedMatrices(`${network}.experts`, layer.layers, hidden, layer.width, layer.experts);
  const matrices = [
    ...routed, ...gatedMatrices(`${network}.${shared}`, layer.layers, hidden, layer.shared), ...gatedMatrices(network, denseLayers, hidden, denseWidth),
  ];
  return {
    matrices,
    linear: matrixParameters(matrices),
    other: layer.layers.length * layer.other,
    expertParameters: matrixParameters(routed),
    experts: layer.experts,
    expertsPerToken: layer.perToken,
    intermediateSizes: [layer.width, layer.shared, denseWidth].filter((width) => width > 0),
    activationWidth: Math.max(layer.perToken * layer.width + layer.shared, denseWidth),
  };
}

function dense(reader: ConfigReader, hidden: number, layers: number): FeedForward {
  const width = reader.count('intermediate_size');
  const matrices = gatedMatrices('mlp', numbers(layers), hidden, width);
  return {
    matrices,
    linear: matrixParameters(matrices),
    other: reader.flag('mlp_bias', false) ? layers * (2 * width + hidden) : 0,
    expertParameters: 0, experts: 0, expertsPerToken: 0, intermediateSizes: [width], activationWidth: width,
  };
}

/** What checkpoints call the network of a layer, and the expert that every token passes. */
const NAMES: Readonly<Record<NonNullable<DecoderFamily['experts']>, { readonly network: string; readonly shared: string }>> = {
  'mixtral': { network: 'block_sparse_moe', shared: 'shared_expert' },
  'qwen': { network: 'mlp', shared: 'shared_expert' },
  'gpt-oss': { network: 'mlp', shared: 'shared_expert' },
  'deepseek': { network: 'mlp', shared: 'shared_experts' },
  'llama4': { network: 'feed_forward', shared: 'shared_expert' },
};

type LayerReader = (reader: ConfigReader, hidden: number, layers: number) => ExpertLayer;

const READERS: Readonly<Record<NonNullable<DecoderFamily['experts']>, LayerReader>> = {
  'mixtral': (reader, hidden, layers) => {
    const experts = reader.count('num_local_experts');
    return { experts, perToken: reader.count('num_experts_per_tok'), width: reader.count('intermediate_size'), shared: 0, other: hidden * experts, layers: numbers(layers) };
  },
  'qwen': (reader, hidden, layers) => {
    const experts = reader.count('num_experts');
    const step = reader.count('decoder_sparse_step', 1);
    const without = reader.amounts('mlp_only_layers');
    const shared = reader.amount('shared_expert_intermediate_size', 0);
    return {
      experts, perToken: reader.count('num_experts_per_tok'), width: reader.count('moe_intermediate_size'), shared,
      // A shared expert has a gate of its own.
      other: hidden * experts + (shared > 0 ? hidden : 0),
      layers: numbers(layers).filter((index) => (index + 1) % step === 0 && !without.includes(index)),
    };
  },
  'gpt-oss': (reader, hidden, layers) => {
    const experts = reader.count('num_local_experts');
    const width = reader.count('intermediate_size');
    // Router and experts have biases.
    return { experts, perToken: reader.count('num_experts_per_tok'), width, shared: 0, other: hidden * experts + experts + experts * (2 * width + hidden), layers: numbers(layers) };
  },
  'deepseek': (reader, hidden, layers) => {
    const experts = reader.count('n_routed_experts');
    const width = reader.count('moe_intermediate_size');
    return {
      experts, perToken: reader.count('num_experts_per_tok'), width, shared: reader.amount('n_shared_experts', 0) * width,
      other: hidden * experts + (reader.raw('topk_method') === 'noaux_tc' ? experts : 0),
      layers: numbers(layers).slice(reader.amount('first_k_dense_replace', 0)),
    };
  },
  'llama4': (reader, hidden, layers) => {
    const experts = reader.count('num_local_experts');
    const width = reader.count('intermediate_size');
    const step = reader.count('interleave_moe_layer_step', 1);
    return {
      experts, perToken: reader.count('num_experts_per_tok'), width, shared: width, other: hidden * experts,
      layers: numbers(layers).filter((index) => (index + 1) % step === 0),
    };
  },
};
