/** Bandwidths of an instance type, Mbit/s. */
export interface InstanceBandwidth {
  /** Baseline of the network. */
  readonly networkMbps: number;
  /** Greatest to its EBS volumes. */
  readonly ebsMbps: number;
}

/**
 * Baseline network bandwidth and greatest EBS bandwidth by instance type, Mbit/s: labels `instance-network-bandwidth` and
 * `instance-ebs-bandwidth` in `instance-types.md` of Karpenter 1.14.
 */
const BANDWIDTHS: Readonly<Record<string, readonly [networkMbps: number, ebsMbps: number]>> = {
  'g4dn.xlarge': [5000, 3500],
  'g4dn.2xlarge': [10000, 3500],
  'g4dn.4xlarge': [20000, 4750],
  'g4dn.8xlarge': [50000, 9500],
  'g4dn.12xlarge': [50000, 9500],
  'g4dn.16xlarge': [50000, 9500],
  'g4dn.metal': [100000, 19000],
  'g5.xlarge': [2500, 3500],
  'g5.2xlarge': [5000, 3500],
  'g5.4xlarge': [10000, 4750],
  'g5.8xlarge': [25000, 16000],
  'g5.12xlarge': [40000, 16000],
  'g5.16xlarge': [25000, 16000],
  'g5.24xlarge': [50000, 19000],
  'g5.48xlarge': [100000, 19000],
  'g6.xlarge': [2500, 5000],
  'g6.2xlarge': [5000, 5000],
  'g6.4xlarge': [10000, 8000],
  'g6.8xlarge': [25000, 16000],
  'g6.12xlarge': [40000, 20000],
  'g6.16xlarge': [25000, 20000],
  'g6.24xlarge': [50000, 30000],
  'g6.48xlarge': [100000, 60000],
  'g6e.xlarge': [2500, 5000],
  'g6e.2xlarge': [5000, 5000],
  'g6e.4xlarge': [20000, 8000],
  'g6e.8xlarge': [25000, 16000],
  'g6e.12xlarge': [100000, 20000],
  'g6e.16xlarge': [35000, 20000],
  'g6e.24xlarge': [200000, 30000],
  'g6e.48xlarge': [400000, 60000],
  'g7.2xlarge': [60000, 8000],
  'g7.4xlarge': [60000, 8000],
  'g7.8xlarge': [80000, 16000],
  'g7.12xlarge': [175000, 20000],
  'g7.24xlarge': [350000, 40000],
  'g7.48xlarge': [700000, 80000],
  'g7e.2xlarge': [50000, 5000],
  'g7e.4xlarge': [50000, 8000],
  'g7e.8xlarge': [100000, 16000],
  'g7e.12xlarge': [400000, 25000],
  'g7e.24xlarge': [800000, 50000],
  'g7e.48xlarge': [1600000, 100000],
  'gr6.4xlarge': [10000, 8000],
  'gr6.8xlarge': [25000, 16000],
  'inf2.xlarge': [2083, 10000],
  'inf2.8xlarge': [16667, 10000],
  'inf2.24xlarge': [50000, 30000],
  'inf2.48xlarge': [100000, 60000],
  'p4d.24xlarge': [400000, 19000],
  'p4de.24xlarge': [400000, 19000],
  'p5.4xlarge': [100000, 10000],
  'p5.48xlarge': [3200000, 80000],
  'p5e.48xlarge': [3200000, 80000],
  'p5en.48xlarge': [3200000, 100000],
  'p6-b200.48xlarge': [3200000, 100000],
  'p6-b300.48xlarge': [6400000, 100000],
  'trn1.2xlarge': [3125, 20000],
  'trn1.32xlarge': [800000, 80000],
  'trn1n.32xlarge': [1600000, 80000],
  'trn2.48xlarge': [3200000, 80000],
};

/** Bandwidths of a listed instance type; undefined for others. */
export function instanceBandwidth(instanceType: string): InstanceBandwidth | undefined {
  const row = BANDWIDTHS[instanceType];
  return row && { networkMbps: row[0], ebsMbps: row[1] };
}
