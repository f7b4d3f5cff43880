import { createHash } from 'node:crypto';
import { type KubernetesObject } from '../release-document';

/** What is known about the release that a request wants. */
export interface Target {
  /** Digest of the objects. */
  readonly digest: string;
  /** Digest of each Rollout's pod template, by `<namespace>/<name>`. */
  readonly templates: Readonly<Record<string, string>>;
}

/** The release that consists of some objects. */
export function targetOf(objects: readonly KubernetesObject[]): Target {
  const rollouts = objects.filter(({ kind }) => kind === 'Rollout');
  const templates = rollouts.map(({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, digest((spec as { template?: unknown }).template)]);
  return { digest: digest(objects), templates: Object.fromEntries(templates) as Record<string, string> };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
