import { partsOf } from './architecture/matrix';
import { type Parallelism } from './memory-budget';
import { type ModelShape } from './architecture/model-shape';

/** Bytes of a number in an adapter. */
const NUMBER_BYTES = 2;

/** Matrices of a layer that is not known closer: four of its attention, three of its network. */
const LAYER_MATRICES = 7;

/**
 * Buffers that an engine sets aside for LoRA adapters on a rank, bytes: of each slot two matrices of the highest rank beside every matrix of
 * the layers, each experts' too, and beside embeddings and output matrix, whether an adapter has some there or not. What the model's
 * matrix shares out is shared out there as well; the rest, and embeddings, every rank has whole (`vllm/lora/layers`).
 */
export function adapterBytes(shape: ModelShape, rank: number, slots: number, { tensor, pipeline }: Parallelism): number {
  const { layers, hiddenSize, vocabularySize, kvHeads, matrices, linearParameters } = shape;
  const widths = matrices.length === 0
    // Most matrices have the hidden state on one side; what is on the other is their parameters over it.
    ? LAYER_MATRICES * layers * hiddenSize + linearParameters / hiddenSize
    : matrices.reduce((sum, matrix) => {
      const parts = partsOf(matrix, kvHeads, tensor);
      const [inputs, outputs] = matrix.cut === 'inputs' ? [matrix.inputs / parts, matrix.outputs] : [matrix.inputs, matrix.outputs / parts];
      return sum + matrix.layers.length * matrix.copies * (inputs + outputs);
    }, 0);
  const stage = Math.ceil(layers / pipeline) / layers;
  return slots * rank * NUMBER_BYTES * (widths * stage + 2 * (vocabularySize + hiddenSize));
}
