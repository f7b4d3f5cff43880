import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { type KubernetesClient, isAccessRefused } from '../kubernetes-client/kubernetes-client';
import { groupOf } from '../kubernetes-client/objects';

interface CrdSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}

/** Groups of Kubernetes itself, whose kinds have no CRDs. */
const BUILT_IN = /^([^.]*|([^.]+\.(authorization|apiserver)|[^.]+)\.k8s\.io)$/;

/** Whether a kind is served only where a CustomResourceDefinition is. */
export function isCustom({ apiVersion }: KubernetesObject): boolean {
  return !BUILT_IN.test(groupOf(apiVersion));
}

/**
 * What is known of the CRD of a kind that the cluster does not serve.
 *
 * @param release objects of the release, which may define the kind themselves
 * @returns `served` when a CRD serves this version of the kind, so that the API server will do so in a moment; `none known` when this
 *   identity may not read the CRDs of the cluster
 */
export async function crdStateOf(
  client: KubernetesClient,
  object: KubernetesObject,
  release: readonly KubernetesObject[],
): Promise<'served' | 'another version' | 'none' | 'none known'> {
  const [version, group = ''] = object.apiVersion.split('/').reverse();
  const live = await liveCrds(client);
  const crds = [...release.filter(({ kind }) => kind === 'CustomResourceDefinition'), ...(live ?? [])]
    .map(({ spec }) => spec as CrdSpec)
    .filter((crd) => crd.group === group && crd.names.kind === object.kind);
  if (crds.length === 0) return live ? 'none' : 'none known';
  return crds.some(({ versions }) => versions.some(({ name, served }) => name === version && served))
    ? 'served'
    : 'another version';
}

/** CRDs in the cluster; undefined where this identity may not read them. */
async function liveCrds(client: KubernetesClient): Promise<KubernetesObject[] | undefined> {
  try {
    return await client.list('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
  } catch (error) {
    if (isAccessRefused(error)) return undefined;
    throw error;
  }
}
