/** Addresses of links, at which the metadata service of an instance answers, and the agent of EKS Pod Identity. */
const LINK_LOCAL_RANGE = '169.254.0.0/16';

/**
 * Address ranges that are nobody's on the internet: private (RFC 1918), shared (RFC 6598), link-local, and the one for benchmarks (RFC 2544),
 * which VPCs use as well. A VPC, its peers, the networks behind a VPN and the services of a cluster are in them.
 */
export const PRIVATE_RANGES = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  LINK_LOCAL_RANGE,
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
];

/**
 * Ranges in which a cluster's API server, nodes, pods and services have their addresses, and networks that are connected to it. EKS gives Services
 * addresses of RFC 1918 alone, and the API server those of the VPC, as pods see it.
 */
export const CLUSTER_RANGES = PRIVATE_RANGES.filter((range) => range !== LINK_LOCAL_RANGE);

/** Range of a VPC for which none is asked for. */
export const DEFAULT_CIDR = '10.0.0.0/16';

/** Every address of the internet, and none that is private, as a network policy says it. */
export const INTERNET = { ipBlock: { cidr: '0.0.0.0/0', except: PRIVATE_RANGES } };

/** Address of the agent of EKS Pod Identity on each node, for IPv4 clusters. */
export const POD_IDENTITY_AGENT = '169.254.170.23/32';

/** Whether a range in CIDR notation lies in one of the private ranges. */
export function isPrivateRange(cidr: string): boolean {
  const [first, last] = boundsOf(cidr);
  return PRIVATE_RANGES.map(boundsOf).some(([from, to]) => first >= from && last <= to);
}

/** Whether two ranges in CIDR notation have an address in common. */
export function rangesOverlap(one: string, other: string): boolean {
  const [[first, last], [from, to]] = [boundsOf(one), boundsOf(other)];
  return first <= to && from <= last;
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
