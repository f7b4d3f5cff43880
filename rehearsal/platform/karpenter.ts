import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterClient } from '../../kubernetes-client/cluster-client';
import { ensureDefinitions } from './ensure-definitions';
import { kwokInstanceTypes } from './karpenter-instance-types';
import type { ManagedProcess } from './managed-process';
import { choosePorts } from './ports';
import type { StartProcess } from './run';

/** How to start Karpenter. */
export interface KarpenterOptions {
  readonly binary: string;
  /** Folder with its CustomResourceDefinitions. */
  readonly definitions: string;
  readonly kubeconfig: string;
  readonly runDirectory: string;
  /** Zones in which it can buy. */
  readonly zones: readonly string[];
  readonly client: ClusterClient;
  readonly start: StartProcess;
  /** Ends the wait for the definitions. */
  readonly signal: AbortSignal;
}

/**
 * Starts Karpenter's controller with its kwok provider, which makes Node objects where the provider of AWS would start
 * instances. Kinds that the platform's release has not brought are created first.
 */
export async function startKarpenter(options: KarpenterOptions): Promise<ManagedProcess> {
  const { binary, definitions, kubeconfig, runDirectory, zones, start } = options;
  await ensureDefinitions({ ...options, folder: definitions });
  const instanceTypes = join(runDirectory, 'karpenter-instance-types.json');
  writeFileSync(instanceTypes, JSON.stringify(kwokInstanceTypes(zones)));
  const { metrics, health } = await choosePorts({ names: ['metrics', 'health'] });
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
    env: { PATH: process.env.PATH, HOME: runDirectory, TMPDIR: runDirectory, KUBECONFIG: kubeconfig, SYSTEM_NAMESPACE: 'kube-system' },
    ready: async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok,
  });
}
