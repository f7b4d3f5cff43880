import { type PrecisionFacts, type NumberFormat } from './precision-facts';

/**
 * Number format of a model's weights, and of the operations on them.
 *
 * The lowest compute capability is that of vLLM's table of supported hardware and, for the 4-bit formats of blocks, of its
 * quantization classes.
 *
 * @see https://docs.vllm.ai/en/latest/features/quantization/
 *
 * @example
 * const precision = Precision.FP8;
 */
export class Precision {
  /** 16-bit brain float. */
  public static readonly BF16 = new Precision({ name: 'BF16', bytesPerWeight: 2, minComputeCapability: '8.0', format: 'half', quantizes: 'nothing', neuron: true });
  /** 16-bit float. */
  public static readonly FP16 = new Precision({ name: 'FP16', bytesPerWeight: 2, minComputeCapability: '7.0', format: 'half', quantizes: 'nothing', neuron: true });
  /** 8-bit float of weights and activations (W8A8), in blocks of 128 × 128 or by tensor. */
  public static readonly FP8 = new Precision({ name: 'FP8', bytesPerWeight: 1 + 4 / (128 * 128), minComputeCapability: '8.9', format: 'fp8', quantizes: 'linear' });
  /** 8-bit float of weights alone (W8A16, Marlin kernels): half the memory, no faster arithmetic. */
  public static readonly FP8_WEIGHT_ONLY = new Precision({ name: 'FP8 weight-only', bytesPerWeight: 1 + 4 / (128 * 128), minComputeCapability: '8.0', format: 'half', quantizes: 'linear' });
  /** 8-bit integers of weights and activations (W8A8). */
  public static readonly INT8 = new Precision({ name: 'INT8', bytesPerWeight: 1, minComputeCapability: '7.5', format: 'int8', quantizes: 'linear' });
  /** 4-bit integers of weights (W4A16) in groups of 128 with a 16-bit scale, as llm-compressor writes them. */
  public static readonly INT4 = new Precision({ name: 'INT4', bytesPerWeight: 0.5 + 2 / 128, minComputeCapability: '8.0', format: 'half', quantizes: 'linear', groupSize: 128 });
  /** AWQ: 4-bit integers of weights in groups of 128 with a 16-bit scale and a 4-bit zero. */
  public static readonly AWQ = new Precision({ name: 'AWQ', bytesPerWeight: 0.5 + 2.5 / 128, minComputeCapability: '7.5', format: 'half', quantizes: 'linear', groupSize: 128 });
  /** GPTQ: 4-bit integers of weights in groups of 128 with a 16-bit scale and a 4-bit zero. */
  public static readonly GPTQ = new Precision({ name: 'GPTQ', bytesPerWeight: 0.5 + 2.5 / 128, minComputeCapability: '7.0', format: 'half', quantizes: 'linear', groupSize: 128 });
  /** GPTQ with 8-bit integers. */
  public static readonly GPTQ_8BIT = new Precision({ name: 'GPTQ 8-bit', bytesPerWeight: 1 + 3 / 128, minComputeCapability: '7.0', format: 'half', quantizes: 'linear', groupSize: 128 });
  /** NVFP4: 4-bit floats of weights and activations in groups of 16 with an 8-bit scale. */
  public static readonly NVFP4 = new Precision({ name: 'NVFP4', bytesPerWeight: 0.5 + 1 / 16, minComputeCapability: '10.0', format: 'fp4', quantizes: 'linear' });
  /** MXFP4: 4-bit floats of the weights of experts in groups of 32 with an 8-bit scale, as gpt-oss is published. */
  public static readonly MXFP4 = new Precision({ name: 'MXFP4', bytesPerWeight: 0.5 + 1 / 32, minComputeCapability: '8.0', format: 'half', quantizes: 'experts' });

  /** Every precision. */
  public static all(): Precision[] {
    return [
      Precision.BF16, Precision.FP16, Precision.FP8, Precision.FP8_WEIGHT_ONLY, Precision.INT8, Precision.INT4,
      Precision.AWQ, Precision.GPTQ, Precision.GPTQ_8BIT, Precision.NVFP4, Precision.MXFP4,
    ];
  }

  /** Name, as in `FP8`. */
  public readonly name: string;

  /** Memory of one quantized weight with its share of scales and zeros, bytes. */
  public readonly bytesPerWeight: number;

  /** Lowest CUDA compute capability that runs it. */
  public readonly minComputeCapability: string;

  /** @internal */
  public readonly _format: NumberFormat;

  /** @internal */
  public readonly _quantizes: PrecisionFacts['quantizes'];

  /** @internal */
  public readonly _neuron: boolean;

  /** @internal */
  public readonly _groupSize?: number;

  private constructor(facts: PrecisionFacts) {
    this.name = facts.name;
    this.bytesPerWeight = facts.bytesPerWeight;
    this.minComputeCapability = facts.minComputeCapability;
    this._format = facts.format;
    this._quantizes = facts.quantizes;
    this._neuron = facts.neuron ?? false;
    this._groupSize = facts.groupSize;
  }
}
