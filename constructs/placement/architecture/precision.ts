import { byBlock, byChannel, byGroup, bytesPerWeight, HALF, type WeightFormat } from './weight-format';

/** Formats that a device computes in. */
type NumberFormat = 'half' | 'fp8' | 'int8' | 'fp4';

/** What distinguishes precisions; the meaning stands at the property of the same name of `Precision`. */
interface PrecisionFacts {
  readonly name: string;
  readonly minComputeCapability: string;
  readonly maxComputeCapability?: string;
  /** How a quantized matrix lies in memory, where the checkpoint's file does not say it. */
  readonly weights: WeightFormat;
  /** Format of the matrix products. */
  readonly format: NumberFormat;
  /** Which weights it changes: every matrix of the layers, those of experts, or none. Embeddings, norms and routers stay 16-bit. */
  readonly quantizes: 'nothing' | 'linear' | 'experts';
  /** What checkpoints of it hold: those of one kind can be run in any precision of that kind. */
  readonly checkpoint: string;
  /** Whether Neuron chips run it; other formats are not documented for them here, so they are refused. */
  readonly neuron?: boolean;
}

/**
 * Number format of a model's weights, and of the operations on them.
 *
 * The lowest and the highest compute capability are those of vLLM's documentation and quantization classes (0.18.1 and 0.33.0). Where
 * vLLM's Marlin kernels run weight-only formats on 7.5 already, SGLang's begin at 8.0: that is what counts here.
 *
 * @see https://docs.vllm.ai/en/latest/features/quantization/
 *
 * @example
 * const precision = Precision.FP8;
 */
export class Precision {
  /** 16-bit brain float. */
  public static readonly BF16 = new Precision({
    name: 'BF16',
    minComputeCapability: '8.0',
    weights: HALF,
    format: 'half',
    quantizes: 'nothing',
    checkpoint: 'half',
    neuron: true,
  });
  /** 16-bit float. */
  public static readonly FP16 = new Precision({
    name: 'FP16',
    minComputeCapability: '7.0',
    weights: HALF,
    format: 'half',
    quantizes: 'nothing',
    checkpoint: 'half',
    neuron: true,
  });
  /** 8-bit float of weights and activations (W8A8), in blocks of 128 × 128 or by tensor. */
  public static readonly FP8 = new Precision({
    name: 'FP8',
    minComputeCapability: '8.9',
    weights: byBlock(8, 128, 128),
    format: 'fp8',
    quantizes: 'linear',
    checkpoint: 'fp8',
  });
  /** 8-bit float of weights alone (W8A16, Marlin kernels): half the memory, no faster arithmetic. Engines run FP8 checkpoints so on GPUs that do not compute in FP8. */
  public static readonly FP8_WEIGHT_ONLY = new Precision({
    name: 'FP8 weight-only',
    minComputeCapability: '8.0',
    weights: byBlock(8, 128, 128),
    format: 'half',
    quantizes: 'linear',
    checkpoint: 'fp8',
  });
  /** MXFP8: 8-bit floats of weights and activations in groups of 32 with an 8-bit scale. */
  public static readonly MXFP8 = new Precision({
    name: 'MXFP8',
    minComputeCapability: '10.0',
    weights: byGroup(8, 32, 1),
    format: 'fp8',
    quantizes: 'linear',
    checkpoint: 'mxfp8',
  });
  /** 8-bit integers of weights and activations (W8A8). vLLM has no kernels of it for Blackwell GPUs. */
  public static readonly INT8 = new Precision({
    name: 'INT8',
    minComputeCapability: '7.5',
    maxComputeCapability: '9.0',
    weights: byChannel(8),
    format: 'int8',
    quantizes: 'linear',
    checkpoint: 'int8',
  });
  /** 8-bit integers of weights alone (W8A16), with a scale for each output. */
  public static readonly INT8_WEIGHT_ONLY = new Precision({
    name: 'INT8 weight-only',
    minComputeCapability: '8.0',
    weights: byChannel(8),
    format: 'half',
    quantizes: 'linear',
    checkpoint: 'int8 weight-only',
  });
  /** 4-bit integers of weights (W4A16) in groups of 128 with a 16-bit scale, as llm-compressor writes them. */
  public static readonly INT4 = new Precision({
    name: 'INT4',
    minComputeCapability: '8.0',
    weights: byGroup(4, 128, 2),
    format: 'half',
    quantizes: 'linear',
    checkpoint: 'int4',
  });
  /** AWQ: 4-bit integers of weights in groups of 128 with a 16-bit scale and a 4-bit zero. */
  public static readonly AWQ = new Precision({
    name: 'AWQ',
    minComputeCapability: '7.5',
    weights: byGroup(4, 128, 2.5),
    format: 'half',
    quantizes: 'linear',
    checkpoint: 'awq',
  });
  /** GPTQ: 4-bit integers of weights in groups of 128 with a 16-bit scale and a 4-bit zero. */
  public static readonly GPTQ = new Precision({
    name: 'GPTQ',
    minComputeCapability: '7.0',
    weights: byGroup(4, 128, 2.5),
    format: 'half',
    quantizes: 'linear',
    checkpoint: 'gptq',
  });
  /** GPTQ with 3-bit integers. */
  public static readonly GPTQ_3BIT = new Precision({
    name: 'GPTQ 3-bit',
    minComputeCapability: '7.0',
    weights: byGroup(3, 128, 2.375),
    format: 'half',
    quantizes: 'linear',
    checkpoint: 'gptq 3-bit',
  });
  /** GPTQ with 8-bit integers. */
  public static readonly GPTQ_8BIT = new Precision({
    name: 'GPTQ 8-bit',
    minComputeCapability: '7.0',
    weights: byGroup(8, 128, 3),
    format: 'half',
    quantizes: 'linear',
    checkpoint: 'gptq 8-bit',
  });
  /** bitsandbytes: 4-bit floats of weights in groups of 64 with a 32-bit scale. vLLM 0.33.0 has it no more. */
  public static readonly BITSANDBYTES_4BIT = new Precision({
    name: 'bitsandbytes 4-bit',
    minComputeCapability: '7.0',
    weights: byGroup(4, 64, 4),
    format: 'half',
    quantizes: 'linear',
    checkpoint: 'bitsandbytes 4-bit',
  });
  /** bitsandbytes: 8-bit integers of weights (LLM.int8) with a 32-bit scale for each output. vLLM 0.33.0 has it no more. */
  public static readonly BITSANDBYTES_8BIT = new Precision({
    name: 'bitsandbytes 8-bit',
    minComputeCapability: '7.5',
    weights: byChannel(8),
    format: 'half',
    quantizes: 'linear',
    checkpoint: 'bitsandbytes 8-bit',
  });
  /** NVFP4: 4-bit floats of weights and activations in groups of 16 with an 8-bit scale. */
  public static readonly NVFP4 = new Precision({
    name: 'NVFP4',
    minComputeCapability: '10.0',
    weights: byGroup(4, 16, 1),
    format: 'fp4',
    quantizes: 'linear',
    checkpoint: 'nvfp4',
  });
  /** NVFP4 of weights alone (W4A16, Marlin kernels). Engines run NVFP4 checkpoints so on GPUs that do not compute in FP4. */
  public static readonly NVFP4_WEIGHT_ONLY = new Precision({
    name: 'NVFP4 weight-only',
    minComputeCapability: '8.0',
    weights: byGroup(4, 16, 1),
    format: 'half',
    quantizes: 'linear',
    checkpoint: 'nvfp4',
  });
  /** MXFP4: 4-bit floats of the weights of experts in groups of 32 with an 8-bit scale, as gpt-oss is published. */
  public static readonly MXFP4 = new Precision({
    name: 'MXFP4',
    minComputeCapability: '8.0',
    weights: { ...byGroup(4, 32, 1), padded: true },
    format: 'half',
    quantizes: 'experts',
    checkpoint: 'mxfp4',
  });

