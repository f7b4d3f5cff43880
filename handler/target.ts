import { createHash } from 'node:crypto';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { nameOf } from './failure';

/** What is known about the release that a request wants. */
export interface Target {
  /** Digest of the objects. */
  readonly digest: string;
  /** Digest of each workload's pod template, by its name as in `Rollout models/chat`. */
  readonly templates: Readonly<Record<string, string>>;
}

interface WorkloadSpec {
  readonly template?: unknown;
  readonly leaderWorkerTemplate?: unknown;
}

/** The release that consists of some objects. */
export function targetOf(objects: readonly KubernetesObject[]): Target {
  const templates = objects.flatMap((object) => {
    const template = templateOf(object);
    return template === undefined ? [] : [[nameOf(object), template]];
  });
  return { digest: digest(objects), templates: Object.fromEntries(templates) as Record<string, string> };
}

/** Digest of an object's pod template; undefined when it has none. */
export function templateOf({ spec }: KubernetesObject): string | undefined {
  const { template, leaderWorkerTemplate } = (spec ?? {}) as WorkloadSpec;
  const pods = template ?? leaderWorkerTemplate;
  return pods === undefined ? undefined : digest(pods);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
