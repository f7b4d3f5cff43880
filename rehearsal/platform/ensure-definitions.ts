import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ApiClient } from './api-client';

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly group: string; readonly names: { readonly plural: string }; readonly versions: readonly { readonly name: string }[] };
}

const DEFINITIONS_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Which kinds must be there, and who waits for them. */
export interface EnsureDefinitionsOptions {
  /** Folder with YAML files of CustomResourceDefinitions. */
  readonly folder: string;
  readonly api: Pick<ApiClient, 'call' | 'create' | 'isOk'>;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** Creates the kinds that are not there yet, and waits until the API server lists all of them. */
export async function ensureDefinitions({ folder, api, signal }: EnsureDefinitionsOptions): Promise<void> {
  const wanted = readdirSync(folder).filter(file => /\.ya?ml$/.test(file))
    .flatMap(file => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
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

async function isListed(api: Pick<ApiClient, 'call'>, group: string, plural: string): Promise<boolean> {
  const { body } = await api.call('GET', group);
  return ((body as { resources?: { name: string }[] } | undefined)?.resources ?? []).some(({ name }) => name === plural);
}
