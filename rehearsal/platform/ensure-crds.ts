import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import type { ClusterClient } from '../../kubernetes-client/cluster-client';
import { ApiError } from '../../kubernetes-client/kubernetes-client';
import { referenceTo } from '../../kubernetes-client/objects';

interface Crd extends KubernetesObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

/** Which kinds must be there, and who waits for them. */
export interface EnsureCrdsOptions {
  /** Folder with YAML files of CustomResourceDefinitions. */
  readonly folder: string;
  readonly client: Pick<ClusterClient, 'findMetadata' | 'create' | 'get'>;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** Creates the kinds that are not there yet, and waits until the API server lists all of them. */
export async function ensureCrds({ folder, client, signal }: EnsureCrdsOptions): Promise<void> {
  const wanted = readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as Crd);
  for (const crd of wanted) {
    if (!(await client.findMetadata(referenceTo(crd)))) await client.create(crd);
  }
  for (const { spec } of wanted) {
    // Clients find a kind by the list of its group, which is there a moment later than the kind.
    while (!(await isListed(client, `/apis/${spec.group}/${spec.versions[0].name}`, spec.names.plural))) {
      signal.throwIfAborted();
      await pause(200);
    }
  }
}

async function isListed(client: Pick<ClusterClient, 'get'>, group: string, plural: string): Promise<boolean> {
  try {
    return (await client.get<{ resources: { name: string }[] }>(group)).resources.some(({ name }) => name === plural);
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}
