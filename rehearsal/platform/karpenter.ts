import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Accelerator } from '../../constructs/gpu/accelerator';
import { ensureCrds } from './ensure-crds';
import type { ManagedProcess } from './managed-process';
import { choosePorts } from './ports';
import type { ControllerOptions } from './run';

/** How to start Karpenter. */
export interface KarpenterOptions extends ControllerOptions {
  readonly binary: string;
  /** Folder with its CustomResourceDefinitions. */
  readonly crds: string;
  /** Zones in which it can buy. */
  readonly zones: readonly string[];
}

/**
 * Starts Karpenter's controller with its kwok provider, which makes Node objects where the provider of AWS would start
 * instances. Kinds that the platform's release has not brought are created first.
 */
export async function startKarpenter(options: KarpenterOptions): Promise<ManagedProcess> {
  const { binary, crds, kubeconfig, runDirectory, zones, start } = options;
  await ensureCrds({ ...options, folder: crds });
  const instanceTypes = join(runDirectory, 'karpenter-instance-types.json');
  writeFileSync(instanceTypes, JSON.stringify(kwokInstanceTypes(zones)));
  const { metrics, health } = await choosePorts(['metrics', 'health']);
  return start({
    name: 'karpenter',
    command: binary,
    args: [
      '--disable-leader-election=true',
      `--metrics-port=${metrics}`,
      `--health-probe-port=${health}`,
      `--instance-types-file-path=${instanceTypes}`,
      // The time in which pods are collected before a node is chosen: as it ships.
      '--batch-idle-duration=1s',
    ],
    env: { KUBECONFIG: kubeconfig, SYSTEM_NAMESPACE: 'kube-system' },
    ready: async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok,
  });
}

/**
 * What the kwok provider of Karpenter can buy, as it reads it: every instance type of {@link Accelerator} whose price is known, on
 * demand. Prices are in USD/h.
 *
 * Spot prices change by the hour and are in no table, so there is no Spot offering.
 */
export function kwokInstanceTypes(zones: readonly string[]) {
  return Accelerator.knownInstanceTypes()
    .map((name) => Accelerator.fromInstanceType(name))
    .filter(({ hourlyUsd }) => hourlyUsd !== undefined)
    .map(({ instanceType, gpus, deviceResource, vcpus, memory, hourlyUsd = 0 }) => ({
      name: instanceType,
      offerings: zones.map((zone) => ({
        Price: hourlyUsd,
        Available: true,
        Requirements: [
          { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] },
          { key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] },
        ],
      })),
      architecture: 'amd64',
      operatingSystems: ['linux'],
      resources: {
        cpu: String(vcpus),
        memory: `${memory.toMebibytes()}Mi`,
        'ephemeral-storage': '500Gi',
        [deviceResource]: String(gpus),
      },
    }));
}
