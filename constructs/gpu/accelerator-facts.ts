/** What is known of one instance type; the meaning of each column stands at the property of the same name of `Accelerator`. */
export type AcceleratorRow = readonly [
  instanceType: string,
  gpu: string,
  gpus: number,
  gpuMemoryMib: number,
  vcpus: number,
  memoryMib: number,
  localStorageGb: number,
  efaInterfaces: number,
  hourlyUsd: number | undefined,
];

/** Where the prices come from, for reports that show them. */
export const PRICE_SOURCE =
  'Linux on-demand, us-east-1: pkg/providers/pricing/zz_generated.pricing_aws.go of karpenter-provider-aws, generated 2026-07-20';

/**
 * Instance types with GPUs or Neuron chips, from `instance-types.md` of Karpenter 1.14. It has no memory of Neuron chips:
 * 32 GiB of an Inferentia2 and a Trainium, 96 GiB of a Trainium2 stand in the architecture pages of the AWS Neuron SDK.
 *
 * The g6f types are left out: they hold a fraction of a GPU and report no `nvidia.com/gpu`, so no pod could ask for one.
 * Types that the source of the prices does not sell in its region (p5e, trn2) have no price.
 */
export const ACCELERATOR_ROWS: readonly AcceleratorRow[] = [
  ['g4dn.xlarge', 't4', 1, 16384, 4, 16384, 125, 0, 0.526],
  ['g4dn.2xlarge', 't4', 1, 16384, 8, 32768, 225, 0, 0.752],
  ['g4dn.4xlarge', 't4', 1, 16384, 16, 65536, 225, 0, 1.204],
  ['g4dn.8xlarge', 't4', 1, 16384, 32, 131072, 900, 1, 2.176],
  ['g4dn.12xlarge', 't4', 4, 16384, 48, 196608, 900, 1, 3.912],
  ['g4dn.16xlarge', 't4', 1, 16384, 64, 262144, 900, 1, 4.352],
  ['g4dn.metal', 't4', 8, 16384, 96, 393216, 1800, 1, 7.824],
  ['g5.xlarge', 'a10g', 1, 22888, 4, 16384, 250, 0, 1.006],
  ['g5.2xlarge', 'a10g', 1, 22888, 8, 32768, 450, 0, 1.212],
  ['g5.4xlarge', 'a10g', 1, 22888, 16, 65536, 600, 0, 1.624],
  ['g5.8xlarge', 'a10g', 1, 22888, 32, 131072, 900, 1, 2.448],
  ['g5.12xlarge', 'a10g', 4, 22888, 48, 196608, 3800, 1, 5.672],
  ['g5.16xlarge', 'a10g', 1, 22888, 64, 262144, 1900, 1, 4.096],
  ['g5.24xlarge', 'a10g', 4, 22888, 96, 393216, 3800, 1, 8.144],
  ['g5.48xlarge', 'a10g', 8, 22888, 192, 786432, 7600, 1, 16.288],
  ['g6.xlarge', 'l4', 1, 22888, 4, 16384, 250, 0, 0.8048],
  ['g6.2xlarge', 'l4', 1, 22888, 8, 32768, 450, 0, 0.9776],
  ['g6.4xlarge', 'l4', 1, 22888, 16, 65536, 600, 0, 1.3232],
  ['g6.8xlarge', 'l4', 1, 22888, 32, 131072, 900, 1, 2.0144],
  ['g6.12xlarge', 'l4', 4, 22888, 48, 196608, 3760, 1, 4.6016],
  ['g6.16xlarge', 'l4', 1, 22888, 64, 262144, 1880, 1, 3.3968],
  ['g6.24xlarge', 'l4', 4, 22888, 96, 393216, 3760, 1, 6.6752],
  ['g6.48xlarge', 'l4', 8, 22888, 192, 786432, 7520, 1, 13.3504],
  ['gr6.4xlarge', 'l4', 1, 22888, 16, 131072, 600, 0, 1.5392],
  ['gr6.8xlarge', 'l4', 1, 22888, 32, 262144, 900, 1, 2.4464],
  ['g6e.xlarge', 'l40s', 1, 45776, 4, 32768, 250, 0, 1.861],
  ['g6e.2xlarge', 'l40s', 1, 45776, 8, 65536, 450, 0, 2.24208],
  ['g6e.4xlarge', 'l40s', 1, 45776, 16, 131072, 600, 0, 3.00424],
  ['g6e.8xlarge', 'l40s', 1, 45776, 32, 262144, 900, 1, 4.52856],
  ['g6e.12xlarge', 'l40s', 4, 45776, 48, 393216, 3800, 1, 10.49264],
  ['g6e.16xlarge', 'l40s', 1, 45776, 64, 524288, 1900, 1, 7.57719],
  ['g6e.24xlarge', 'l40s', 4, 45776, 96, 786432, 3800, 2, 15.06559],
  ['g6e.48xlarge', 'l40s', 8, 45776, 192, 1572864, 7600, 4, 30.13118],
  ['g7.2xlarge', 'rtx-pro-4500', 1, 32768, 8, 32768, 440, 0, 2.52],
  ['g7.4xlarge', 'rtx-pro-4500', 1, 32768, 16, 65536, 875, 0, 3.04208],
  ['g7.8xlarge', 'rtx-pro-4500', 1, 32768, 32, 131072, 930, 1, 4.08624],
  ['g7.12xlarge', 'rtx-pro-4500', 2, 32768, 48, 196608, 1900, 1, 7.12832],
  ['g7.24xlarge', 'rtx-pro-4500', 4, 32768, 96, 393216, 3800, 1, 14.25664],
  ['g7.48xlarge', 'rtx-pro-4500', 8, 32768, 192, 786432, 7600, 2, 28.51328],
  ['g7e.2xlarge', 'rtx-pro-server-6000', 1, 98304, 8, 65536, 1900, 0, 3.36312],
  ['g7e.4xlarge', 'rtx-pro-server-6000', 1, 98304, 16, 131072, 1900, 0, 3.99816],
  ['g7e.8xlarge', 'rtx-pro-server-6000', 1, 98304, 32, 262144, 1900, 1, 5.26824],
  ['g7e.12xlarge', 'rtx-pro-server-6000', 2, 98304, 48, 524288, 3800, 1, 8.28608],
  ['g7e.24xlarge', 'rtx-pro-server-6000', 4, 98304, 96, 1048576, 7600, 2, 16.57216],
  ['g7e.48xlarge', 'rtx-pro-server-6000', 8, 98304, 192, 2097152, 15200, 4, 33.14432],
  ['p4d.24xlarge', 'a100', 8, 40960, 96, 1179648, 8000, 4, 21.957642],
  ['p4de.24xlarge', 'a100', 8, 81920, 96, 1179648, 8000, 4, 27.44705],
  ['p5.4xlarge', 'h100', 1, 81920, 16, 262144, 3800, 1, 6.88],
  ['p5.48xlarge', 'h100', 8, 81920, 192, 2097152, 30400, 32, 55.04],
  ['p5e.48xlarge', 'h200', 8, 144384, 192, 2097152, 30400, 32, undefined],
  ['p5en.48xlarge', 'h200', 8, 144384, 192, 2097152, 30400, 16, 63.296],
  ['p6-b200.48xlarge', 'b200', 8, 183359, 192, 2097152, 30400, 8, 113.9328],
  ['p6-b300.48xlarge', 'b300', 8, 275040, 192, 4194304, 30400, 16, 142.416],
  ['inf2.xlarge', 'inferentia2', 1, 32768, 4, 16384, 0, 0, 0.7582],
  ['inf2.8xlarge', 'inferentia2', 1, 32768, 32, 131072, 0, 0, 1.96786],
  ['inf2.24xlarge', 'inferentia2', 6, 32768, 96, 393216, 0, 0, 6.49063],
  ['inf2.48xlarge', 'inferentia2', 12, 32768, 192, 786432, 0, 0, 12.98127],
  ['trn1.2xlarge', 'trainium', 1, 32768, 8, 32768, 474, 0, 1.34375],
  ['trn1.32xlarge', 'trainium', 16, 32768, 128, 524288, 7600, 8, 21.5],
  ['trn1n.32xlarge', 'trainium', 16, 32768, 128, 524288, 7600, 16, 24.78],
  ['trn2.48xlarge', 'trainium2', 16, 98304, 192, 2097152, 7600, 16, undefined],
];
