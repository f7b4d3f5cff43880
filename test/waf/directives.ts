import { PROMPT_ROUTES } from '../../constructs/edge/api-routes';
import { FirewallAction } from '../../constructs/edge/firewall-rules';

/**
 * Configuration of Coraza with the OWASP core rule set as it is delivered, paranoia level 1.
 *
 * @param bodyRules what rules that inspect bodies do on the routes of prompts. AWS's count: they see a body and change nothing. Here each
 * match adds to one score by which the whole request is refused, so the nearest to counting is that bodies of those routes are not read
 */
export function directives(bodyRules: FirewallAction): string {
  const paths = PROMPT_ROUTES.map(({ path }) => path.replaceAll('.', '\\.')).join('|');
  const bodiesUnread =
    bodyRules === FirewallAction.COUNT
      ? [`SecRule REQUEST_FILENAME "@rx ^(?:${paths})$" "id:1001,phase:1,pass,nolog,ctl:requestBodyAccess=Off"`]
      : [];
  return [
    'Include @coraza.conf-recommended',
    'SecRuleEngine On',
    // A body that is too long is none of these tests' business; the gateway limits it.
    'SecRequestBodyLimit 13107200',
    'Include @crs-setup.conf.example',
    ...bodiesUnread,
    'Include @owasp_crs/*.conf',
    '',
  ].join('\n');
}
