import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type KubernetesObject } from '../../../constructs/kubernetes/release-document';
/** CustomResourceDefinitions by name. */
export function readDefinitions(names: readonly string[]): KubernetesObject[] {
  const dir = process.env.TESTCRDS!;
  const all = readdirSync(dir).filter((f) => f.endsWith('crd.yaml')).flatMap((f) => parseAllDocuments(readFileSync(join(dir, f), 'utf8')).map((d) => d.toJS() as KubernetesObject)).filter(Boolean);
  return names.map((name) => all.find(({ metadata }) => metadata.name === name)!);
}
