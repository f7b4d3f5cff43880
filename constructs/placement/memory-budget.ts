import { type Matrix, matrixParameters, numbers } from './architecture/matrix';
import { type ModelShape } from './architecture/model-shape';
import { type Precision } from './architecture/precision';
import { type PublishedQuantization, type StoredMatrix } from './architecture/published-quantization';
import { bytesPerWeight, HALF, type Padding, rankMatrixBytes, upTo } from './architecture/weight-format';

const MIB = 1024 ** 2;

/**
 * CUDA context, libraries, captured graphs and fragmentation of a rank, bytes. Not verified on hardware: engines report
 * 1 to 2 GiB beside weights, activations and cache.
 */
export const CONTEXT_BYTES = 1024 * MIB;

/** Buffers of collective operations of a rank that works with others, bytes: as NVIDIA's AIConfigurator counts them for 8 ranks. */
export const COLLECTIVE_BYTES = 392 * MIB;

/** Sequences whose logits an engine holds at once while it samples: vLLM's default of `--max-num-seqs`. */
const SAMPLED_SEQUENCES = 256;

/** Tokens of a block of the key/value cache: vLLM's default. */
const BLOCK_TOKENS = 16;

/** Engines fill the vocabulary up to a multiple of this before they share it out (`DEFAULT_VOCAB_PADDING_SIZE` of vLLM and SGLang). */
export const VOCABULARY_MULTIPLE = 64;

/**
 * Share of an image encoder that every rank keeps whole: patches, positions, norms and some projectors. They are 1 to 3 % of CLIP's,
 * SigLIP's and Qwen's.
 */
const WHOLE_VISION_SHARE = 1 / 16;

/** Kernels fill nothing. */
const NO_PADDING: Padding = { hidden: 1, width: 1 };

/** A model in the precision that it is served in. */
export interface ServedModel {
  readonly shape: ModelShape;
  readonly precision: Precision;
  /** What the file says of its quantization; undefined where it is served in another precision than it is published in. */
  readonly published?: PublishedQuantization;
  /** Weights as they lie on disk, bytes; counted from the parameters when undefined. */
  readonly weightBytes?: number;
}

/** How a model's weights lie in memory. */
export interface ModelWeights {
  readonly shape: ModelShape;
  readonly matrices: readonly StoredMatrix[];
  /** Matrices without a name, bytes: shared out, as nothing else is known of them. */
  readonly unnamed: number;
  /** Norms, biases and routers, bytes: every rank keeps those of its layers whole. */
  readonly whole: number;
  /** Times what was counted that the weights on disk are. */
  readonly scale: number;
  /** All of them, bytes. */
  readonly total: number;
  /** Those of routed experts, bytes. */
  readonly experts: number;
  /** Those of the fullest rank by layout, bytes: placements of one model ask for the same ones. */
  readonly ranks: Map<number, number>;
}

/** Weights by what a file says of the quantization, or by the model's sizes, and by precision; of those whose size is not given. */
const COUNTED = new WeakMap<object, Map<Precision, ModelWeights>>();

/** How a model is cut: ranks of a stage, and stages. */
export interface Parallelism {
  readonly tensor: number;
  readonly pipeline: number;
}

/** What the fullest rank of a layout needs, bytes. */
export interface RankNeeds {
  readonly weights: number;
  readonly overhead: number;
  /** Keys and values of one sequence of the full context; 0 for a model without. */
  readonly perSequence: number;
}

/** A model's weights: quantized matrices of its layers, 16 bits for everything else. */
export function weightsOf(model: ServedModel): ModelWeights {
  if (model.weightBytes !== undefined) return countedWeights(model);
  const key = model.published ?? model.shape;
  const known = COUNTED.get(key) ?? new Map<Precision, ModelWeights>();
  const weights = known.get(model.precision) ?? countedWeights(model);
  COUNTED.set(key, known.set(model.precision, weights));
  return weights;
}

function countedWeights({ shape, precision, published, weightBytes }: ServedModel): ModelWeights {
  const matrices =
    published?.matrices ??
    shape.matrices.map(
      (matrix): StoredMatrix => ({
        matrix,
        layers: matrix.layers,
        format: quantizes(precision, matrix) ? precision._weights : HALF,
      }),
    );
  const unnamed = unnamedBytes(shape, precision, published);
  const whole = shape.otherParameters * 2;
  const ends = (shape.embeddingParameters + shape.headParameters + shape.visionParameters) * 2;
  const total = storedBytes(matrices, shape) + unnamed + whole + ends;
  const scale = weightBytes === undefined ? 1 : weightBytes / total;
  return {
    shape,
    matrices,
    unnamed,
    whole,
    scale,
    total: total * scale,
    experts: expertBytes(shape, matrices, unnamed) * scale,
    ranks: new Map(),
  };
}

