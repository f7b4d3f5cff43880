import { type ConfigReader } from './config-reader';
import { type Matrix } from './matrix';
import { namesOf } from './module-names';
import { type Precision } from './precision';
import { publishedRules, type Rules, Unknown } from './published-precision';
import { HALF, type WeightFormat } from './weight-format';

/** A matrix with how it lies in memory, in the layers that have it so. */
export interface StoredMatrix {
  readonly matrix: Matrix;
  readonly layers: readonly number[];
  readonly format: WeightFormat;
}

/** What a checkpoint's file says of its quantization. */
export interface PublishedQuantization {
  /** Name by which engines know the method, such as `compressed-tensors`. */
  readonly method: string;
  /** What most of its weights are in. */
  readonly precision: Precision;
  /** Everything that some of its weights are in. */
  readonly precisions: readonly Precision[];
  readonly matrices: readonly StoredMatrix[];
  /** Whether modules are left out; matrices without a name may be among them. */
  readonly partial: boolean;
  /** How matrices without a name lie in memory. */
  readonly format: WeightFormat;
  /** How a matrix of a further layer lies in memory. */
  formatOf(matrix: Matrix, layer: number): WeightFormat;
}

/** What the file says of the quantization; undefined when the checkpoint is not quantized, and what is not counted of it. */
export function publishedQuantization(
  reader: ConfigReader,
  matrices: readonly Matrix[],
): { readonly quantization?: PublishedQuantization; readonly uncounted?: string } {
  // Older files of compressed-tensors have the second name.
  const config = reader.object(
    reader.raw('quantization_config') === undefined ? 'compression_config' : 'quantization_config',
  );
  if (config === undefined) return {};
  try {
    return { quantization: applied(publishedRules(config), matrices) };
  } catch (error) {
    if (!(error instanceof Unknown || error instanceof SyntaxError)) throw error;
    return { uncounted: error.message };
  }
}

function applied(rules: Rules, matrices: readonly Matrix[]): PublishedQuantization | undefined {
  const weights = new Map<Precision, number>();
  const count = (precision: Precision, parameters: number) =>
    weights.set(precision, (weights.get(precision) ?? 0) + parameters);
  const stored = matrices.flatMap((matrix) => {
    if (rules.scheme && !rules.partial) {
      count(rules.scheme.precision, matrix.layers.length * matrix.inputs * matrix.outputs * matrix.copies);
      return [{ matrix, layers: matrix.layers, format: rules.scheme.format }];
    }
    const layers = new Map<WeightFormat, number[]>();
    for (const layer of matrix.layers) {
      const scheme = rules.schemeOf(namesOf(matrix, layer));
      const format = scheme?.format ?? HALF;
      const having = layers.get(format);
      if (having) having.push(layer);
      else layers.set(format, [layer]);
      if (scheme) count(scheme.precision, matrix.inputs * matrix.outputs * matrix.copies);
    }
    return [...layers].map(([format, having]): StoredMatrix => ({ matrix, layers: having, format }));
  });
  if (matrices.length === 0 && rules.scheme) count(rules.scheme.precision, 1);
  const precisions = [...weights].sort(([, left], [, right]) => right - left).map(([precision]) => precision);
  return precisions.length === 0
    ? undefined
    : {
        method: rules.method,
        precision: precisions[0],
        precisions,
        matrices: stored,
        partial: rules.partial,
        format: rules.scheme?.format ?? HALF,
        formatOf: (matrix, layer) => rules.schemeOf(namesOf(matrix, layer))?.format ?? HALF,
      };
}
