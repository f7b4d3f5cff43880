import { MANAGED_RULE_GROUPS, type ManagedRuleGroupFacts } from './managed-rule-group-facts';

/** Facts of a managed rule group that the table of `ManagedRuleGroup` does not hold. */
export interface ManagedRuleGroupOptions {
  /** Name of the group, such as `AWSManagedRulesWindowsRuleSet`. */
  readonly name: string;

  /** Web ACL capacity units (WCU) that the group takes. */
  readonly capacity: number;

  /** Names of its rules that inspect the body of a request: unless told otherwise they count. Empty when there are none. */
  readonly bodyRules: string[];

  /**
   * Names of its other rules, for `ruleActions`: WAF ignores an override of a rule that a group does not have.
   *
   * @default - none is known
   */
  readonly otherRules?: string[];

  /**
   * Who sells the group.
   *
   * @default 'AWS'
   */
  readonly vendor?: string;

  /**
   * Static version, such as `Version_1.19`.
   *
   * @default - the vendor's default version, which the vendor moves
   */
  readonly version?: string;
}

/**
 * A managed rule group of AWS WAF, with the capacity that it takes and the names of its rules.
 *
 * @example
 * const groups = [ManagedRuleGroup.COMMON, ManagedRuleGroup.POSIX.withVersion('Version_3.0')];
 */
export class ManagedRuleGroup {
  /** AWS's core rule set: cross-site scripting, file inclusion, requests to instance metadata, sizes. 700 WCU. */
  public static readonly COMMON = ManagedRuleGroup.ofFacts(MANAGED_RULE_GROUPS.common);
  /** Known exploits, such as Log4Shell. 200 WCU. */
  public static readonly KNOWN_BAD_INPUTS = ManagedRuleGroup.ofFacts(MANAGED_RULE_GROUPS.knownBadInputs);
  /** SQL injection. 200 WCU. */
  public static readonly SQL_DATABASE = ManagedRuleGroup.ofFacts(MANAGED_RULE_GROUPS.sqlDatabase);
  /** Addresses that AWS knows for attacks and bots. 25 WCU. */
  public static readonly IP_REPUTATION = ManagedRuleGroup.ofFacts(MANAGED_RULE_GROUPS.ipReputation);
  /** Addresses of anonymizers and of hosting providers, from where many programs call. 50 WCU. */
  public static readonly ANONYMOUS_IP = ManagedRuleGroup.ofFacts(MANAGED_RULE_GROUPS.anonymousIp);
  /** Files of Linux. 200 WCU. */
  public static readonly LINUX = ManagedRuleGroup.ofFacts(MANAGED_RULE_GROUPS.linux);
  /** Shell commands. 100 WCU. */
  public static readonly POSIX = ManagedRuleGroup.ofFacts(MANAGED_RULE_GROUPS.posix);

  /** Any other group, by its facts. */
  public static of(options: ManagedRuleGroupOptions): ManagedRuleGroup {
    const { name, vendor = 'AWS', version, capacity, bodyRules, otherRules = [] } = options;
    return new ManagedRuleGroup(vendor, name, capacity, version, bodyRules, otherRules, [], []);
  }

  private static ofFacts(facts: ManagedRuleGroupFacts): ManagedRuleGroup {
    const names = Object.keys(facts.rules);
    const inBody = names.filter((name) => facts.rules[name] === 'body');
    const others = names.filter((name) => facts.rules[name] !== 'body');
    const { vendor, name, capacity, version, counting = [], unverified } = facts;
    return new ManagedRuleGroup(vendor, name, capacity, version, inBody, others, [...counting], [...unverified]);
  }

  private constructor(
    /** Who sells the group. */
    public readonly vendor: string,
    /** Name of the group. */
    public readonly name: string,
    /** Web ACL capacity units (WCU) that it takes. */
    public readonly capacity: number,
    /** Static version; undefined for the vendor's default. */
    public readonly version: string | undefined,
    /** Names of its rules that inspect the body. */
    public readonly bodyRules: string[],
    /** Names of its other rules. */
    public readonly otherRules: string[],
    /** Names of its rules that only count in the vendor's own setting. */
    public readonly countingRules: string[],
    /** Which of `capacity`, `version` and `rules` were not seen on the vendor's pages. */
    public readonly unverified: string[],
  ) {}

  /**
   * The same group in another static version.
   *
   * @param version such as `Version_1.20`; none for the vendor's default, which the vendor moves. Its rules may bear other names:
   * compare them first
   */
  public withVersion(version?: string): ManagedRuleGroup {
    const { vendor, name, capacity, bodyRules, otherRules, countingRules, unverified } = this;
    return new ManagedRuleGroup(vendor, name, capacity, version, bodyRules, otherRules, countingRules, unverified);
  }
}
