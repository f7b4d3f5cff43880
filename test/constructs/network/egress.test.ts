import { Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { PlatformNetwork, type PlatformNetworkProps } from '../../../constructs/network';
import { checkConnectedCidrs } from '../../../constructs/network/cidr';
import { checkDomains } from '../../../constructs/network/domains';
import { testApp } from '../../support/app';

const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
const egress = { allowedDomains: ['huggingface.co', '*.hf.co'] };

function stackWith(props: Partial<PlatformNetworkProps> = {}): Stack {
  const stack = new Stack(testApp(), 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
  new PlatformNetwork(stack, 'Network', { availabilityZones: zones, ...props });
  return stack;
}

interface Route {
  readonly DestinationCidrBlock: string;
  readonly RouteTableId: { readonly Ref: string };
  readonly NatGatewayId?: { readonly Ref: string };
  readonly GatewayId?: object;
  readonly VpcEndpointId?: object;
}

/** Routes as `<group><zone> <destination> <target>`. */
function routesOf(stack: Stack): string[] {
  const template = Template.fromStack(stack);
  return Object.values(template.findResources('AWS::EC2::Route'))
    .map(({ Properties }) => Properties as Route)
    .map(({ DestinationCidrBlock, RouteTableId, NatGatewayId, GatewayId, VpcEndpointId }) => {
      const table = /(Public|Private|Nat|Firewall)Subnet(\d)RouteTable/.exec(RouteTableId.Ref)!;
      const target = NatGatewayId
        ? `NAT ${/Nat(\d)/.exec(NatGatewayId.Ref)?.[1] ?? NatGatewayId.Ref}`
        : GatewayId
          ? 'internet'
          : `firewall ${/Firewall(\d)/.exec(JSON.stringify(VpcEndpointId))![1]}`;
      return `${table[1]}${table[2]} ${DestinationCidrBlock} ${target}`;
    })
    .sort();
}

const subnetsOf = (stack: Stack, group: string): unknown[] =>
  Object.entries(Template.fromStack(stack).findResources('AWS::EC2::Subnet'))
    .filter(([id]) => id.includes(`${group}Subnet`))
    .map(([, { Properties }]) => (Properties as { CidrBlock: string }).CidrBlock);

describe('a network with an allow-list of domains', () => {
  test('leads every zone through a firewall of its own, there and back, and load balancers past it', () => {
    expect(routesOf(stackWith({ egress }))).toEqual([
      ...[1, 2, 3].map((zone) => `Firewall${zone} 0.0.0.0/0 NAT ${zone}`),
      ...[1, 2, 3].flatMap((zone) => [
        `Nat${zone} 0.0.0.0/0 internet`,
        `Nat${zone} 10.0.${64 * zone}.0/18 firewall ${zone}`,
      ]),
      ...[1, 2, 3].map((zone) => `Private${zone} 0.0.0.0/0 firewall ${zone}`),
      ...[1, 2, 3].map((zone) => `Public${zone} 0.0.0.0/0 internet`),
    ]);
  });

  test('with one NAT gateway brings back to each zone what it sent', () => {
    const routes = routesOf(stackWith({ egress, natGateways: 1 }));
    expect(routes.filter((route) => route.startsWith('Firewall'))).toEqual(
      [1, 2, 3].map((zone) => `Firewall${zone} 0.0.0.0/0 NAT 1`),
    );
    expect(routes.filter((route) => /^Nat\d 10\./.test(route))).toEqual(
      ['128.0/18 firewall 2', '192.0/18 firewall 3', '64.0/18 firewall 1'].map((rest) => `Nat1 10.0.${rest}`),
    );
    Template.fromStack(stackWith({ egress, natGateways: 1 })).resourceCountIs('AWS::EC2::NatGateway', 1);
  });

  test.each([
    ['10.0.0.0/16', zones],
    ['10.0.0.0/20', zones],
    ['10.0.0.0/18', zones.slice(0, 2)],
  ])('has the same public and private subnets as one without, in %s', (cidr, availabilityZones) => {
    for (const group of ['Public', 'Private'])
      expect(subnetsOf(stackWith({ cidr, availabilityZones, egress }), group)).toEqual(
        subnetsOf(stackWith({ cidr, availabilityZones }), group),
      );
  });

  test('lets TLS to these names out, and nothing else', () => {
    const template = Template.fromStack(stackWith({ egress }));
    template.hasResourceProperties('AWS::NetworkFirewall::RuleGroup', {
      RuleGroup: {
        RulesSource: {
          RulesSourceList: {
            GeneratedRulesType: 'ALLOWLIST',
            TargetTypes: ['TLS_SNI'],
            Targets: ['huggingface.co', '.hf.co'],
          },
        },
        StatefulRuleOptions: { RuleOrder: 'STRICT_ORDER' },
      },
    });
    template.hasResourceProperties('AWS::NetworkFirewall::RuleGroup', {
      RuleGroup: { RulesSource: { RulesString: Match.stringLikeRegexp('drop udp any any.*\n.*drop icmp any any') } },
    });
    template.hasResourceProperties('AWS::NetworkFirewall::FirewallPolicy', {
      FirewallPolicy: {
        StatelessDefaultActions: ['aws:forward_to_sfe'],
        StatelessFragmentDefaultActions: ['aws:forward_to_sfe'],
        StatefulEngineOptions: Match.objectLike({ RuleOrder: 'STRICT_ORDER' }),
        StatefulDefaultActions: ['aws:drop_established_app_layer', 'aws:alert_established_app_layer'],
        StatefulRuleGroupReferences: [Match.objectLike({ Priority: 1 }), Match.objectLike({ Priority: 2 })],
      },
    });
    template.resourceCountIs('AWS::NetworkFirewall::LoggingConfiguration', 3);
  });

  test('has a name for each of its parts', () => {
    const { Resources } = Template.fromStack(stackWith({ egress })).toJSON() as {
      Resources: Record<string, { Properties: Record<string, string | undefined> }>;
    };
    const names = Object.values(Resources).flatMap(
      ({ Properties: { FirewallName, RuleGroupName, FirewallPolicyName } }) =>
        FirewallName ?? RuleGroupName ?? FirewallPolicyName ?? [],
    );
    expect(new Set(names).size).toBe(6);
    expect(names).toHaveLength(6);
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9-]{1,128}$/);
  });

  test('answers for these names and those of AWS, and for no others', () => {
    const template = Template.fromStack(stackWith({ egress }));
    template.hasResourceProperties('AWS::Route53Resolver::FirewallDomainList', {
      Domains: Match.arrayWith(['*.api.aws', '*.compute.internal', 'huggingface.co', '*.hf.co']),
    });
    template.hasResourceProperties('AWS::Route53Resolver::FirewallDomainList', { Domains: ['*'] });
    // Whoever holds a public address runs the name server of its reverse zone.
    const lists = Object.values(template.findResources('AWS::Route53Resolver::FirewallDomainList'));
    const reverse = lists
      .flatMap(({ Properties }) => (Properties as { Domains: string[] }).Domains)
      .filter((domain) => typeof domain === 'string' && domain.endsWith('in-addr.arpa'));
    expect(reverse).toHaveLength(1 + 16 + 1 + 64);
    expect(reverse).toEqual(
      expect.arrayContaining(['*.10.in-addr.arpa', '*.31.172.in-addr.arpa', '*.127.100.in-addr.arpa']),
    );
    expect(reverse).not.toContain('*.in-addr.arpa');
    template.hasResourceProperties('AWS::Route53Resolver::FirewallRuleGroup', {
      FirewallRules: [
        Match.objectLike({ Action: 'ALLOW', Priority: 100 }),
        Match.objectLike({ Action: 'BLOCK', BlockResponse: 'NXDOMAIN', Priority: 200 }),
      ],
    });
    template.resourceCountIs('AWS::Route53Resolver::FirewallRuleGroupAssociation', 1);
  });

  test('reaches the services of AWS that are in use without the internet', () => {
    const services = Object.values(
      Template.fromStack(stackWith({ egress })).findResources('AWS::EC2::VPCEndpoint', {
        Properties: { VpcEndpointType: 'Interface' },
      }),
    ).map(({ Properties }) =>
      (Properties as { ServiceName: string }).ServiceName.replace('com.amazonaws.us-east-1.', ''),
    );
    expect(services.sort()).toEqual([
      'ec2',
      'ec2messages',
      'ecr.api',
      'ecr.dkr',
      'eks',
      'eks-auth',
      'elasticfilesystem',
      'elasticloadbalancing',
      'logs',
      'secretsmanager',
      'sqs',
      'ssm',
      'ssmmessages',
      'sts',
    ]);
  });
});

