import { AcceleratorManufacturer } from './accelerator-manufacturer';

/** What is known of one kind of device; the meaning of each column stands at the property of the same name of `Accelerator`. */
export interface AcceleratorDevice {
  /** NVIDIA where it is undefined. */
  readonly manufacturer?: AcceleratorManufacturer;
  readonly computeCapability?: string;
  /** Memory bandwidth, GB/s. Where a kind has several memories, `memoryBandwidthByMib` distinguishes them. */
  readonly memoryBandwidth?: number;
  readonly memoryBandwidthByMib?: Readonly<Record<number, number>>;
  readonly halfPrecisionTflops?: number;
  readonly fp8Tflops?: number;
  readonly int8Tops?: number;
  readonly fp4Tflops?: number;
  /** NVLink of each device, GB/s in both directions together. */
  readonly nvlink?: number;
  readonly neuronLink?: boolean;
  /** Parts of a device that take one rank of tensor parallelism each; 1 where it is undefined. */
  readonly ranks?: number;
}

/** Inferentia2 and Trainium have the same two cores. */
const NEURON_CORE_V2: AcceleratorDevice = {
  manufacturer: AcceleratorManufacturer.AWS,
  memoryBandwidth: 820,
  halfPrecisionTflops: 190,
  int8Tops: 380,
  neuronLink: true,
  ranks: 2,
};

/**
 * Kinds of devices. Operations are dense, without sparsity.
 *
 * Sources: compute capability <https://developer.nvidia.com/cuda-gpus>; bandwidth, operations and NVLink of A100 (80 GB), H100,
 * H200, B200, B300, L4, L40S and RTX PRO 6000 from the system descriptions of NVIDIA's AIConfigurator (commit 095f58a,
 * 2026-08-21; NVLink there in one direction); RTX PRO 6000's bandwidth from AWS's "1.85 times that of G6e"; RTX PRO 4500's
 * from a review of the server edition; Neuron chips from the architecture pages of the AWS Neuron SDK 2.29 (logical
 * cores of Trainium2 by its default configuration LNC=2). Not verified against a data sheet: T4, A10G and the 40 GB A100.
 */
export const ACCELERATOR_DEVICES: Readonly<Record<string, AcceleratorDevice>> = {
  t4: {
    computeCapability: '7.5',
    memoryBandwidth: 320,
    halfPrecisionTflops: 65,
    int8Tops: 130,
  },
  a100: {
    computeCapability: '8.0',
    memoryBandwidthByMib: { 40960: 1555, 81920: 2039 },
    halfPrecisionTflops: 312,
    int8Tops: 624,
    nvlink: 600,
  },
  a10g: {
    computeCapability: '8.6',
    memoryBandwidth: 600,
    halfPrecisionTflops: 70,
    int8Tops: 140,
  },
  l4: {
    computeCapability: '8.9',
    memoryBandwidth: 300,
    halfPrecisionTflops: 121,
    fp8Tflops: 242,
    int8Tops: 242,
  },
  l40s: {
    computeCapability: '8.9',
    memoryBandwidth: 864,
    halfPrecisionTflops: 362,
    fp8Tflops: 733,
    int8Tops: 733,
  },
  h100: {
    computeCapability: '9.0',
    memoryBandwidth: 3350,
    halfPrecisionTflops: 989,
    fp8Tflops: 1978,
    int8Tops: 1978,
    nvlink: 900,
  },
  h200: {
    computeCapability: '9.0',
    memoryBandwidth: 4800,
    halfPrecisionTflops: 989,
    fp8Tflops: 1978,
    int8Tops: 1978,
    nvlink: 900,
  },
  b200: {
    computeCapability: '10.0',
    memoryBandwidth: 7700,
    halfPrecisionTflops: 2250,
    fp8Tflops: 4500,
    int8Tops: 4500,
    fp4Tflops: 9000,
    nvlink: 1800,
  },
  b300: {
    computeCapability: '10.3',
    memoryBandwidth: 7750,
    halfPrecisionTflops: 2250,
    fp8Tflops: 4500,
    int8Tops: 153.5,
    fp4Tflops: 14000,
    nvlink: 1800,
  },
  'rtx-pro-4500': { computeCapability: '12.0', memoryBandwidth: 800 },
  'rtx-pro-server-6000': {
    computeCapability: '12.0',
    memoryBandwidth: 1597,
    halfPrecisionTflops: 467.8,
    fp8Tflops: 935.6,
    int8Tops: 935.6,
    fp4Tflops: 1871.2,
  },
  inferentia2: NEURON_CORE_V2,
  trainium: NEURON_CORE_V2,
  trainium2: {
    manufacturer: AcceleratorManufacturer.AWS,
    memoryBandwidth: 2900,
    halfPrecisionTflops: 667,
    fp8Tflops: 1299,
    neuronLink: true,
    ranks: 4,
  },
};
