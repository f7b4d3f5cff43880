import { type ConfigReader } from './config-reader';
import { type DecoderFamily, type RecurrentKind } from './families/decoder-family';
import { type Matrix, matrix } from './matrix';
import { type StateGroup } from './model-shape';

/** What such layers have. */
export interface RecurrentLayers {
  readonly matrices: readonly Matrix[];
  /** Parameters of a layer that are no matrices: convolutions, norms, decays. */
  readonly other: number;
  readonly state: StateGroup;
  /** Width of what a token becomes in a layer. */
  readonly width: number;
}

/** Bytes of a number in the state, and in what a convolution keeps: engines take 32 bits for the former where they are not told otherwise. */
const STATE_BYTES = 4;
const CONVOLUTION_BYTES = 2;

interface Sizes {
  readonly layers: readonly number[];
  readonly hidden: number;
  readonly heads: number;
  readonly headDim: number;
}

/** The layers of a family that keep a state of fixed size of each sequence. */
export function recurrentLayers(
  reader: ConfigReader,
  { recurrent, modules }: DecoderFamily,
  sizes: Sizes,
): RecurrentLayers | undefined {
  if (recurrent === undefined || sizes.layers.length === 0) return undefined;
  return READERS[recurrent.kind](reader, modules?.recurrent ?? 'mamba', sizes);
}

type LayerReader = (reader: ConfigReader, name: string, sizes: Sizes) => RecurrentLayers;

const READERS: Readonly<Record<RecurrentKind, LayerReader>> = {
  mamba: (reader, name, { layers, hidden }) => {
    const inner = reader.count('mamba_expand') * hidden;
    const size = reader.count('mamba_d_state');
    const kernel = reader.count('mamba_d_conv');
    const rank = reader.raw('mamba_dt_rank') === 'auto' ? Math.ceil(hidden / 16) : reader.count('mamba_dt_rank');
    return {
      matrices: [
        matrix(`${name}.in_proj`, layers, hidden, 2 * inner, 'outputs'),
        matrix(`${name}.x_proj`, layers, inner, rank + 2 * size, 'inputs'),
        matrix(`${name}.dt_proj`, layers, rank, inner, 'outputs'),
        matrix(`${name}.out_proj`, layers, inner, hidden, 'inputs'),
      ],
      other:
        inner * (kernel + (reader.flag('mamba_conv_bias', true) ? 1 : 0)) +
        inner +
        inner * size +
        inner +
        (reader.flag('mamba_proj_bias', false) ? 2 * inner + hidden : 0) +
        (reader.flag('mamba_inner_norms', false) ? rank + 2 * size : 0),
      state: {
        layers: layers.length,
        bytes: inner * (kernel - 1) * CONVOLUTION_BYTES + inner * size * STATE_BYTES,
        heads: inner,
      },
      width: 2 * inner,
    };
  },
  mamba2: (reader, name, { layers, hidden }) => {
    const heads = reader.count('mamba_n_heads');
    const inner =
      reader.raw('mamba_d_head') === 'auto'
        ? (reader.optionalCount('mamba_d_ssm') ?? reader.count('mamba_expand') * hidden)
        : heads * reader.count('mamba_d_head');
    const size = reader.count('mamba_d_state');
    const kernel = reader.count('mamba_d_conv');
    const groups = reader.count('mamba_n_groups');
    const grouped = 2 * groups * size;
    const convolved = inner + grouped;
    const projected = inner + convolved + heads;
    return {
      matrices: [
        matrix(`${name}.in_proj`, layers, hidden, projected - grouped, 'outputs'),
        // One group is repeated on every rank; several are shared out.
        matrix(`${name}.in_proj`, layers, hidden, grouped, groups === 1 ? 'nothing' : 'outputs'),
        matrix(`${name}.out_proj`, layers, inner, hidden, 'inputs'),
      ],
      other:
        convolved * (kernel + (reader.flag('mamba_conv_bias', true) ? 1 : 0)) +
        3 * heads +
        (reader.flag('mamba_rms_norm', true) ? inner : 0) +
        (reader.flag('mamba_proj_bias', false) ? projected + hidden : 0),
      state: {
        layers: layers.length,
        bytes: convolved * (kernel - 1) * CONVOLUTION_BYTES + inner * size * STATE_BYTES,
        heads: groups === 1 ? heads : groups,
      },
      width: projected,
    };
  },
  delta: (reader, name, { layers, hidden }) => {
    const keyHeads = reader.count('linear_num_key_heads');
    const valueHeads = reader.count('linear_num_value_heads');
    const keyDim = reader.count('linear_key_head_dim');
    const valueDim = reader.count('linear_value_head_dim');
    const kernel = reader.count('linear_conv_kernel_dim');
    const keys = keyHeads * keyDim;
    const values = valueHeads * valueDim;
    const convolved = 2 * keys + values;
    return {
      matrices: [
        matrix(`${name}.in_proj_qkvz`, layers, hidden, convolved + values, 'outputs'),
        matrix(`${name}.in_proj_ba`, layers, hidden, 2 * valueHeads, 'outputs'),
        matrix(`${name}.out_proj`, layers, values, hidden, 'inputs'),
      ],
      other: convolved * kernel + 2 * valueHeads + valueDim,
      state: {
        layers: layers.length,
        bytes: convolved * (kernel - 1) * CONVOLUTION_BYTES + valueHeads * keyDim * valueDim * STATE_BYTES,
        heads: keyHeads,
      },
      width: convolved + values,
    };
  },
  lightning: (_, name, { layers, hidden, heads, headDim }) => {
    const width = heads * headDim;
    return {
      matrices: [
        matrix(`${name}.qkv_proj`, layers, hidden, 3 * width, 'outputs'),
        matrix(`${name}.output_gate`, layers, hidden, width, 'outputs'),
        matrix(`${name}.out_proj`, layers, width, hidden, 'inputs'),
      ],
      other: width,
      state: { layers: layers.length, bytes: heads * headDim ** 2 * STATE_BYTES, heads },
      width: 3 * width,
    };
  },
};
