import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';

/** A CustomResourceDefinition whose objects may hold anything. */
export function crdOf(
  kind: string,
  group: string,
  versions: readonly string[] = ['v1'],
  served: readonly string[] = versions,
): KubernetesObject {
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural: `${singular}s`, singular, listKind: `${kind}List` },
      versions: versions.map((name, index) => ({ name, served: served.includes(name), storage: index === 0, schema })),
    },
  };
}
