import { type Matrix, rankWidths } from './matrix';

/** How the weights of a matrix lie in memory. */
export interface WeightFormat {
  /** Bits of a weight. */
  readonly bits: number;
  /** Outputs that share a scale; all of them when it is infinite. */
  readonly rows: number;
  /** Inputs that share a scale; all of them when it is infinite. */
  readonly columns: number;
  /** Bytes of the scale, and of the zero, that weights share; 0 without. */
  readonly scaleBytes: number;
  /** Bytes that each input takes beside, where weights are ordered by activations. */
  readonly inputBytes?: number;
  /** Whether engines fill matrices up to what their kernels work on. */
  readonly padded?: boolean;
}

/** 16 bits, without scales. */
export const HALF: WeightFormat = { bits: 16, rows: Infinity, columns: Infinity, scaleBytes: 0 };

/** Numbers of so many bits, with a scale for each matrix. */
export function byTensor(bits: number, scaleBytes = 4): WeightFormat {
  return { bits, rows: Infinity, columns: Infinity, scaleBytes };
}

/** Numbers of so many bits, with a scale for each output. */
export function byChannel(bits: number, scaleBytes = 4): WeightFormat {
  return { bits, rows: 1, columns: Infinity, scaleBytes };
}

/** Numbers of so many bits, with a scale for a group of inputs of each output. */
export function byGroup(bits: number, size: number, scaleBytes: number): WeightFormat {
  return { bits, rows: 1, columns: size, scaleBytes };
}

/** Numbers of so many bits, with a scale for a block of outputs and inputs. */
export function byBlock(bits: number, rows: number, columns: number): WeightFormat {
  return { bits, rows, columns, scaleBytes: 4 };
}

/** Bytes of a weight with its share of scales, in a matrix that its groups divide. */
export function bytesPerWeight({ bits, rows, columns, scaleBytes }: WeightFormat): number {
  return bits / 8 + scaleBytes / (rows * columns);
}

/** Multiples that kernels fill matrices up to. */
export interface Padding {
  /** Of the hidden state. */
  readonly hidden: number;
  /** Of the part of an expert's width that a rank has. */
  readonly width: number;
}

/** Bytes that a rank keeps of a matrix in one layer. */
export function rankMatrixBytes(
  matrix: Matrix,
  format: WeightFormat,
  kvHeads: number,
  tensor: number,
  padding: Padding,
): number {
  const { inputs, outputs } = rankWidths(matrix, kvHeads, tensor);
  if (!format.padded) return matrix.copies * bytesOf(inputs, outputs, format);
  const { hidden, width } = padding;
  const [taken, given] = matrix.cut === 'inputs' ? [width, hidden] : [hidden, width];
  return matrix.copies * bytesOf(upTo(inputs, taken), upTo(outputs, given), format);
}

function bytesOf(
  inputs: number,
  outputs: number,
  { bits, rows, columns, scaleBytes, inputBytes = 0 }: WeightFormat,
): number {
  return (
    (inputs * outputs * bits) / 8 + shares(outputs, rows) * shares(inputs, columns) * scaleBytes + inputs * inputBytes
  );
}

function shares(width: number, size: number): number {
  return Number.isFinite(size) ? Math.ceil(width / size) : 1;
}

/** The next multiple. */
export function upTo(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
