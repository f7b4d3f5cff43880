import * as fc from 'fast-check';
import { Template } from 'aws-cdk-lib/assertions';
import { Duration, Size } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu';
import { ACCELERATOR_ROWS } from '../../../constructs/gpu/accelerator-facts';
import { hasImage, imageVariantsOf } from '../../../constructs/gpu/accelerator-images';
import { ColdStartEstimate, ImageAcceleration, NodeCapacity, type NodeRequirements } from '../../../constructs/nodes';
import type { INodeProvisioning } from '../../../constructs/nodes/node-provisioning';
import { problemsOfRequirements } from '../../../constructs/nodes/node-problems';
import { nodesFixture, objectsOf } from './fixture';

const fixture = nodesFixture();
const { groups, stack } = fixture;
const { nodes: karpenter } = fixture.karpenter();
const auto = fixture.auto();

const G6E_12XLARGE = Accelerator.G6E_12XLARGE;
/** 643 seconds. */
const coldStart = new ColdStartEstimate({
  accelerator: Accelerator.G6E_XLARGE,
  imageSize: Size.gibibytes(10),
  weightsSize: Size.gibibytes(15.3),
});

/** The pool of requirements, and what is said of it. */
function pool(
  provisioning: (own: ReturnType<typeof nodesFixture>) => INodeProvisioning,
  requirements: NodeRequirements,
) {
  const own = nodesFixture();
  const { charts, notices } = provisioning(own).bind(own.stack, requirements);
  const {
    template: { spec },
    limits,
  } = objectsOf(own.stack, charts).NodePool.spec as {
    template: { spec: Record<string, string> };
    limits: Record<string, string>;
  };
  return { spec, limits, notices };
}

describe('images', () => {
  const families: Readonly<Record<string, readonly string[]>> = {
    BOTTLEROCKET_x86_64_NVIDIA: [
      'g4dn',
      'g5',
      'g6',
      'gr6',
      'g6e',
      'g7e',
      'p4d',
      'p4de',
      'p5',
      'p5e',
      'p5en',
      'p6-b200',
      'p6-b300',
    ],
    AL2023_x86_64_NVIDIA: [
      'g4dn',
      'g5',
      'g6',
      'gr6',
      'g6e',
      'g7e',
      'p4d',
      'p4de',
      'p5',
      'p5e',
      'p5en',
      'p6-b200',
      'p6-b300',
    ],
    BOTTLEROCKET_x86_64: ['inf2', 'trn1', 'trn1n', 'trn2'],
    AL2023_x86_64_NEURON: ['inf2', 'trn1', 'trn1n', 'trn2'],
  };

  test.each(Accelerator.knownInstanceTypes())('%s has the variants of its family', (type) => {
    const [family] = type.split('.');
    expect(imageVariantsOf(Accelerator.fromInstanceType(type))).toEqual(
      Object.keys(families).filter((variant) => families[variant].includes(family)),
    );
  });

  test.each(['g7.2xlarge', 'g7.48xlarge'])('%s is refused by all, because no image has its driver', (type) => {
    const requirements = { accelerator: Accelerator.fromInstanceType(type), nodes: 1 };
    const problem = `accelerator: expected an instance type for which EKS has an image with its driver, got ${type}; take another family, such as g7e or g6e`;
    for (const provisioning of [groups, karpenter, auto])
      expect(provisioning.problemsOf(requirements)).toContain(problem);
  });

  test('a device that nobody has listed is for whoever names it to know', () => {
    expect(
      hasImage(
        Accelerator.of({
          instanceType: 'x1.large',
          gpu: 'x1',
          gpus: 1,
          gpuMemory: Size.mebibytes(1),
          vcpus: 8,
          memory: Size.mebibytes(1),
        }),
      ),
    ).toBe(true);
  });
});

describe('local disks', () => {
  const types = ACCELERATOR_ROWS.map(([type]) => Accelerator.fromInstanceType(type)).filter(
    (type) => type.localStorage.toBytes() > 0 && hasImage(type),
  );

  test('hold what pods and images ask for, or are refused', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 8 }),
        (accelerator, podGib, pods) => {
          const imagesGib = 60;
          const storage = Size.gibibytes(Math.ceil((pods * podGib + imagesGib) / 0.85));
          const requirements = { accelerator, nodes: 1, localStorage: true, storage };
          const fits = (pods * podGib + imagesGib) * 2 ** 30 <= 0.85 * accelerator.localStorage.toBytes();
          const refused = problemsOfRequirements(requirements).some((problem) =>
            problem.startsWith('localStorage: expected images and pods that fit'),
          );
          const autoRefused = auto
            .problemsOf({ ...requirements, localStorage: undefined })
            .some((problem) => problem.startsWith('localStorage: expected images and pods that fit'));
          // A GiB of rounding may be refused that would fit; never the other way.
          return (refused || fits) && refused === autoRefused;
        },
      ),
    );
  });

  test.each<[string, Accelerator, number, boolean]>([
    ['302 GiB of a pod on 250 GB', Accelerator.G6E_XLARGE, 430, false],
    ['102 GiB of a pod on 125 GB', Accelerator.G4DN_XLARGE, 200, false],
    ['four of 1,002 GiB on 3,800 GB', G6E_12XLARGE, 4790, false],
    ['102 GiB of a pod on 250 GB', Accelerator.G6E_XLARGE, 200, true],
  ])('%s', (_, accelerator, storageGib, fits) => {
    const requirements = { accelerator, nodes: 1, storage: Size.gibibytes(storageGib) };
    const problems = fits
      ? []
      : [expect.stringMatching(/^localStorage: expected images and pods that fit on the \d+ GiB of local disks/)];
    for (const provisioning of [groups, karpenter])
      expect(provisioning.problemsOf({ ...requirements, localStorage: true })).toEqual(problems);
    expect(auto.problemsOf(requirements)).toEqual(problems);
    expect(groups.problemsOf(requirements)).toEqual([]);
  });

  test('hold the images of SOCI too', () => {
    const own = nodesFixture();
    own.groups.bind(own.stack, {
      accelerator: Accelerator.G6E_2XLARGE,
      nodes: 1,
      localStorage: true,
      imageAcceleration: ImageAcceleration.soci(),
    });
    expect(JSON.stringify(Template.fromStack(own.stack).findResources('AWS::EC2::LaunchTemplate'))).toContain(
      '/var/lib/soci-snapshotter',
    );
  });
});

