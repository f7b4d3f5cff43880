import { Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';

/** Zones in which a VPC has private subnets with a way out; those of its other subnets may be more. */
export function privateZones(vpc: ec2.IVpc): string[] {
  return [...new Set(vpc.privateSubnets.map(({ availabilityZone }) => availabilityZone))];
}

/**
 * What a VPC lacks that a cluster is to be made in, one problem per line; none as long as zones are not known.
 *
 * @param prop name of the property, as the user wrote it
 */
export function privateZonesProblems(prop: string, vpc: ec2.IVpc): string[] {
  const zones = privateZones(vpc);
  return zones.length >= 2 || zones.some((zone) => Token.isUnresolved(zone))
    ? []
    : [
        `${prop}: expected private subnets with a way out in at least two zones, got ${zones.length === 0 ? 'none' : `them in ${zones[0]} alone`}; EKS refuses a cluster in one zone, add subnets`,
      ];
}
