import { Size } from 'aws-cdk-lib';
import { ACCELERATOR_DEVICES } from './accelerator-devices';
import { ACCELERATOR_ROWS, PRICE_SOURCE } from './accelerator-facts';
import { AcceleratorManufacturer } from './accelerator-manufacturer';
import { givenMebibytes, mebibytes } from '../checks/sizes';
import { isUnresolved } from '../checks/unresolved';

/** Facts of an instance type that the table of `Accelerator` does not hold. */
export interface AcceleratorFacts {
  /** EC2 instance type, such as `g6.xlarge`. */
  readonly instanceType: string;
  /** Name of the GPU or Neuron chip, in lower case, such as `l4`. Facts that are left out are looked up by it. */
  readonly gpu: string;
  /** GPUs or Neuron chips of an instance, as `nvidia.com/gpu` or `aws.amazon.com/neuron` counts them. */
  readonly gpus: number;
  /** Memory of one GPU, whole MiB. */
  readonly gpuMemory: Size;
  /** Virtual CPUs of an instance. */
  readonly vcpus: number;
  /** Memory of an instance, whole MiB. */
  readonly memory: Size;
  /**
   * Local NVMe storage of an instance.
   *
   * @default Size.bytes(0)
   */
  readonly localStorage?: Size;
  /**
   * Elastic Fabric Adapter interfaces of an instance.
   *
   * @default 0
   */
  readonly efaInterfaces?: number;
  /**
   * CUDA compute capability, such as `8.9`.
   *
   * @default - looked up by the name of the GPU
   */
  readonly computeCapability?: string;
  /**
   * Who makes the GPU.
   *
   * @default - looked up by the name of the GPU; NVIDIA when it is not listed
   */
  readonly manufacturer?: AcceleratorManufacturer;
  /**
   * Bandwidth of the memory of one GPU, GB/s.
   *
   * @default - looked up by the name of the GPU and its memory
   */
  readonly memoryBandwidthGbPerSecond?: number;
  /**
   * NVLink bandwidth of one GPU, GB/s in both directions together; 0 when there is none.
   *
   * @default - looked up by the name of the GPU
   */
  readonly nvlinkGbPerSecond?: number;
  /**
   * Dense BF16 or FP16 operations of one GPU, TFLOPS.
   *
   * @default - looked up by the name of the GPU
   */
  readonly halfPrecisionTflops?: number;
  /**
   * On-demand price of an instance, USD/h.
   *
   * @default - unknown
   */
  readonly hourlyUsd?: number;
}

/**
 * An instance type with GPUs or Neuron chips, and its facts. What is said of GPUs holds for Neuron chips alike.
 *
 * @example
 * const accelerator = Accelerator.G6_XLARGE;
 */
