import { type KubernetesObject } from '../constructs/kubernetes/release-document';
import { type KubernetesClient, isAccessRefused } from '../kubernetes-client/kubernetes-client';

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}

/** Groups of Kubernetes itself, whose kinds have no definitions. */
const BUILT_IN = /^([^.]*|([^.]+\.(authorization|apiserver)|[^.]+)\.k8s\.io)$/;

/** Whether a kind is served only where a CustomResourceDefinition is. */
export function isCustom({ apiVersion }: KubernetesObject): boolean {
  return !BUILT_IN.test(apiVersion.split('/').slice(0, -1).join('/'));
}

/**
 * What is known of the definition of a kind that the cluster does not serve.
 *
 * @param release objects of the release, which may define the kind themselves
 * @returns `served` when a definition serves this version of the kind, so that the API server will do so in a moment; `none known` when this
 *   identity may not read the definitions of the cluster
 */
export async function definitionOf(client: KubernetesClient, object: KubernetesObject, release: readonly KubernetesObject[]): Promise<'served' | 'another version' | 'none' | 'none known'> {
  const [version, group = ''] = object.apiVersion.split('/').reverse();
  const live = await liveDefinitions(client);
  const definitions = [...release.filter(({ kind }) => kind === 'CustomResourceDefinition'), ...live ?? []]
    .map(({ spec }) => spec as DefinitionSpec)
    .filter((definition) => definition.group === group && definition.names.kind === object.kind);
  if (definitions.length === 0) return live ? 'none' : 'none known';
  return definitions.some(({ versions }) => versions.some(({ name, served }) => name === version && served)) ? 'served' : 'another version';
}

/** Definitions in the cluster; undefined where this identity may not read them. */
async function liveDefinitions(client: KubernetesClient): Promise<KubernetesObject[] | undefined> {
  try {
    return await client.list('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
  } catch (error) {
    if (isAccessRefused(error)) return undefined;
    throw error;
  }
}
