import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { type Template } from './assembly';

/** What happens to the AWS resources of a stack. */
export interface ResourceChanges {
  readonly added: readonly ResourceName[];
  readonly changed: readonly ResourceName[];
  /** Deleted and created anew. */
  readonly replaced: readonly ResourceName[];
  /** Replaced or changed, depending on values that are known only at deploy time. */
  readonly perhapsReplaced: readonly ResourceName[];
  readonly removed: readonly ResourceName[];
}

/** One resource of a template. */
export interface ResourceName {
  readonly logicalId: string;
  readonly type: string;
}

const IMPACTS: Partial<Record<ResourceImpact, keyof ResourceChanges>> = {
  [ResourceImpact.WILL_REPLACE]: 'replaced',
  [ResourceImpact.MAY_REPLACE]: 'perhapsReplaced',
};

/** Compares the resources of two templates; an absent one is an absent stack. */
export function diffResources(before: Template = {}, after: Template = {}): ResourceChanges {
  const changes: Record<keyof ResourceChanges, ResourceName[]> = {
    added: [],
    changed: [],
    replaced: [],
    perhapsReplaced: [],
    removed: [],
  };
  fullDiff(withoutMetadata(before), withoutMetadata(after)).resources.forEachDifference((logicalId, change) => {
    const type = change.newResourceType ?? change.oldResourceType ?? 'unknown';
    if (type === 'AWS::CDK::Metadata') return;
    const kind = change.isAddition
      ? 'added'
      : change.isRemoval
        ? 'removed'
        : (IMPACTS[change.changeImpact] ?? 'changed');
    changes[kind].push({ logicalId, type });
  });
  return changes;
}

/** A copy, because the library writes into what it compares. Of metadata nothing is deployed, and the command line alone writes paths into it. */
function withoutMetadata(template: Template): Template {
  const copy = structuredClone(template);
  for (const resource of Object.values(copy.Resources ?? {})) delete (resource as { Metadata?: unknown }).Metadata;
  return copy;
}