test('without a list, synth says what is open; with one it does not', () => {
  const open = Match.stringLikeRegexp('^egress: every address of the internet can be reached');
  Annotations.fromStack(stackWith()).hasInfo('/Test/Network', open);
  Annotations.fromStack(stackWith({ egress })).hasNoInfo('*', open);
});

describe('domains', () => {
  test.each(['huggingface.co', '*.hf.co', 'a-b.example.com', 'xn--bcher-kva.example'])('%s', (domain) => {
    expect(checkDomains('egress.allowedDomains', [domain])).toEqual([]);
  });

  test.each(['*', '*.com', '.'])('%s would open the internet', (domain) => {
    expect(checkDomains('egress.allowedDomains', [domain])).toEqual([
      expect.stringMatching(/^egress\.allowedDomains: expected domains, got ".*"; it would open the internet/),
    ]);
  });

  test.each(['https://hf.co', 'hf.co/', 'HF.co', 'com', '.hf.co', 'hf.co.', '*hf.co', 'a.*.co', '10.0.0.1', 'a b.co'])(
    '%s is none',
    (domain) => {
      expect(checkDomains('egress.allowedDomains', [domain])).toEqual([
        expect.stringMatching(/^egress\.allowedDomains: expected domains in lower case, got/),
      ]);
    },
  );

  test('that are not known yet, or none at all, are refused', () => {
    for (const domains of [Lazy.list({ produce: () => ['*'] }), [Lazy.string({ produce: () => '*' })]])
      expect(checkDomains('domains', domains)).toEqual([
        expect.stringMatching(/^domains: expected domains that are known at synth/),
      ]);
    expect(checkDomains('domains', [])).toEqual([
      expect.stringMatching(/^domains: expected at least one domain, got none/),
    ]);
  });
});

