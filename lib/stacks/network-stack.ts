import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { PlatformNetwork } from '../../constructs/network';
import type { EnvironmentConfig, NewNetwork } from '../environment';

/** Properties of `NetworkStack`. */
export interface NetworkStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly network: NewNetwork;
}

/** The VPC of an environment. */
export class NetworkStack extends Stack {
  public readonly vpc: ec2.IVpc;

  private readonly zones: readonly string[];

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    this.zones = props.network.availabilityZones;
    this.vpc = new PlatformNetwork(this, 'Network', {
      cidr: props.network.cidr,
      availabilityZones: [...props.network.availabilityZones],
      natGateways: props.network.natGateways,
      removalPolicy: props.environment.retention === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    }).vpc;
  }

  /** The zones of the environment's data: the VPC compares its own with these, and by default the account is asked. */
  public override get availabilityZones(): string[] {
    return [...this.zones];
  }
}
