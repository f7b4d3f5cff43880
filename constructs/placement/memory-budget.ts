import { type ModelShape } from './model-shape';
import { type Precision } from './precision';

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

/** A model in the precision that it is served in. */
export interface ServedModel {
  readonly shape: ModelShape;
  readonly precision: Precision;
  /** Weights as they lie on disk, bytes; counted from the parameters when undefined. */
  readonly weightBytes?: number;
}

/** Weights of a model, bytes. */
export interface WeightBytes {
  /** Those of all layers. */
  readonly layers: number;
  readonly embedding: number;
  /** The output matrix: the embeddings once more when they are tied, which only matters to stages of a pipeline. */
  readonly head: number;
  readonly tied: boolean;
  readonly vision: number;
  readonly total: number;
}

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

/** Bytes of a model's weights: quantized matrices of its layers, 16 bits for everything else. */
export function weightBytesOf({ shape, precision, weightBytes }: ServedModel): WeightBytes {
  const quantized = quantizedParameters(shape, precision);
  const layers = quantized * precision.bytesPerWeight + (shape.linearParameters - quantized + shape.otherParameters) * 2;
  const embedding = shape.embeddingParameters * 2;
  const tied = shape.headParameters === 0;
  const head = (tied ? shape.embeddingParameters : shape.headParameters) * 2;
  const vision = shape.visionParameters * 2;
  const total = layers + embedding + (tied ? 0 : head) + vision;
  const scale = weightBytes === undefined ? 1 : weightBytes / total;
  return { layers: layers * scale, embedding: embedding * scale, head: head * scale, tied, vision: vision * scale, total: total * scale };
}

function quantizedParameters(shape: ModelShape, precision: Precision): number {
  switch (precision._quantizes) {
    case 'nothing': return 0;
    case 'experts': return shape.expertParameters;
    case 'linear': return shape.linearParameters;
  }
}

/**
 * Weights of the fullest rank, bytes: a stage has whole layers, and the first or the last one an end of the model. Small
 * matrices that every rank repeats (key/value heads that are too few, latent projections) count as shared out.
 */
export function rankWeightBytes(weights: WeightBytes, shape: ModelShape, { tensor, pipeline }: Parallelism): number {
  const ends = pipeline > 1 ? Math.max(weights.embedding + weights.vision, weights.head) : weights.embedding + (weights.tied ? 0 : weights.head) + weights.vision;
  return (weights.layers * stageShare(shape, pipeline) + ends) / tensor;
}

/** Share of the layers that the fullest stage has. */
function stageShare(shape: ModelShape, pipeline: number): number {
  return Math.ceil(shape.layers / pipeline) / shape.layers;
}

/** Bytes that a token adds to the cache of a rank in one layer: heads are shared out, and repeated where there are too few. */
function layerBytes(elements: number, heads: number, tensor: number, bytesPerNumber: number): number {
  return (heads === 0 ? elements : elements / Math.min(heads, tensor)) * bytesPerNumber;
}

/** Cache that a sequence takes on the fullest rank, bytes. Layers with a window keep it and one block more; states do not grow. */
export function sequenceCacheBytes(shape: ModelShape, tokens: number, { tensor, pipeline }: Parallelism, bytesPerNumber: number): number {
  const whole = blocks(tokens);
  const share = stageShare(shape, pipeline);
  const states = shape.states.reduce((sum, { layers, bytes, heads }) => sum + Math.ceil(layers * share) * layerBytes(bytes, heads, tensor, 1), 0);
  return shape.kvGroups.reduce((sum, { layers, elements, heads, window, numberBytes = bytesPerNumber }) => {
    const kept = window === undefined ? whole : Math.min(whole, blocks(window) + BLOCK_TOKENS);
    return sum + Math.ceil(layers * share) * layerBytes(elements, heads, tensor, numberBytes) * kept;
  }, states);
}

function blocks(tokens: number): number {
  return Math.ceil(tokens / BLOCK_TOKENS) * BLOCK_TOKENS;
}

/**
 * What a rank needs beside weights and cache, bytes: context, buffers, the activations of the largest batch, the logits of a
 * full batch as 32-bit numbers with a copy, and the cache of the tokens in flight in layers with a window.
 */
export function overheadBytes(shape: ModelShape, batchTokens: number, parallelism: Parallelism, bytesPerNumber: number): number {
  const { tensor, pipeline } = parallelism;
  const activations = batchTokens * ((2 * shape.activationWidth) / tensor + 4 * shape.hiddenSize) * 2;
  const logits = shape.encoder ? 0 : SAMPLED_SEQUENCES * shape.vocabularySize * 4 * 2;
  const inFlight = shape.kvGroups
    .filter(({ window }) => window !== undefined)
    .reduce((sum, { layers, elements, heads }) => sum + Math.ceil(layers * stageShare(shape, pipeline)) * layerBytes(elements, heads, tensor, bytesPerNumber) * batchTokens, 0);
  return CONTEXT_BYTES + (tensor * pipeline > 1 ? COLLECTIVE_BYTES : 0) + activations + logits + inFlight;
}
