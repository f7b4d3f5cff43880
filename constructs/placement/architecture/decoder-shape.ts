import { groupedAttention, latentAttention } from './attention-layers';
import { type ConfigReader, isObject } from './config-reader';
import { maxContextTokens, rotaryBytes } from './context-length';
import { type DecoderFamily } from './families/decoder-family';
import { feedForward, type FeedForward } from './feed-forward';
import { layerKinds } from './layer-kinds';
import { type Matrix, matrixParameters } from './matrix';
import { type ModelShape } from './model-shape';
import { recurrentLayers } from './recurrent-layers';
import { SPECIAL_LAYERS, type SpecialLayers } from './special-layers';

/**
 * Sizes of a decoder, from the part of its `config.json` that describes the text model.
 *
 * @param version version of vLLM, which decides how far a context is stretched
 */
export function decoderShape(
  reader: ConfigReader,
  modelType: string,
  family: DecoderFamily,
  version?: string,
): ModelShape {
  const hiddenSize = reader.count('hidden_size');
  const layers = reader.count('num_hidden_layers');
  if (reader.raw('per_layer_config') !== undefined && family.special !== 'gemma4') {
    reader.problem(
      'per_layer_config',
      'nothing',
      reader.raw('per_layer_config'),
      'layers of other sizes are not counted: give the facts to ModelArchitecture.of, and the size of the weights on disk as weightsSize',
    );
  }
  const kinds = layerKinds(reader, family, layers);
  const attends = kinds.attention.length > 0 || family.recurrent?.kind === 'lightning';
  const attentionHeads = attends ? reader.count('num_attention_heads') : 0;
  const kvHeads = attends ? kvHeadsOf(reader, family, attentionHeads) : 0;
  const headDim = attends ? headDimOf(reader, hiddenSize, attentionHeads) : 0;
  const vocabularySize = reader.count('vocab_size');
  const sizes = {
    count: layers,
    layers: kinds.attention,
    hidden: hiddenSize,
    heads: attentionHeads,
    kvHeads,
    dim: headDim,
  };
  const attention: SpecialLayers = family.special
    ? SPECIAL_LAYERS[family.special](reader, family, sizes)
    : family.latent
      ? latentAttention(reader, sizes)
      : groupedAttention(reader, family, sizes);
  const recurrent = recurrentLayers(reader, family, {
    layers: kinds.recurrent,
    hidden: hiddenSize,
    heads: attentionHeads,
    headDim,
  });
  const mlp = networksOf(reader, family, attention, hiddenSize, layers);
  const matrices = [...attention.matrices, ...(recurrent?.matrices ?? []), ...mlp.matrices];
  const norm = hiddenSize * (family.normBias ? 2 : 1);
  const context = maxContextTokens(reader, family, version);
  return {
    modelType,
    hiddenSize,
    layers,
    attentionHeads,
    kvHeads: attention.kvHeads ?? kvHeads,
    headDim,
    vocabularySize,
    maxContextTokens: context,
    matrices,
    linearParameters: matrixParameters(matrices),
    expertParameters: mlp.expertParameters,
    experts: mlp.experts,
    expertsPerToken: mlp.expertsPerToken,
    otherParameters:
      attention.other +
      kinds.recurrent.length * (recurrent?.other ?? 0) +
      mlp.other +
      (layers * reader.amount('norms_of_layer', family.norms ?? 2) + (reader.flag('final_norm', true) ? 1 : 0)) * norm +
      (family.headBias ? vocabularySize : 0),
    embeddingParameters:
      vocabularySize * hiddenSize + (attention.embedding ?? 0) + (family.positions ? context * hiddenSize : 0),
    headParameters: reader.flag('tie_word_embeddings', family.tied ?? false) ? 0 : vocabularySize * hiddenSize,
    visionParameters: 0,
    intermediateSizes: mlp.intermediateSizes,
    activationWidth: Math.max(mlp.activationWidth, recurrent?.width ?? 0),
    kvGroups: attention.kvGroups,
    states: [...(attention.states ?? []), ...(recurrent ? [recurrent.state] : [])],
    rotaryBytes: attends && !family.positions ? rotaryBytes(reader, rotatedDims(reader, headDim)) : undefined,
    encoder: false,
    nextTokenLayers: reader.amount('num_nextn_predict_layers', reader.amount('mtp_num_hidden_layers', 0)),
  };
}

/** Sizes of what turns, of each way: layers with a window may turn in one of their own. */
function rotatedDims(reader: ConfigReader, headDim: number): number[] {
  const dim = reader.optionalCount('qk_rope_head_dim') ?? headDim;
  const local =
    reader.raw('rope_local_base_freq') !== undefined || isObject(reader.object('rope_parameters')?.sliding_attention);
  return [
    reader.count('global_head_dim', dim),
    ...(local || reader.raw('sliding_window_pattern') !== undefined ? [dim] : []),
  ];
}

function kvHeadsOf(reader: ConfigReader, family: DecoderFamily, heads: number): number {
  // Each layer has its own number of them there.
  if (family.special === 'nas') return heads;
  const kvHeads = reader.count('num_key_value_heads', heads);
  if (heads % kvHeads !== 0)
    reader.problem('num_key_value_heads', `a divisor of the ${heads} attention heads`, kvHeads);
  return kvHeads;
}

function headDimOf(reader: ConfigReader, hiddenSize: number, heads: number): number {
  const given = reader.optionalCount('head_dim');
  if (given !== undefined) return given;
  // Latent attention has sizes of its own.
  if (reader.raw('kv_lora_rank') === undefined && hiddenSize % heads !== 0) {
    reader.problem('num_attention_heads', `a divisor of hidden_size ${hiddenSize}, as there is no head_dim`, heads);
  }
  return Math.floor(hiddenSize / heads);
}

/** Networks by the rules of the family, or those that its layers have of their own kind beside the experts. */
function networksOf(
  reader: ConfigReader,
  family: DecoderFamily,
  { networks }: SpecialLayers,
  hidden: number,
  layers: number,
): FeedForward {
  if (networks === undefined) return feedForward(reader, family, hidden, layers);
  const experts = feedForward(reader, { ...family, experts: family.experts ?? 'none' }, hidden, layers);
  const routed: readonly Matrix[] = experts.matrices.filter(({ copies }) => copies > 1);
  const matrices = [...routed, ...networks];
  const widths = networks.filter(({ cut }) => cut === 'outputs').map(({ outputs }) => outputs);
  return {
    ...experts,
    matrices,
    linear: matrixParameters(matrices),
    intermediateSizes: [...new Set([...(routed.length > 0 ? experts.intermediateSizes : []), ...widths])],
    activationWidth: Math.max(experts.activationWidth, ...widths),
  };
}
