import { type ServedModel, VOCABULARY_MULTIPLE } from './memory-budget';
import { type StoredMatrix } from './architecture/published-quantization';
import { HALF, upTo, type WeightFormat } from './architecture/weight-format';

/** Most ranks that are looked at for what would be legal. */
const MOST_RANKS = 64;

/** Why ranks cannot share the layers of a model, and of its draft model, however much memory they have. */
export function tensorProblems(model: ServedModel, draft: ServedModel | undefined, tensor: number): string[] {
  if (tensor === 1) return [];
  const problems = [
    ...problemsOf(model, tensor),
    ...(draft ? problemsOf(draft, tensor) : []).map((problem) => `${problem} for the draft model`),
  ];
  if (problems.length === 0) return [];
  const legal = Array.from({ length: MOST_RANKS }, (_, index) => index + 1).filter(
    (count) => count === 1 || [model, ...(draft ? [draft] : [])].every((each) => problemsOf(each, count).length === 0),
  );
  return problems.map((problem) => `${problem}; take one of ${legal.join(', ')}`);
}

function problemsOf(model: ServedModel, tensor: number): string[] {
  const { shape } = model;
  const { attentionHeads, kvHeads, kvGroups, states, vocabularySize, visionHeads, visionWidth, soundHeads, encoder } =
    shape;
  if (attentionHeads % tensor !== 0)
    return [`expected a divisor of the ${attentionHeads} attention heads, got ${tensor}`];
  const problems: string[] = [];
  if (kvGroups.some(({ heads }) => heads > 0) && kvHeads % tensor !== 0 && tensor % kvHeads !== 0) {
    problems.push(
      `expected a divisor or a multiple of the ${kvHeads} key/value heads, which are shared out or repeated whole, got ${tensor}`,
    );
  }
  for (const heads of new Set(states.map((state) => state.heads).filter((each) => each > 0 && each % tensor !== 0))) {
    problems.push(`expected a divisor of the ${heads} heads or groups of layers that keep a state, got ${tensor}`);
  }
  for (const width of widthsOf(model).filter((each) => each % tensor !== 0))
    problems.push(`expected a divisor of ${width}, a width of the layers, got ${tensor}`);
  const vocabulary = upTo(vocabularySize, VOCABULARY_MULTIPLE);
  if (!encoder && vocabulary % tensor !== 0)
    problems.push(`expected a divisor of the ${vocabulary} rows of the embeddings, got ${tensor}`);
  if (soundHeads !== undefined && soundHeads % tensor !== 0)
    problems.push(`expected a divisor of the ${soundHeads} heads of the encoder of sound, got ${tensor}`);
  if (visionHeads !== undefined && visionHeads % tensor !== 0)
    problems.push(`expected a divisor of the ${visionHeads} heads of the image encoder, got ${tensor}`);
  if (visionWidth !== undefined && visionWidth % tensor !== 0)
    problems.push(`expected a divisor of ${visionWidth}, a width of the image encoder, got ${tensor}`);
  return [...problems, ...groupProblems(model, tensor)];
}

/** Widths that ranks share out: those of heads have a check of their own. */
function widthsOf({ shape: { matrices, intermediateSizes } }: ServedModel): number[] {
  return [
    ...new Set([
      ...intermediateSizes,
      ...matrices.flatMap(({ cut, inputs, outputs }) => (cut === 'inputs' ? inputs : cut === 'outputs' ? outputs : [])),
    ]),
  ];
}

/** No rank may get a part of a group of weights that share a scale (`validate_fp8_block_shape` and the quantization classes of vLLM). */
function groupProblems({ shape, precision, published }: ServedModel, tensor: number): string[] {
  const stored =
    published?.matrices ??
    shape.matrices.map(
      (matrix): StoredMatrix => ({
        matrix,
        layers: matrix.layers,
        format: precision._quantizes === 'linear' ? grouped(precision._weights) : HALF,
      }),
    );
  const cut = stored.flatMap(({ matrix, format: { rows, columns, padded } }) => {
    if (padded) return [];
    const { inputs, outputs } = matrix;
    if (matrix.cut === 'inputs') return whole(inputs, columns, tensor) ? [] : [{ width: inputs, size: columns }];
    // A scale for each output is cut with it.
    const ranks = matrix.cut === 'kv-heads' ? Math.min(shape.kvHeads, tensor) : matrix.cut === 'outputs' ? tensor : 1;
    return rows === 1 || whole(outputs, rows, ranks) ? [] : [{ width: outputs, size: rows }];
  });
  const unique = new Map(cut.map((each) => [`${each.width}/${each.size}`, each]));
  return [...unique.values()].map(
    ({ width, size }) =>
      `expected matrices of ${width} that cut into parts of ${size}, the group that shares a scale in ${precision.name}, got ${width} / ${tensor}`,
  );
}

/** Weights that are quantized when they are loaded have no blocks. */
function grouped(format: WeightFormat): WeightFormat {
  return format.rows === 1 ? format : HALF;
}

function whole(width: number, size: number, ranks: number): boolean {
  return ranks === 1 || !Number.isFinite(size) || (width / ranks) % size === 0;
}
