import { isPrivateRange } from '../../../../constructs/network/private-ranges';
import type { ExistingCluster, ExistingNetwork } from '../../../environment/environment-config';
import {
  type Check,
  check,
  type CheckContext,
  type Finding,
  type Topic,
  findingOf,
  ok,
  problem,
  warning,
} from '../check';
import { ZONES_WITHOUT_EKS } from './zones';

/** Addresses that EKS recommends in each subnet of a cluster. */
const ADDRESSES_OF_EKS = 16;

/** A network and a cluster that others made. */
export const existingChecks: Topic = (context) => {
  const { network, cluster } = context.environment;
  return [
    ...('existing' in network ? networkChecks(network.existing, context) : []),
    'existing' in cluster &&
      check(`Cluster ${cluster.existing.name}`, 'access entries', () => findCluster(cluster.existing, context)),
  ];
};

function networkChecks(network: ExistingNetwork, context: CheckContext): Check[] {
  const { vpcId, privateSubnetIds } = network;
  return [
    check(`VPC ${vpcId}`, 'with DNS, private ranges', () => findVpc(network, context)),
    check('Private subnets', `${privateSubnetIds.length} in that VPC`, () => findSubnets(network, context)),
  ];
}

async function findVpc(
  { vpcId }: ExistingNetwork,
  { account, environment: { region } }: CheckContext,
): Promise<Finding> {
  const vpc = await account.vpc(vpcId);
  if (vpc === undefined) return problem('none', `correct network.existing.vpcId: there is no such VPC in ${region}`);
  const found = vpc.cidrs.join(', ');
  if (!vpc.hasDns)
    return problem(
      'without DNS',
      'turn on DNS resolution and DNS hostnames: nodes find the endpoint of their cluster by its name',
    );
  return vpc.cidrs.every(isPrivateRange)
    ? ok(found)
    : warning(
        found,
        'a range of the internet: pods that download from the hub may reach it on 443; import weights (npm run import-weights)',
      );
}

async function findSubnets(
  { vpcId, availabilityZones, privateSubnetIds }: ExistingNetwork,
  { account, environment: { cluster } }: CheckContext,
): Promise<Finding> {
  const known = await account.subnets(privateSubnetIds);
  const refused = 'create' in cluster ? ZONES_WITHOUT_EKS : [];
  const problems = privateSubnetIds.flatMap((id, index) => {
    const facts = known.get(id);
    const zone = availabilityZones[index % availabilityZones.length];
    if (facts === undefined) return [`${id} is not there`];
    return [
      ...(facts.vpcId === vpcId ? [] : [`${id} is in ${facts.vpcId}`]),
      ...(facts.zone === zone ? [] : [`${id} is in ${facts.zone}, not ${zone}`]),
      ...(refused.includes(facts.zoneId) ? [`${id} is in ${facts.zoneId}, which EKS refuses`] : []),
      ...(facts.freeAddresses >= ADDRESSES_OF_EKS ? [] : [`${id} has ${facts.freeAddresses} free addresses`]),
    ];
  });
  return findingOf(
    problems,
    'all',
    `correct network.existing in environments/: subnets of the VPC in the order of the zones, each with at least ${ADDRESSES_OF_EKS} free addresses`,
  );
}

async function findCluster(
  { name, endpoint }: ExistingCluster,
  { account, environment }: CheckContext,
): Promise<Finding> {
  const facts = await account.cluster(name);
  const { network } = environment;
  const problems =
    facts === undefined
      ? ['none']
      : [
          ...(facts.authenticationMode.startsWith('API') ? [] : [`authentication mode ${facts.authenticationMode}`]),
          ...(facts.endpoint === endpoint ? [] : [`endpoint ${facts.endpoint}`]),
          ...('existing' in network && network.existing.vpcId !== facts.vpcId ? [`in ${facts.vpcId}`] : []),
        ];
  return findingOf(
    problems,
    facts?.authenticationMode ?? '',
    'correct cluster.existing in environments/; access entries need the authentication mode API or API_AND_CONFIG_MAP',
  );
}