describe('the age of nodes', () => {
  const requirements: NodeRequirements = {
    accelerator: Accelerator.G6E_XLARGE,
    nodes: 13,
    pods: 13,
    podsPerNode: 1,
    coldStart,
  };

  test('nodes of Karpenter are renewed one at a time, by their image, and never for their age', () => {
    expect(coldStart.total.toSeconds()).toBe(643);
    expect(pool((own) => own.karpenter().nodes, requirements).spec).toMatchObject({
      expireAfter: 'Never',
      terminationGracePeriod: '3600s',
    });
  });

  test('nodes of Auto Mode that end together have the time for all their pods', () => {
    expect(pool((own) => own.auto(), requirements).spec).toMatchObject({
      expireAfter: '1209600s',
      terminationGracePeriod: `${13 * 643}s`,
    });
  });

  test('a drain that ends before the pods have moved is refused', () => {
    const drainTimeout = Duration.hours(1);
    expect(auto.problemsOf({ ...requirements, drainTimeout })).toEqual([
      'drainTimeout: expected at least 8359 s, in which 13 pods leave one after another, each when another has started in 643 s, got 3600 s; give nodes longer to drain, or leave it out',
    ]);
    expect(karpenter.problemsOf({ ...requirements, drainTimeout })).toEqual([]);
    const eight = { accelerator: Accelerator.G6E_48XLARGE, podsPerNode: 8 };
    expect(karpenter.problemsOf({ ...requirements, ...eight, drainTimeout })).toEqual([
      expect.stringMatching(/^drainTimeout: expected at least 5144 s, in which 8 pods leave/),
    ]);
    expect(auto.problemsOf({ ...requirements, pods: 1000 })).toEqual([
      expect.stringMatching(/^drainTimeout: expected at most 7 days/),
    ]);
  });

  test('a pool that is full outside of a rollout has room to renew a node', () => {
    expect(pool((own) => own.karpenter().nodes, { ...requirements, nodes: 12, standingNodes: 12 }).limits).toEqual({
      'nvidia.com/gpu': '13',
    });
    expect(pool((own) => own.karpenter().nodes, { ...requirements, nodes: 13, standingNodes: 12 }).limits).toEqual({
      'nvidia.com/gpu': '13',
    });
  });
});

describe('notices', () => {
  test('an update of a group takes longer than EKS gives it', () => {
    const { notices } = groups.bind(stack, { accelerator: G6E_12XLARGE, nodes: 2, pods: 8, podsPerNode: 4, coldStart });
    expect(notices).toEqual([
      'nodes: expected pods that leave a node within the 900 s that EKS gives them while it updates a group, got 4 × a cold start of 643 s; an update of the image may end with PodEvictionFailure and be taken back; make room with a free node, or use Karpenter',
    ]);
    expect(
      nodesFixture().groups.bind(nodesFixture().stack, {
        accelerator: Accelerator.G6E_XLARGE,
        nodes: 2,
        podsPerNode: 1,
        coldStart,
      }).notices,
    ).toEqual([]);
  });

  test('nothing is said of nodes with all defaults', () => {
    const { groups: own, stack: scope } = nodesFixture();
    expect(own.bind(scope, { accelerator: Accelerator.G6E_XLARGE, nodes: 3 }).notices).toEqual([]);
  });

  test('a pod that ends slower than Spot', () => {
    const requirements = { accelerator: Accelerator.G6E_XLARGE, nodes: 1, capacity: NodeCapacity.spot() };
    expect(
      pool((own) => own.karpenter().nodes, { ...requirements, longestGracePeriod: Duration.seconds(640) }).notices,
    ).toEqual([
      'capacity: expected pods that end within the 120 s of notice of Spot, got a grace period of 640 s; what takes longer is cut off: shorten the drain, or take on-demand nodes',
    ]);
    expect(
      pool((own) => own.auto(), { ...requirements, longestGracePeriod: Duration.seconds(640) }).notices,
    ).toHaveLength(1);
    expect(
      pool((own) => own.karpenter().nodes, { ...requirements, longestGracePeriod: Duration.seconds(120) }).notices,
    ).toEqual([]);
  });
});

test('a capacity block is placed by EC2, with the fabric and without a placement group', () => {
  const requirements: NodeRequirements = {
    accelerator: Accelerator.P5_48XLARGE,
    nodes: 2,
    efa: true,
    availabilityZone: 'us-east-1a',
    capacity: NodeCapacity.capacityBlock('cr-0a'),
  };
  const own = nodesFixture();
  own.groups.bind(own.stack, requirements);
  const { charts } = own.karpenter().nodes.bind(own.stack, requirements);
  Template.fromStack(own.stack).resourceCountIs('AWS::EC2::PlacementGroup', 0);
  expect(JSON.stringify(Template.fromStack(own.stack).findResources('AWS::EC2::LaunchTemplate'))).toContain('efa-only');
  expect(objectsOf(own.stack, charts).EC2NodeClass.spec).not.toHaveProperty('placementGroupSelector');
});
