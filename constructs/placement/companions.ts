import { type Matrix, matrix, matrixParameters, numbers } from './architecture/matrix';
import { type ServedModel } from './memory-budget';
import { type ModelShape } from './architecture/model-shape';
import { HALF } from './architecture/weight-format';

/**
 * A head of EAGLE-3: a layer that takes its own hidden state beside the model's, and a projection of three of those
 * (`llama_eagle3.py` of vLLM). Its embeddings count whole, though engines share the model's where they can.
 */
export function headShape(shape: ModelShape): ModelShape {
  const matrices: Matrix[] = [
    ...shape.matrices.map((each) => (/\.(q|k|v)_proj$/.test(each.name) ? { ...each, inputs: 2 * each.inputs } : each)),
    matrix('fc', [0], 3 * shape.hiddenSize, shape.hiddenSize, 'nothing'),
  ];
  return {
    ...shape,
    matrices,
    linearParameters: shape.linearParameters + matrixParameters(matrices) - matrixParameters(shape.matrices),
  };
}

/**
 * The layers of a checkpoint that guess further tokens (multi-token prediction), as a model beside the model: each is like its last
 * layer, with a projection of two hidden states. Engines read embeddings and output matrix of them once more before they share
 * the model's.
 */
export function nextTokenModel({ shape, precision, published }: ServedModel): ServedModel {
  const { layers, nextTokenLayers: count = 0, hiddenSize, embeddingParameters, otherParameters, kvGroups } = shape;
  const indexes = numbers(count);
  const own: Matrix[] = shape.matrices
    .filter((each) => each.layers.includes(layers - 1))
    .map((each) => ({ ...each, layers: indexes }));
  const projection = matrix('eh_proj', indexes, 2 * hiddenSize, hiddenSize, 'nothing');
  const matrices = [...own, projection];
  const unnamed = ((shape.linearParameters - matrixParameters(shape.matrices)) * count) / layers;
  return {
    precision,
    published: published && {
      ...published,
      matrices: [
        ...own.flatMap((each) =>
          indexes.map((index) => ({ matrix: each, layers: [index], format: published.formatOf(each, layers + index) })),
        ),
        { matrix: projection, layers: indexes, format: HALF },
      ],
    },
    shape: {
      ...shape,
      layers: count,
      matrices,
      linearParameters: matrixParameters(matrices) + unnamed,
      headParameters: embeddingParameters,
      visionParameters: 0,
      otherParameters: (otherParameters * count) / layers + 3 * hiddenSize * count,
      states: [],
      // With the keys of an indexer, which lie beside the vectors of latent attention.
      kvGroups: kvGroups
        .filter(({ numberBytes }, index) => index === 0 || numberBytes !== undefined)
        .map((group) => ({ ...group, layers: count })),
    },
  };
}