function storedBytes(matrices: readonly StoredMatrix[], { kvHeads }: ModelShape): number {
  return matrices.reduce(
    (sum, { matrix, layers, format }) => sum + layers.length * rankMatrixBytes(matrix, format, kvHeads, 1, NO_PADDING),
    0,
  );
}

/** Of experts without a name their share of what has none. */
function expertBytes(shape: ModelShape, matrices: readonly StoredMatrix[], unnamed: number): number {
  const named = matrices.filter(({ matrix }) => matrix.copies > 1);
  if (named.length > 0 || shape.experts === 0) return storedBytes(named, shape);
  return unnamed * (shape.expertParameters / shape.linearParameters);
}

function quantizes(precision: Precision, { copies }: Matrix): boolean {
  return precision._quantizes === 'linear' || (precision._quantizes === 'experts' && copies > 1);
}

/** Where modules are left out of a quantization, those without a name may be among them. */
function unnamedBytes(shape: ModelShape, precision: Precision, published?: PublishedQuantization): number {
  const parameters = shape.linearParameters - matrixParameters(shape.matrices);
  if (published) return parameters * bytesPerWeight(published.partial ? HALF : published.format);
  const named = matrixParameters(shape.matrices.filter(({ copies }) => copies > 1));
  const quantized =
    precision._quantizes === 'nothing'
      ? 0
      : precision._quantizes === 'linear'
        ? parameters
        : Math.max(0, shape.expertParameters - named);
  return quantized * precision.bytesPerWeight + (parameters - quantized) * 2;
}

/**
 * Weights of the fullest rank, bytes. Ranks of a stage share matrices out by their inputs or outputs; heads of keys and values that are
 * too few are repeated; what leads down to compressed keys and values, norms, biases and routers lies on every rank whole. A stage has
 * whole layers, and the first or the last one an end of the model.
 */
export function rankWeightBytes(
  weights: ModelWeights,
  { tensor, pipeline }: Parallelism,
  padding = NO_PADDING,
): number {
  const layout = (padding.width * 1024 + pipeline) * 1024 + tensor;
  const known = weights.ranks.get(layout);
  if (known !== undefined) return known;
  const bytes = rankBytes(weights, { tensor, pipeline }, padding);
  weights.ranks.set(layout, bytes);
  return bytes;
}

function rankBytes(
  { shape, matrices, unnamed, whole, scale }: ModelWeights,
  { tensor, pipeline }: Parallelism,
  padding: Padding,
): number {
  const { kvHeads, hiddenSize, vocabularySize, embeddingParameters, headParameters, visionParameters } = shape;
  const evenly = unnamed / tensor + repeatedBytes(shape, unnamed, tensor) + whole;
  const stored = matrices.map(
    ({ matrix, layers, format }): LayerBytes => ({
      layers,
      bytes:
        rankMatrixBytes(matrix, format, kvHeads, tensor, padding) * (matrix.twice ? 2 : 1) +
        (format === HALF ? 0 : absorbedBytes(matrix, tensor)),
    }),
  );
  // Tables beside the vocabulary, such as those of positions, lie in the same embeddings.
  const rows = shape.encoder ? 0 : upTo(vocabularySize, VOCABULARY_MULTIPLE) - vocabularySize;
  const end = (parameters: number) => ((parameters + rows * hiddenSize) * 2) / tensor;
  const embedding = end(embeddingParameters);
  const head = end(headParameters === 0 ? embeddingParameters : headParameters);
  const vision = visionParameters * 2 * (WHOLE_VISION_SHARE + (1 - WHOLE_VISION_SHARE) / tensor);
  const ends =
    pipeline > 1 ? Math.max(embedding + vision, head) : embedding + (headParameters === 0 ? 0 : head) + vision;
  return (fullestStage(shape.layers, stored, evenly, pipeline) + ends) * scale;
}

/** Of a model whose matrices have no name, those of heads of keys and values that are too few for the ranks. */
function repeatedBytes(
  { matrices, kvGroups, hiddenSize, linearParameters }: ModelShape,
  unnamed: number,
  tensor: number,
): number {
  if (matrices.length > 0) return 0;
  const repeated = kvGroups.reduce(
    (sum, { layers, elements, heads }) =>
      heads > 0 ? sum + layers * elements * hiddenSize * (1 / Math.min(heads, tensor) - 1 / tensor) : sum,
    0,
  );
  return repeated * (unnamed / linearParameters);
}

