import { Token } from 'aws-cdk-lib';

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
/** A name of at least two labels that is no address; `*.` before it stands for names below it. */
const DOMAIN = new RegExp(`^(\\*\\.)?(${LABEL}\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`);

/**
 * Problems of an allow-list of domains; what is not known yet at synth is refused, because nobody could read what is open.
 *
 * @param prop name of the property, as the user wrote it
 * @internal
 */
export function checkDomains(prop: string, domains: readonly string[]): string[] {
  if (Token.isUnresolved(domains) || domains.some((domain) => Token.isUnresolved(domain)))
    return [
      `${prop}: expected domains that are known at synth, got a value that only the deployment knows; write them`,
    ];
  if (domains.length === 0)
    return [
      `${prop}: expected at least one domain, got none; leave egress out, or name what nodes and models download from`,
    ];
  return domains
    .filter((domain) => !DOMAIN.test(domain))
    .map((domain) =>
      /^(\*|\*\.[a-z0-9-]+|\.)$/.test(domain)
        ? `${prop}: expected domains, got "${domain}"; it would open the internet: name what is reached, such as huggingface.co and *.hf.co`
        : `${prop}: expected domains in lower case, got "${domain}"; write them like huggingface.co, and *.hf.co for all names below hf.co`,
    );
}

/** A domain as AWS Network Firewall writes it: with a dot in front it stands for all names below it, and the name itself. */
export function firewallDomain(domain: string): string {
  return domain.replace(/^\*/, '');
}
