import { Accelerator } from '../../constructs/gpu/accelerator';

/** One instance type, as Karpenter's kwok provider reads it. */
export interface KwokInstanceType {
  readonly name: string;
  readonly offerings: readonly {
    /** USD/h. */
    readonly Price: number;
    readonly Available: boolean;
    readonly Requirements: readonly { readonly key: string; readonly operator: 'In'; readonly values: readonly string[] }[];
  }[];
  readonly architecture: string;
  readonly operatingSystems: readonly string[];
  readonly resources: Readonly<Record<string, string>>;
}

/**
 * What the kwok provider of Karpenter can buy: every instance type of {@link Accelerator} whose price is known, on demand.
 *
 * Spot prices change by the hour and are in no table, so there is no Spot offering.
 */
export function kwokInstanceTypes(zones: readonly string[]): KwokInstanceType[] {
  return Accelerator.knownInstanceTypes().map((name) => Accelerator.fromInstanceType(name))
    .filter(({ hourlyUsd }) => hourlyUsd !== undefined)
    .map(({ instanceType, gpus, deviceResource, vcpus, memoryMib, hourlyUsd = 0 }) => ({
      name: instanceType,
      offerings: zones.map((zone) => ({
        Price: hourlyUsd,
        Available: true,
        Requirements: [
          { key: 'karpenter.sh/capacity-type', operator: 'In' as const, values: ['on-demand'] },
          { key: 'topology.kubernetes.io/zone', operator: 'In' as const, values: [zone] },
        ],
      })),
      architecture: 'amd64',
      operatingSystems: ['linux'],
      resources: { 'cpu': String(vcpus), 'memory': `${memoryMib}Mi`, 'ephemeral-storage': '500Gi', [deviceResource]: String(gpus) },
    }));
}
