import { byBlock, byChannel, byGroup, bytesPerWeight, HALF, type WeightFormat } from './weight-format';

/** Formats that a device computes in. */
type NumberFormat = 'half' | 'fp8' | 'int8' | 'fp4';

/** What distinguishes a precision from formats that quantize every matrix of the layers and compute in 16 bits. */
interface PrecisionTraits {
  /** Highest CUDA compute capability that runs it. */
  readonly maxComputeCapability?: string;
  /** Format of the matrix products; `half` by default. */
  readonly format?: NumberFormat;
  /** Which weights it changes: every matrix of the layers (default), those of experts, or none. Embeddings, norms and routers stay 16-bit. */
  readonly quantizes?: 'nothing' | 'linear' | 'experts';
  /** What checkpoints of it hold: those of one kind can be run in any precision of that kind. Its own name by default. */
  readonly checkpoint?: string;
  /** Whether Neuron chips run it; other formats are not documented for them here, so they are refused. */
  readonly neuron?: boolean;
}

/** What precisions have in common that quantize nothing. */
const UNQUANTIZED: PrecisionTraits = { quantizes: 'nothing', checkpoint: 'half', neuron: true };

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
  public static readonly BF16 = new Precision('BF16', '8.0', HALF, UNQUANTIZED);
  /** 16-bit float. */
  public static readonly FP16 = new Precision('FP16', '7.0', HALF, UNQUANTIZED);
  /** 8-bit float of weights and activations (W8A8), in blocks of 128 × 128 or by tensor. */
  public static readonly FP8 = new Precision('FP8', '8.9', byBlock(8, 128, 128), { format: 'fp8' });
  /** 8-bit float of weights alone (W8A16, Marlin kernels): half the memory, no faster arithmetic. Engines run FP8 checkpoints so on GPUs that do not compute in FP8. */
  public static readonly FP8_WEIGHT_ONLY = new Precision('FP8 weight-only', '8.0', byBlock(8, 128, 128), {
    checkpoint: 'FP8',
  });
  /** MXFP8: 8-bit floats of weights and activations in groups of 32 with an 8-bit scale. */
  public static readonly MXFP8 = new Precision('MXFP8', '10.0', byGroup(8, 32, 1), { format: 'fp8' });
  /** 8-bit integers of weights and activations (W8A8). vLLM has no kernels of it for Blackwell GPUs. */
  public static readonly INT8 = new Precision('INT8', '7.5', byChannel(8), {
    format: 'int8',
    maxComputeCapability: '9.0',
  });
  /** 8-bit integers of weights alone (W8A16), with a scale for each output. */
  public static readonly INT8_WEIGHT_ONLY = new Precision('INT8 weight-only', '8.0', byChannel(8));
  /** 4-bit integers of weights (W4A16) in groups of 128 with a 16-bit scale, as llm-compressor writes them. */
  public static readonly INT4 = new Precision('INT4', '8.0', byGroup(4, 128, 2));
  /** AWQ: 4-bit integers of weights in groups of 128 with a 16-bit scale and a 4-bit zero. */
  public static readonly AWQ = new Precision('AWQ', '7.5', byGroup(4, 128, 2.5));
  /** GPTQ: 4-bit integers of weights in groups of 128 with a 16-bit scale and a 4-bit zero. */
  public static readonly GPTQ = new Precision('GPTQ', '7.0', byGroup(4, 128, 2.5));
  /** GPTQ with 3-bit integers. */
  public static readonly GPTQ_3BIT = new Precision('GPTQ 3-bit', '7.0', byGroup(3, 128, 2.375));
  /** GPTQ with 8-bit integers. */
  public static readonly GPTQ_8BIT = new Precision('GPTQ 8-bit', '7.0', byGroup(8, 128, 3));
  /** bitsandbytes: 4-bit floats of weights in groups of 64 with a 32-bit scale. vLLM 0.33.0 has it no more. */
  public static readonly BITSANDBYTES_4BIT = new Precision('bitsandbytes 4-bit', '7.0', byGroup(4, 64, 4));
  /** bitsandbytes: 8-bit integers of weights (LLM.int8) with a 32-bit scale for each output. vLLM 0.33.0 has it no more. */
  public static readonly BITSANDBYTES_8BIT = new Precision('bitsandbytes 8-bit', '7.5', byChannel(8));
  /** NVFP4: 4-bit floats of weights and activations in groups of 16 with an 8-bit scale. */
  public static readonly NVFP4 = new Precision('NVFP4', '10.0', byGroup(4, 16, 1), { format: 'fp4' });
  /** NVFP4 of weights alone (W4A16, Marlin kernels). Engines run NVFP4 checkpoints so on GPUs that do not compute in FP4. */
  public static readonly NVFP4_WEIGHT_ONLY = new Precision('NVFP4 weight-only', '8.0', byGroup(4, 16, 1), {
    checkpoint: 'NVFP4',
  });
  /** MXFP4: 4-bit floats of the weights of experts in groups of 32 with an 8-bit scale, as gpt-oss is published. */
  public static readonly MXFP4 = new Precision(
    'MXFP4',
    '8.0',
    { ...byGroup(4, 32, 1), padded: true },
    { quantizes: 'experts' },
  );

  /** Every precision. */
  public static all(): Precision[] {
    return Object.values(Precision).filter((value): value is Precision => value instanceof Precision);
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
  public readonly _quantizes: 'nothing' | 'linear' | 'experts';

  /** @internal */
  public readonly _checkpoint: string;

  /** @internal */
  public readonly _neuron: boolean;

  /** @param weights how a quantized matrix lies in memory, where the checkpoint's file does not say it */
  private constructor(name: string, minComputeCapability: string, weights: WeightFormat, traits: PrecisionTraits = {}) {
    this.name = name;
    this.bytesPerWeight = bytesPerWeight(weights);
    this.minComputeCapability = minComputeCapability;
    this.maxComputeCapability = traits.maxComputeCapability;
    this._weights = weights;
    this._format = traits.format ?? 'half';
    this._quantizes = traits.quantizes ?? 'linear';
    this._checkpoint = traits.checkpoint ?? name;
    this._neuron = traits.neuron ?? false;
  }
}
