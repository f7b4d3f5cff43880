import { createHash } from 'node:crypto';
import { CONTENT_NAMED_ANNOTATION } from './names';
import { type KubernetesObject } from './release-document';

/**
 * Names each ConfigMap that asks for it by its content, makes it immutable, and rewrites the references to it within the
 * release. The old and the new revision of a workload then each keep the configuration they were started with.
 */
export function nameByContent(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const names = new Map<string, string>();
  for (const object of objects) {
    if (object.kind !== 'ConfigMap' || object.metadata.annotations?.[CONTENT_NAMED_ANNOTATION] !== 'true') continue;
    const digest = createHash('sha256')
      .update(JSON.stringify([object.data ?? {}, object.binaryData ?? {}]))
      .digest('hex')
      .slice(0, 10);
    names.set(identity(object.metadata.namespace, object.metadata.name), `${object.metadata.name}-${digest}`);
  }
  if (names.size === 0) return [...objects];
  return objects.map((object) => {
    const { namespace, name } = object.metadata;
    const renamed = object.kind === 'ConfigMap' ? names.get(identity(namespace, name)) : undefined;
    if (renamed) return { ...object, metadata: { ...object.metadata, name: renamed }, immutable: true };
    return rewrite(object, (reference) => names.get(identity(namespace, reference))) as KubernetesObject;
  });
}

function identity(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/** Rewrites `configMap`, `configMapRef` and `configMapKeyRef`, wherever a pod template stands. */
function rewrite(node: unknown, rename: (name: string) => string | undefined): unknown {
  if (Array.isArray(node)) return node.map((item) => rewrite(item, rename));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (/^configMap(Ref|KeyRef)?$/.test(key) && typeof value === 'object' && value !== null && 'name' in value) {
        return [key, { ...value, name: rename(String(value.name)) ?? value.name }];
      }
      return [key, rewrite(value, rename)];
    }),
  );
}
