import { Annotations, Stack, Tags, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { checkCidr, checkConnectedCidrs } from './cidr';
import { DnsFirewall } from './dns-firewall';
import { checkDomains } from './domains';
import type { NetworkEgress } from './egress';
import { EgressFirewall, FIREWALL_SUBNETS, NAT_SUBNETS } from './egress-firewall';
import { ENDPOINTS_OF_SERVICES_IN_USE, INTERFACE_ENDPOINTS } from './interface-endpoints';
import { DEFAULT_CIDR } from './private-ranges';
import { checkNatGateways, checkZones } from './zones';

/** Properties of `PlatformNetwork`. */
export interface PlatformNetworkProps {
  /** Zones of the subnets, by name, so that synth needs no look-up. Three keep a cluster up when one is lost. */
  readonly availabilityZones: string[];

  /**
   * Address range of the VPC in CIDR notation, /16 to /20: every pod takes an address from it.
   *
   * @default '10.0.0.0/16'
   */
  readonly cidr?: string;

  /**
   * Number of NAT gateways. One is cheap, one a zone survives the loss of a zone.
   *
   * @default - one a zone
   */
  readonly natGateways?: number;

  /**
   * What nodes and pods may reach of the internet: an allow-list of domains, held by AWS Network Firewall and Route 53 Resolver DNS Firewall, at about
   * 0.40 USD an hour and zone. Setting it later gives the network other NAT gateways with other addresses.
   *
   * @default - every address, on every port that security groups and network policies leave open; the synth says so
   */
  readonly egress?: NetworkEgress;

  /**
   * Ranges of networks that are, or will be, connected to this one by peering, a transit gateway or a VPN, in CIDR notation: none may overlap with it
   * or with another.
   *
   * @default - none
   */
  readonly connectedCidrs?: string[];

  /**
   * Services reached over an endpoint inside the VPC instead of over NAT. Each costs by the hour and zone.
   *
   * @default - EC2, ECR (API and images), CloudWatch Logs, EKS and EKS Pod Identity: what every cluster calls; with `egress` STS, SQS, SSM and EFS too
   */
  readonly interfaceEndpoints?: ec2.InterfaceVpcEndpointAwsService[];

  /**
   * How long flow logs are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly flowLogRetention?: logs.RetentionDays;

  /**
   * Key that encrypts the flow logs.
   *
   * @default - encrypted by CloudWatch Logs with a key of its own
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What becomes of the flow logs when the network is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A VPC for one cluster: private subnets for nodes and pods, small public subnets for NAT gateways and load balancers,
 * endpoints for what nodes need, and flow logs.
 *
 * @example
 * new PlatformNetwork(this, 'Network', { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] });
 */
export class PlatformNetwork extends Construct {
  /** The VPC. */
  public readonly vpc: ec2.Vpc;

  /** Gateway endpoint through which image layers, model weights and releases come from S3 without passing NAT. */
  public readonly s3Endpoint: ec2.GatewayVpcEndpoint;

  constructor(scope: Construct, id: string, props: PlatformNetworkProps) {
    super(scope, id);
    const cidr = props.cidr ?? DEFAULT_CIDR;
    const natGateways = props.natGateways ?? props.availabilityZones.length;
    const problems = [
      ...checkCidr('cidr', cidr),
      ...checkZones('availabilityZones', props.availabilityZones, Stack.of(this).region),
      ...checkNatGateways('natGateways', natGateways, props.availabilityZones.length),
      ...checkConnectedCidrs('connectedCidrs', props.connectedCidrs ?? [], cidr),
      ...(props.egress ? checkDomains('egress.allowedDomains', props.egress.allowedDomains) : []),
    ];
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('\n  ')}`);

    this.vpc = withZones(
      Stack.of(this),
      props.availabilityZones,
      () =>
        new ec2.Vpc(this, 'Vpc', {
          ipAddresses: ec2.IpAddresses.cidr(cidr),
          availabilityZones: props.availabilityZones,
          // The firewall has its own behind it.
          natGateways: props.egress ? 0 : natGateways,
          subnetConfiguration: [
            // No node runs here, so nothing needs an address of its own from these subnets.
            { name: 'Public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
            { name: 'Private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
            ...(props.egress
              ? [NAT_SUBNETS, FIREWALL_SUBNETS].map((name) => ({
                  name,
                  subnetType: ec2.SubnetType.PRIVATE_ISOLATED,
                  cidrMask: 28,
                }))
              : []),
          ],
        }),
    );
    this.tagForLoadBalancers();

    this.s3Endpoint = this.vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
    const services = props.egress ? ENDPOINTS_OF_SERVICES_IN_USE : INTERFACE_ENDPOINTS;
    for (const service of props.interfaceEndpoints ?? services) {
      const endpoint = this.vpc.addInterfaceEndpoint(service.shortName.replace(/[^A-Za-z0-9]/g, ''), {
        service,
        subnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      });
      Validations.of(endpoint).acknowledge({
        id: 'AwsSolutions-EC23',
        reason: 'Open to the address range of its own VPC, which is an attribute that the rule cannot evaluate',
      });
    }
    this.logFlows(props);
    if (props.egress) this.limitEgress(props, props.egress, natGateways);
    else
      Annotations.of(this).addInfo(
        'egress: every address of the internet can be reached from private subnets, by nodes on every port and by pods where network policies let them; egress.allowedDomains names what is needed',
      );
  }

  private limitEgress(props: PlatformNetworkProps, { allowedDomains }: NetworkEgress, natGateways: number): void {
    const { vpc } = this;
    new DnsFirewall(this, 'DnsFirewall', { vpc, allowedDomains });
    new EgressFirewall(this, 'Egress', {
      vpc,
      allowedDomains,
      natGateways,
      logRetention: props.flowLogRetention ?? logs.RetentionDays.THREE_MONTHS,
      encryptionKey: props.encryptionKey,
      removalPolicy: props.removalPolicy,
    });
  }

  /** EKS and the load balancer controller find subnets by these tags. */
  private tagForLoadBalancers(): void {
    for (const subnet of this.vpc.publicSubnets) Tags.of(subnet).add('kubernetes.io/role/elb', '1');
    for (const subnet of this.vpc.privateSubnets) Tags.of(subnet).add('kubernetes.io/role/internal-elb', '1');
  }

  private logFlows(props: PlatformNetworkProps): void {
    const logGroup = new logs.LogGroup(this, 'FlowLogs', {
      retention: props.flowLogRetention ?? logs.RetentionDays.THREE_MONTHS,
      encryptionKey: props.encryptionKey,
      removalPolicy: props.removalPolicy,
    });
    this.vpc.addFlowLog('FlowLog', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: ec2.FlowLogTrafficType.ALL,
    });
  }
}

/**
 * Calls `build` while the stack's zones are the given ones: a VPC compares its zones with those of its stack, for which a
 * stack with an account and a region asks the account.
 */
function withZones<T>(stack: Stack, zones: string[], build: () => T): T {
  Object.defineProperty(stack, 'availabilityZones', { configurable: true, value: zones });
  try {
    return build();
  } finally {
    // What remains is the property of the class.
    Reflect.deleteProperty(stack, 'availabilityZones');
  }
}
