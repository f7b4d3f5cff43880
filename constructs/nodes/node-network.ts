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

/** Whether the VPC has private subnets there. */
export function problemsOfSubnets(vpc: ec2.IVpc, availabilityZone: string | undefined): string[] {
  if (availabilityZone === undefined || vpc.selectSubnets(nodeSubnets(availabilityZone)).subnetIds.length > 0)
    return [];
  return [
    problem(
      'availabilityZone',
      'a zone with a private subnet',
      availabilityZone,
      `take one of ${vpc.availabilityZones.join(', ')}`,
    ),
  ];
}