/**
 * Engines multiply what unfolds compressed keys and values into others, and keep a copy of it in 16 bits for that
 * (`process_weights_after_loading` of vLLM's MLA); that of an unquantized one is the matrix itself.
 */
function absorbedBytes({ name, inputs, outputs }: Matrix, tensor: number): number {
  return name.endsWith('.kv_b_proj') ? (inputs * outputs * 2) / tensor : 0;
}

/** Bytes that a rank keeps of a matrix in each of some layers. */
interface LayerBytes {
  readonly layers: readonly number[];
  readonly bytes: number;
}

/**
 * Of the stages the one with most, bytes. Where stages have different numbers of layers, vLLM gives the last but one a layer more first
 * (`get_pp_indices`), SGLang the first one.
 */
function fullestStage(count: number, matrices: readonly LayerBytes[], evenly: number, pipeline: number): number {
  if (pipeline === 1) return matrices.reduce((sum, { layers, bytes }) => sum + layers.length * bytes, evenly);
  const perLayer = new Array<number>(count).fill(evenly / count);
  for (const { layers, bytes } of matrices) for (const layer of layers) perLayer[layer] += bytes;
  const least = Math.floor(count / pipeline);
  const more = count % pipeline;
  const stages = numbers(pipeline);
  const most = (sizes: readonly number[]) => {
    let from = 0;
    return Math.max(
      ...sizes.map((size) => perLayer.slice(from, (from += size)).reduce((sum, bytes) => sum + bytes, 0)),
    );
  };
  return Math.max(
    most(stages.map((stage) => least + (stage < more ? 1 : 0))),
    most(stages.map((stage) => least + (stage < pipeline - 1 && stage >= pipeline - 1 - more ? 1 : 0))),
  );
}

/** Layers of a kind that the fullest stage has; where kinds alternate, a stage may begin and end with the same. */
function stageLayers({ layers, kvGroups }: ModelShape, kind: number, pipeline: number): number {
  return Math.min(kind, Math.ceil((kind * Math.ceil(layers / pipeline)) / layers) + (kvGroups.length > 1 ? 1 : 0));
}

/** Bytes that a token adds to the cache of a rank in one layer: heads are shared out, and repeated where there are too few. */
function layerBytes(elements: number, heads: number, tensor: number, bytesPerNumber: number): number {
  return (heads === 0 ? elements : elements / Math.min(heads, tensor)) * bytesPerNumber;
}

/** Cache that a sequence takes on the fullest rank, bytes. Layers with a window keep it and one block more; states do not grow. */
export function sequenceCacheBytes(
  shape: ModelShape,
  tokens: number,
  { tensor, pipeline }: Parallelism,
  bytesPerNumber: number,
): number {
  const whole = blocks(tokens);
  const states = shape.states.reduce(
    (sum, { layers, bytes, heads }) => sum + stageLayers(shape, layers, pipeline) * layerBytes(bytes, heads, tensor, 1),
    0,
  );
  return shape.kvGroups.reduce((sum, { layers, elements, heads, window, numberBytes = bytesPerNumber }) => {
    const kept = window === undefined ? whole : Math.min(whole, blocks(window) + BLOCK_TOKENS);
    return sum + stageLayers(shape, layers, pipeline) * layerBytes(elements, heads, tensor, numberBytes) * kept;
  }, states);
}

function blocks(tokens: number): number {
  return Math.ceil(tokens / BLOCK_TOKENS) * BLOCK_TOKENS;
}

/**
 * What a rank needs beside weights and cache, bytes: context, buffers, the activations of the largest batch, the logits of a
 * full batch as 32-bit numbers with a copy, tables of rotary positions, and the cache of the tokens in flight in layers with a window.
 */
export function overheadBytes(
  shape: ModelShape,
  batchTokens: number,
  parallelism: Parallelism,
  bytesPerNumber: number,
): number {
  const { tensor, pipeline } = parallelism;
  const activations = batchTokens * ((2 * shape.activationWidth) / tensor + 4 * shape.hiddenSize) * 2;
  const logits = shape.encoder ? 0 : SAMPLED_SEQUENCES * shape.vocabularySize * 4 * 2;
  const inFlight = shape.kvGroups
    .filter(({ window }) => window !== undefined)
    .reduce(
      (sum, { layers, elements, heads }) =>
        sum + stageLayers(shape, layers, pipeline) * layerBytes(elements, heads, tensor, bytesPerNumber) * batchTokens,
      0,
    );
  return (
    CONTEXT_BYTES +
    (tensor * pipeline > 1 ? COLLECTIVE_BYTES : 0) +
    activations +
    logits +
    inFlight +
    (shape.rotaryBytes ?? 0)
  );
}
