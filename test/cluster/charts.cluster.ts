import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as cdk8s from 'cdk8s';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { messageOf } from '../../kubernetes-client/kubernetes-client';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import type { Controller } from '../../constructs/controllers';
import { NamespacesChart } from '../../constructs/platform/namespaces-chart';
import { StorageChart } from '../../constructs/platform/storage-chart';
import { ARCHIVED, byDigest, describeCharts, NOT_ARCHIVED, removeWork, renderChart } from '../support/charts';
import { applyPrerequisites, dryRun, installCrds, podOf } from './support/admission';
import { adminAccess } from './support/releases';

// What the charts of controllers hold, judged by the real API server: every object by its schema, with strict fields, and every pod
// under the Pod Security level of its namespace.

/** As production has them: a digest also stands where a chart puts a tag, which is no label's value. */
const PINNED = ARCHIVED.map(([name, controller]): [string, Controller] => [name, byDigest(controller)]);

const WORKLOADS = ['Deployment', 'DaemonSet', 'StatefulSet', 'Job'];

async function refusalOf(client: ClusterClient, object: KubernetesObject): Promise<string | undefined> {
  try {
    await dryRun(client, object);
    return undefined;
  } catch (error) {
    return `${object.kind} ${object.metadata.name}: ${messageOf(error)}`;
  }
}

async function refusals(client: ClusterClient, objects: readonly KubernetesObject[]): Promise<string[]> {
  const found: string[] = [];
  for (const object of objects) {
    const refusal = await refusalOf(client, object);
    if (refusal) found.push(refusal);
  }
  return found;
}

/** The pod of Prometheus as far as the chart decides: the operator adds a container of its own, restricted like this one. */
function podOfPrometheus({ metadata, spec }: KubernetesObject): KubernetesObject {
  const { image, resources, securityContext, serviceAccountName, affinity, automountServiceAccountToken } =
    spec as Record<string, unknown>;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `prometheus-${metadata.name}-0`, namespace: metadata.namespace },
    spec: {
      securityContext,
      serviceAccountName,
      affinity,
      automountServiceAccountToken,
      containers: [
        {
          name: 'prometheus',
          image,
          resources,
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}

function podsOf(controller: Controller): KubernetesObject[] {
  const { objects } = renderChart(controller);
  return [
    ...objects.filter(({ kind }) => WORKLOADS.includes(kind)).map(podOf),
    ...objects.filter(({ kind }) => kind === 'Prometheus').map(podOfPrometheus),
  ];
}

async function install(client: ClusterClient, crds: readonly KubernetesObject[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llm-platform-definitions-'));
  try {
    crds.forEach((crd) => writeFileSync(join(folder, `${crd.metadata.name}.yaml`), JSON.stringify(crd)));
    await installCrds(client, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describeCharts('charts of controllers', () => {
  let client: ClusterClient;

  beforeAll(async () => {
    client = new ClusterClient(adminAccess());
    const app = new cdk8s.App();
    const namespaces = new NamespacesChart(app, 'namespaces', {
      quota: NamespacesChart.quotaFor(4, 4),
      autoscaling: true,
      leaderWorkerSet: true,
      certManager: true,
      externalSecrets: true,
      loadBalancerController: true,
    });
    await applyPrerequisites(
      client,
      [namespaces, new StorageChart(app, 'storage')].flatMap((chart) => chart.toJson() as KubernetesObject[]),
    );
    for (const [, controller] of PINNED) {
      const { objects, installedOnce } = renderChart(controller);
      await install(client, [...installedOnce, ...objects.filter(({ kind }) => kind === 'CustomResourceDefinition')]);
      await applyPrerequisites(client, objects);
    }
  }, 600_000);

  afterAll(removeWork);

  test("all but Neuron's have an archive", () => {
    expect(NOT_ARCHIVED).toEqual(['neuron']);
  });

  test.each(PINNED)(
    'the API server accepts every object of %s',
    async (_, controller) => {
      const { objects, installedOnce } = renderChart(controller);
      expect(await refusals(client, [...objects, ...installedOnce])).toEqual([]);
    },
    120_000,
  );

  test.each(PINNED)(
    'every pod of %s is admitted',
    async (_, controller) => {
      expect(await refusals(client, podsOf(controller))).toEqual([]);
    },
    120_000,
  );

  // What is accepted above tells something only because this is refused.
  test('a pod of a controller as root is refused', async () => {
    const [, rollouts] = PINNED.find(([name]) => name === 'argo-rollouts')!;
    const [pod] = podsOf(rollouts);
    (
      pod.spec as { containers: { securityContext: Record<string, unknown> }[] }
    ).containers[0].securityContext.runAsNonRoot = false;
    expect(await refusalOf(client, pod)).toMatch(/violates PodSecurity "restricted:latest"/);
  });
});
