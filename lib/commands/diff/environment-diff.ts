import { type ReleaseSnapshot, type StackSnapshot } from './assembly';
import { type CanaryForecast, forecastCanaries } from './canary-forecast';
import type { ModelPlans } from './model-plans';
import { type NodesCost, nodesCostOf } from './nodes-cost';
import { diffObjects, type ObjectChange } from './object-diff';
import { diffResources, type ResourceChanges } from './template-diff';

/** What changes in one environment. */
export interface EnvironmentDiff {
  readonly environment: string;
  /** What the working tree is compared with, in words. */
  readonly from: string;
  /** Stacks with a change. */
  readonly stacks: readonly StackDiff[];
  /** What every Rollout will do. */
  readonly canaries: readonly CanaryForecast[];
  /** What its nodes with accelerators cost; either is absent where there are none, or a price is not known. */
  readonly nodes: { readonly before?: NodesCost; readonly after?: NodesCost };
}

/** What changes in one stack. */
export interface StackDiff {
  readonly stack: string;
  /** Name in CloudFormation. */
  readonly stackName: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly resources: ResourceChanges;
  /** Releases with a change. */
  readonly releases: readonly { readonly release: string; readonly objects: readonly ObjectChange[] }[];
}

/** Compares two syntheses of an environment. */
export function diffEnvironment(
  environment: string,
  from: string,
  before: readonly StackSnapshot[],
  after: readonly StackSnapshot[],
  plans: ModelPlans,
): EnvironmentDiff {
  const names = [...new Set([...after, ...before].map(({ name }) => name))];
  const stackOf = (stacks: readonly StackSnapshot[], name: string) => stacks.find((stack) => stack.name === name);
  return {
    environment,
    from,
    stacks: names
      .map((name) => diffStack(name, stackOf(before, name), stackOf(after, name)))
      .filter((stack) => stack !== undefined),
    canaries: after.flatMap(({ name, releases }) =>
      releases.flatMap((release) =>
        forecastCanaries(
          stackOf(before, name)?.releases.find((other) => other.name === release.name),
          release,
          plans,
        ),
      ),
    ),
    nodes: { before: nodesCostOf(before), after: nodesCostOf(after) },
  };
}

function diffStack(
  stack: string,
  before: StackSnapshot | undefined,
  after: StackSnapshot | undefined,
): StackDiff | undefined {
  const resources = diffResources(before?.template, after?.template);
  const names = [...new Set([...(after?.releases ?? []), ...(before?.releases ?? [])].map(({ name }) => name))];
  const objectsOf = (releases: readonly ReleaseSnapshot[] | undefined, name: string) =>
    releases?.find((release) => release.name === name)?.objects ?? [];
  const releases = names
    .map((release) => ({
      release,
      objects: diffObjects(objectsOf(before?.releases, release), objectsOf(after?.releases, release)),
    }))
    .filter(({ objects }) => objects.length > 0);
  if (releases.length === 0 && Object.values(resources).every((list: readonly unknown[]) => list.length === 0))
    return undefined;
  return {
    stack,
    stackName: (after ?? before)?.stackName ?? stack,
    change: before ? (after ? 'changed' : 'removed') : 'added',
    resources,
    releases,
  };
}
