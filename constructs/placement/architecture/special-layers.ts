import {
  type AttentionLayers,
  type AttentionSizes,
  groupedAttention,
  kvGroupsOf,
  projections,
} from './attention-layers';
import { type ConfigReader, isObject } from './config-reader';
import { type DecoderFamily } from './families/decoder-family';
import { gatedMatrices, type Matrix, matrix, numbers } from './matrix';

/** Layers of a family that no rule of other families describes, with its networks where they differ by layer as well. */
export interface SpecialLayers extends AttentionLayers {
  /** Parameters of tables beside the vocabulary. */
  readonly embedding?: number;
  /** Networks of all layers, instead of those that `intermediate_size` describes. */
  readonly networks?: readonly Matrix[];
  /** Fewest heads of keys and values of a layer. */
  readonly kvHeads?: number;
}

type Reader = (reader: ConfigReader, family: DecoderFamily, sizes: AttentionSizes) => SpecialLayers;

/** The attention of families with layers of their own kind, and what comes with it. */
export const SPECIAL_LAYERS: Readonly<Record<NonNullable<DecoderFamily['special']>, Reader>> = {
  // The last layers take keys and values of earlier ones; small networks beside each layer mix several streams and inputs of their own.
  gemma3n: (reader, family, sizes) => {
    const { count, layers, hidden, dim } = sizes;
    const own = layers.slice(0, count - reader.amount('num_kv_shared_layers'));
    const streams = reader.count('altup_num_inputs');
    const rank = reader.count('laurel_rank');
    const inputs = perLayerInputs(reader, sizes);
    return {
      matrices: [
        // Checkpoints and engines hold keys and values of all layers all the same.
        ...projections('self_attn', sizes, layers),
        matrix('laurel.linear_left', layers, hidden, rank, 'nothing'),
        matrix('laurel.linear_right', layers, rank, hidden, 'nothing'),
        ...inputs.matrices,
      ],
      other:
        layers.length * (2 * dim + streams ** 2 + streams ** 3 + streams * hidden + 3 * hidden) +
        2 * (streams - 1) * hidden ** 2 +
        inputs.other,
      embedding: inputs.embedding,
      kvGroups: kvGroupsOf(reader, family, sizes, own),
    };
  },
  // Layers that look at everything have heads of another size, and may take their keys for values.
  gemma4: (reader, family, sizes) => {
    const { count, layers, hidden, dim } = sizes;
    const types = reader.strings('layer_types') ?? [];
    const whole = layers.filter((index) => types[index] === 'full_attention');
    const sliding = layers.filter((index) => !whole.includes(index));
    const own = (some: readonly number[]) =>
      some.filter((index) => index < count - reader.amount('num_kv_shared_layers', 0));
    const wholeSizes: AttentionSizes = {
      ...sizes,
      dim: reader.count('global_head_dim', dim),
      kvHeads: reader.count('num_global_key_value_heads', sizes.kvHeads),
    };
    const keysAreValues = reader.flag('attention_k_eq_v', false);
    const inputs = reader.amount('hidden_size_per_layer_input', 0) > 0 ? perLayerInputs(reader, sizes) : undefined;
    const width = reader.count('intermediate_size');
    // Layers that share keys and values may have networks twice as wide.
    const wide = reader.flag('use_double_wide_mlp', false)
      ? layers.filter((index) => !own(layers).includes(index))
      : [];
    return {
      matrices: [
        // Engines hold projections of keys and values of layers that take those of others all the same.
        ...projections('self_attn', sizes, sliding),
        // Their few heads of keys and values may lie on ranks whole.
        ...projections('self_attn', wholeSizes, whole)
          .filter(({ name }) => !(keysAreValues && name.endsWith('.v_proj')))
          .map((each) => ({
            ...each,
            cut: each.cut === 'kv-heads' ? 'nothing' : each.cut,
            twice: keysAreValues && each.name.endsWith('.k_proj'),
          })),
        ...(inputs?.matrices ?? []),
      ],
      networks: [
        ...gatedMatrices(
          'mlp',
          layers.filter((index) => !wide.includes(index)),
          hidden,
          width,
        ),
        ...gatedMatrices('mlp', wide, hidden, 2 * width),
      ],
      other: 2 * sliding.length * dim + 2 * whole.length * wholeSizes.dim + (inputs?.other ?? 0),
      embedding: inputs?.embedding,
      kvHeads: Math.min(sizes.kvHeads, wholeSizes.kvHeads),
      kvGroups: [
        ...kvGroupsOf(reader, family, wholeSizes, own(whole)),
        ...kvGroupsOf(reader, family, sizes, own(sliding)),
      ],
    };
  },
  // Some layers look at images instead of the text.
  mllama: (reader, family, sizes) => {
    const crossing = reader.amounts('cross_attention_layers');
    const own = groupedAttention(reader, family, {
      ...sizes,
      layers: sizes.layers.filter((index) => !crossing.includes(index)),
    });
    return {
      matrices: [...own.matrices, ...projections('cross_attn', sizes, crossing)],
      // Norms of a head's size, and two gates.
      other: own.other + crossing.length * (2 * sizes.dim + 2),
      // Rows of the image's token and its like.
      embedding: 8 * sizes.hidden,
      kvGroups: own.kvGroups,
      states: [
        {
          layers: crossing.length,
          bytes: 2 * sizes.kvHeads * sizes.dim * 2 * imageTokens(reader),
          heads: sizes.kvHeads,
        },
      ],
    };
  },
  // A search for architectures left layers with other widths, or without attention or network.
  nas: nasLayers,
};