export class Accelerator {
  /** 1 × T4. */
  public static readonly G4DN_XLARGE = Accelerator.fromInstanceType('g4dn.xlarge');
  /** 1 × T4. */
  public static readonly G4DN_2XLARGE = Accelerator.fromInstanceType('g4dn.2xlarge');
  /** 1 × T4. */
  public static readonly G4DN_4XLARGE = Accelerator.fromInstanceType('g4dn.4xlarge');
  /** 1 × T4. */
  public static readonly G4DN_8XLARGE = Accelerator.fromInstanceType('g4dn.8xlarge');
  /** 4 × T4. */
  public static readonly G4DN_12XLARGE = Accelerator.fromInstanceType('g4dn.12xlarge');
  /** 1 × T4. */
  public static readonly G4DN_16XLARGE = Accelerator.fromInstanceType('g4dn.16xlarge');
  /** 8 × T4. */
  public static readonly G4DN_METAL = Accelerator.fromInstanceType('g4dn.metal');
  /** 1 × A10G. */
  public static readonly G5_XLARGE = Accelerator.fromInstanceType('g5.xlarge');
  /** 1 × A10G. */
  public static readonly G5_2XLARGE = Accelerator.fromInstanceType('g5.2xlarge');
  /** 1 × A10G. */
  public static readonly G5_4XLARGE = Accelerator.fromInstanceType('g5.4xlarge');
  /** 1 × A10G. */
  public static readonly G5_8XLARGE = Accelerator.fromInstanceType('g5.8xlarge');
  /** 4 × A10G. */
  public static readonly G5_12XLARGE = Accelerator.fromInstanceType('g5.12xlarge');
  /** 1 × A10G. */
  public static readonly G5_16XLARGE = Accelerator.fromInstanceType('g5.16xlarge');
  /** 4 × A10G. */
  public static readonly G5_24XLARGE = Accelerator.fromInstanceType('g5.24xlarge');
  /** 8 × A10G. */
  public static readonly G5_48XLARGE = Accelerator.fromInstanceType('g5.48xlarge');
  /** 1 × L4. */
  public static readonly G6_XLARGE = Accelerator.fromInstanceType('g6.xlarge');
  /** 1 × L4. */
  public static readonly G6_2XLARGE = Accelerator.fromInstanceType('g6.2xlarge');
  /** 1 × L4. */
  public static readonly G6_4XLARGE = Accelerator.fromInstanceType('g6.4xlarge');
  /** 1 × L4. */
  public static readonly G6_8XLARGE = Accelerator.fromInstanceType('g6.8xlarge');
  /** 4 × L4. */
  public static readonly G6_12XLARGE = Accelerator.fromInstanceType('g6.12xlarge');
  /** 1 × L4. */
  public static readonly G6_16XLARGE = Accelerator.fromInstanceType('g6.16xlarge');
  /** 4 × L4. */
  public static readonly G6_24XLARGE = Accelerator.fromInstanceType('g6.24xlarge');
  /** 8 × L4. */
  public static readonly G6_48XLARGE = Accelerator.fromInstanceType('g6.48xlarge');
  /** 1 × L4. */
  public static readonly GR6_4XLARGE = Accelerator.fromInstanceType('gr6.4xlarge');
  /** 1 × L4. */
  public static readonly GR6_8XLARGE = Accelerator.fromInstanceType('gr6.8xlarge');
  /** 1 × L40S. */
  public static readonly G6E_XLARGE = Accelerator.fromInstanceType('g6e.xlarge');
  /** 1 × L40S. */
  public static readonly G6E_2XLARGE = Accelerator.fromInstanceType('g6e.2xlarge');
  /** 1 × L40S. */
  public static readonly G6E_4XLARGE = Accelerator.fromInstanceType('g6e.4xlarge');
  /** 1 × L40S. */
  public static readonly G6E_8XLARGE = Accelerator.fromInstanceType('g6e.8xlarge');
  /** 4 × L40S. */
  public static readonly G6E_12XLARGE = Accelerator.fromInstanceType('g6e.12xlarge');
  /** 1 × L40S. */
  public static readonly G6E_16XLARGE = Accelerator.fromInstanceType('g6e.16xlarge');
  /** 4 × L40S. */
  public static readonly G6E_24XLARGE = Accelerator.fromInstanceType('g6e.24xlarge');
  /** 8 × L40S. */
  public static readonly G6E_48XLARGE = Accelerator.fromInstanceType('g6e.48xlarge');
  /** 1 × RTX-PRO-4500. */
  public static readonly G7_2XLARGE = Accelerator.fromInstanceType('g7.2xlarge');
  /** 1 × RTX-PRO-4500. */
  public static readonly G7_4XLARGE = Accelerator.fromInstanceType('g7.4xlarge');
  /** 1 × RTX-PRO-4500. */
  public static readonly G7_8XLARGE = Accelerator.fromInstanceType('g7.8xlarge');
  /** 2 × RTX-PRO-4500. */
  public static readonly G7_12XLARGE = Accelerator.fromInstanceType('g7.12xlarge');
  /** 4 × RTX-PRO-4500. */
  public static readonly G7_24XLARGE = Accelerator.fromInstanceType('g7.24xlarge');
  /** 8 × RTX-PRO-4500. */
  public static readonly G7_48XLARGE = Accelerator.fromInstanceType('g7.48xlarge');
  /** 1 × RTX-PRO-SERVER-6000. */
  public static readonly G7E_2XLARGE = Accelerator.fromInstanceType('g7e.2xlarge');
  /** 1 × RTX-PRO-SERVER-6000. */
  public static readonly G7E_4XLARGE = Accelerator.fromInstanceType('g7e.4xlarge');
  /** 1 × RTX-PRO-SERVER-6000. */
  public static readonly G7E_8XLARGE = Accelerator.fromInstanceType('g7e.8xlarge');
  /** 2 × RTX-PRO-SERVER-6000. */
  public static readonly G7E_12XLARGE = Accelerator.fromInstanceType('g7e.12xlarge');
  /** 4 × RTX-PRO-SERVER-6000. */
  public static readonly G7E_24XLARGE = Accelerator.fromInstanceType('g7e.24xlarge');
  /** 8 × RTX-PRO-SERVER-6000. */
  public static readonly G7E_48XLARGE = Accelerator.fromInstanceType('g7e.48xlarge');
  /** 8 × A100. */
  public static readonly P4D_24XLARGE = Accelerator.fromInstanceType('p4d.24xlarge');
  /** 8 × A100. */
  public static readonly P4DE_24XLARGE = Accelerator.fromInstanceType('p4de.24xlarge');
  /** 1 × H100. */
  public static readonly P5_4XLARGE = Accelerator.fromInstanceType('p5.4xlarge');
  /** 8 × H100. */
  public static readonly P5_48XLARGE = Accelerator.fromInstanceType('p5.48xlarge');
  /** 8 × H200. */
  public static readonly P5E_48XLARGE = Accelerator.fromInstanceType('p5e.48xlarge');
  /** 8 × H200. */
  public static readonly P5EN_48XLARGE = Accelerator.fromInstanceType('p5en.48xlarge');
  /** 8 × B200. */
  public static readonly P6_B200_48XLARGE = Accelerator.fromInstanceType('p6-b200.48xlarge');
  /** 8 × B300. */
  public static readonly P6_B300_48XLARGE = Accelerator.fromInstanceType('p6-b300.48xlarge');
  /** 1 × Inferentia2. */
  public static readonly INF2_XLARGE = Accelerator.fromInstanceType('inf2.xlarge');
  /** 1 × Inferentia2. */
  public static readonly INF2_8XLARGE = Accelerator.fromInstanceType('inf2.8xlarge');
  /** 6 × Inferentia2. */
  public static readonly INF2_24XLARGE = Accelerator.fromInstanceType('inf2.24xlarge');
  /** 12 × Inferentia2. */
  public static readonly INF2_48XLARGE = Accelerator.fromInstanceType('inf2.48xlarge');
  /** 1 × Trainium. */
  public static readonly TRN1_2XLARGE = Accelerator.fromInstanceType('trn1.2xlarge');
  /** 16 × Trainium. */
  public static readonly TRN1_32XLARGE = Accelerator.fromInstanceType('trn1.32xlarge');
  /** 16 × Trainium. */
  public static readonly TRN1N_32XLARGE = Accelerator.fromInstanceType('trn1n.32xlarge');
  /** 16 × Trainium2. */
  public static readonly TRN2_48XLARGE = Accelerator.fromInstanceType('trn2.48xlarge');

