import { Token } from 'aws-cdk-lib';

/**
 * Problems of the zones of a network; none when they are not known yet at synth.
 *
 * @param prop name of the property, as the user wrote it
 * @internal
 */
export function checkZones(prop: string, zones: readonly string[]): string[] {
  if (Token.isUnresolved(zones)) return [];
  return new Set(zones).size !== zones.length || zones.length < 2
    ? [`${prop}: expected at least two different zones, got ${JSON.stringify(zones)}; EKS refuses a cluster in one zone`]
    : [];
}

/**
 * Problems of the number of NAT gateways of a network.
 *
 * @param prop name of the property, as the user wrote it
 * @param zones number of zones
 * @internal
 */
export function checkNatGateways(prop: string, natGateways: number, zones: number): string[] {
  if (Token.isUnresolved(natGateways)) return [];
  return !Number.isInteger(natGateways) || natGateways < 1 || natGateways > zones
    ? [`${prop}: expected 1 to ${zones} (one a zone), got ${natGateways}; without one, nodes cannot pull images from public registries`]
    : [];
}
