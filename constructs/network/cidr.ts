import { Token } from 'aws-cdk-lib';
import { isPrivateRange, rangesOverlap } from './private-ranges';

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

const RANGE = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/**
 * Problems of the ranges of networks that are connected to a VPC; what is not known yet at synth is not judged.
 *
 * @param prop name of the property, as the user wrote it
 * @param cidr range of the VPC
 * @internal
 */
export function checkConnectedCidrs(prop: string, connected: readonly string[], cidr: string): string[] {
  const known = Token.isUnresolved(connected) ? [] : connected.filter((range) => !Token.isUnresolved(range));
  const isRange = (range: string): boolean => {
    const parts = RANGE.exec(range)?.slice(1).map(Number);
    return parts !== undefined && parts.slice(0, 4).every((octet) => octet <= 255) && parts[4] <= 32;
  };
  const ranges = known.filter(isRange);
  const wrong = known
    .filter((range) => !isRange(range))
    .map((range) => `${prop}: expected IPv4 ranges in CIDR notation, got "${range}"; write them like 10.1.0.0/16`);
  const own = Token.isUnresolved(cidr) || !isRange(cidr) ? [] : [cidr];
  const overlaps = ranges.flatMap((range, index) =>
    [...own, ...ranges.slice(0, index)]
      .filter((other) => rangesOverlap(range, other))
      .map(
        (other) =>
          `${prop}: expected ranges that do not overlap, got ${range} and ${other}${other === cidr ? ' of the VPC' : ''}; no route can tell them apart, take another range for one`,
      ),
  );
  return [...wrong, ...overlaps];
}
