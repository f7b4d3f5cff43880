import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { problem } from './node-problems';

/** Private subnets of the VPC, in the one zone if one is named. */
export function nodeSubnets(availabilityZone: string | undefined): ec2.SubnetSelection {
  return {
    subnetType: SubnetType.PRIVATE_WITH_EGRESS,
    ...(availabilityZone === undefined ? {} : { availabilityZones: [availabilityZone] }),
  };
}

/** Whether the VPC has private subnets there; one that is still being looked up has stand-ins for its zones. */
export function problemsOfSubnets(vpc: ec2.IVpc, availabilityZone: string | undefined): string[] {
  const { subnetIds, isPendingLookup } = vpc.selectSubnets(nodeSubnets(availabilityZone));
  if (availabilityZone === undefined || isPendingLookup || subnetIds.length > 0) return [];
  return [
    problem(
      'availabilityZone',
      'a zone with a private subnet',
      availabilityZone,
      `take one of ${vpc.availabilityZones.join(', ')}`,
    ),
  ];
}
