import { type ConfigReader } from './config-reader';
import { type DecoderFamily, type ExpertKind } from './families/decoder-family';
import { lettersOf } from './layer-kinds';
import { gatedMatrices, type Matrix, matrix, matrixParameters, numbers, plainMatrices } from './matrix';

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

/** Sizes of the layers with experts. */
interface ExpertLayers {
  readonly experts: number;
  readonly perToken: number;
  readonly width: number;
  /** Width of the network that every token passes beside its experts; 0 without. */
  readonly shared: number;
  /** Width of what experts take, where it is not the hidden state. */
  readonly latent?: number;
  /** Norms, biases and routers of such a layer. */
  readonly other: number;
  /** Numbers of the layers that have experts. */
  readonly layers: readonly number[];
  /** Numbers of the layers that have a network instead; those without experts when undefined. */
  readonly dense?: readonly number[];
  /** Width of the network of layers without experts. */
  readonly denseWidth?: number;
}

/** Parameters of the feed-forward networks. */
export function feedForward(reader: ConfigReader, family: DecoderFamily, hidden: number, layers: number): FeedForward {
  const { experts: kind, modules: { network = 'mlp' } = {} } = family;
  const networks = family.plain ? plainMatrices : gatedMatrices;
  const layer = kind === undefined ? noExperts(layers) : READERS[kind](reader, hidden, layers);
  if (layer.perToken > layer.experts)
    reader.problem('num_experts_per_tok', `at most the ${layer.experts} experts`, layer.perToken);
  const dense = layer.dense ?? numbers(layers).filter((index) => !layer.layers.includes(index));
  const widths =
    dense.length === 0
      ? []
      : layer.denseWidth === undefined
        ? reader.countsOf('intermediate_size', layers)
        : numbers(layers).map(() => layer.denseWidth!);
  const routed = networks(expertsName(kind, network), layer.layers, layer.latent ?? hidden, layer.width, layer.experts);
  const denseMatrices = [...new Set(dense.map((index) => widths[index]))].flatMap((width) =>
    networks(
      network,
      dense.filter((index) => widths[index] === width),
      hidden,
      width,
    ),
  );
  const matrices = [
    ...routed,
    ...networks(sharedName(kind, network), layer.layers, hidden, layer.shared),
    ...denseMatrices,
    ...latentMatrices(network, layer, hidden),
  ];
  const bias = family.networkBias ?? reader.flag('mlp_bias', false);
  const denseWidths = dense.map((index) => widths[index]);
  return {
    matrices,
    linear: matrixParameters(matrices),
    other:
      layer.layers.length * layer.other +
      (bias ? denseWidths.reduce((sum, width) => sum + (family.plain ? 1 : 2) * width + hidden, 0) : 0),
    expertParameters: matrixParameters(routed),
    experts: layer.experts,
    expertsPerToken: layer.perToken,
    intermediateSizes: [
      ...new Set([...(layer.layers.length > 0 ? [layer.width, layer.shared] : []), ...denseWidths]),
    ].filter((width) => width > 0),
    activationWidth: Math.max(layer.perToken * layer.width + layer.shared, ...denseWidths, 0),
  };
}

function noExperts(layers: number): ExpertLayers {
  return { experts: 0, perToken: 0, width: 0, shared: 0, other: 0, layers: [], dense: numbers(layers) };
}

/** What checkpoints call the experts: Gemma 4's stand beside the network of their layer. */
function expertsName(kind: ExpertKind | undefined, network: string): string {
  return kind === 'gemma4' ? 'experts' : `${network}.experts`;
}

/** What checkpoints call the network that every token passes. */
function sharedName(kind: ExpertKind | undefined, network: string): string {
  if (kind === 'granite') return 'shared_mlp';
  return `${network}.${kind === 'deepseek' || kind === 'nemotron' ? 'shared_experts' : 'shared_expert'}`;
}

/** What leads to experts of a smaller hidden state and back. */
function latentMatrices(network: string, { latent, layers }: ExpertLayers, hidden: number): Matrix[] {
  if (latent === undefined) return [];
  return [
    matrix(`${network}.fc1_latent_proj`, layers, hidden, latent, 'nothing'),
    matrix(`${network}.fc2_latent_proj`, layers, latent, hidden, 'nothing'),
  ];
}

type LayerReader = (reader: ConfigReader, hidden: number, layers: number) => ExpertLayers;

