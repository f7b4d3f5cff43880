import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ApiClient } from './api-client';
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
  readonly api: ApiClient;
  readonly start: StartProcess;
  /** Ends the wait for the definitions. */
  readonly signal: AbortSignal;
}

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly group: string; readonly names: { readonly plural: string }; readonly versions: readonly { readonly name: string }[] };
}

const DEFINITIONS_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/**
 * Starts Karpenter's controller with its kwok provider, which makes Node objects where the provider of AWS would start
 * instances. Kinds that the platform's release has not brought are created first.
 */
export async function startKarpenter(options: KarpenterOptions): Promise<ManagedProcess> {
  const { binary, kubeconfig, runDirectory, zones, start } = options;
  await ensureDefinitions(options);
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

async function ensureDefinitions({ definitions, api, signal }: KarpenterOptions): Promise<void> {
  const wanted = readdirSync(definitions).filter(file => file.endsWith('.yaml'))
    .flatMap(file => parseAllDocuments(readFileSync(join(definitions, file), 'utf8')))
    .map(document => document.toJS() as Definition);
  for (const definition of wanted) {
    if (!await api.isOk(`${DEFINITIONS_PATH}/${definition.metadata.name}`)) {
      await api.create(DEFINITIONS_PATH, definition);
    }
  }
  for (const { spec: { group, names, versions } } of wanted) {
    // Clients find a kind by the list of its group, which is there a moment later than the kind.
    while (!await isListed(api, `/apis/${group}/${versions[0].name}`, names.plural)) {
      signal.throwIfAborted();
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }
}

async function isListed(api: ApiClient, group: string, plural: string): Promise<boolean> {
  const { body } = await api.call('GET', group);
  return ((body as { resources?: { name: string }[] } | undefined)?.resources ?? []).some(({ name }) => name === plural);
}
