import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { canonicalQuantity } from '../../constructs/kubernetes/quantities';
import { SPELLINGS } from '../support/quantities';
import { adminAccess, TestRelease } from './support/releases';

// That the canonical form of a quantity is what a real API server keeps.

const client = new ClusterClient(adminAccess());

let release: TestRelease;
beforeAll(async () => {
  release = await TestRelease.create(client, 'quantities');
});

interface PodTemplate {
  template: { spec: { volumes: { emptyDir: { sizeLimit: string } }[] } };
}

/** What the API server makes of amounts. The size of a volume is the one field whose amounts it does not round to a thousandth. */
async function stored(name: string, amounts: readonly string[]): Promise<string[]> {
  await client.create({
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name, namespace: release.namespace },
    template: {
      spec: {
        containers: [{ name: 'app', image: 'registry.example/app:1' }],
        volumes: amounts.map((sizeLimit, index) => ({ name: `volume-${index}`, emptyDir: { sizeLimit } })),
      },
    },
  });
  const { template } = await release.get<PodTemplate>('v1', 'PodTemplate', name);
  return template.spec.volumes.map(({ emptyDir }) => emptyDir.sizeLimit);
}

test('what is written otherwise is stored as ours, unless the API server takes it for canonical', async () => {
  const kept = SPELLINGS.filter((spelling) => spelling.kept).map(({ spelled }) => spelled);
  const rewritten = SPELLINGS.filter((spelling) => !spelling.kept).map(({ spelled }) => spelled);
  expect(await stored('rewritten', rewritten)).toEqual(rewritten.map(canonicalQuantity));
  expect(await stored('kept', kept)).toEqual(kept);
});

test('ours is stored as it is', async () => {
  const ours = SPELLINGS.map(({ spelled }) => canonicalQuantity(spelled));
  expect(await stored('ours', ours)).toEqual(ours);
});

test('a quota keeps ours, too', async () => {
  const spelled = {
    'requests.cpu': '1000m',
    'requests.memory': '1.5Gi',
    'limits.memory': '1000M',
    'requests.storage': '0.1Gi',
    pods: '1e3',
  };
  const hard = Object.fromEntries(
    Object.entries(spelled).map(([resource, amount]) => [resource, canonicalQuantity(amount)]),
  );
  for (const [name, amounts] of Object.entries({ spelled, ours: hard })) {
    await client.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name, namespace: release.namespace },
      spec: { hard: amounts },
    });
    expect(await release.get('v1', 'ResourceQuota', name)).toMatchObject({ spec: { hard } });
  }
});
