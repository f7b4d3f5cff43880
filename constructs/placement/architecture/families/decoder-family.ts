import { type WindowRule } from '../attention-windows';
import { type JsonObject } from '../config-reader';

/** How families with experts lay them out. */
export type ExpertKind =
  | 'mixtral'
  | 'qwen'
  | 'gpt-oss'
  | 'deepseek'
  | 'llama4'
  | 'minimax'
  | 'olmoe'
  | 'granite'
  | 'jamba'
  | 'nemotron'
  | 'gemma4'
  | 'none';

/**
 * Where a family says which layers keep a state of fixed size: in `layer_types`, by an interval, by period and offset of those
 * that attend, by their numbers, by letters; every layer, or every one beside its attention.
 */
export type LayerRule = 'types' | 'interval' | 'period' | 'indices' | 'letters' | 'every' | 'beside';

/** Layers with a state: Mamba, Mamba 2, gated delta rule, lightning attention. */
export type RecurrentKind = 'mamba' | 'mamba2' | 'delta' | 'lightning';

/** What distinguishes the families of decoders, beside the sizes in their `config.json`. */
export interface DecoderFamily {
  /** Fields that its files spell otherwise: the common name, then theirs. */
  readonly names?: Readonly<Record<string, string>>;
  /** What follows from several fields of its files, in the common spelling. */
  readonly translate?: (config: JsonObject) => JsonObject;
  /** Biases of the query, key and value projections; the file decides where it is undefined. */
  readonly qkvBias?: boolean;
  /** Bias of the output projection; the file decides where it is undefined. */
  readonly outputBias?: boolean;
  /** Norms of queries and keys: one for all heads of a size, or one as wide as all heads; `use_qk_norm` decides where a file has it. */
  readonly headNorms?: 'one' | 'all';
  /** Whether queries come with a gate of their size. */
  readonly queryGate?: boolean;
  /** Norms of a layer, each as wide as the hidden state; 2 where it is undefined. */
  readonly norms?: number;
  /** Whether norms have a bias beside their weight. */
  readonly normBias?: boolean;
  /** Whether the output matrix has a bias. */
  readonly headBias?: boolean;
  /** Whether positions are a table beside the vocabulary. */
  readonly positions?: boolean;
  /** How far back layers look; at everything where it is undefined. */
  readonly windows?: WindowRule;
  /** Networks of two matrices instead of three. */
  readonly plain?: boolean;
  /** Biases of feed-forward networks; `mlp_bias` decides where it is undefined. */
  readonly networkBias?: boolean;
  readonly experts?: ExpertKind;
  /** Keys and values are kept as one compressed vector (multi-head latent attention). */
  readonly latent?: boolean;
  /** Layers that keep a state of fixed size, and which they are. */
  readonly recurrent?: { readonly kind: RecurrentKind; readonly rule: LayerRule };
  /** What checkpoints call the modules of a layer. */
  readonly modules?: { readonly attention?: string; readonly network?: string; readonly recurrent?: string };
  /** What no other family has. */
  readonly special?: 'gemma3n' | 'gemma4' | 'mllama' | 'nas';
  /** Whether the library takes the longest context as it stands, instead of multiplying it by the factor of `rope_scaling`. */
  readonly fixedContext?: boolean;
  /** Whether the output matrix is the table of embeddings where the file is silent. */
  readonly tied?: boolean;
  /** What else the class of the configuration fills in where the file is silent. */
  readonly defaults?: JsonObject;
  /** Sizes that it fills in where the text part of a file of several kinds of input is silent; a file of text alone has them all. */
  readonly silent?: JsonObject;
}
