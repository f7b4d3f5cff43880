import { Token } from 'aws-cdk-lib';
import { isPrivateRange } from './private-ranges';

/**
 * Problems of an address range for a VPC; none when it is not known yet at synth.
 *
 * @param prop name of the property, as the user wrote it
 * @param cidr the range, for example `10.0.0.0/16`
 * @internal
 */
export function checkCidr(prop: string, cidr: string): string[] {
  if (Token.isUnresolved(cidr)) return [];
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const size = Number(match?.[5]);
  if (!match || octets.some((octet) => octet > 255)) {
    return [`${prop}: expected an IPv4 range in CIDR notation, got "${cidr}"; write it like 10.0.0.0/16`];
  }
  if (size < 16 || size > 20) {
    return [
      `${prop}: expected a range from /16 to /20, got "${cidr}"; AWS allows no larger VPC, and in a smaller one pods run out of addresses`,
    ];
  }
  const address = octets.reduce((value, octet) => value * 256 + octet, 0);
  const base = Math.floor(address / 2 ** (32 - size)) * 2 ** (32 - size);
  if (address !== base) {
    const dotted = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.');
    return [`${prop}: expected the first address of the range, got "${cidr}"; write ${dotted}/${size}`];
  }
  if (!isPrivateRange(cidr)) {
    return [
      `${prop}: expected a private range, got "${cidr}"; take one within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10: what pods may reach on the internet leaves private ranges out, and no others`,
    ];
  }
  return [];
}
