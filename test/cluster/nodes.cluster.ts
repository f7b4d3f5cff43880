import { Stack } from 'aws-cdk-lib';
import * as cdk8s from 'cdk8s';
import { Accelerator } from '../../constructs/gpu';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { messageOf } from '../../kubernetes-client/kubernetes-client';
import { markTokens } from '../../constructs/kubernetes/markers';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { ImageAcceleration, NodeCapacity, type NodeRequirements, NodeImage } from '../../constructs/nodes';
import { OverprovisioningChart } from '../../constructs/nodes/overprovisioning-chart';
import { NamespacesChart } from '../../constructs/platform/namespaces-chart';
import { cacheDirectory } from '../../rehearsal/platform/cache';
import { locateCrds } from '../../rehearsal/platform/crds';
import { nodesFixture } from '../constructs/nodes/fixture';
import { applyPrerequisites, dryRun, installCrds, podOf } from './support/admission';
import { withPlausibleValues } from './support/deploy-time-values';
import { adminAccess } from './support/releases';

// What Karpenter is given, judged by its own CRDs in the real API server: their schemas, and their rules in CEL.

const client = new ClusterClient(adminAccess());

beforeAll(async () => {
  await installCrds(client, await locateCrds({ cacheDirectory: cacheDirectory(), sets: ['nodes'] }));
});

const fixture = nodesFixture();
const { nodes: karpenter } = fixture.karpenter();

/** Ids as AWS has them: the CRDs check how they are spelled. */
function asDeployed(stack: Stack, charts: readonly cdk8s.Chart[]): KubernetesObject[] {
  const { objects } = markTokens(
    stack,
    charts.flatMap((chart) => chart.toJson() as unknown[]),
  );
  return withPlausibleValues(objects).map((object) => {
    const { subnetSelectorTerms, securityGroupSelectorTerms } = (object.spec ?? {}) as Record<
      string,
      { id: string }[] | undefined
    >;
    subnetSelectorTerms?.forEach((term, index) => {
      term.id = `subnet-0${index}`;
    });
    securityGroupSelectorTerms?.forEach((term, index) => {
      term.id = `sg-0${index}`;
    });
    return object;
  });
}

async function refusalOf(object: KubernetesObject): Promise<string | undefined> {
  try {
    await dryRun(client, object);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

const REQUIREMENTS: [string, NodeRequirements][] = [
  [
    'on-demand Bottlerocket',
    { accelerator: Accelerator.G6E_2XLARGE, nodes: 4, image: NodeImage.bottlerocket('v1.57.0') },
  ],
  [
    'Spot with SOCI and local disks',
    {
      accelerator: Accelerator.G6_12XLARGE,
      nodes: 2,
      capacity: NodeCapacity.spot(),
      imageAcceleration: ImageAcceleration.soci(),
      localStorage: true,
    },
  ],
  [
    'Amazon Linux in reservations',
    {
      accelerator: Accelerator.G6E_4XLARGE,
      nodes: 1,
      capacity: NodeCapacity.reservations({ reservationIds: ['cr-0a', 'cr-0b'], onDemandFallback: true }),
      image: NodeImage.amazonLinux2023(),
      imageAcceleration: ImageAcceleration.soci(),
    },
  ],
  [
    'a snapshot',
    {
      accelerator: Accelerator.G6_XLARGE,
      nodes: 1,
      imageAcceleration: ImageAcceleration.dataVolumeSnapshot({ snapshotId: 'snap-0a', initializationRateMibps: 300 }),
    },
  ],
  [
    'a capacity block with the fabric',
    {
      accelerator: Accelerator.P5_48XLARGE,
      nodes: 2,
      capacity: NodeCapacity.capacityBlock('cr-0c'),
      efa: true,
      availabilityZone: 'us-east-1a',
    },
  ],
  ['Neuron', { accelerator: Accelerator.fromInstanceType('inf2.8xlarge'), nodes: 1 }],
];

describe.each(REQUIREMENTS)('%s', (_, requirements) => {
  const objects = asDeployed(fixture.stack, karpenter.bind(fixture.stack, requirements).charts);

  test.each(objects.map((object): [string, KubernetesObject] => [object.kind, object]))(
    '%s is accepted',
    async (_kind, object) => {
      expect(await refusalOf(object)).toBeUndefined();
    },
  );
});

// What is accepted above tells something only because this is refused.
test.each<[string, string, (spec: Record<string, unknown>) => void, RegExp]>([
  [
    'NodePool',
    'a field that its schema does not have',
    (spec) => {
      spec.consolidation = {};
    },
    /consolidation/,
  ],
  [
    'NodePool',
    'a policy that it does not know',
    (spec) => {
      (spec.disruption as Record<string, unknown>).consolidationPolicy = 'Never';
    },
    /Unsupported value: "Never"/,
  ],
  [
    'EC2NodeClass',
    'a role beside the profile',
    (spec) => {
      spec.role = 'nodes';
    },
    /must specify exactly one of \['role', 'instanceProfile'\]/,
  ],
  [
    'EC2NodeClass',
    'a rate without a snapshot',
    (spec) => {
      (spec.blockDeviceMappings as { ebs: Record<string, unknown> }[])[1].ebs.volumeInitializationRate = 200;
    },
    /snapshotID must be set/,
  ],
  [
    'EC2NodeClass',
    'no interface with an address',
    (spec) => {
      spec.networkInterfaces = [{ networkCardIndex: 0, deviceIndex: 1, interfaceType: 'efa-only' }];
    },
    /must include a primary interface/,
  ],
])('%s is refused with %s', async (kind, _, change, reason) => {
  const own = nodesFixture();
  const objects = asDeployed(own.stack, own.karpenter().nodes.bind(own.stack, REQUIREMENTS[0][1]).charts);
  const object = objects.find((each) => each.kind === kind)!;
  change(object.spec as Record<string, unknown>);
  expect(await refusalOf(object)).toMatch(reason);
});

test('placeholders pass Pod Security beside models', async () => {
  const app = new cdk8s.App();
  const objects = (chart: cdk8s.Chart) => chart.toJson() as KubernetesObject[];
  await applyPrerequisites(
    client,
    objects(new NamespacesChart(app, 'namespaces', { quota: NamespacesChart.quotaFor(4, 4), controllers: false })),
  );
  const headroom = objects(
    new OverprovisioningChart(app, 'headroom', {
      namespace: 'models',
      instanceType: 'g6e.2xlarge',
      deviceResource: 'nvidia.com/gpu',
      devices: 1,
      replicas: 1,
    }),
  );
  for (const object of headroom) expect(await refusalOf(object)).toBeUndefined();
  const priority = headroom.find(({ kind }) => kind === 'PriorityClass')!;
  await client.apply(priority);
  const pod = podOf(headroom.find(({ kind }) => kind === 'Deployment')!);
  await client
    .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'models' } })
    .catch(() => undefined);
  expect(await refusalOf(pod)).toBeUndefined();
});
