import { SYSTEM_INSTANCE, UPDATE_SURGE_PER_ZONE } from '../../constructs/cluster/facts';
import { planNodes } from '../nodes/node-plan';
import { kubernetesVersionOf, provisioningKind } from '../nodes/node-types';
import type { EnvironmentConfig } from '../environment';
import { AUTO_MODE_FEE } from '../prices';
import { type QuotaName } from './account-reader';

/** What an environment needs of its account at most. */
export interface Needs {
  /** vCPUs of on-demand instances, by quota; only those that are needed. */
  readonly vcpus: readonly { readonly name: string; readonly quota: QuotaName; readonly vcpus: number; readonly nodes: string }[];
  /** Instance types of nodes; empty when the environment brings its own cluster. */
  readonly instanceTypes: readonly string[];
  readonly zones: readonly string[];
  /** Elastic IP addresses of NAT gateways. */
  readonly addresses: number;
  readonly vpcs: number;
  /** Absent when the environment brings its own cluster. */
  readonly kubernetesVersion?: string;
  readonly cost: CostEstimate;
}

/** GPU nodes by the hour. */
export interface CostEstimate {
  /**
   * Instance types with their nodes at the height of a rollout and outside of one, and what one costs on demand, USD/h, with the fee
   * of Auto Mode; no price where none is known.
   */
  readonly nodes: readonly { readonly instanceType: string; readonly nodes: number; readonly standingNodes: number; readonly hourlyUsd?: number }[];
}

/** Quotas on running on-demand instances, by the first letters of the instance type. */
const FAMILIES: readonly { name: string; code: string; pattern: RegExp }[] = [
  { name: 'G and VT instances', code: 'L-DB2E81BA', pattern: /^(g|vt)\d|^gr\d/ },
  { name: 'P instances', code: 'L-417A185B', pattern: /^p\d/ },
  { name: 'standard instances', code: 'L-1216C47A', pattern: /^[acdhimrtz]\d/ },
];

/** Elastic IP addresses of a region. */
export const ADDRESS_QUOTA: QuotaName = { service: 'ec2', code: 'L-0263D0A3' };

/** VPCs of a region. */
export const VPC_QUOTA: QuotaName = { service: 'vpc', code: 'L-F678F1CE' };

/**
 * What an environment needs at the height of a rollout, and while nodes are replaced: GPU nodes end before their successors
 * start, system nodes after.
 */
export function needsOf(environment: EnvironmentConfig): Needs {
  const { network, cluster } = environment;
  const created = 'create' in cluster ? cluster.create : undefined;
  const plans = created ? planNodes(environment) : [];
  const zones = 'create' in network ? network.create.availabilityZones : network.existing.availabilityZones;
  const groups = [
    ...plans.map(({ accelerator: { instanceType, vcpus }, nodes }) => ({ instanceType, vcpus, nodes })),
    ...(created ? [{ ...SYSTEM_INSTANCE, nodes: created.systemNodes + UPDATE_SURGE_PER_ZONE * Math.min(zones.length, created.systemNodes) }] : []),
  ];
  const provisioning = provisioningKind(environment);
  const fee = provisioning === 'auto-mode' ? AUTO_MODE_FEE : 0;
  const newNetwork = 'create' in network ? network.create : undefined;
  return {
    vcpus: FAMILIES.map(({ name, code, pattern }) => {
      const own = groups.filter(({ instanceType }) => pattern.test(instanceType));
      return {
        name,
        quota: { service: 'ec2' as const, code },
        vcpus: own.reduce((sum, { nodes, vcpus }) => sum + nodes * vcpus, 0),
        nodes: own.map(({ instanceType, nodes }) => `${nodes} × ${instanceType}`).join(', '),
      };
    }).filter(({ vcpus }) => vcpus > 0),
    instanceTypes: groups.map(({ instanceType }) => instanceType),
    zones,
    addresses: newNetwork?.natGateways ?? 0,
    vpcs: newNetwork ? 1 : 0,
    ...(created ? { kubernetesVersion: kubernetesVersionOf(environment) } : {}),
    cost: {
      nodes: plans.map(({ accelerator: { instanceType, hourlyUsd }, nodes, standingNodes }) => ({
        instanceType, nodes, standingNodes: provisioning === 'managed-groups' ? nodes : standingNodes, hourlyUsd: hourlyUsd === undefined ? undefined : hourlyUsd * (1 + fee),
      })),
    },
  };
}