  /** Where `hourlyUsd` of the listed types comes from, of which region and of which day. */
  public static readonly PRICE_SOURCE = PRICE_SOURCE;

  /** Instance types that `fromInstanceType` knows. */
  public static knownInstanceTypes(): string[] {
    return ACCELERATOR_ROWS.map(([instanceType]) => instanceType);
  }

  /**
   * The accelerator of a listed instance type.
   *
   * @throws when the type is not listed; the error names the nearest ones.
   */
  public static fromInstanceType(instanceType: string): Accelerator {
    const problem = Accelerator.problemOf(instanceType);
    if (problem) throw new Error(`instanceType: ${problem}`);
    const row = ACCELERATOR_ROWS.find(([name]) => name === instanceType)!;
    const [name, gpu, gpus, gpuMemoryMib, vcpus, memoryMib, localStorageGb, efaInterfaces, hourlyUsd] = row;
    return new Accelerator({
      instanceType: name,
      gpu,
      gpus,
      gpuMemory: Size.mebibytes(gpuMemoryMib),
      vcpus,
      memory: Size.mebibytes(memoryMib),
      // EC2 states gigabytes, of 10^9 bytes.
      localStorage: Size.bytes(localStorageGb * 1e9),
      efaInterfaces,
      hourlyUsd,
    });
  }

  /** What is wrong with an instance type, for callers that collect problems; undefined when it is listed. */
  public static problemOf(instanceType: string): string | undefined {
    if (/^g6f\./.test(instanceType)) {
      return `expected a type with whole GPUs, got ${instanceType}; it holds a fraction of a GPU and offers no nvidia.com/gpu, use g6.xlarge`;
    }
    if (ACCELERATOR_ROWS.some(([name]) => name === instanceType)) return undefined;
    return `expected a listed GPU instance type, got ${JSON.stringify(instanceType)}; did you mean ${nearest(instanceType).join(', ')}?`;
  }

  /**
   * An instance type that is not listed.
   *
   * @throws when a fact is missing or impossible.
   */
  public static of(facts: AcceleratorFacts): Accelerator {
    return new Accelerator(facts);
  }