/** What each layer is given beside the stream: a table of its own, and a projection of the token. */
function perLayerInputs(
  reader: ConfigReader,
  { count, layers, hidden }: AttentionSizes,
): { matrices: Matrix[]; other: number; embedding: number } {
  const width = reader.count('hidden_size_per_layer_input');
  return {
    matrices: [
      matrix('per_layer_input_gate', layers, hidden, width, 'nothing'),
      matrix('per_layer_projection', layers, width, hidden, 'nothing'),
    ],
    other: layers.length * hidden + count * width * hidden + width,
    embedding: reader.count('vocab_size_per_layer_input') * count * width,
  };
}

/** Positions of an image of most tiles. */
function imageTokens(reader: ConfigReader): number {
  const vision = reader.object('vision_config') ?? {};
  const side = (value: unknown, otherwise: number) => (typeof value === 'number' && value >= 1 ? value : otherwise);
  return (
    side(vision.max_num_tiles, 4) * (Math.floor(side(vision.image_size, 448) / side(vision.patch_size, 14)) ** 2 + 1)
  );
}

function nasLayers(reader: ConfigReader, _: DecoderFamily, sizes: AttentionSizes): SpecialLayers {
  const { count, hidden, heads } = sizes;
  const blocks = reader.raw('block_configs');
  if (
    !Array.isArray(blocks) ||
    blocks.length !== count ||
    !blocks.every((block) => isObject(block) && isObject(block.attention) && isObject(block.ffn))
  ) {
    reader.problem(
      'block_configs',
      `attention and ffn of each of ${count} layers`,
      Array.isArray(blocks) ? blocks.length : blocks,
    );
    return { matrices: [], other: 0, kvGroups: [], networks: [] };
  }
  const attentions = blocks.map(({ attention }: { attention: Record<string, unknown> }) =>
    attention.no_op === true
      ? 0
      : attention.replace_with_linear === true
        ? -1
        : heads / Number(attention.n_heads_in_group),
  );
  // Widths are rounded up to a multiple of 256.
  const widths = blocks.map(({ ffn }: { ffn: Record<string, unknown> }) =>
    ffn.no_op === true
      ? 0
      : ffn.replace_with_linear === true
        ? -1
        : Math.ceil(Math.floor((2 * Number(ffn.ffn_mult) * hidden) / 3) / 256) * 256,
  );
  const where = (values: readonly number[], value: number) => numbers(count).filter((index) => values[index] === value);
  const distinct = (values: readonly number[]) => [...new Set(values)].filter((value) => value > 0);
  const malformed = [...attentions, ...widths].find((value) => !Number.isInteger(value));
  if (malformed !== undefined)
    reader.problem('block_configs', 'n_heads_in_group and ffn_mult of each layer that has them', malformed);
  const linear = (name: string, values: readonly number[]) =>
    matrix(name, where(values, -1), hidden, hidden, 'nothing');
  const groups = distinct(attentions).map((kvHeads) => ({
    sizes: { ...sizes, kvHeads },
    layers: where(attentions, kvHeads),
  }));
  return {
    matrices: [
      ...groups.flatMap((group) => projections('self_attn', group.sizes, group.layers)),
      linear('self_attn.linear_attn', attentions),
    ],
    // A part that is missing has no norm.
    other: -hidden * (where(attentions, 0).length + where(widths, 0).length),
    networks: [
      ...distinct(widths).flatMap((width) => gatedMatrices('mlp', where(widths, width), hidden, width)),
      linear('mlp.linear_mlp', widths),
    ],
    kvHeads: Math.min(...groups.map((group) => group.sizes.kvHeads), heads),
    kvGroups: groups.map((group) => ({
      layers: group.layers.length,
      elements: 2 * group.sizes.kvHeads * sizes.dim,
      heads: group.sizes.kvHeads,
    })),
  };
}
