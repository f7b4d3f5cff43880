import { type Precision } from './precision';

/** Sizes of a model whose `config.json` is not read. */
export interface ModelArchitectureFacts {
  /** Name of the model, for reports. */
  readonly name: string;
  /** Parameters of the model. */
  readonly parameters: number;
  /**
   * Parameters that a token passes.
   *
   * @default - all of them
   */
  readonly activeParameters?: number;
  /** Transformer layers. */
  readonly layers: number;
  /** Size of the hidden state. */
  readonly hiddenSize: number;
  /** Attention heads of a layer. */
  readonly attentionHeads: number;
  /**
   * Heads of keys and values of a layer.
   *
   * @default - as many as attention heads
   */
  readonly kvHeads?: number;
  /**
   * Size of a head.
   *
   * @default - the hidden size over the attention heads
   */
  readonly headDim?: number;
  /** Tokens of the vocabulary. */
  readonly vocabularySize: number;
  /** Longest context, tokens. */
  readonly maxContextTokens: number;
  /**
   * Layers that keep keys and values; others have a state of fixed size, whose bytes are `stateBytes`.
   *
   * @default - all layers
   */
  readonly attentionLayers?: number;
  /**
   * What all layers without keys and values keep of a sequence, bytes: states of Mamba or linear attention, which do not grow with it.
   *
   * @default - none; needed where some layers keep no keys and values
   */
  readonly stateBytes?: number;
  /**
   * Precision of the checkpoint.
   *
   * @default - not quantized
   */
  readonly precision?: Precision;
}
