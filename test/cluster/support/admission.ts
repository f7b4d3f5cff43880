import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isUnknownKind, type KubernetesClient, messageOf } from '../../../kubernetes-client/kubernetes-client';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';

/** What decides over other objects, so that a dry run of those needs it to be there. */
export const PREREQUISITES = ['Namespace', 'ServiceAccount', 'PriorityClass', 'ResourceQuota'];

/** Applies every CustomResourceDefinition of a folder and waits until the API server serves them. */
export async function installCrds(client: KubernetesClient, directory: string): Promise<void> {
  const crds = readdirSync(directory)
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(directory, file), 'utf8')).map(
        (document) => document.toJS() as KubernetesObject | null,
      ),
    )
    .filter((object) => object?.kind === 'CustomResourceDefinition');
  for (const crd of crds as KubernetesObject[]) {
    // Another test file may have installed it.
    const {
      apiVersion,
      kind,
      metadata: { name },
    } = crd;
    if (!(await client.find({ apiVersion, kind, name }))) await client.create(crd);
  }
  for (const {
    metadata: { name },
  } of crds as KubernetesObject[]) {
    await eventually(`${name} is served`, async () => {
      const live = await client.find({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name });
      // A CRD that was just created has `conditions: null`.
      const { conditions } = (live?.status ?? {}) as { conditions?: { type: string; status: string }[] | null };
      return (conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True');
    });
  }
}

/** Applies what decides over other objects, and waits until it does. */
export async function applyPrerequisites(
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
): Promise<void> {
  for (const kind of PREREQUISITES) {
    for (const object of objects.filter((each) => each.kind === kind)) await client.apply(object);
  }
  for (const { apiVersion, kind, metadata } of objects.filter((each) => each.kind === 'ResourceQuota')) {
    // A quota refuses everything until its controller has counted what is there.
    await eventually(`ResourceQuota ${metadata.name} is counted`, async () => {
      const quota = await client.find({ apiVersion, kind, ...metadata });
      return (quota?.status as { hard?: object } | undefined)?.hard !== undefined;
    });
  }
}

/** Has the API server judge an object; nothing is stored. */
export async function dryRun(client: KubernetesClient, object: KubernetesObject): Promise<void> {
  await eventually(`${object.kind} is a known kind`, async () => {
    try {
      await client.apply(object, { dryRun: true });
      return true;
    } catch (error) {
      // A CRD is in the discovery a moment after it is established.
      if (isUnknownKind(error)) return false;
      throw error;
    }
  });
}

/** The API server's refusal of an object in words; undefined when it would take it. */
export async function refusalOf(client: KubernetesClient, object: KubernetesObject): Promise<string | undefined> {
  return dryRun(client, object).then(() => undefined, messageOf);
}

/** Applies policies of admission, and waits until the server judges by them: it compiles them a moment after it has taken them. */
export async function applyPolicies(
  client: KubernetesClient,
  policies: readonly KubernetesObject[],
  isInForce: () => Promise<boolean>,
): Promise<void> {
  for (const policy of policies) await client.apply(policy);
  await eventually('the policies are in force', isInForce);
}

/** Takes policies back, which hold for the whole cluster, and with it for all other tests. */
export async function removePolicies(client: KubernetesClient, policies: readonly KubernetesObject[]): Promise<void> {
  for (const {
    apiVersion,
    kind,
    metadata: { name },
  } of policies)
    await client.remove({ apiVersion, kind, name });
}

interface PodTemplate {
  metadata: Pick<KubernetesObject['metadata'], 'labels' | 'annotations'> | null;
  spec: object;
}

/** A pod as the workload's controller would create it: admission looks at pods, and at templates hardly or not at all. */
export function podOf(workload: KubernetesObject): KubernetesObject {
  const { template: own, leaderWorkerTemplate } = workload.spec as {
    template?: PodTemplate;
    leaderWorkerTemplate?: { leaderTemplate: PodTemplate };
  };
  const template = own ?? leaderWorkerTemplate!.leaderTemplate;
  const { name, namespace } = workload.metadata;
  const { labels, annotations } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-pod`, namespace, labels, annotations },
    spec: template.spec,
  };
}

/** Waits for something that the server does a moment later; throws what it was after 60 s. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within 60 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
