import { SYSTEM_INSTANCE, UPDATE_SURGE_PER_ZONE } from '../../../constructs/cluster/facts';
import { CapacityKind } from '../../../constructs/nodes';
import { planNodes } from '../../environment/nodes/node-plan';
import { capacityOf, nodeTypeOf, provisioningKind } from '../../environment/nodes/node-types';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { AUTO_MODE_FEE } from '../prices';
import { type QuotaName } from './account-facts';

/** What an environment needs of its account at most. */
export interface Requirements {
  /** vCPUs, by quota; only those that are needed. */
  readonly vcpus: readonly VcpuNeed[];
  /** Instance types of nodes; empty when the environment brings its own cluster. */
  readonly instanceTypes: readonly string[];
  readonly zones: readonly string[];
  /** Elastic IP addresses of NAT gateways. */
  readonly addresses: number;
  readonly vpcs: number;
  readonly cost: CostEstimate;
}

/** vCPUs that count against one quota. */
export interface VcpuNeed {
  /** Name of the quota. */
  readonly name: string;
  /** Absent where the code of the quota is not known. */
  readonly quota?: QuotaName;
  readonly vcpus: number;
  /** The nodes, in words. */
  readonly nodes: string;
}

/** GPU nodes by the hour. */
export interface CostEstimate {
  /**
   * Instance types with their nodes at the height of a rollout and outside of one, and what one costs on demand, USD/h, with the fee
   * of Auto Mode; no price where none is known.
   */
  readonly nodes: readonly {
    readonly instanceType: string;
    readonly nodes: number;
    readonly standingNodes: number;
    readonly hourlyUsd?: number;
  }[];
}

interface Family {
  readonly name: string;
  readonly code: string;
  readonly pattern: RegExp;
}

/** Quotas on running on-demand instances, by the first letters of the instance type. Reservations count here too, capacity blocks do not. */
const ON_DEMAND: readonly Family[] = [
  { name: 'G and VT instances', code: 'L-DB2E81BA', pattern: /^(g|vt)\d|^gr\d/ },
  { name: 'P instances', code: 'L-417A185B', pattern: /^p\d/ },
  { name: 'Inf instances', code: 'L-1945791B', pattern: /^inf\d/ },
  { name: 'Trn instances', code: 'L-2C3B7624', pattern: /^trn\d/ },
  { name: 'standard instances', code: 'L-1216C47A', pattern: /^[acdhimrtz]\d/ },
];

/** Quotas on Spot instances. There is more than one for P instances; which one P6 counts against is not published. */
const SPOT: readonly Family[] = [
  { name: 'G and VT instances', code: 'L-3819A6DF', pattern: /^(g|vt)\d|^gr\d/ },
  { name: 'P4, P3 and P2 instances', code: 'L-7212CCBC', pattern: /^p[234]/ },
  { name: 'P5 instances', code: 'L-C4BD4855', pattern: /^p5/ },
  { name: 'Inf instances', code: 'L-B5D1601B', pattern: /^inf\d/ },
  { name: 'Trn instances', code: 'L-6B0D517C', pattern: /^trn\d/ },
];

/** Elastic IP addresses of a region. */
export const ADDRESS_QUOTA: QuotaName = { service: 'ec2', code: 'L-0263D0A3' };

/** VPCs of a region. */
export const VPC_QUOTA: QuotaName = { service: 'vpc', code: 'L-F678F1CE' };

/**
 * What an environment needs at the height of a rollout, and while nodes are replaced: GPU nodes end before their successors
 * start, system nodes after.
 */
export function requirementsOf(environment: EnvironmentConfig): Requirements {
  const { network, cluster } = environment;
  const created = 'create' in cluster ? cluster.create : undefined;
  const plans = created ? planNodes(environment) : [];
  const zones = 'create' in network ? network.create.availabilityZones : network.existing.availabilityZones;
  const nodes = plans.map(({ accelerator: { instanceType, vcpus }, nodes: count }) => ({
    instanceType,
    vcpus,
    nodes: count,
    capacity: capacityOf(nodeTypeOf(environment, instanceType)),
  }));
  const system = created
    ? [
        {
          ...SYSTEM_INSTANCE,
          nodes: created.systemNodes + UPDATE_SURGE_PER_ZONE * Math.min(zones.length, created.systemNodes),
        },
      ]
    : [];
  const provisioning = provisioningKind(environment);
  const fee = provisioning === 'auto-mode' ? AUTO_MODE_FEE : 0;
  const newNetwork = 'create' in network ? network.create : undefined;
  return {
    vcpus: [
      ...vcpusOf('running on-demand', ON_DEMAND, [
        ...nodes.filter(
          ({ capacity: { kind, onDemandFallback } }) =>
            kind !== CapacityKind.CAPACITY_BLOCK && (kind !== CapacityKind.SPOT || onDemandFallback),
        ),
        ...system,
      ]),
      ...vcpusOf(
        'Spot',
        SPOT,
        nodes.filter(({ capacity }) => capacity.kind === CapacityKind.SPOT),
      ),
    ],
    instanceTypes: [...nodes, ...system].map(({ instanceType }) => instanceType),
    zones,
    addresses: newNetwork?.natGateways ?? 0,
    vpcs: newNetwork ? 1 : 0,
    cost: {
      nodes: plans.map(({ accelerator: { instanceType, hourlyUsd }, nodes, standingNodes }) => ({
        instanceType,
        nodes,
        standingNodes: provisioning === 'managed-groups' ? nodes : standingNodes,
        hourlyUsd: hourlyUsd === undefined ? undefined : hourlyUsd * (1 + fee),
      })),
    },
  };
}

interface NodesOfType {
  readonly instanceType: string;
  readonly nodes: number;
  readonly vcpus: number;
}

/** What nodes count against each quota; nodes of no known quota are a need of their own. */
function vcpusOf(kind: string, families: readonly Family[], groups: readonly NodesOfType[]): VcpuNeed[] {
  const need = (own: readonly NodesOfType[]) => ({
    vcpus: own.reduce((sum, { nodes, vcpus }) => sum + nodes * vcpus, 0),
    nodes: own.map(({ instanceType, nodes }) => `${nodes} × ${instanceType}`).join(', '),
  });
  const unknown = groups.filter(({ instanceType }) => !families.some(({ pattern }) => pattern.test(instanceType)));
  return [
    ...families.map(({ name, code, pattern }) => ({
      name: `${kind} ${name}`,
      quota: { service: 'ec2' as const, code },
      ...need(groups.filter(({ instanceType }) => pattern.test(instanceType))),
    })),
    ...unknown.map((group) => ({ name: `${kind} ${group.instanceType}`, ...need([group]) })),
  ].filter(({ vcpus }) => vcpus > 0);
}
