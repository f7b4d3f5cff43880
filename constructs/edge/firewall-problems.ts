import { deployTimeProblems, isUnresolved } from '../checks/unresolved';
import { capacityOf, MAX_CAPACITY, type ResolvedFirewall } from './firewall-rules';

/** Fewest and most requests of a rate rule, as WAF takes them. */
const MIN_REQUESTS = 10;
const MAX_REQUESTS = 2_000_000_000;

/** What is wrong with a firewall, one problem per line; empty when nothing is. */
export function firewallProblems(firewall: ResolvedFirewall): string[] {
  const { groups, ruleActions, requestsPerAddress, requestsPerKey } = firewall;
  const names = groups.map(({ name }) => name);
  const capacities = Object.fromEntries(groups.map(({ name, capacity }) => [`capacity of ${name}`, capacity]));
  const rules = new Set(groups.flatMap(({ bodyRules, otherRules }) => [...bodyRules, ...otherRules]));
  const rates = { requestsPerAddress, requestsPerKey };
  const capacity = capacityOf(firewall);
  return [
    ...(groups.length === 0
      ? ['groups: expected at least one, got none; leave the property out for the defaults']
      : []),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `groups: expected each group once, got ${name} again; leave one out`),
    ...deployTimeProblems({ ...rates, ...capacities }),
    ...Object.entries(capacities)
      .filter(([, given]) => !isUnresolved(given) && !(Number.isInteger(given) && given >= 1))
      .map(
        ([what, given]) =>
          `${what}: expected a whole number of WCU from 1, got ${given}; aws wafv2 describe-managed-rule-group says it`,
      ),
    ...(!Object.values(capacities).some(isUnresolved) && capacity > MAX_CAPACITY
      ? [`groups: expected at most ${MAX_CAPACITY} WCU together, got ${capacity}; leave groups out`]
      : []),
    ...Object.entries(rates)
      .filter(
        ([, limit]) =>
          !isUnresolved(limit) && !(Number.isInteger(limit) && limit >= MIN_REQUESTS && limit <= MAX_REQUESTS),
      )
      .map(
        ([option, limit]) =>
          `${option}: expected a whole number of requests from ${MIN_REQUESTS} to ${MAX_REQUESTS}, got ${limit}; it is counted over five minutes`,
      ),
    ...Object.keys(ruleActions)
      .filter((rule) => !rules.has(rule))
      .map(
        (rule) =>
          `ruleActions: expected names of rules of the groups, got ${JSON.stringify(rule)}; WAF would ignore it. The rules: ${[...rules].sort().join(', ')}`,
      ),
  ];
}
