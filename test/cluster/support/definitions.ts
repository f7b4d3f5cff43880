import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type KubernetesObject } from '../../../constructs/kubernetes/release-document';

/** The CustomResourceDefinitions that models and their rollouts need. */
export function allDefinitions(): KubernetesObject[] {
  const folder = process.env.TEST_CLUSTER_DEFINITIONS!;
  return readdirSync(folder)
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as KubernetesObject)
    .filter((object) => object?.kind === 'CustomResourceDefinition');
}

/** CustomResourceDefinitions by name. */
export function readDefinitions(names: readonly string[]): KubernetesObject[] {
  return names.map((name) => {
    const definition = allDefinitions().find(({ metadata }) => metadata.name === name);
    if (!definition) throw new Error(`expected a definition ${name}, got none in ${process.env.TEST_CLUSTER_DEFINITIONS}`);
    return definition;
  });
}
