import { type ConfigReader, type JsonObject } from './config-reader';
import { gatedMatrices, type Matrix, matrixParameters, numbers, plainMatrices } from './matrix';
import { type ModelShape, PLAIN_SHAPE } from './model-shape';

/** What distinguishes models that write a text about another one, or about sound. */
interface EncoderDecoderFamily {
  readonly defaults: JsonObject;
  readonly names: Readonly<Record<string, string>>;
  /** What stands before the encoder's layers. */
  readonly input: 'sound' | 'text';
  /** Learned positions; T5 has buckets of relative ones instead. */
  readonly positions: boolean;
  /** Biases of matrices and norms: all of them but keys', all of them, or none. */
  readonly bias: 'but-keys' | 'all' | 'none';
  /** Norms behind the last layers. */
  readonly finalNorms: boolean;
}

const BART: EncoderDecoderFamily = {
  names: { hidden_size: 'd_model' },
  input: 'text',
  positions: true,
  bias: 'all',
  finalNorms: false,
  defaults: { tie_word_embeddings: true, max_position_embeddings: 1024 },
};

/** Families of models with an encoder and a decoder, by `model_type`. */
const ENCODER_DECODER_FAMILIES: Readonly<Record<string, EncoderDecoderFamily>> = {
  whisper: {
    names: { hidden_size: 'd_model', max_position_embeddings: 'max_target_positions' },
    input: 'sound',
    positions: true,
    bias: 'but-keys',
    finalNorms: true,
    defaults: { tie_word_embeddings: true, num_mel_bins: 80, max_source_positions: 1500, max_target_positions: 448 },
  },
  bart: BART,
  mbart: { ...BART, finalNorms: true },
  t5: {
    names: {
      hidden_size: 'd_model',
      encoder_layers: 'num_layers',
      encoder_attention_heads: 'num_heads',
      decoder_attention_heads: 'num_heads',
      head_dim: 'd_kv',
      encoder_ffn_dim: 'd_ff',
      decoder_ffn_dim: 'd_ff',
      decoder_layers: 'num_decoder_layers',
      max_position_embeddings: 'n_positions',
    },
    input: 'text',
    positions: false,
    bias: 'none',
    finalNorms: true,
    defaults: { tie_word_embeddings: true, n_positions: 512, relative_attention_num_buckets: 32 },
  },
};

/** `model_type` of models with an encoder and a decoder. */
export const ENCODER_DECODERS: readonly string[] = Object.keys(ENCODER_DECODER_FAMILIES);

/** How the files of such a model spell fields, and what they leave out. */
export function encoderDecoderFile(modelType: string): Pick<EncoderDecoderFamily, 'defaults' | 'names'> {
  return ENCODER_DECODER_FAMILIES[modelType];
}

/**
 * Sizes of a model with an encoder and a decoder. Its layers are those of the decoder: the encoder keeps no keys and values of its
 * own, but the decoder keeps some of all that the encoder can hold.
 */
export function encoderDecoderShape(reader: ConfigReader, modelType: string): ModelShape {
  const family = ENCODER_DECODER_FAMILIES[modelType];
  const hiddenSize = reader.count('hidden_size');
  const encoderLayers = reader.count('encoder_layers');
  const layers = reader.count('decoder_layers', modelType === 't5' ? encoderLayers : undefined);
  const heads = reader.count('decoder_attention_heads');
  const headDim = reader.count('head_dim', Math.floor(hiddenSize / heads));
  const vocabularySize = reader.count('vocab_size');
  const positions = reader.count('max_position_embeddings');
  const sources = reader.count('max_source_positions', positions);
  const encoderWidth = reader.count('encoder_ffn_dim');
  const width = reader.count('decoder_ffn_dim');
  const gated = String(reader.raw('feed_forward_proj')).startsWith('gated');
  const inner = heads * headDim;
  const attention = (name: string): Matrix[] =>
    ['q_proj', 'k_proj', 'v_proj', 'out_proj'].map((part) => ({
      name: `${name}.${part}`,
      layers: numbers(layers),
      copies: 1,
      ...(part === 'out_proj'
        ? { inputs: inner, outputs: hiddenSize, cut: 'inputs' }
        : { inputs: hiddenSize, outputs: inner, cut: 'outputs' }),
    }));
  const networks = gated ? gatedMatrices : plainMatrices;
  const matrices = [
    ...attention('self_attn'),
    ...attention('encoder_attn'),
    ...networks('mlp', numbers(layers), hiddenSize, width),
  ];
  const encoder = matrixParameters([
    ...attention('self_attn').map((matrix) => ({ ...matrix, layers: numbers(encoderLayers) })),
    ...networks('mlp', numbers(encoderLayers), hiddenSize, encoderWidth),
  ]);
  return {
    ...PLAIN_SHAPE,
    modelType,
    hiddenSize,
    layers,
    attentionHeads: heads,
    kvHeads: heads,
    headDim,
    vocabularySize,
    maxContextTokens: positions,
    matrices,
    linearParameters: matrixParameters(matrices) + encoder,
    otherParameters: smallParameters(reader, family, { hiddenSize, encoderLayers, layers, encoderWidth, width, heads }),
    // BART numbers its positions from 2.
    embeddingParameters:
      vocabularySize * hiddenSize +
      (family.positions ? (positions + sources + (family.input === 'text' ? 4 : 0)) * hiddenSize : 0),
    headParameters: reader.flag('tie_word_embeddings', true) ? 0 : vocabularySize * hiddenSize,
    intermediateSizes: [...new Set([encoderWidth, width])],
    activationWidth: Math.max(encoderWidth, width),
    kvGroups: [{ layers, elements: 2 * inner, heads }],
    states: [{ layers, bytes: 2 * inner * 2 * sources, heads }],
  };
}

interface Sizes {
  readonly hiddenSize: number;
  readonly encoderLayers: number;
  readonly layers: number;
  readonly encoderWidth: number;
  readonly width: number;
  readonly heads: number;
}

/** Norms, biases, relative positions, and the convolutions that sound passes. */
function smallParameters(
  reader: ConfigReader,
  { bias, finalNorms, positions, input }: EncoderDecoderFamily,
  sizes: Sizes,
): number {
  const { hiddenSize, encoderLayers, layers, encoderWidth, width, heads } = sizes;
  const norm = hiddenSize * (bias === 'none' ? 1 : 2);
  const attentions = encoderLayers + 2 * layers;
  const norms = 2 * encoderLayers + 3 * layers + (finalNorms ? 2 : 0) + (positions && input === 'text' ? 2 : 0);
  const biases =
    bias === 'none'
      ? 0
      : attentions * (bias === 'all' ? 4 : 3) * hiddenSize +
        encoderLayers * (encoderWidth + hiddenSize) +
        layers * (width + hiddenSize);
  const convolutions =
    input === 'sound' ? 3 * hiddenSize * (reader.count('num_mel_bins') + hiddenSize) + 2 * hiddenSize : 0;
  const buckets = positions ? 0 : 2 * reader.count('relative_attention_num_buckets') * heads;
  return norms * norm + biases + convolutions + buckets;
}
