/** A matrix of the layers, as checkpoints hold it and engines share it out. */
export interface Matrix {
  /** Name behind `layers.<number>.`; that of experts without their number, as in `mlp.experts.down_proj`. */
  readonly name: string;
  /** Numbers of the layers that have it. */
  readonly layers: readonly number[];
  /** Width of what it takes. */
  readonly inputs: number;
  /** Width of what it gives. */
  readonly outputs: number;
  /** How many of them a layer has: one for each routed expert, else 1. */
  readonly copies: number;
  /** Whether engines hold it twice, where checkpoints have it once: keys that are values as well. */
  readonly twice?: boolean;
  /**
   * What tensor parallelism cuts: its inputs, its outputs, its outputs by heads of keys and values, which are repeated where there
   * are too few, or nothing, because every rank keeps it whole.
   */
  readonly cut: 'inputs' | 'outputs' | 'kv-heads' | 'nothing';
}

/** A matrix of some layers, one in each or one for each expert. */
export function matrix(
  name: string,
  layers: readonly number[],
  inputs: number,
  outputs: number,
  cut: Matrix['cut'],
  copies = 1,
): Matrix {
  return { name, layers, inputs, outputs, copies, cut };
}

/** Parameters of some matrices. */
export function matrixParameters(matrices: readonly Matrix[]): number {
  return matrices.reduce(
    (sum, { layers, inputs, outputs, copies }) => sum + layers.length * inputs * outputs * copies,
    0,
  );
}

/** What a rank has of a matrix. Heads of keys and values that are too few are repeated. */
export function rankWidths(
  { cut, inputs, outputs }: Matrix,
  kvHeads: number,
  tensor: number,
): Pick<Matrix, 'inputs' | 'outputs'> {
  switch (cut) {
    case 'nothing':
      return { inputs, outputs };
    case 'kv-heads':
      return { inputs, outputs: outputs / Math.min(kvHeads, tensor) };
    case 'inputs':
      return { inputs: inputs / tensor, outputs };
    case 'outputs':
      return { inputs, outputs: outputs / tensor };
  }
}

/** The three matrices of a gated feed-forward network. */
export function gatedMatrices(
  name: string,
  layers: readonly number[],
  hidden: number,
  width: number,
  copies = 1,
): Matrix[] {
  if (layers.length === 0 || width === 0) return [];
  return [
    matrix(`${name}.gate_proj`, layers, hidden, width, 'outputs', copies),
    matrix(`${name}.up_proj`, layers, hidden, width, 'outputs', copies),
    matrix(`${name}.down_proj`, layers, width, hidden, 'inputs', copies),
  ];
}

/** The two matrices of a network without a gate. */
export function plainMatrices(
  name: string,
  layers: readonly number[],
  hidden: number,
  width: number,
  copies = 1,
): Matrix[] {
  return gatedMatrices(name, layers, hidden, width, copies).filter((matrix) => !matrix.name.endsWith('.gate_proj'));
}

/** Numbers from 0. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
