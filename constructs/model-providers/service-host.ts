import type { Stack } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { isUnresolved } from '../checks/unresolved';
import { type EgressDestination, EgressReach } from './model-endpoint';

/**
 * Where a service of AWS is called in the region of a stack, as plain text where the region is known: policies of hosts need it so.
 *
 * @param service first labels of the host, such as `bedrock-runtime`
 */
export function serviceDestination(stack: Stack, service: string): EgressDestination {
  const suffix =
    (isUnresolved(stack.region) ? undefined : RegionInfo.get(stack.region).domainSuffix) ?? stack.urlSuffix;
  return { host: `${service}.${stack.region}.${suffix}`, port: 443, reach: EgressReach.AWS };
}
