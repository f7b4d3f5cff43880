import { type Duration, SizeRoundingBehavior } from 'aws-cdk-lib';
import { secondsOf, wholeSecondsProblems } from '../checks/durations';
import { mebibytes } from '../checks/sizes';
import { deployTimeProblems, isUnresolved } from '../checks/unresolved';
import { hasImage } from '../gpu/accelerator-images';
import { sharingProblems } from './gpu-sharing';
import { imageAccelerationProblems } from './image-acceleration';
import { CapacityKind } from './node-capacity';
import { type NodeRequirements, resolveNodeRequirements } from './node-requirements';

/** One line about a value that cannot be. */
export function problem(prop: string, expected: string, got: unknown, remedy: string): string {
  return `${prop}: expected ${expected}, got ${String(got)}; ${remedy}`;
}

/** Instance types whose first network card has no fabric, so that the usual layout of interfaces fails. */
const OTHER_LAYOUT = ['p6-b300.48xlarge'];

/** What is wrong with node requirements, whoever is to meet them. */
export function problemsOfRequirements(requirements: NodeRequirements): string[] {
  const {
    accelerator,
    nodes,
    capacity,
    image,
    sharing,
    imageAcceleration,
    localStorage,
    efa,
    availabilityZone,
    dataVolumeSize,
  } = resolveNodeRequirements(requirements);
  const type = accelerator.instanceType;
  const problems: string[] = [];
  const add = (...line: Parameters<typeof problem>) => problems.push(problem(...line));

  const { standingNodes, podsPerNode, pods } = requirements;
  problems.push(...deployTimeProblems({ nodes, standingNodes, podsPerNode, pods }));
  if (!isUnresolved(nodes) && (!Number.isInteger(nodes) || nodes < 1))
    add('nodes', 'a whole number from 1', nodes, `leave the group out when no model uses ${type}`);
  if (!hasImage(accelerator))
    add(
      'accelerator',
      'an instance type for which EKS has an image with its driver',
      type,
      'take another family, such as g7e or g6e',
    );
  if (capacity.reserved) {
    if (capacity.reservationIds.length === 0)
      add('capacity.reservationIds', 'at least one reservation', 'none', 'name the ids of the reservations');
    capacity.reservationIds.forEach((id, index) => {
      if (!isUnresolved(id) && !/^cr-[0-9a-z]+$/.test(id))
        add(
          `capacity.reservationIds[${index}]`,
          'the id of a capacity reservation',
          JSON.stringify(id),
          'it starts with cr-',
        );
    });
  }
  if (efa && accelerator.efaInterfaces < 1)
    add(
      'efa',
      'an instance type with Elastic Fabric Adapter',
      type,
      'take a larger size of the family, or leave efa out',
    );
  if (efa && OTHER_LAYOUT.includes(type))
    add(
      'efa',
      'an instance type whose first network card has the fabric',
      type,
      'take another type, or start these nodes by a launch template of your own',
    );
  if ((efa || capacity.kind === CapacityKind.CAPACITY_BLOCK) && availabilityZone === undefined) {
    add(
      'availabilityZone',
      `one zone, because ${efa ? 'a cluster placement group' : 'a capacity block'} is in one`,
      'none',
      'name the zone',
    );
  }
  if (localStorage && mebibytes(accelerator.localStorage) <= 0)
    add('localStorage', 'an instance type with local disks', type, 'leave it out');
  else if (localStorage) problems.push(...problemsOfLocalDisks(requirements));
  const volumeGib = dataVolumeSize.isUnresolved()
    ? undefined
    : dataVolumeSize.toGibibytes({ rounding: SizeRoundingBehavior.NONE });
  if (volumeGib !== undefined && !(Number.isInteger(volumeGib) && volumeGib >= 1))
    add('dataVolumeSize', 'whole GiB from 1', `${volumeGib} GiB`, 'EBS sells no fractions, take the next larger size');
  if (sharing) problems.push(...sharingProblems(sharing, accelerator, image));
  problems.push(...imageAccelerationProblems(imageAcceleration, accelerator, image, localStorage));
  problems.push(...problemsOfAmounts(requirements), ...problemsOfGrace(requirements));
  return problems;
}

