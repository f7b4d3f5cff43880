import { type DecoderFamily } from './families/decoder-family';
import { DENSE_FAMILIES } from './families/dense-families';
import { EXPERT_FAMILIES } from './families/expert-families';
import { HYBRID_FAMILIES } from './families/hybrid-families';

/**
 * Families by `model_type`. Layers, biases and defaults are those of the configuration and modeling classes of the library
 * transformers; the parameter counts that follow from them are tested against published ones.
 */
export const DECODER_FAMILIES: Readonly<Record<string, DecoderFamily>> = { ...DENSE_FAMILIES, ...EXPERT_FAMILIES, ...HYBRID_FAMILIES };
