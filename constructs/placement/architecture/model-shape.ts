import { type Matrix } from './matrix';

/** Layers whose keys and values are kept alike. */
export interface KvGroup {
  /** Layers of the group. */
  readonly layers: number;
  /** Numbers that a token adds in a layer: keys and values of all heads. */
  readonly elements: number;
  /** Heads that tensor parallelism can share out; 0 when every rank keeps all of it (latent attention). */
  readonly heads: number;
  /** Tokens that are kept at most; all of them when undefined. */
  readonly window?: number;
  /** Bytes of a number, where the format of the cache does not decide it. */
  readonly numberBytes?: number;
}

/** Layers that keep a state of fixed size of each sequence, however long it is. */
export interface StateGroup {
  /** Layers of the group. */
  readonly layers: number;
  /** Bytes of a sequence in a layer. */
  readonly bytes: number;
  /** Heads that tensor parallelism can share out; 0 when every rank keeps all of it. */
  readonly heads: number;
}

/** Sizes of a model: parameters, where they stand, and what a token adds to the key/value cache. */
export interface ModelShape {
  /** `model_type` of the part that makes text. */
  readonly modelType: string;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly attentionHeads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabularySize: number;
  readonly maxContextTokens: number;
  /** Matrices of the layers by name; empty where their names are not known. What they lack of `linearParameters` has no name. */
  readonly matrices: readonly Matrix[];
  /** Parameters of the matrices of all layers, experts too: what a quantization shrinks. */
  readonly linearParameters: number;
  /** Those of them that belong to routed experts. */
  readonly expertParameters: number;
  /** Routed experts of a layer; 0 without. */
  readonly experts: number;
  /** Routed experts that a token passes in a layer. */
  readonly expertsPerToken: number;
  /** Norms, biases, routers. */
  readonly otherParameters: number;
  /** The table of token embeddings. */
  readonly embeddingParameters: number;
  /** The output matrix; 0 when it is the table of embeddings. */
  readonly headParameters: number;
  /** Encoders of images and sound, with what joins them to the text model; estimated from their sizes. */
  readonly visionParameters: number;
  /** Widths of feed-forward matrices that tensor parallelism cuts. */
  readonly intermediateSizes: readonly number[];
  /** Width of the widest intermediate result of a token, elements; it decides the memory of activations. */
  readonly activationWidth: number;
  readonly kvGroups: readonly KvGroup[];
  /** Layers whose memory of a sequence does not grow: states, and keys and values of what an encoder made of an image or a sound. */
  readonly states: readonly StateGroup[];
  /** Tables of rotary positions, bytes; undefined without. */
  readonly rotaryBytes?: number;
  /** Whether it embeds text instead of generating it. */
  readonly encoder: boolean;
  /** Heads of the image encoder, which ranks share out; undefined without one, and where every rank repeats what cannot be shared out. */
  readonly visionHeads?: number;
  /** Width of its feed-forward networks; undefined without one, and where it follows from its heads. */
  readonly visionWidth?: number;
  /** Heads of the encoder of sound; undefined without one. */
  readonly soundHeads?: number;
  /** Layers of the checkpoint that guess further tokens, for speculative decoding; they do not count among the parameters. */
  readonly nextTokenLayers?: number;
}

/** What models without experts, and whose encoders of images and sound are not counted yet, have of them. */
export const PLAIN_SHAPE = {
  expertParameters: 0,
  experts: 0,
  expertsPerToken: 0,
  visionParameters: 0,
  encoder: false,
} as const;

/** Sizes as an engine has them that keeps everything in layers with a window too. */
export function withoutWindows(shape: ModelShape): ModelShape {
  return { ...shape, kvGroups: shape.kvGroups.map((group) => ({ ...group, window: undefined })) };
}

/** All parameters. */
export function parametersOf(shape: ModelShape): number {
  return (
    shape.linearParameters +
    shape.otherParameters +
    shape.embeddingParameters +
    shape.headParameters +
    shape.visionParameters
  );
}

/** Parameters that a token passes: all but the experts that it is not routed to. */
export function activeParametersOf(shape: ModelShape): number {
  const idle = shape.experts === 0 ? 0 : 1 - shape.expertsPerToken / shape.experts;
  return parametersOf(shape) - Math.round(shape.expertParameters * idle);
}
