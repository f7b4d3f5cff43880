import { type KubernetesObject } from '../release-document';
import { type KubernetesClient, isAccessRefused } from './kubernetes-client';

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}

/**
 * What is known of the definition of a kind that the cluster does not serve.
 *
 * @param release objects of the release, which may define the kind themselves
 * @returns `served` when a definition serves this version of the kind, so that the API server will do so in a moment
 */
export async function definitionOf(client: KubernetesClient, object: KubernetesObject, release: readonly KubernetesObject[]): Promise<'served' | 'another version' | 'none'> {
  const [version, group = ''] = object.apiVersion.split('/').reverse();
  const definitions = [...release.filter(({ kind }) => kind === 'CustomResourceDefinition'), ...await liveDefinitions(client)]
    .map(({ spec }) => spec as DefinitionSpec)
    .filter((definition) => definition.group === group && definition.names.kind === object.kind);
  if (definitions.length === 0) return 'none';
  return definitions.some(({ versions }) => versions.some(({ name, served }) => name === version && served)) ? 'served' : 'another version';
}

/** Definitions in the cluster, as far as this identity may read them. */
async function liveDefinitions(client: KubernetesClient): Promise<KubernetesObject[]> {
  try {
    return await client.list('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
  } catch (error) {
    if (isAccessRefused(error)) return [];
    throw error;
  }
}
