import { type ConfigReader } from './config-reader';
import { type ModelShape, PLAIN_SHAPE } from './model-shape';

/** What distinguishes encoders, which embed text. */
interface EncoderFamily {
  /** Fields that its files spell otherwise: the common name, then theirs. */
  readonly names?: Readonly<Record<string, string>>;
  /** Tables beside the vocabulary: learned positions, behind the padding token where a family numbers them so, and types of tokens. */
  readonly positions?: 'from-zero' | 'behind-padding';
  readonly types?: number;
  /** Networks of three matrices instead of two. */
  readonly gated?: boolean;
  /** Whether matrices have biases; files decide with `qkv_proj_bias` and its like where they have them. */
  readonly bias: 'all' | 'none' | 'file' | 'new';
  /** Whether norms have a bias beside their weight. */
  readonly normBias: boolean;
  readonly pooler?: boolean;
  /** Parameters that only this family has. */
  readonly further?: (reader: ConfigReader, hidden: number, layers: number) => number;
}

const BERT: EncoderFamily = { positions: 'from-zero', types: 2, bias: 'all', normBias: true, pooler: true };
const ROBERTA: EncoderFamily = { ...BERT, positions: 'behind-padding' };

/** Families of encoders by `model_type`. */
const ENCODER_FAMILIES: Readonly<Record<string, EncoderFamily>> = {
  bert: BERT,
  roberta: ROBERTA,
  'xlm-roberta': ROBERTA,
  camembert: ROBERTA,
  distilbert: {
    ...BERT,
    types: 0,
    pooler: false,
    names: {
      hidden_size: 'dim',
      intermediate_size: 'hidden_dim',
      num_hidden_layers: 'n_layers',
      num_attention_heads: 'n_heads',
    },
  },
  // Buckets of relative positions, one number a head.
  mpnet: {
    ...ROBERTA,
    types: 0,
    further: (reader) => reader.count('relative_attention_num_buckets', 32) * reader.count('num_attention_heads'),
  },
  nomic_bert: {
    gated: true,
    types: 2,
    bias: 'file',
    normBias: true,
    names: {
      hidden_size: 'n_embd',
      num_hidden_layers: 'n_layer',
      num_attention_heads: 'n_head',
      intermediate_size: 'n_inner',
      max_position_embeddings: 'n_positions',
    },
  },
  // Alibaba's GTE: its query, key and value projections have biases, and so has what leads out of the network.
  'new': { gated: true, types: 0, bias: 'new', normBias: true },
  // The first layer attends without a norm before it; the last norm stands behind all layers.
  modernbert: { gated: true, types: 0, bias: 'none', normBias: false },
  // A table of relative positions with a norm.
  'deberta-v2': {
    ...BERT,
    types: 0,
    pooler: false,
    positions: undefined,
    further: (reader, hidden) =>
      (reader.flag('position_biased_input', true) ? reader.count('max_position_embeddings') * hidden : 0) +
      (reader.flag('relative_attention', false) ? 2 * relativePositions(reader) * hidden : 0) +
      (String(reader.raw('norm_rel_ebd')).includes('layer_norm') ? 2 * hidden : 0),
  },
};

/** `model_type` of encoders, which embed text. */
export const ENCODERS: readonly string[] = Object.keys(ENCODER_FAMILIES);

function relativePositions(reader: ConfigReader): number {
  const buckets = reader.raw('position_buckets');
  return typeof buckets === 'number' && buckets > 0 ? buckets : reader.count('max_position_embeddings');
}

/** How the files of an encoder spell fields. */
export function encoderNames(modelType: string): Readonly<Record<string, string>> {
  return ENCODER_FAMILIES[modelType].names ?? {};
}

/** Sizes of an encoder of BERT's kind, with its pooler where it has one. */
export function encoderShape(reader: ConfigReader, modelType: string): ModelShape {
  const family = ENCODER_FAMILIES[modelType];
  const hiddenSize = reader.count('hidden_size');
  const layers = reader.count('num_hidden_layers');
  const attentionHeads = reader.count('num_attention_heads');
  const width = reader.count('intermediate_size');
  const vocabularySize = reader.count('vocab_size');
  const positions = reader.count('max_position_embeddings');
  const norm = hiddenSize * (family.normBias ? 2 : 1);
  const tables =
    vocabularySize +
    (family.positions === undefined ? 0 : positions) +
    reader.amount('type_vocab_size', family.types ?? 0);
  const pooler = family.pooler === true ? hiddenSize ** 2 : 0;
  // ModernBERT has a norm behind its last layer, and none before its first attention.
  const norms = 2 * layers + 1;
  return {
    ...PLAIN_SHAPE,
    modelType,
    hiddenSize,
    layers,
    attentionHeads,
    kvHeads: attentionHeads,
    headDim: Math.floor(hiddenSize / attentionHeads),
    vocabularySize,
    // RoBERTa numbers its positions from behind the padding token.
    maxContextTokens:
      family.positions === 'behind-padding' ? positions - reader.amount('pad_token_id', 1) - 1 : positions,
    matrices: [],
    linearParameters: layers * (4 * hiddenSize ** 2 + (family.gated === true ? 3 : 2) * hiddenSize * width) + pooler,
    otherParameters:
      layers * biases(reader, family, hiddenSize, width) +
      norms * norm +
      (pooler > 0 ? hiddenSize : 0) +
      (family.further?.(reader, hiddenSize, layers) ?? 0),
    embeddingParameters: tables * hiddenSize,
    headParameters: 0,
    intermediateSizes: [width],
    activationWidth: width,
    kvGroups: [],
    states: [],
    encoder: true,
  };
}

/** Biases of the matrices of a layer. */
function biases(reader: ConfigReader, { bias, gated }: EncoderFamily, hidden: number, width: number): number {
  const network = (gated === true ? 2 : 1) * width;
  switch (bias) {
    case 'all':
      return 4 * hidden + network + hidden;
    case 'none':
      return (
        (reader.flag('attention_bias', false) ? 4 * hidden : 0) +
        (reader.flag('mlp_bias', false) ? network + hidden : 0)
      );
    case 'file':
      return (
        (reader.flag('qkv_proj_bias', false) ? 4 * hidden : 0) +
        (reader.flag('mlp_fc1_bias', false) ? network : 0) +
        (reader.flag('mlp_fc2_bias', false) ? hidden : 0)
      );
    case 'new':
      return 5 * hidden;
  }
}
