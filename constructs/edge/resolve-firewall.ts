import { firewallProblems } from './firewall-problems';
import type { ResolvedFirewall } from './firewall-rules';
import { ManagedRuleGroup } from './managed-rule-group';

/**
 * Requests in five minutes: 100 a second, what six replicas of a gateway serve. It is for floods; what a tenant may ask for is the gateway's to
 * say, and many callers are behind one address.
 */
const DEFAULT_RATE = 30_000;

/** A firewall with every default, and everything that is wrong with it, one problem per line. */
export function resolveFirewall(props: Partial<ResolvedFirewall>): { firewall: ResolvedFirewall; problems: string[] } {
  const firewall: ResolvedFirewall = {
    groups: props.groups ?? [
      ManagedRuleGroup.IP_REPUTATION,
      ManagedRuleGroup.COMMON,
      ManagedRuleGroup.KNOWN_BAD_INPUTS,
      ManagedRuleGroup.SQL_DATABASE,
    ],
    ruleActions: props.ruleActions ?? {},
    requestsPerAddress: props.requestsPerAddress ?? DEFAULT_RATE,
    requestsPerKey: props.requestsPerKey ?? DEFAULT_RATE,
  };
  return { firewall, problems: firewallProblems(firewall) };
}
