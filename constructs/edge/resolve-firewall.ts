import { firewallProblems } from './firewall-problems';
import type { ResolvedFirewall } from './firewall-rules';
import { ManagedRuleGroup } from './managed-rule-group';

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
    requestsPerAddress: props.requestsPerAddress ?? 3000,
    requestsPerKey: props.requestsPerKey ?? 3000,
  };
  return { firewall, problems: firewallProblems(firewall) };
}
