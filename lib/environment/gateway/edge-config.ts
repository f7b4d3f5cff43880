import type { EdgeFirewallProps, GatewayEdgeProps, JwtAuthenticationOptions } from '../../../constructs/edge';
import type { PlainData } from '../plain-data';

/** The way to the gateway from outside the cluster. */
export interface EdgeConfig
  extends PlainData<Pick<GatewayEdgeProps, 'domainName' | 'exposure' | 'idleTimeout' | 'redirectHttp'>> {
  /**
   * Zone of the name: the record is made there, and the certificate is validated there where none is given.
   *
   * @default - no record is made
   */
  readonly hostedZone?: HostedZoneConfig;
  /**
   * ARN of a certificate of ACM for the name, in the region of the environment.
   *
   * @default - a new one, which is validated in the zone
   */
  readonly certificate?: string;
  /**
   * IPv4 ranges from which connections are opened.
   *
   * @default - that of the network; every address where the exposure is public
   */
  readonly allowFrom?: readonly string[];
  /**
   * How programs say who they are; a public endpoint needs it.
   *
   * @default - the load balancer asks for nothing; the gateway decides
   */
  readonly authentication?: EdgeAuthenticationConfig;
  /**
   * Firewall in front of the load balancer, `{}` for one with every default; a public endpoint needs it.
   *
   * @default - none
   */
  readonly firewall?: PlainData<Pick<EdgeFirewallProps, 'ruleActions' | 'requestsPerAddress' | 'requestsPerKey'>>;
}

/** A zone of Route 53 that exists, and is public. */
export interface HostedZoneConfig {
  /** Id, such as `Z0123456789ABCDEFGHIJ`. */
  readonly id: string;
  /** Name, such as `example.com`. */
  readonly name: string;
}

/** Ways of `EdgeAuthentication`, by its factories. */
export type EdgeAuthenticationConfig =
  | { readonly kind: 'gateway-keys' }
  | ({ readonly kind: 'jwt' } & PlainData<JwtAuthenticationOptions>);
