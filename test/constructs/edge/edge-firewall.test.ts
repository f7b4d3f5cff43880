import { Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { EdgeFirewall, type EdgeFirewallProps, FirewallAction, ManagedRuleGroup } from '../../../constructs/edge';
import { MANAGED_RULE_GROUPS, type ManagedRuleGroupFacts } from '../../../constructs/edge/managed-rule-group-facts';
import { testApp } from '../../support/app';

interface Rule {
  readonly Name: string;
  readonly Priority: number;
  readonly Action?: object;
  readonly OverrideAction?: object;
  readonly VisibilityConfig: { readonly SampledRequestsEnabled: boolean };
  readonly Statement: {
    readonly RateBasedStatement?: object;
    readonly ManagedRuleGroupStatement?: {
      readonly Name: string;
      readonly Version?: string;
      readonly RuleActionOverrides?: { readonly Name: string; readonly ActionToUse: object }[];
    };
  };
}

function firewallOf(props?: EdgeFirewallProps) {
  const stack = new Stack(testApp(), 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
  const firewall = new EdgeFirewall(stack, 'Firewall', props);
  const template = Template.fromStack(stack);
  const [acl] = Object.values(template.findResources('AWS::WAFv2::WebACL'));
  const { Rules: rules } = acl.Properties as { Rules: Rule[] };
  /** What is set otherwise than by the vendor: rules by name. */
  const overrides = Object.fromEntries(
    rules.flatMap(({ Statement }) =>
      (Statement.ManagedRuleGroupStatement?.RuleActionOverrides ?? []).map(({ Name, ActionToUse }) => [
        Name,
        Object.keys(ActionToUse)[0],
      ]),
    ),
  );
  return { stack, firewall, template, rules, overrides };
}

const TABLE: readonly ManagedRuleGroupFacts[] = Object.values(MANAGED_RULE_GROUPS);

describe('EdgeFirewall', () => {
  test('counts what inspects the body, and blocks all else', () => {
    const { rules, overrides } = firewallOf();
    expect(overrides).toEqual(
      Object.fromEntries(
        [
          'SizeRestrictions_BODY',
          'EC2MetaDataSSRF_BODY',
          'GenericLFI_BODY',
          'GenericRFI_BODY',
          'CrossSiteScripting_BODY',
          'JavaDeserializationRCE_BODY',
          'Log4JRCE_BODY',
          'ReactJSRCE_BODY',
          'SQLi_BODY',
          'SQLiExtendedPatterns_BODY',
        ].map((name) => [name, 'Count']),
      ),
    );
    const groups = rules.filter(({ Statement }) => Statement.ManagedRuleGroupStatement);
    expect(groups.map(({ Name, OverrideAction }) => [Name, OverrideAction])).toEqual(
      [
        'AWSManagedRulesAmazonIpReputationList',
        'AWSManagedRulesCommonRuleSet',
        'AWSManagedRulesKnownBadInputsRuleSet',
        'AWSManagedRulesSQLiRuleSet',
      ].map((name) => [name, { None: {} }]),
    );
    expect(groups.map(({ Statement }) => Statement.ManagedRuleGroupStatement!.Version)).toEqual([
      undefined,
      'Version_1.19',
      undefined,
      'Version_2.3',
    ]);
    expect(rules.map(({ Priority }) => Priority)).toEqual(rules.map((_, index) => index));
  });

  test('single rules count or block by one prop, whatever their vendor has set', () => {
    const { overrides } = firewallOf({
      ruleActions: {
        SQLi_BODY: FirewallAction.BLOCK,
        NoUserAgent_HEADER: FirewallAction.COUNT,
        AWSManagedIPDDoSList: FirewallAction.BLOCK,
        GenericLFI_URIPATH: FirewallAction.BLOCK,
      },
    });
    expect(overrides).toMatchObject({
      SQLiExtendedPatterns_BODY: 'Count',
      NoUserAgent_HEADER: 'Count',
      AWSManagedIPDDoSList: 'Block',
    });
    expect(overrides).not.toHaveProperty('SQLi_BODY');
    expect(overrides).not.toHaveProperty('GenericLFI_URIPATH');
  });

  test('limits addresses and keys before it inspects anything, and says so', () => {
    const limits = (own: typeof rules) =>
      own.slice(0, 2).map(({ Statement }) => (Statement.RateBasedStatement as { Limit: number }).Limit);
    const { rules, template } = firewallOf({ requestsPerAddress: 600, requestsPerKey: 1200 });
    // A fleet of programs behind one address is no flood.
    expect(limits(firewallOf().rules)).toEqual([30_000, 30_000]);
    expect(rules.slice(0, 2).map(({ Statement }) => Statement.RateBasedStatement)).toEqual([
      { AggregateKeyType: 'IP', EvaluationWindowSec: 300, Limit: 600 },
      {
        AggregateKeyType: 'CUSTOM_KEYS',
        CustomKeys: [{ Header: { Name: 'authorization', TextTransformations: [{ Priority: 0, Type: 'NONE' }] } }],
        EvaluationWindowSec: 300,
        Limit: 1200,
      },
    ]);
    for (const { Action } of rules.slice(0, 2))
      expect(Action).toMatchObject({ Block: { CustomResponse: { ResponseCode: 429 } } });
    template.hasResourceProperties('AWS::WAFv2::WebACL', {
      Scope: 'REGIONAL',
      DefaultAction: { Allow: {} },
      CustomResponseBodies: { 'too-many-requests': { ContentType: 'APPLICATION_JSON' } },
    });
  });

  test('writes logs without keys, and takes no samples, which have them', () => {
    const { template, rules } = firewallOf();
    const [group] = Object.entries(template.findResources('AWS::Logs::LogGroup'));
    const { LogGroupName } = (group[1] as { Properties: { LogGroupName: { 'Fn::Join': [string, unknown[]] } } })
      .Properties;
    expect(LogGroupName['Fn::Join'][1][0]).toMatch(/^aws-waf-logs-Test-/);
    // A new stack of the same name has another id.
    expect(JSON.stringify(LogGroupName)).toContain('AWS::StackId');
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'RetainExceptOnCreate' });
    template.hasResource('AWS::WAFv2::LoggingConfiguration', {
      DependsOn: [group[0]],
      Properties: { RedactedFields: Match.arrayWith([{ SingleHeader: { Name: 'authorization' } }]) },
    });
    const [logging] = Object.values(template.findResources('AWS::WAFv2::LoggingConfiguration'));
    const destinations = JSON.stringify(
      (logging.Properties as { LogDestinationConfigs: unknown }).LogDestinationConfigs,
    );
    expect(destinations).toContain(':log-group:aws-waf-logs-Test-');
    expect(destinations).not.toContain(':*');
    expect(rules.filter(({ VisibilityConfig }) => VisibilityConfig.SampledRequestsEnabled)).toEqual([]);
    template.hasResourceProperties('AWS::WAFv2::WebACL', { VisibilityConfig: { SampledRequestsEnabled: false } });
  });

  test('its logs go where that is wanted', () => {
    const { template } = firewallOf({ removalPolicy: RemovalPolicy.DESTROY });
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });

  test('adds up the capacity of its groups and rules, and says what costs more', () => {
    const small = firewallOf();
    expect(small.firewall.capacity).toBe(25 + 700 + 200 + 200 + 34);
    Annotations.fromStack(small.stack).hasNoInfo('*', Match.stringLikeRegexp('AWS charges'));
    const { COMMON, KNOWN_BAD_INPUTS, SQL_DATABASE, LINUX, POSIX, ANONYMOUS_IP, IP_REPUTATION } = ManagedRuleGroup;
    const large = firewallOf({
      groups: [COMMON, KNOWN_BAD_INPUTS, SQL_DATABASE, LINUX, POSIX, ANONYMOUS_IP, IP_REPUTATION],
    });
    expect(large.firewall.capacity).toBe(1509);
    Annotations.fromStack(large.stack).hasInfo(
      '*',
      Match.stringLikeRegexp('groups: 1509 WCU together; AWS charges for what is above 1500'),
    );
  });

  test('says what is not verified', () => {
    const { stack } = firewallOf();
    Annotations.fromStack(stack).hasInfo(
      '*',
      Match.stringLikeRegexp('not seen on AWS.s pages .*: rules of AWSManagedRulesCommonRuleSet'),
    );
    const { stack: quiet } = firewallOf({ groups: [ManagedRuleGroup.IP_REPUTATION] });
    Annotations.fromStack(quiet).hasNoInfo('*', Match.anyValue());
  });

  test('takes any group, in any version', () => {
    const { rules, overrides } = firewallOf({
      groups: [
        ManagedRuleGroup.of({ name: 'Theirs', vendor: 'Vendor', capacity: 100, bodyRules: ['In_Body'], version: '2' }),
        ManagedRuleGroup.COMMON.withVersion(),
        ManagedRuleGroup.POSIX.withVersion('Version_3.0'),
      ],
    });
    expect(overrides).toMatchObject({ In_Body: 'Count', UNIXShellCommandsVariables_BODY: 'Count' });
    expect(rules.slice(2).map(({ Statement }) => Statement.ManagedRuleGroupStatement!.Version)).toEqual([
      '2',
      undefined,
      'Version_3.0',
    ]);
  });

  const of = (name: string, capacity: number) => ManagedRuleGroup.of({ name, capacity, bodyRules: [] });
  test.each<[string, EdgeFirewallProps, string]>([
    ['no group', { groups: [] }, 'groups: expected at least one, got none'],
    [
      'a group twice',
      { groups: [ManagedRuleGroup.COMMON, ManagedRuleGroup.COMMON.withVersion()] },
      'groups: expected each group once, got AWSManagedRulesCommonRuleSet again',
    ],
    [
      'too much of them',
      { groups: [of('One', 2500), of('Two', 2500)] },
      'groups: expected at most 5000 WCU together, got 5034; leave groups out',
    ],
    [
      'a group that takes nothing',
      { groups: [of('One', 0)] },
      'capacity of One: expected a whole number of WCU from 1, got 0',
    ],
    [
      'a capacity that is not known yet',
      { groups: [of('One', Lazy.number({ produce: () => 1 }))] },
      'capacity of One: expected a number that is known at synth, got a deploy-time value',
    ],
    [
      'a rule that no group has',
      { ruleActions: { SQLi_BDOY: FirewallAction.COUNT } },
      'ruleActions: expected names of rules of the groups, got "SQLi_BDOY"; WAF would ignore it',
    ],
    ['too few requests', { requestsPerAddress: 9 }, 'requestsPerAddress: expected a whole number of requests from 10'],
    ['half a request', { requestsPerKey: 10.5 }, 'requestsPerKey: expected a whole number of requests from 10'],
    [
      'a rate that is not known yet',
      { requestsPerKey: Lazy.number({ produce: () => 100 }) },
      'requestsPerKey: expected a number that is known at synth, got a deploy-time value',
    ],
  ])('is refused with %s', (_, props, message) => expect(() => firewallOf(props)).toThrow(message));

  test('is refused with every problem at once', () => {
    expect(() => firewallOf({ groups: [], requestsPerKey: 1 })).toThrow(
      /^Test\/Firewall:\n {2}groups: .*\n {2}requestsPerKey: /,
    );
  });

  test('an existing web ACL will do', () => {
    const stack = new Stack(testApp(), 'Test');
    expect(EdgeFirewall.fromWebAclArn(stack, 'Given', 'arn:acl').webAclArn).toBe('arn:acl');
  });
});

describe('the table of managed rule groups', () => {
  test.each(TABLE.map((facts) => [facts.name, facts] as const))('%s is of one mind with itself', (_, facts) => {
    expect(facts.source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/waf\//);
    // By their names; a rule of the body that is held for another one would block prompts.
    const parts = Object.entries(facts.rules);
    expect(parts.filter(([rule, part]) => /_BODY$/i.test(rule) !== (part === 'body'))).toEqual([]);
    expect(facts.counting?.filter((rule) => !(rule in facts.rules)) ?? []).toEqual([]);
  });

  test('no rule is in two groups, so that its name says which one is meant', () => {
    const names = TABLE.flatMap(({ rules }) => Object.keys(rules));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
