import { CrossStackReferences, ReferenceStrength, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { PlatformNetwork } from '../../constructs/network';
import type { EnvironmentConfig, NewNetwork } from '../environment/environment-config';

export interface NetworkStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly network: NewNetwork;
}

/** The VPC of an environment. */
export class NetworkStack extends Stack {
  public readonly vpc: ec2.IVpc;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    const { egress, connectedCidrs } = props.network;
    this.vpc = new PlatformNetwork(this, 'Network', {
      cidr: props.network.cidr,
      availabilityZones: [...props.network.availabilityZones],
      natGateways: props.network.natGateways,
      egress: egress && { allowedDomains: [...egress.allowedDomains] },
      connectedCidrs: connectedCidrs && [...connectedCidrs],
      removalPolicy: props.environment.retention === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    }).vpc;
    // Nothing that a cluster or a load balancer stands on is replaced under it: CloudFormation refuses to, as long as another stack imports it. References to
    // other stacks are weak, so that what one of them no longer needs can go.
    [this.vpc, ...this.vpc.privateSubnets, ...this.vpc.publicSubnets].forEach((resource) =>
      CrossStackReferences.of(resource).produce(ReferenceStrength.STRONG),
    );
  }
}
