import { Fn, Names, type RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as firewall from 'aws-cdk-lib/aws-networkfirewall';
import { Construct } from 'constructs';
import { firewallDomain } from './domains';

/** Names of the groups of subnets that lead to the internet. */
export const FIREWALL_SUBNETS = 'Firewall';
export const NAT_SUBNETS = 'Nat';

/** Properties of `EgressFirewall`. */
export interface EgressFirewallProps {
  /** Network with private subnets without a default route, and a subnet of each of the two groups in each zone. */
  readonly vpc: ec2.Vpc;
  readonly allowedDomains: readonly string[];
  /** From 1 to the number of zones. */
  readonly natGateways: number;
  readonly logRetention: logs.RetentionDays;
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** What may not leave at all: the default drops what belongs to a connection, and other protocols have none. */
const NO_OTHER_PROTOCOL = ['udp', 'icmp']
  .map((protocol, index) => `drop ${protocol} any any -> any any (msg:"only TLS leaves"; sid:${index + 1}; rev:1;)`)
  .join('\n');

/**
 * The way of private subnets to the internet: through AWS Network Firewall, which looks at the server name of TLS, to NAT gateways in subnets of their own.
 * What comes back takes the same way. Load balancers are in other subnets, so that what they send to pods passes no firewall.
 *
 * Each zone has a firewall of its own with one endpoint: of one with several it is not known which is in which zone. The endpoints are what AWS charges for.
 */
export class EgressFirewall extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: EgressFirewallProps,
  ) {
    super(scope, id);
    const { vpc } = props;
    const policy = this.policy();
    const nats = this.natGateways();
    this.zones(FIREWALL_SUBNETS).forEach((subnet, index) => {
      const zone = index + 1;
      const own = new firewall.CfnFirewall(this, `Firewall${zone}`, {
        firewallName: this.named(`Firewall${zone}`),
        firewallPolicyArn: policy.attrFirewallPolicyArn,
        vpcId: vpc.vpcId,
        subnetMappings: [{ subnetId: subnet.subnetId }],
      });
      this.log(own, zone);
      // `<zone>:<endpoint>`
      const endpoint = Fn.select(1, Fn.split(':', Fn.select(0, own.attrEndpointIds)));
      const nat = nats[index % nats.length];
      subnet.addRoute('DefaultRoute', { routerType: ec2.RouterType.NAT_GATEWAY, routerId: nat.id });
      const isolated = vpc.privateSubnets[index] as ec2.Subnet;
      isolated.addRoute('DefaultRoute', {
        routerType: ec2.RouterType.VPC_ENDPOINT,
        routerId: endpoint,
        enablesInternetConnectivity: true,
      });
      nat.subnet.addRoute(`Return${zone}`, {
        destinationCidrBlock: isolated.ipv4CidrBlock,
        routerType: ec2.RouterType.VPC_ENDPOINT,
        routerId: endpoint,
      });
    });
  }

  private policy(): firewall.CfnFirewallPolicy {
    const { allowedDomains } = this.props;
    const group = (id: string, capacity: number, rulesSource: firewall.CfnRuleGroup.RulesSourceProperty) =>
      new firewall.CfnRuleGroup(this, id, {
        ruleGroupName: this.named(id),
        type: 'STATEFUL',
        // It cannot be changed, so it leaves room.
        capacity,
        ruleGroup: { rulesSource, statefulRuleOptions: { ruleOrder: 'STRICT_ORDER' } },
      });
    const domains = group('Domains', 1000, {
      rulesSourceList: {
        generatedRulesType: 'ALLOWLIST',
        targetTypes: ['TLS_SNI'],
        targets: [...new Set(allowedDomains.map(firewallDomain))],
      },
    });
    const others = group('Protocols', 100, { rulesString: NO_OTHER_PROTOCOL });
    return new firewall.CfnFirewallPolicy(this, 'Policy', {
      firewallPolicyName: this.named('Policy'),
      firewallPolicy: {
        statelessDefaultActions: ['aws:forward_to_sfe'],
        statelessFragmentDefaultActions: ['aws:forward_to_sfe'],
        statefulEngineOptions: { ruleOrder: 'STRICT_ORDER', streamExceptionPolicy: 'REJECT' },
        // In the default order a list of domains refuses other names of TLS, and lets every other protocol pass.
        // The kind for the application layer waits for the whole of a ClientHello: with the keys of post-quantum cryptography it takes two packets,
        // and of the first alone no name is known.
        statefulDefaultActions: ['aws:drop_established_app_layer', 'aws:alert_established_app_layer'],
        statefulRuleGroupReferences: [domains, others].map(({ attrRuleGroupArn }, index) => ({
          resourceArn: attrRuleGroupArn,
          priority: index + 1,
        })),
      },
    });
  }

  private natGateways(): { readonly id: string; readonly subnet: ec2.Subnet }[] {
    const { vpc, natGateways } = this.props;
    return this.zones(NAT_SUBNETS)
      .slice(0, natGateways)
      .map((subnet, index) => {
        const internet = new ec2.CfnRoute(subnet, 'InternetRoute', {
          routeTableId: subnet.routeTable.routeTableId,
          destinationCidrBlock: '0.0.0.0/0',
          gatewayId: vpc.internetGatewayId,
        });
        internet.node.addDependency(vpc.node.findChild('VPCGW'));
        const address = new ec2.CfnEIP(this, `Address${index + 1}`, { domain: 'vpc' });
        const nat = new ec2.CfnNatGateway(this, `Nat${index + 1}`, {
          subnetId: subnet.subnetId,
          allocationId: address.attrAllocationId,
        });
        nat.node.addDependency(internet);
        return { id: nat.ref, subnet };
      });
  }

  /** Names are asked for, and are unique in account and region. */
  private named(id: string): string {
    return `${Names.uniqueResourceName(this, { maxLength: 100, separator: '-' })}-${id}`;
  }

  /** What was refused. */
  private log(own: firewall.CfnFirewall, zone: number): void {
    const { logRetention, encryptionKey, removalPolicy } = this.props;
    const group = new logs.LogGroup(this, `Alerts${zone}`, { retention: logRetention, encryptionKey, removalPolicy });
    new firewall.CfnLoggingConfiguration(this, `Logging${zone}`, {
      firewallArn: own.attrFirewallArn,
      loggingConfiguration: {
        logDestinationConfigs: [
          {
            logType: 'ALERT',
            logDestinationType: 'CloudWatchLogs',
            logDestination: { logGroup: group.logGroupName },
          },
        ],
      },
    });
  }

  private zones(group: string): ec2.Subnet[] {
    return this.props.vpc.selectSubnets({ subnetGroupName: group }).subnets as ec2.Subnet[];
  }
}
