import { isObject, type ConfigReader } from './config-reader';
import { Precision } from './precision';

/** The precision that `quantization_config` names; undefined when the checkpoint is not quantized. */
export function publishedPrecision(reader: ConfigReader): Precision | undefined {
  const config = reader.object('quantization_config');
  if (config === undefined) return undefined;
  const method = config.quant_method;
  const precision = typeof method === 'string' ? precisionOf(method.toLowerCase(), config) : undefined;
  if (precision === undefined) {
    reader.problem(
      'quantization_config', 'quant_method fp8, awq, gptq, mxfp4, modelopt or compressed-tensors, with a format that is known', method,
      'take another checkpoint, or give ModelArchitecture.of the facts and the placement weightBytes',
    );
  }
  return precision;
}

function precisionOf(method: string, config: Readonly<Record<string, unknown>>): Precision | undefined {
  switch (method) {
    case 'fp8': return Precision.FP8;
    case 'awq': return (config.bits ?? config.w_bit) === 4 ? Precision.AWQ : undefined;
    case 'gptq': return config.bits === 8 ? Precision.GPTQ_8BIT : config.bits === 4 ? Precision.GPTQ : undefined;
    case 'mxfp4': return Precision.MXFP4;
    case 'modelopt':
    case 'modelopt_fp4':
      return ({ FP8: Precision.FP8, NVFP4: Precision.NVFP4 } as Partial<Record<string, Precision>>)[String(config.quant_algo)];
    case 'compressed-tensors': return compressed(config);
    default: return undefined;
  }
}

/** Formats of llm-compressor's library. Packed integers may have other widths, which its groups tell. */
function compressed(config: Readonly<Record<string, unknown>>): Precision | undefined {
  switch (config.format) {
    case 'float-quantized': return Precision.FP8;
    case 'int-quantized': return Precision.INT8;
    case 'nvfp4-pack-quantized': return Precision.NVFP4;
    case 'pack-quantized': return bitsOf(config.config_groups) === 4 ? Precision.INT4 : undefined;
    default: return undefined;
  }
}

function bitsOf(groups: unknown): unknown {
  const [first] = isObject(groups) ? Object.values(groups) : [];
  return isObject(first) && isObject(first.weights) ? first.weights.num_bits : undefined;
}
