import { layerWindows } from './attention-windows';
import { type ConfigReader } from './config-reader';
import { type DecoderFamily } from './families/decoder-family';
import { type Matrix, matrix } from './matrix';
import { type KvGroup, type StateGroup } from './model-shape';

/** The layers of a decoder that attend. */
export interface AttentionLayers {
  readonly matrices: readonly Matrix[];
  /** Parameters that are no matrices, of all layers together. */
  readonly other: number;
  readonly kvGroups: readonly KvGroup[];
  readonly states?: readonly StateGroup[];
}

/** Sizes that all attention layers of a decoder have in common. */
export interface AttentionSizes {
  /** All layers of the decoder. */
  readonly count: number;
  /** Numbers of those that attend. */
  readonly layers: readonly number[];
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly dim: number;
}

/** Queries, keys, values and output of some layers; queries may come with a gate of their size. */
export function projections(
  name: string,
  { hidden, heads, kvHeads, dim }: AttentionSizes,
  layers: readonly number[],
  gate = false,
): Matrix[] {
  return [
    matrix(`${name}.q_proj`, layers, hidden, heads * dim * (gate ? 2 : 1), 'outputs'),
    matrix(`${name}.k_proj`, layers, hidden, kvHeads * dim, 'kv-heads'),
    matrix(`${name}.v_proj`, layers, hidden, kvHeads * dim, 'kv-heads'),
    matrix(`${name}.o_proj`, layers, heads * dim, hidden, 'inputs'),
  ];
}

/** Attention whose heads share keys and values in groups. */
export function groupedAttention(reader: ConfigReader, family: DecoderFamily, sizes: AttentionSizes): AttentionLayers {
  const { layers, hidden, heads, kvHeads, dim } = sizes;
  const bias = reader.flag('attention_bias', false);
  const widths = (heads + 2 * kvHeads) * dim;
  const other =
    ((family.qkvBias ?? bias) ? widths : 0) +
    ((family.outputBias ?? reader.flag('attention_out_bias', bias)) ? hidden : 0) +
    headNorms(reader, family, sizes) +
    // A learned sink for each head.
    (family.experts === 'gpt-oss' ? heads : 0);
  return {
    matrices: projections(family.modules?.attention ?? 'self_attn', sizes, layers, family.queryGate),
    other: layers.length * other,
    kvGroups: kvGroupsOf(reader, family, sizes),
  };
}

/** Weights of the norms of queries and keys in a layer. */
function headNorms(
  reader: ConfigReader,
  { headNorms: kind }: DecoderFamily,
  { heads, kvHeads, dim }: AttentionSizes,
): number {
  if (kind === undefined || !reader.flag('use_qk_norm', true)) return 0;
  return kind === 'one' ? 2 * dim : (heads + kvHeads) * dim;
}

/** Keys and values of the layers that have some of their own. */
export function kvGroupsOf(
  reader: ConfigReader,
  family: DecoderFamily,
  { count, layers, kvHeads, dim }: AttentionSizes,
  having = layers,
): KvGroup[] {
  const windows = layerWindows(reader, family.windows, count, family.recurrent !== undefined);
  return byWindow(
    having.map((index) => windows[index]),
    2 * kvHeads * dim,
    kvHeads,
  );
}

/** Layers with the same window together, those that keep everything first. */
function byWindow(windows: readonly (number | undefined)[], elements: number, heads: number): KvGroup[] {
  const counts = new Map<number | undefined, number>([[undefined, 0]]);
  for (const window of windows) counts.set(window, (counts.get(window) ?? 0) + 1);
  return [...counts]
    .filter(([, layers]) => layers > 0)
    .map(([window, layers]) => ({ layers, elements, heads, window }));
}

/** Attention over one compressed vector a token. Where an indexer chooses the tokens that are looked at, it keeps a key of each. */
export function latentAttention(reader: ConfigReader, { layers, hidden, heads }: AttentionSizes): AttentionLayers {
  const queryRank = reader.optionalCount('q_lora_rank') ?? 0;
  const rank = reader.count('kv_lora_rank');
  const rope = reader.count('qk_rope_head_dim');
  const nope = reader.count('qk_nope_head_dim');
  const value = reader.count('v_head_dim');
  const queries = heads * (nope + rope);
  // What leads down to the compressed vectors lies on every rank whole, and so does an indexer.
  const attention: AttentionLayers = {
    matrices: [
      ...(queryRank === 0
        ? [matrix('self_attn.q_proj', layers, hidden, queries, 'outputs')]
        : [
            matrix('self_attn.q_a_proj', layers, hidden, queryRank, 'nothing'),
            matrix('self_attn.q_b_proj', layers, queryRank, queries, 'outputs'),
          ]),
      matrix('self_attn.kv_a_proj_with_mqa', layers, hidden, rank + rope, 'nothing'),
      matrix('self_attn.kv_b_proj', layers, rank, heads * (nope + value), 'outputs'),
      matrix('self_attn.o_proj', layers, heads * value, hidden, 'inputs'),
    ],
    other: layers.length * (queryRank + rank),
    kvGroups: [{ layers: layers.length, elements: rank + rope, heads: 0 }],
  };
  const indexHeads = reader.optionalCount('index_n_heads');
  if (indexHeads === undefined) return attention;
  const dim = reader.count('index_head_dim');
  // A key in 8 bits, with a scale of 4 bytes for each 128 of its elements, whatever the cache's format.
  const keyBytes = dim + 4 * Math.ceil(dim / 128);
  return {
    matrices: [
      ...attention.matrices,
      matrix('self_attn.indexer.wq_b', layers, queryRank, indexHeads * dim, 'nothing'),
      matrix('self_attn.indexer.wk', layers, hidden, dim, 'nothing'),
      matrix('self_attn.indexer.weights_proj', layers, hidden, indexHeads, 'nothing'),
    ],
    other: attention.other + layers.length * 2 * dim,
    kvGroups: [...attention.kvGroups, { layers: layers.length, elements: keyBytes, heads: 0, numberBytes: 1 }],
  };
}