describe('ranges of connected networks', () => {
  const problems = (...ranges: string[]) => checkConnectedCidrs('connectedCidrs', ranges, '10.0.0.0/16');

  test('that share no address with the VPC or with each other', () => {
    expect(problems('10.1.0.0/16', '192.168.0.0/24', '192.168.1.0/24', '203.0.113.0/24')).toEqual([]);
    expect(problems(Lazy.string({ produce: () => '10.0.0.0/16' }))).toEqual([]);
    expect(checkConnectedCidrs('c', ['10.0.0.0/8'], Lazy.string({ produce: () => '10.0.0.0/16' }))).toEqual([]);
  });

  test('that overlap, all at once', () => {
    expect(problems('10.0.128.0/20', '172.16.0.0/12', '172.20.0.0/16', '10.0.0.0/8', 'any')).toEqual([
      'connectedCidrs: expected IPv4 ranges in CIDR notation, got "any"; write them like 10.1.0.0/16',
      expect.stringMatching(/got 10\.0\.128\.0\/20 and 10\.0\.0\.0\/16 of the VPC; no route can tell them apart/),
      expect.stringContaining('got 172.20.0.0/16 and 172.16.0.0/12; '),
      expect.stringContaining('got 10.0.0.0/8 and 10.0.0.0/16 of the VPC; '),
      expect.stringContaining('got 10.0.0.0/8 and 10.0.128.0/20; '),
    ]);
  });
});

test('a network says all that is wrong at once', () => {
  expect(() =>
    stackWith({ egress: { allowedDomains: ['*'] }, connectedCidrs: ['10.0.0.0/24'], natGateways: 9 }),
  ).toThrow(
    /natGateways: expected 1 to 3.*\n.*connectedCidrs: expected ranges that do not overlap.*\n.*egress\.allowedDomains: expected domains, got "\*"/,
  );
});
