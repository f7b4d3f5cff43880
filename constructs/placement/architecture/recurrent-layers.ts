import { type ConfigReader } from './config-reader';
import { type DecoderFamily, type RecurrentKind } from './families/decoder-family';
import { type Matrix } from './matrix';
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
        { name: `${name}.in_proj`, layers, inputs: hidden, outputs: 2 * inner, copies: 1, cut: 'outputs' },
        { name: `${name}.x_proj`, layers, inputs: inner, outputs: rank + 2 * size, copies: 1, cut: 'inputs' },
        { name: `${name}.dt_proj`, layers, inputs: rank, outputs: inner, copies: 1, cut: 'outputs' },
        { name: `${name}.out_proj`, layers, inputs: inner, outputs: hidden, copies: 1, cut: 'inputs' },
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
        ? reader.raw('mamba_d_ssm') === undefined
          ? reader.count('mamba_expand') * hidden
          : reader.count('mamba_d_ssm')
        : heads * reader.count('mamba_d_head');
    const size = reader.count('mamba_d_state');
    const kernel = reader.count('mamba_d_conv');
    const groups = reader.count('mamba_n_groups');
    const grouped = 2 * groups * size;
    const convolved = inner + grouped;
    const projected = inner + convolved + heads;
    return {
      matrices: [
        { name: `${name}.in_proj`, layers, inputs: hidden, outputs: projected - grouped, copies: 1, cut: 'outputs' },
        // One group is repeated on every rank; several are shared out.
        {
          name: `${name}.in_proj`,
          layers,
          inputs: hidden,
          outputs: grouped,
          copies: 1,
          cut: groups === 1 ? 'nothing' : 'outputs',
        },
        { name: `${name}.out_proj`, layers, inputs: inner, outputs: hidden, copies: 1, cut: 'inputs' },
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
        {
          name: `${name}.in_proj_qkvz`,
          layers,
          inputs: hidden,
          outputs: convolved + values,
          copies: 1,
          cut: 'outputs',
        },
        { name: `${name}.in_proj_ba`, layers, inputs: hidden, outputs: 2 * valueHeads, copies: 1, cut: 'outputs' },
        { name: `${name}.out_proj`, layers, inputs: values, outputs: hidden, copies: 1, cut: 'inputs' },
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
        { name: `${name}.qkv_proj`, layers, inputs: hidden, outputs: 3 * width, copies: 1, cut: 'outputs' },
        { name: `${name}.output_gate`, layers, inputs: hidden, outputs: width, copies: 1, cut: 'outputs' },
        { name: `${name}.out_proj`, layers, inputs: width, outputs: hidden, copies: 1, cut: 'inputs' },
      ],
      other: width,
      state: { layers: layers.length, bytes: heads * headDim ** 2 * STATE_BYTES, heads },
      width: 3 * width,
    };
  },
};
