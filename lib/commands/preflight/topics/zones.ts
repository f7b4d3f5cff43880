import { INTERFACE_ENDPOINTS } from '../../../../constructs/network/interface-endpoints';
import { check, type CheckContext, type Topic, findingOf } from '../check';

/**
 * Zones in which EKS places no control plane. Which name they have differs by account.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
 * @see https://github.com/eksctl-io/eksctl/issues/3916 for `cnn1-az4`
 */
export const ZONES_WITHOUT_EKS: readonly string[] = ['use1-az3', 'usw1-az2', 'cac1-az3', 'cnn1-az4'];

/** Zones by their names in this account, and what a new network puts into them. */
export const zoneChecks: Topic = (context) => {
  const { zones } = context.requirements;
  const endpoints = `${INTERFACE_ENDPOINTS.length} in each zone`;
  return [
    zones.length > 0 && check('Zones', zones.join(', '), () => findZones(context)),
    'create' in context.environment.network &&
      check('Endpoints of AWS services', endpoints, () => findEndpoints(context)),
  ];
};

async function findZones({ environment: { cluster }, requirements, account }: CheckContext) {
  const known = await account.zones();
  const refused = 'create' in cluster ? ZONES_WITHOUT_EKS : [];
  const usable = [...known]
    .filter(([, id]) => !refused.includes(id))
    .map(([name]) => name)
    .sort();
  const problems = requirements.zones.flatMap((zone) => {
    const id = known.get(zone);
    if (id === undefined) return [`${zone} is not there`];
    return refused.includes(id) ? [`${zone} is ${id}, which EKS refuses`] : [];
  });
  return findingOf(
    problems,
    requirements.zones.map((zone) => known.get(zone)).join(', '),
    `choose among ${usable.join(', ')}, in environments/: a name stands for another zone in each account`,
  );
}

async function findEndpoints({ requirements: { zones }, account }: CheckContext) {
  const services = INTERFACE_ENDPOINTS.map(({ shortName }) => shortName);
  const offered = await account.endpointZones(services);
  const problems = services.flatMap((service) => {
    const missing = zones.filter((zone) => !(offered.get(service) ?? []).includes(zone));
    return missing.length > 0 ? [`${service} not in ${missing.join(', ')}`] : [];
  });
  return findingOf(
    problems,
    'in all',
    'choose zones that have these endpoints, in environments/; CloudFormation refuses an endpoint in a zone without its service',
  );
}