/** Experts of every layer and a router over them, by the names of the fields that hold their number and their width. */
function expertsOf(
  reader: ConfigReader,
  hidden: number,
  layers: number,
  number: string,
  width = 'intermediate_size',
  perToken = 'num_experts_per_tok',
): ExpertLayers {
  const experts = reader.count(number);
  return {
    experts,
    perToken: reader.count(perToken),
    width: reader.count(width),
    shared: 0,
    other: hidden * experts,
    layers: numbers(layers),
  };
}

const MIXTRAL: LayerReader = (reader, hidden, layers) => expertsOf(reader, hidden, layers, 'num_local_experts');

const READERS: Readonly<Record<ExpertKind, LayerReader>> = {
  // Layers of such a family have no network.
  none: (_, __, layers) => ({ ...noExperts(layers), dense: [] }),
  mixtral: MIXTRAL,
  minimax: (reader, hidden, layers) => {
    const layer = MIXTRAL(reader, hidden, layers);
    // The router weighs experts by a bias of each.
    return { ...layer, other: layer.other + layer.experts };
  },
  olmoe: (reader, hidden, layers) => expertsOf(reader, hidden, layers, 'num_experts'),
  granite: (reader, hidden, layers) => {
    const shared = reader.count('shared_intermediate_size');
    return reader.amount('num_local_experts', 0) === 0
      ? { ...noExperts(layers), denseWidth: shared }
      : { ...MIXTRAL(reader, hidden, layers), shared };
  },
  jamba: (reader, hidden, layers) => {
    const layer = expertsOf(reader, hidden, layers, 'num_experts');
    const period = reader.count('expert_layer_period');
    const offset = reader.amount('expert_layer_offset');
    return { ...layer, layers: layer.experts === 1 ? [] : layer.layers.filter((index) => index % period === offset) };
  },
  nemotron: (reader, hidden, layers) => {
    const letters = lettersOf(reader, layers);
    const dense = numbers(layers).filter((index) => letters[index] === '-');
    const having = numbers(layers).filter((index) => letters[index] === 'E');
    if (having.length === 0) return { ...noExperts(layers), dense };
    const layer = expertsOf(reader, hidden, layers, 'n_routed_experts', 'moe_intermediate_size');
    return {
      ...layer,
      shared: reader.amount('moe_shared_expert_intermediate_size', 0),
      latent: reader.optionalCount('moe_latent_size'),
      other: layer.other + layer.experts,
      layers: having,
      dense,
    };
  },
  gemma4: (reader, hidden, layers) => {
    if (!reader.flag('enable_moe_block', false)) return noExperts(layers);
    const layer = expertsOf(reader, hidden, layers, 'num_experts', 'moe_intermediate_size', 'top_k_experts');
    // Experts come beside the network of each layer, with three further norms, and scales of the router.
    return { ...layer, other: layer.other + layer.experts + 4 * hidden, dense: numbers(layers) };
  },
  qwen: (reader, hidden, layers) => {
    const layer = expertsOf(reader, hidden, layers, 'num_experts', 'moe_intermediate_size');
    const step = reader.count('decoder_sparse_step', 1);
    const without = reader.amounts('mlp_only_layers');
    const shared = reader.amount('shared_expert_intermediate_size', 0);
    return {
      ...layer,
      shared,
      // A shared expert has a gate of its own.
      other: layer.other + (shared > 0 ? hidden : 0),
      layers: layer.layers.filter((index) => (index + 1) % step === 0 && !without.includes(index)),
    };
  },
  'gpt-oss': (reader, hidden, layers) => {
    const layer = MIXTRAL(reader, hidden, layers);
    // Router and experts have biases.
    return { ...layer, other: layer.other + layer.experts + layer.experts * (2 * layer.width + hidden) };
  },
  deepseek: (reader, hidden, layers) => {
    const layer = expertsOf(reader, hidden, layers, 'n_routed_experts', 'moe_intermediate_size');
    return {
      ...layer,
      shared: reader.amount('n_shared_experts', 0) * layer.width,
      other: layer.other + (reader.raw('topk_method') === 'noaux_tc' ? layer.experts : 0),
      layers: layer.layers.slice(reader.amount('first_k_dense_replace', 0)),
    };
  },
  llama4: (reader, hidden, layers) => {
    const layer = MIXTRAL(reader, hidden, layers);
    const step = reader.count('interleave_moe_layer_step', 1);
    const having = layer.layers.filter((index) => (index + 1) % step === 0);
    return {
      ...layer,
      shared: layer.width,
      layers: having,
      denseWidth: having.length === layers ? undefined : reader.count('intermediate_size_mlp'),
    };
  },
};
