import { Token } from 'aws-cdk-lib';
import { deployTimeProblems } from '../checks/unresolved';

/**
 * Problems of the zones of a network; none when they are not known yet at synth.
 *
 * @param prop name of the property, as the user wrote it
 * @param region region of the network; any without it, or when it is not known yet
 * @internal
 */
export function checkZones(prop: string, zones: readonly string[], region?: string): string[] {
  if (Token.isUnresolved(zones)) return [];
  const given = JSON.stringify(zones);
  const number =
    new Set(zones).size !== zones.length || zones.length < 2
      ? [`${prop}: expected at least two different zones, got ${given}; EKS refuses a cluster in one zone`]
      : [];
  return [...number, ...checkZoneNames(prop, zones, region)];
}

/**
 * Problems of names of zones. A name is its region's with one letter; ids (`use1-az1`), Local Zones (`us-east-1-bos-1a`), Wavelength
 * Zones and zones of other regions are none.
 *
 * @param prop name of the property, as the user wrote it
 * @param region region of the network; any without it, or when it is not known yet
 * @internal
 */
export function checkZoneNames(prop: string, zones: readonly string[], region?: string): string[] {
  if (Token.isUnresolved(zones)) return [];
  const known = region === undefined || Token.isUnresolved(region) ? undefined : region;
  const name = known === undefined ? /^[a-z]+(-[a-z]+)+-\d+[a-z]$/ : new RegExp(`^${known}[a-z]$`);
  const strange = zones.filter((zone) => !Token.isUnresolved(zone) && !name.test(zone));
  return strange.length === 0
    ? []
    : [
        `${prop}: expected zones by name, a region and one letter, got ${JSON.stringify(strange)}; write them like ${known ?? 'us-east-1'}a: EKS takes no ids, no Local or Wavelength Zones, and no zones of another region`,
      ];
}

/**
 * Problems of the number of NAT gateways of a network.
 *
 * @param prop name of the property, as the user wrote it
 * @param zones number of zones
 * @internal
 */
export function checkNatGateways(prop: string, natGateways: number, zones: number): string[] {
  const unknown = deployTimeProblems({ [prop]: natGateways });
  if (unknown.length > 0) return unknown;
  return !Number.isInteger(natGateways) || natGateways < 1 || natGateways > zones
    ? [
        `${prop}: expected 1 to ${zones} (one a zone), got ${natGateways}; without one, nodes cannot pull images from public registries`,
      ]
    : [];
}
