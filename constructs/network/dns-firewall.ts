import { Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53resolver from 'aws-cdk-lib/aws-route53resolver';
import { Construct } from 'constructs';

/** Properties of `DnsFirewall`. */
export interface DnsFirewallProps {
  /** Network whose resolver answers for nothing else. */
  readonly vpc: ec2.IVpc;
  /** Domains that are resolved, beside names of AWS and of the network itself. */
  readonly allowedDomains: readonly string[];
}

/** Names of private addresses (RFC 1918, RFC 6598). Of others the holder of an address runs the name server, and could read what is asked. */
const PRIVATE_REVERSE_ZONES = [
  '*.10.in-addr.arpa',
  ...range(16, 31).map((second) => `*.${second}.172.in-addr.arpa`),
  '*.168.192.in-addr.arpa',
  ...range(64, 127).map((second) => `*.${second}.100.in-addr.arpa`),
];

/**
 * Answers for names of AWS, of the network and of an allow-list, and for no others: data that leaves as queries is what no other firewall sees. While the
 * firewall does not answer, the resolver does not either, which is its default.
 */
export class DnsFirewall extends Construct {
  constructor(scope: Construct, id: string, { vpc, allowedDomains }: DnsFirewallProps) {
    super(scope, id);
    const stack = Stack.of(this);
    // Nodes have names of the last; `aws` is that of endpoints for IPv6 as well.
    const own = [
      `*.${stack.urlSuffix}`,
      '*.api.aws',
      '*.on.aws',
      '*.compute.internal',
      '*.ec2.internal',
      ...PRIVATE_REVERSE_ZONES,
    ];
    const allowed = new route53resolver.CfnFirewallDomainList(this, 'Allowed', {
      domains: [...new Set([...own, ...allowedDomains])],
    });
    const all = new route53resolver.CfnFirewallDomainList(this, 'All', { domains: ['*'] });
    const rules = new route53resolver.CfnFirewallRuleGroup(this, 'Resource', {
      firewallRules: [
        {
          action: 'ALLOW',
          firewallDomainListId: allowed.attrId,
          priority: 100,
          // Domains point to names of content networks, which change.
          firewallDomainRedirectionAction: 'TRUST_REDIRECTION_DOMAIN',
        },
        { action: 'BLOCK', blockResponse: 'NXDOMAIN', firewallDomainListId: all.attrId, priority: 200 },
      ],
    });
    new route53resolver.CfnFirewallRuleGroupAssociation(this, 'Association', {
      firewallRuleGroupId: rules.attrId,
      // 100 and below are for AWS Firewall Manager.
      priority: 101,
      vpcId: vpc.vpcId,
    });
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