  /** Every precision. */
  public static all(): Precision[] {
    return [
      Precision.BF16,
      Precision.FP16,
      Precision.FP8,
      Precision.FP8_WEIGHT_ONLY,
      Precision.MXFP8,
      Precision.INT8,
      Precision.INT8_WEIGHT_ONLY,
      Precision.INT4,
      Precision.AWQ,
      Precision.GPTQ,
      Precision.GPTQ_3BIT,
      Precision.GPTQ_8BIT,
      Precision.BITSANDBYTES_4BIT,
      Precision.BITSANDBYTES_8BIT,
      Precision.NVFP4,
      Precision.NVFP4_WEIGHT_ONLY,
      Precision.MXFP4,
    ];
  }

  /** Name, as in `FP8`. */
  public readonly name: string;

  /** Memory of one quantized weight with its share of scales and zeros, bytes, where the checkpoint's file says no other groups. */
  public readonly bytesPerWeight: number;

  /** Lowest CUDA compute capability that runs it. */
  public readonly minComputeCapability: string;

  /**
   * Highest CUDA compute capability that runs it.
   *
   * @default - none is known
   */
  public readonly maxComputeCapability?: string;

  /** @internal */
  public readonly _weights: WeightFormat;

  /** @internal */
  public readonly _format: NumberFormat;

  /** @internal */
  public readonly _quantizes: PrecisionFacts['quantizes'];

  /** @internal */
  public readonly _checkpoint: string;

  /** @internal */
  public readonly _neuron: boolean;

  private constructor(facts: PrecisionFacts) {
    this.name = facts.name;
    this.bytesPerWeight = bytesPerWeight(facts.weights);
    this.minComputeCapability = facts.minComputeCapability;
    this.maxComputeCapability = facts.maxComputeCapability;
    this._weights = facts.weights;
    this._format = facts.format;
    this._quantizes = facts.quantizes;
    this._checkpoint = facts.checkpoint;
    this._neuron = facts.neuron ?? false;
  }
}
