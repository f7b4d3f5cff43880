import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/** Properties of `EfaNetwork`. */
export interface EfaNetworkProps {
  /** VPC of the nodes. */
  readonly vpc: ec2.IVpc;

  /**
   * Whether a placement group keeps the nodes near each other. EC2 itself places the instances of a capacity block.
   *
   * @default true
   */
  readonly placementGroup?: boolean;
}

/** What nodes need to talk by the Elastic Fabric Adapter: one place, and a security group whose members may say everything to each other. */
export class EfaNetwork extends Construct {
  /** Group that keeps the nodes near each other; undefined where EC2 places them itself. */
  public readonly placementGroup?: ec2.PlacementGroup;

  /** Security group of the nodes' interfaces, beside that of the cluster. */
  public readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: EfaNetworkProps) {
    super(scope, id);
    if (props.placementGroup ?? true)
      this.placementGroup = new ec2.PlacementGroup(this, 'PlacementGroup', {
        strategy: ec2.PlacementGroupStrategy.CLUSTER,
      });
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'Nodes that talk by the Elastic Fabric Adapter',
      allowAllOutbound: false,
    });
    // The fabric checks both directions, and knows neither ports nor addresses: only the group itself can be named.
    this.securityGroup.addIngressRule(this.securityGroup, ec2.Port.allTraffic(), 'The fabric', false);
    this.securityGroup.addEgressRule(this.securityGroup, ec2.Port.allTraffic(), 'The fabric', false);
  }
}
