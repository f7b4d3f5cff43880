import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { ManagedRuleGroup } from './managed-rule-group';

/** What a rule of a firewall does with a request that it matches. */
export enum FirewallAction {
  /** Refuses it. */
  BLOCK = 'block',
  /** Counts it, in metrics and logs, and lets it go on. */
  COUNT = 'count',
}

/** Most web ACL capacity units (WCU) that a web ACL may take. */
export const MAX_CAPACITY = 5000;

/** Capacity that the price of a request covers, WCU; AWS charges more for what is above. */
export const INCLUDED_CAPACITY = 1500;

/** Capacity of a rate rule, and of each of its keys that is no address, WCU. From memory of AWS's guide, not seen when the table was made. */
const RATE_CAPACITY = 2;
const RATE_KEY_CAPACITY = 30;

/** Window of rate rules, seconds. */
export const RATE_WINDOW_SECONDS = 300;

/** Header by which programs say who they are. */
export const KEY_HEADER = 'authorization';

/** Key of the answer to those who ask too often. */
export const TOO_MANY_REQUESTS = 'too-many-requests';

/** What a firewall is made of, with every default. */
export interface ResolvedFirewall {
  readonly groups: readonly ManagedRuleGroup[];
  readonly ruleActions: Readonly<Record<string, FirewallAction>>;
  /** Requests of one address within the window. */
  readonly requestsPerAddress: number;
  /** Requests with one key within the window. */
  readonly requestsPerKey: number;
}

/** Capacity that a firewall takes, WCU. */
export function capacityOf({ groups }: ResolvedFirewall): number {
  return groups.reduce((sum, { capacity }) => sum + capacity, 0) + 2 * RATE_CAPACITY + RATE_KEY_CAPACITY;
}

/** Rules of the web ACL in their order: what is asked too often is not inspected. */
export function firewallRules(firewall: ResolvedFirewall): CfnWebACL.RuleProperty[] {
  const { groups, ruleActions, requestsPerAddress, requestsPerKey } = firewall;
  const rate = { evaluationWindowSec: RATE_WINDOW_SECONDS };
  const rules: Omit<CfnWebACL.RuleProperty, 'priority'>[] = [
    {
      name: 'RequestsPerAddress',
      action: tooMany(),
      statement: { rateBasedStatement: { ...rate, limit: requestsPerAddress, aggregateKeyType: 'IP' } },
      visibilityConfig: visibility('RequestsPerAddress'),
    },
    {
      // Requests without the header are not counted by this rule, only by the one above.
      name: 'RequestsPerKey',
      action: tooMany(),
      statement: {
        rateBasedStatement: {
          ...rate,
          limit: requestsPerKey,
          aggregateKeyType: 'CUSTOM_KEYS',
          customKeys: [{ header: { name: KEY_HEADER, textTransformations: [{ priority: 0, type: 'NONE' }] } }],
        },
      },
      visibilityConfig: visibility('RequestsPerKey'),
    },
    ...groups.map((group) => ({
      name: group.name,
      overrideAction: { none: {} },
      statement: {
        managedRuleGroupStatement: {
          vendorName: group.vendor,
          name: group.name,
          version: group.version,
          ruleActionOverrides: overrides(group, ruleActions),
        },
      },
      visibilityConfig: visibility(group.name),
    })),
  ];
  return rules.map((rule, priority) => ({ ...rule, priority }));
}

/** Samples would show the headers of requests, keys among them, to whoever may read the console: there are none. */
export function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false };
}

function overrides(
  group: ManagedRuleGroup,
  ruleActions: ResolvedFirewall['ruleActions'],
): CfnWebACL.RuleActionOverrideProperty[] | undefined {
  const wanted = [
    ...group.bodyRules.map((name) => ({ name, action: ruleActions[name] ?? FirewallAction.COUNT })),
    ...group.otherRules.flatMap((name) => (name in ruleActions ? [{ name, action: ruleActions[name] }] : [])),
  ];
  const changed = wanted.filter(
    ({ name, action }) => action !== (group.countingRules.includes(name) ? FirewallAction.COUNT : FirewallAction.BLOCK),
  );
  return changed.length === 0
    ? undefined
    : changed.map(({ name, action }) => ({
        name,
        actionToUse: action === FirewallAction.COUNT ? { count: {} } : { block: {} },
      }));
}

function tooMany(): CfnWebACL.RuleActionProperty {
  return {
    block: {
      customResponse: {
        responseCode: 429,
        customResponseBodyKey: TOO_MANY_REQUESTS,
        responseHeaders: [{ name: 'retry-after', value: String(RATE_WINDOW_SECONDS / 5) }],
      },
    },
  };
}
