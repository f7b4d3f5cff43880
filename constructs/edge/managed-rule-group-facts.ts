/** Part of a request that a rule looks at; the address is that of the client. */
export type RequestPart = 'address' | 'method' | 'path' | 'query' | 'header' | 'cookie' | 'body';

/** What was not seen on AWS's own pages, and is to be compared with `aws wafv2 describe-managed-rule-group` before it is relied on. */
export type Unverified = 'capacity' | 'version' | 'rules';

/** A managed rule group of AWS WAF. */
export interface ManagedRuleGroupFacts {
  readonly vendor: string;
  readonly name: string;
  /** Static version. @default - the group has none, or none was seen: AWS's default version, which AWS moves */
  readonly version?: string;
  /** Web ACL capacity units (WCU). */
  readonly capacity: number;
  /** Rules by name, with the part of the request that each looks at. */
  readonly rules: Readonly<Record<string, RequestPart>>;
  /** Rules that only count in AWS's own setting. @default - none */
  readonly counting?: readonly string[];
  /** Page of AWS's documentation. */
  readonly source: string;
  readonly unverified: readonly Unverified[];
}

/** Day on which the facts below were read; the pages were stored copies, of August 2025 and later. */
export const RULE_GROUPS_AS_OF = '2026-11-30';

const GUIDE = 'https://docs.aws.amazon.com/waf/latest/developerguide';

function rules(part: RequestPart, ...names: string[]): Record<string, RequestPart> {
  return Object.fromEntries(names.map((name) => [name, part]));
}

/** Groups that `ManagedRuleGroup` offers. What inspects the body is what prompts run into. */
export const MANAGED_RULE_GROUPS = {
  // Version 1.19 is of 2025-08-14, by the changelog.
  common: {
    vendor: 'AWS',
    name: 'AWSManagedRulesCommonRuleSet',
    version: 'Version_1.19',
    capacity: 700,
    rules: {
      ...rules('header', 'NoUserAgent_HEADER', 'UserAgent_BadBots_HEADER'),
      ...rules('query', 'SizeRestrictions_QUERYSTRING', 'EC2MetaDataSSRF_QUERYARGUMENTS', 'GenericLFI_QUERYARGUMENTS'),
      ...rules('query', 'RestrictedExtensions_QUERYARGUMENTS', 'GenericRFI_QUERYARGUMENTS'),
      ...rules('query', 'CrossSiteScripting_QUERYARGUMENTS'),
      ...rules('cookie', 'SizeRestrictions_Cookie_HEADER', 'EC2MetaDataSSRF_COOKIE', 'CrossSiteScripting_COOKIE'),
      ...rules('path', 'SizeRestrictions_URIPATH', 'EC2MetaDataSSRF_URIPATH', 'GenericLFI_URIPATH'),
      ...rules('path', 'RestrictedExtensions_URIPATH', 'GenericRFI_URIPATH', 'CrossSiteScripting_URIPATH'),
      ...rules('body', 'SizeRestrictions_BODY', 'EC2MetaDataSSRF_BODY', 'GenericLFI_BODY', 'GenericRFI_BODY'),
      ...rules('body', 'CrossSiteScripting_BODY'),
    },
    source: `${GUIDE}/aws-managed-rule-groups-baseline.html`,
    unverified: ['rules'],
  },
  knownBadInputs: {
    vendor: 'AWS',
    name: 'AWSManagedRulesKnownBadInputsRuleSet',
    capacity: 200,
    rules: {
      ...rules('header', 'JavaDeserializationRCE_HEADER', 'Host_localhost_HEADER', 'Log4JRCE_HEADER'),
      ...rules('query', 'JavaDeserializationRCE_QUERYSTRING', 'Log4JRCE_QUERYSTRING'),
      ...rules('path', 'JavaDeserializationRCE_URIPATH', 'ExploitablePaths_URIPATH', 'Log4JRCE_URIPATH'),
      ...rules('method', 'PROPFIND_METHOD'),
      ...rules('body', 'JavaDeserializationRCE_BODY', 'Log4JRCE_BODY', 'ReactJSRCE_BODY'),
    },
    source: `${GUIDE}/aws-managed-rule-groups-baseline.html`,
    unverified: ['capacity', 'version', 'rules'],
  },
  sqlDatabase: {
    vendor: 'AWS',
    name: 'AWSManagedRulesSQLiRuleSet',
    version: 'Version_2.3',
    capacity: 200,
    rules: {
      ...rules('query', 'SQLi_QUERYARGUMENTS', 'SQLiExtendedPatterns_QUERYARGUMENTS'),
      ...rules('cookie', 'SQLi_COOKIE'),
      ...rules('body', 'SQLi_BODY', 'SQLiExtendedPatterns_BODY'),
    },
    source: `${GUIDE}/aws-managed-rule-groups-use-case.html`,
    unverified: ['rules'],
  },
  // The groups of addresses have no versions.
  ipReputation: {
    vendor: 'AWS',
    name: 'AWSManagedRulesAmazonIpReputationList',
    capacity: 25,
    rules: rules('address', 'AWSManagedIPReputationList', 'AWSManagedReconnaissanceList', 'AWSManagedIPDDoSList'),
    counting: ['AWSManagedIPDDoSList'],
    source: `${GUIDE}/aws-managed-rule-groups-ip-rep.html`,
    unverified: [],
  },
  anonymousIp: {
    vendor: 'AWS',
    name: 'AWSManagedRulesAnonymousIpList',
    capacity: 50,
    rules: rules('address', 'AnonymousIPList', 'HostingProviderIPList'),
    source: `${GUIDE}/aws-managed-rule-groups-ip-rep.html`,
    unverified: ['capacity', 'rules'],
  },
  linux: {
    vendor: 'AWS',
    name: 'AWSManagedRulesLinuxRuleSet',
    capacity: 200,
    rules: { ...rules('path', 'LFI_URIPATH'), ...rules('query', 'LFI_QUERYSTRING'), ...rules('header', 'LFI_HEADER') },
    source: `${GUIDE}/aws-managed-rule-groups-use-case.html`,
    unverified: ['capacity', 'version', 'rules'],
  },
  posix: {
    vendor: 'AWS',
    name: 'AWSManagedRulesUnixRuleSet',
    capacity: 100,
    rules: {
      ...rules('query', 'UNIXShellCommandsVariables_QUERYSTRING'),
      ...rules('header', 'UNIXShellCommandsVariables_HEADER'),
      ...rules('body', 'UNIXShellCommandsVariables_BODY'),
    },
    source: `${GUIDE}/aws-managed-rule-groups-use-case.html`,
    unverified: ['capacity', 'version', 'rules'],
  },
} as const satisfies Readonly<Record<string, ManagedRuleGroupFacts>>;
