import { Accelerator } from '../../../constructs/gpu/accelerator';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { AUTO_MODE_FEE, describePrice } from '../prices';
import { type StackSnapshot } from './assembly';
import { acceleratorOf, devicesOf, type HourlyCost, podsOf } from './hourly-cost';

/** What the nodes with accelerators of an environment cost on demand, USD/h. */
export interface NodesCost {
  /** Outside of a rollout. */
  readonly standing: HourlyCost;
  /** At the height of a rollout of all models. */
  readonly rollout: number;
}

/** Nodes of one instance type. */
interface Nodes {
  readonly instanceType: string;
  /** Outside of a rollout, with the fewest and with the most replicas. */
  readonly least: number;
  readonly most: number;
  readonly rollout: number;
  /** Charged beyond the price of the instance, as a share of it. */
  readonly fee: number;
}

interface Requirement {
  readonly key: string;
  readonly values?: readonly string[];
}
interface PoolSpec {
  readonly limits?: Readonly<Record<string, string>>;
  readonly template: {
    readonly spec: { readonly nodeClassRef: { readonly group: string }; readonly requirements: readonly Requirement[] };
  };
}
interface GroupProperties {
  readonly InstanceTypes?: readonly string[];
  readonly ScalingConfig?: { readonly DesiredSize?: number };
}

/**
 * What the nodes with accelerators in the stacks of an environment cost on demand: node groups at all times, pools by the pods of the
 * models. Undefined where there are none, or a price or a number of replicas is not known.
 */
export function nodesCostOf(stacks: readonly StackSnapshot[]): NodesCost | undefined {
  const objects = stacks.flatMap(({ releases }) => releases.flatMap(({ applied }) => applied));
  const found = [
    ...groupsIn(stacks),
    ...objects.filter(({ kind }) => kind === 'NodePool').map((pool) => poolOf(pool, objects)),
  ];
  const nodes = found.filter((each) => each !== undefined);
  const prices = nodes.map(({ instanceType }) => Accelerator.fromInstanceType(instanceType).hourlyUsd);
  if (nodes.length === 0 || nodes.length < found.length || prices.includes(undefined)) return undefined;
  const sum = (count: (of: Nodes) => number) =>
    nodes.reduce((total, each, index) => total + count(each) * prices[index]! * (1 + each.fee), 0);
  return {
    standing: { least: sum(({ least }) => least), most: sum(({ most }) => most) },
    rollout: sum(({ rollout }) => rollout),
  };
}

/** A cost of nodes in words. */
export function describeNodesCost({ standing: { least, most }, rollout }: NodesCost): string {
  return `${describePrice(least, most)}${rollout > most ? `, up to ${describePrice(rollout)} while models roll out` : ''}`;
}

function groupsIn(stacks: readonly StackSnapshot[]): Nodes[] {
  return stacks
    .flatMap(({ template }) => Object.values(template.Resources ?? {}))
    .filter(({ Type }) => Type === 'AWS::EKS::Nodegroup')
    .flatMap(({ Properties }) => {
      const { InstanceTypes: [instanceType] = [], ScalingConfig: { DesiredSize: size = 0 } = {} } =
        Properties as GroupProperties;
      // The type of a capacity block is in its launch template; the block is paid for apart. CPU nodes are not counted here.
      return instanceType === undefined || Accelerator.problemOf(instanceType)
        ? []
        : [{ instanceType, least: size, most: size, rollout: size, fee: 0 }];
    });
}

function poolOf({ spec }: KubernetesObject, objects: readonly KubernetesObject[]): Nodes | undefined {
  const { limits = {}, template } = spec as PoolSpec;
  const { nodeClassRef, requirements } = template.spec;
  const instanceType = requirements.find(({ key }) => key === 'node.kubernetes.io/instance-type')?.values?.[0] ?? '';
  if (Accelerator.problemOf(instanceType)) return undefined;
  const { gpus } = Accelerator.fromInstanceType(instanceType);
  const users = objects
    .filter((object) => object.spec !== undefined && acceleratorOf(object) === instanceType)
    .map((workload) => {
      const pods = podsOf(workload, objects);
      const perNode = Math.max(1, Math.floor(gpus / Math.max(1, devicesOf(workload))));
      return pods && { least: Math.ceil(pods.least / perNode), most: Math.ceil(pods.most / perNode) };
    });
  if (!users.every((user) => user !== undefined)) return undefined;
  return {
    instanceType,
    least: users.reduce((total, { least }) => total + least, 0),
    most: users.reduce((total, { most }) => total + most, 0),
    rollout: Math.floor(Number(Object.values(limits)[0] ?? 0) / gpus),
    fee: nodeClassRef.group === 'eks.amazonaws.com' ? AUTO_MODE_FEE : 0,
  };
}