/** Whether there can be as many nodes and pods as are given beside the most nodes, and what they store. */
function problemsOfAmounts({
  accelerator: { instanceType, gpus },
  nodes,
  standingNodes = 0,
  sharing,
  podsPerNode,
  pods,
  storage,
}: NodeRequirements): string[] {
  const problems: string[] = [];
  const whole = (option: string, given: number | undefined, least: number, most: number, remedy: string) => {
    // One that only the deployment knows has a report of its own.
    if (given === undefined || isUnresolved(given)) return;
    if (Number.isInteger(given) && given >= least && given <= most) return;
    const range = most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
    problems.push(problem(option, `a whole number ${range}`, given, remedy));
  };
  // A number of nodes that cannot be has a report of its own.
  const most = Number.isInteger(nodes) && nodes >= 1 ? nodes : Infinity;
  const places = sharing ? `shares of GPUs of ${instanceType}` : `GPUs of ${instanceType}`;
  whole('standingNodes', standingNodes, 0, most, 'raise nodes, or leave it out');
  whole('podsPerNode', podsPerNode, 1, gpus * (sharing?.podsPerGpu ?? 1), `leave it out for all ${places}`);
  whole('pods', pods, 1, Infinity, 'leave it out for full nodes');
  if (storage && !storage.isUnresolved() && mebibytes(storage) <= 0)
    problems.push(problem('storage', 'more than 0 GiB', '0 GiB', 'leave it out for the size of the data volume'));
  return problems;
}

/** Whether images and pods find room on the local disks: what they ask for beyond that is never scheduled, and no node starts for it. */
export function problemsOfLocalDisks(requirements: NodeRequirements): string[] {
  const {
    accelerator: { instanceType, localStorage },
    storage,
  } = resolveNodeRequirements(requirements);
  if (storage.isUnresolved()) return [];
  const [needed, disks] = [
    storage.toGibibytes({ rounding: SizeRoundingBehavior.NONE }),
    localStorage.toGibibytes({ rounding: SizeRoundingBehavior.FLOOR }),
  ];
  return needed <= disks
    ? []
    : [
        problem(
          'localStorage',
          `images and pods that fit on the ${disks} GiB of local disks of ${instanceType}`,
          `${Math.ceil(needed)} GiB`,
          'take a larger size, or a smaller cacheSize of the models',
        ),
      ];
}

/** Whether pods are killed before their grace period is over. Karpenter's limit overrides that of a pod. */
export function problemsOfGrace(requirements: NodeRequirements): string[] {
  const { drainTimeout, longestGracePeriod } = resolveNodeRequirements(requirements);
  const [limit, grace] = [secondsOf(drainTimeout), secondsOf(longestGracePeriod)];
  const unknown = Object.entries({ drainTimeout: limit, longestGracePeriod: grace })
    .filter(([, seconds]) => seconds < 0)
    .map(([option]) => problem(option, 'a time that is known at synth', 'a deploy-time value', 'give the time itself'));
  if (unknown.length > 0) return unknown;
  const fractions = [
    ...wholeSecondsProblems('drainTimeout', limit, 1, 'take the next whole second'),
    ...wholeSecondsProblems('longestGracePeriod', grace, 1, 'take that of the model which needs longest to end'),
  ];
  if (fractions.length > 0) return fractions;
  return limit >= grace
    ? []
    : [
        problem(
          'drainTimeout',
          `at least the pods' grace period of ${grace} s`,
          `${limit} s`,
          'give nodes longer to drain, or pods a shorter grace period',
        ),
      ];
}

/**
 * Whether pods are killed before their replacements have started, where nodes end whose pods leave one after another. Karpenter's
 * limit overrides disruption budgets.
 */
export function problemsOfDrain(drainTimeout: Duration, pods: number, coldStartSeconds: number): string[] {
  const limit = secondsOf(drainTimeout);
  // One that is not known has a report of its own.
  if (limit < 0 || limit >= pods * coldStartSeconds) return [];
  return [
    problem(
      'drainTimeout',
      `at least ${pods * coldStartSeconds} s, in which ${pods} pods leave one after another, each when another has started in ${coldStartSeconds} s`,
      `${limit} s`,
      'give nodes longer to drain, or leave it out',
    ),
  ];
}

/** What may be elsewhere, but not in production: Spot without a fallback, and images that change by themselves. */
export function problemsInProduction(requirements: NodeRequirements): string[] {
  const { capacity, image } = resolveNodeRequirements(requirements);
  return [
    ...(capacity.kind === CapacityKind.SPOT && !capacity.onDemandFallback
      ? [
          problem(
            'capacity',
            'a fallback to on-demand nodes in production',
            'Spot alone',
            'let on-demand nodes stand in for it, or take on-demand nodes',
          ),
        ]
      : []),
    ...(image.version === undefined
      ? [
          problem(
            'image.version',
            'a pinned version in production',
            `${image.operatingSystem} without one`,
            'name the version, such as v1.63.0',
          ),
        ]
      : []),
  ];
}
