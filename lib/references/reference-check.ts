import type { Stack } from 'aws-cdk-lib';
import { KubernetesRelease } from '../../constructs/kubernetes';
import { inventoryObject, sharedObjects } from '../../constructs/kubernetes/shared-objects';
import type { Controller } from '../../constructs/controllers';
import { MODEL_NAMESPACE } from '../../constructs/models/names';
import type { EnvironmentConfig } from '../environment/environment-config';
import { planNodes } from '../environment/nodes/node-plan';
import { provisionsOf, type Reference, type ReferenceKind, referencesOf } from './references';

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

const ADVICE: Record<ReferenceKind, string> = {
  CRD: 'add its controller to the catalog, or to provides.kinds of the existing cluster',
  namespace: 'add it to the namespaces of the Platform stack, or to provides.namespaces of the existing cluster',
  'storage class': 'name one that the Platform stack makes, such as gp3',
  accelerator: 'let a model use the instance type, so that it gets a node group, or add it to provides.accelerators',
  'service account': 'add the ServiceAccount to the release',
  ConfigMap: 'add the ConfigMap to the release, or mark the reference optional',
  PersistentVolumeClaim: 'have the cluster make it, such as compileCache of the nodes does',
  Secret:
    'have the cluster make it (External Secrets) and name it in `secrets` of the environment, or mark the reference optional',
  Service: 'add the Service to the release',
  AnalysisTemplate: 'add the AnalysisTemplate to the release',
  endpoint: 'name a Service of an earlier stack, or add the address to provides.endpoints of the existing cluster',
};

const EVERY_CLUSTER: readonly Reference[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease'].map(
  (name) => ({ kind: 'namespace', name }),
);

/** References of an environment's releases that no earlier stack answers, one line each. */
export function checkReferences(input: ReferenceCheckInput): string[] {
  const releases = input.stacks.flatMap((stack, index) =>
    KubernetesRelease.allIn(stack).map(
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
    provides: [
      ...provisionsOfCluster(input.environment),
      ...input.kinds.map((name): Reference => ({ kind: 'CRD', name })),
    ],
  };
  return [...sharedObjects(releases), ...missingReferences([cluster, ...releases])];
}

/** References that neither the step itself nor an earlier one answers, one line each. */
export function missingReferences(steps: readonly ReferenceStep[]): string[] {
  const provided = new Set(EVERY_CLUSTER.map(keyOf));
  const problems: string[] = [];
  for (const step of steps) {
    const objects = step.objects as Record<string, unknown>[];
    objects.flatMap(provisionsOf).forEach((reference) => provided.add(keyOf(reference)));
    for (const object of objects) {
      const missing = referencesOf(object).filter((reference) => !isProvided(reference, provided));
      problems.push(
        ...missing.map((reference) => {
          const { name } = object.metadata as { name: string };
          return `${step.name}: ${String(object.kind)}/${name}: expected the ${reference.kind} ${reference.name} from an earlier stack, got none; ${ADVICE[reference.kind]}`;
        }),
      );
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
  return [
    ...facts.provides.kinds.map((name): Reference => ({ kind: 'CRD', name })),
    ...(facts.provides.services ?? []).map((name): Reference => ({ kind: 'Service', name })),
  ];
}

function provisionsOfCluster(environment: EnvironmentConfig): Reference[] {
  const { cluster, secrets = [] } = environment;
  const made = secrets.map((name): Reference => ({ kind: 'Secret', name: `${MODEL_NAMESPACE}/${name}` }));
  if ('create' in cluster) {
    return [
      ...made,
      ...planNodes(environment).map(
        ({ accelerator }): Reference => ({ kind: 'accelerator', name: accelerator.instanceType }),
      ),
    ];
  }
  const { provides, prometheusAddress } = cluster.existing;
  return [
    ...made,
    ...provides.kinds.map((name): Reference => ({ kind: 'CRD', name })),
    ...(provides.namespaces ?? []).map((name): Reference => ({ kind: 'namespace', name })),
    ...provides.accelerators.map((name): Reference => ({ kind: 'accelerator', name })),
    ...[...provides.endpoints, ...(prometheusAddress ? [prometheusAddress] : [])].map(
      (name): Reference => ({ kind: 'endpoint', name }),
    ),
  ];
}
