import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';

/** The CustomResourceDefinitions that models and their rollouts need. */
export function allCrds(): KubernetesObject[] {
  const folder = process.env.TEST_CLUSTER_CRDS!;
  return readdirSync(folder)
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as KubernetesObject)
    .filter((object) => object?.kind === 'CustomResourceDefinition');
}

/** CustomResourceDefinitions by name. */
export function readCrds(names: readonly string[]): KubernetesObject[] {
  return names.map((name) => {
    const crd = allCrds().find(({ metadata }) => metadata.name === name);
    if (!crd) throw new Error(`expected a CRD ${name}, got none in ${process.env.TEST_CLUSTER_CRDS}`);
    return crd;
  });
}
