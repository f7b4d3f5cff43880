/** How much of a conversation a model takes in. */
export interface ContextOptions {
  /**
   * Longest context, tokens: of a sequence, and with llama.cpp of all its slots together. At most that of the model, and of the placement where
   * there is one.
   *
   * @default - that of the placement, with an engine that takes it from there; without one the model's own
   */
  readonly maxModelLen?: number;
}