  /** EC2 instance type. It is also the value of the node label `llm-platform.dev/accelerator`. */
  public readonly instanceType: string;
  /** Name of the GPU, in lower case. */
  public readonly gpu: string;
  /** GPUs of an instance. */
  public readonly gpus: number;
  /** Memory of one GPU. */
  public readonly gpuMemory: Size;
  /** Virtual CPUs of an instance. */
  public readonly vcpus: number;
  /** Memory of an instance. */
  public readonly memory: Size;
  /** Local NVMe storage of an instance; of size 0 when it has none. */
  public readonly localStorage: Size;
  /** Elastic Fabric Adapter interfaces of an instance. */
  public readonly efaInterfaces: number;
  /** CUDA compute capability; undefined when it is unknown, and for Neuron chips, which have none. */
  public readonly computeCapability?: string;
  /** Who makes the GPU. */
  public readonly manufacturer: AcceleratorManufacturer;
  /** Resource that pods ask for: `nvidia.com/gpu` or `aws.amazon.com/neuron`. */
  public readonly deviceResource: string;
  /** NVLink bandwidth of one GPU, GB/s in both directions together; 0 when there is none, or nothing to link to. */
  public readonly nvlinkGbPerSecond: number;
  /** Whether the GPUs of an instance reach each other without the PCIe bus: by NVLink or NeuronLink. */
  public readonly hasDeviceLink: boolean;
  /** Bandwidth of the memory of one GPU, GB/s; undefined when it is unknown. */
  public readonly memoryBandwidthGbPerSecond?: number;
  /** Dense BF16 or FP16 operations of one GPU, TFLOPS; undefined when they are unknown. */
  public readonly halfPrecisionTflops?: number;
  /** Dense FP8 operations of one GPU, TFLOPS; undefined when they are unknown or it has none. */
  public readonly fp8Tflops?: number;
  /** Dense INT8 operations of one GPU, TOPS; undefined when they are unknown or it has none. */
  public readonly int8Tops?: number;
  /** Dense FP4 operations of one GPU, TFLOPS; undefined when they are unknown or it has none. */
  public readonly fp4Tflops?: number;
  /** Ranks of tensor parallelism that one GPU takes: 1 of a GPU, one for each logical core of a Neuron chip. */
  public readonly ranksPerGpu: number;
  /** On-demand price of an instance in us-east-1, USD/h; undefined when it is unknown. */
  public readonly hourlyUsd?: number;

  private constructor(facts: AcceleratorFacts) {
    const gpuMemoryMib = mebibytes(facts.gpuMemory);
    const wrong = (value: number) => !Number.isInteger(value) || value < 1;
    const from = `take it from the data sheet of ${facts.instanceType}`;
    const problems = [
      ...Object.entries({ gpus: facts.gpus, vcpus: facts.vcpus })
        .filter(([, value]) => wrong(value))
        .map(
          ([prop, value]) =>
            `${prop}: expected a whole number from 1, got ${isUnresolved(value) ? 'a deploy-time value' : value}; ${from}`,
        ),
      ...Object.entries({ gpuMemory: facts.gpuMemory, memory: facts.memory })
        .filter(([, size]) => wrong(mebibytes(size)))
        .map(([prop, size]) => `${prop}: expected whole MiB from 1, got ${givenMebibytes(mebibytes(size))}; ${from}`),
    ];
    if (problems.length > 0) throw new Error(problems.join('\n'));
    const device = ACCELERATOR_DEVICES[facts.gpu];
    this.instanceType = facts.instanceType;
    this.gpu = facts.gpu;
    this.gpus = facts.gpus;
    this.gpuMemory = facts.gpuMemory;
    this.vcpus = facts.vcpus;
    this.memory = facts.memory;
    this.localStorage = facts.localStorage ?? Size.bytes(0);
    this.efaInterfaces = facts.efaInterfaces ?? 0;
    this.computeCapability = facts.computeCapability ?? device?.computeCapability;
    this.manufacturer = facts.manufacturer ?? device?.manufacturer ?? AcceleratorManufacturer.NVIDIA;
    this.deviceResource =
      this.manufacturer === AcceleratorManufacturer.AWS ? 'aws.amazon.com/neuron' : 'nvidia.com/gpu';
    this.nvlinkGbPerSecond = facts.gpus > 1 ? (facts.nvlinkGbPerSecond ?? device?.nvlink ?? 0) : 0;
    this.hasDeviceLink = this.nvlinkGbPerSecond > 0 || (facts.gpus > 1 && device?.neuronLink === true);
    this.memoryBandwidthGbPerSecond =
      facts.memoryBandwidthGbPerSecond ?? device?.memoryBandwidth ?? device?.memoryBandwidthByMib?.[gpuMemoryMib];
    this.halfPrecisionTflops = facts.halfPrecisionTflops ?? device?.halfPrecisionTflops;
    this.fp8Tflops = device?.fp8Tflops;
    this.int8Tops = device?.int8Tops;
    this.fp4Tflops = device?.fp4Tflops;
    this.ranksPerGpu = device?.ranks ?? 1;
    this.hourlyUsd = facts.hourlyUsd;
  }
}

/** The three listed names that need the fewest changes. */
function nearest(name: string): string[] {
  return ACCELERATOR_ROWS.map(([known], index) => ({ known, index, distance: editDistance(name.toLowerCase(), known) }))
    .sort((left, right) => left.distance - right.distance || left.index - right.index)
    .slice(0, 3)
    .map(({ known }) => known);
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (left[i - 1] === right[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[right.length];
}
