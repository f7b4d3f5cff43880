/**
 * Address ranges that are nobody's on the internet: private (RFC 1918), shared (RFC 6598), link-local, and the one for benchmarks (RFC 2544),
 * which VPCs use as well. A VPC, its peers, the networks behind a VPN and the services of a cluster are in them.
 */
export const PRIVATE_RANGES = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
];

/** Whether a range in CIDR notation lies in one of the private ranges. */
export function isPrivateRange(cidr: string): boolean {
  const [first, last] = boundsOf(cidr);
  return PRIVATE_RANGES.map(boundsOf).some(([from, to]) => first >= from && last <= to);
}

/** First and last address of a range, as numbers. */
function boundsOf(cidr: string): [number, number] {
  const [address, size] = cidr.split('/');
  const first = address
    .split('.')
    .map(Number)
    .reduce((value, octet) => value * 256 + octet, 0);
  return [first, first + 2 ** (32 - Number(size)) - 1];
}
