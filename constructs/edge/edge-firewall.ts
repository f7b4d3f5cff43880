import { Annotations, ArnFormat, Aws, Fn, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct, type IConstruct } from 'constructs';
import { keptOnceCreated } from '../policy/retention';
import {
  capacityOf,
  firewallRules,
  type FirewallAction,
  INCLUDED_CAPACITY,
  KEY_HEADER,
  TOO_MANY_REQUESTS,
  visibility,
} from './firewall-rules';
import type { ManagedRuleGroup } from './managed-rule-group';
import { RULE_GROUPS_AS_OF } from './managed-rule-group-facts';
import { resolveFirewall } from './resolve-firewall';

/** A web ACL of AWS WAF for a load balancer. */
export interface IEdgeFirewall extends IConstruct {
  /** ARN of the web ACL. */
  readonly webAclArn: string;
}

/** Properties of `EdgeFirewall`. */
export interface EdgeFirewallProps {
  /**
   * Managed rule groups, in the order in which they inspect a request.
   *
   * @default - IP_REPUTATION, COMMON, KNOWN_BAD_INPUTS and SQL_DATABASE: 1,125 WCU
   */
  readonly groups?: ManagedRuleGroup[];

  /**
   * What single rules of the groups do, by their names.
   *
   * @default - rules that inspect the body count, because prompts look like attacks; all others do what their vendor has set: they block
   */
  readonly ruleActions?: { [rule: string]: FirewallAction };

  /**
   * Requests of one address in five minutes, above which it is answered with 429.
   *
   * @default 30000
   */
  readonly requestsPerAddress?: number;

  /**
   * Requests with one Authorization header in five minutes, above which it is answered with 429. Tokens are counted by the gateway.
   *
   * @default 30000
   */
  readonly requestsPerKey?: number;

  /**
   * How long logs of requests are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Key that encrypts the logs.
   *
   * @default - encrypted by CloudWatch Logs with a key of its own
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What becomes of the logs when the firewall is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Headers that let whoever reads them call in another's name. */
const REDACTED_HEADERS = [KEY_HEADER, 'cookie', 'x-api-key', 'x-amzn-oidc-accesstoken', 'x-amzn-oidc-data'];

/**
 * A web application firewall that lets prompts through: what inspects the body counts, everything else blocks.
 *
 * It knows patterns of attacks on servers. What a prompt asks of a model is for the gateway's guardrails.
 *
 * @example
 * const firewall = new EdgeFirewall(this, 'Firewall');
 */
export class EdgeFirewall extends Construct implements IEdgeFirewall {
  /** A web ACL that was created elsewhere, in the same region. */
  public static fromWebAclArn(scope: Construct, id: string, webAclArn: string): IEdgeFirewall {
    class Import extends Construct implements IEdgeFirewall {
      public readonly webAclArn = webAclArn;
    }
    return new Import(scope, id);
  }

  public readonly webAclArn: string;

  /** Web ACL capacity units (WCU) that it takes, by the dated table of groups. */
  public readonly capacity: number;

  /** Logs of requests, without keys. */
  public readonly logGroup: logs.ILogGroup;

  /** @throws when something is wrong with the props; the error lists every problem. */
  constructor(scope: Construct, id: string, props: EdgeFirewallProps = {}) {
    super(scope, id);
    const { firewall, problems } = resolveFirewall(props);
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);
    this.capacity = capacityOf(firewall);
    this.say(firewall.groups);

    const webAcl = new wafv2.CfnWebACL(this, 'Resource', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      rules: firewallRules(firewall),
      customResponseBodies: {
        [TOO_MANY_REQUESTS]: {
          contentType: 'APPLICATION_JSON',
          content: JSON.stringify({ error: { message: 'Too many requests', type: 'rate_limit_error', code: 429 } }),
        },
      },
      visibilityConfig: visibility('EdgeFirewall'),
    });
    this.webAclArn = webAcl.attrArn;
    this.logGroup = this.log(props);
  }

  private log(props: EdgeFirewallProps): logs.ILogGroup {
    const stack = Stack.of(this);
    // WAF writes to groups of this prefix only. What a deleted stack has left must not stop the next one, which has another id.
    const stackId = Fn.select(2, Fn.split('/', Aws.STACK_ID));
    const logGroupName = `aws-waf-logs-${stack.stackName}-${this.node.addr.slice(-8)}-${stackId}`;
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName,
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      encryptionKey: props.encryptionKey,
      removalPolicy: keptOnceCreated(props.removalPolicy),
    });
    const logging = new wafv2.CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.webAclArn,
      // Without `:*` at its end, which the group's own ARN has.
      logDestinationConfigs: [
        stack.formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: REDACTED_HEADERS.map((name) => ({ singleHeader: { Name: name } })),
    });
    logging.node.addDependency(logGroup);
    return logGroup;
  }

  private say(groups: readonly ManagedRuleGroup[]): void {
    const notices = Annotations.of(this);
    if (this.capacity > INCLUDED_CAPACITY)
      notices.addInfo(
        `groups: ${this.capacity} WCU together; AWS charges for what is above ${INCLUDED_CAPACITY} in every request`,
      );
    const unverified = groups.filter((group) => group.unverified.length > 0);
    if (unverified.length > 0)
      notices.addInfo(
        `groups: not seen on AWS's pages when the table was made (${RULE_GROUPS_AS_OF}): ${unverified.map(({ name, unverified: what }) => `${what.join(', ')} of ${name}`).join('; ')}; compare them with aws wafv2 describe-managed-rule-group before you rely on them`,
      );
  }
}
