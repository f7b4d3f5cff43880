import { type Accelerator } from '../../../constructs/gpu/accelerator';
import { type ModelArchitecture, Precision } from '../../../constructs/placement';
import { engineConfigOf } from './engine-config';
import type { ModelConfig } from './model-config';

/** Compute capability from which GPUs have BF16. */
const BF16_FROM = 8;

/**
 * Precision in which an engine computes a model whose file names none that is smaller: Text Embeddings Inference has 16-bit floats only, and
 * vLLM and SGLang take them on GPUs without BF16 (`_resolve_auto_dtype` of vLLM, `load_model_utils.py` of SGLang).
 *
 * @returns undefined where it is the published one
 */
export function defaultPrecision(
  model: ModelConfig,
  { publishedPrecision }: ModelArchitecture,
  { computeCapability }: Accelerator,
): Precision | undefined {
  if (publishedPrecision !== undefined) return undefined;
  const { name } = engineConfigOf(model);
  if (name === 'text-embeddings') return Precision.FP16;
  return (name === 'vllm' || name === 'sglang') &&
    computeCapability !== undefined &&
    Number(computeCapability) < BF16_FROM
    ? Precision.FP16
    : undefined;
}
