import type { Stack } from 'aws-cdk-lib';
import { KubernetesRelease } from '../../constructs/kubernetes';
import { inventoryObject, sharedObjects } from '../../constructs/kubernetes/shared-objects';
import type { Controller } from '../../constructs/controllers';
import { MODEL_NAMESPACE } from '../../constructs/models/names';
import type { EnvironmentConfig } from '../environment/environment-config';
import { planNodes } from '../environment/nodes/node-plan';
import { ADVICE, provisionsOf, type Reference, type ReferenceKind, referencesOf } from './references';

/** One release, and what its stack adds to the cluster besides it. */
export interface ReferenceStep {
  /** Where it is, for errors. */
  readonly name: string;
  /** Rendered objects. */
  readonly objects: readonly unknown[];
  /** What exists once the release is applied, though it is not among its objects. */
  readonly provides?: readonly Reference[];
}

/** What `checkReferences` looks at. */
export interface ReferenceCheckInput {
  readonly environment: EnvironmentConfig;
  /** Controllers that the first stack installs after its release. */
  readonly controllers: readonly Controller[];
  /** Kinds that the cluster itself defines, as `<group>/<kind>`. */
  readonly kinds: readonly string[];
  /** Stacks with releases, in the order of deployment. */
  readonly stacks: readonly Stack[];
}

const EVERY_CLUSTER = all('namespace', ['default', 'kube-system', 'kube-public', 'kube-node-lease']);

/** References of an environment's releases that no earlier stack answers, one line each. */
export function checkReferences(input: ReferenceCheckInput): string[] {
  const releases = input.stacks.flatMap((stack, index) =>
    asApplied(KubernetesRelease.allIn(stack)).map(
      (release): ReferenceStep => ({
        name: `${stack.node.id}/${release.releaseName}`,
        objects: [inventoryObject(release), ...release.objects],
        provides: index === 0 ? input.controllers.flatMap(provisionsOfController) : [],
      }),
    ),
  );
  const cluster: ReferenceStep = {
    name: 'cluster',
    objects: [],
    provides: [...provisionsOfCluster(input.environment), ...all('CRD', input.kinds)],
  };
  return [...sharedObjects(releases), ...missingReferences([cluster, ...releases])];
}

/** Releases of a stack in the order in which they are applied: what one waits for is before it. */
function asApplied(releases: readonly KubernetesRelease[]): KubernetesRelease[] {
  const applied = new Set<KubernetesRelease>();
  const visited = new Set<KubernetesRelease>();
  const apply = (release: KubernetesRelease): void => {
    if (visited.has(release)) return;
    visited.add(release);
    const awaited = new Set(release.node.dependencies);
    releases.filter(({ node }) => node.scopes.some((scope) => awaited.has(scope))).forEach(apply);
    applied.add(release);
  };
  releases.forEach(apply);
  return [...applied];
}

/** References that neither the step itself nor an earlier one answers, one line each. */
export function missingReferences(steps: readonly ReferenceStep[]): string[] {
  const provided = new Set(EVERY_CLUSTER.map(keyOf));
  const problems: string[] = [];
  for (const step of steps) {
    const objects = step.objects as { kind: string; metadata: { name: string } }[];
    objects.flatMap(provisionsOf).forEach((reference) => provided.add(keyOf(reference)));
    for (const object of objects) {
      for (const reference of referencesOf(object)) {
        if (isProvided(reference, provided)) continue;
        problems.push(
          `${step.name}: ${object.kind}/${object.metadata.name}: expected the ${reference.kind} ${reference.name} from an earlier stack, got none; ${ADVICE[reference.kind]}`,
        );
      }
    }
    // What a stack installs after its release is there for later releases only.
    step.provides?.forEach((reference) => provided.add(keyOf(reference)));
  }
  return problems;
}

function isProvided(reference: Reference, provided: ReadonlySet<string>): boolean {
  if (provided.has(keyOf(reference))) return true;
  if (reference.kind !== 'endpoint') return false;
  const service = /^https?:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc(\.cluster\.local)?(:\d+)?(\/|$)/.exec(reference.name);
  return service !== null && provided.has(keyOf({ kind: 'Service', name: `${service[2]}/${service[1]}` }));
}

function keyOf(reference: Reference): string {
  return `${reference.kind}:${reference.name}`;
}

function provisionsOfController({ facts }: Controller): Reference[] {
  return [...all('CRD', facts.provides.kinds), ...all('Service', facts.provides.services)];
}

function provisionsOfCluster(environment: EnvironmentConfig): Reference[] {
  const { cluster, secrets = [] } = environment;
  const made = secrets.map((name): Reference => ({ kind: 'Secret', name: `${MODEL_NAMESPACE}/${name}` }));
  if ('create' in cluster) {
    const accelerators = planNodes(environment).map(({ accelerator }) => accelerator.instanceType);
    return [...made, ...all('accelerator', accelerators)];
  }
  const { provides, prometheusAddress } = cluster.existing;
  return [
    ...made,
    ...all('CRD', provides.kinds),
    ...all('namespace', provides.namespaces),
    ...all('accelerator', provides.accelerators),
    ...all('endpoint', [...provides.endpoints, ...(prometheusAddress ? [prometheusAddress] : [])]),
  ];
}

function all(kind: ReferenceKind, names: readonly string[] = []): Reference[] {
  return names.map((name) => ({ kind, name }));
}
