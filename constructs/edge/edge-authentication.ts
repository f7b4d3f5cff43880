/** Tokens that the load balancer checks before a request reaches the gateway. */
export interface JwtAuthenticationOptions {
  /** Who issues the tokens, as their claim `iss` has it: an https address. */
  readonly issuer: string;

  /** Where the issuer's public keys are: an https address that is reached from the internet. */
  readonly jwksEndpoint: string;
}

/**
 * How programs say who they are. In either way the header reaches the gateway as it was sent: which tenant it stands for, and what that
 * may do, is decided there.
 */
export class EdgeAuthentication {
  /**
   * API keys, or tokens, that the gateway checks. The load balancer asks only that there is one: a request without
   * `Authorization: Bearer …` is refused with 401.
   */
  public static gatewayKeys(): EdgeAuthentication {
    return new EdgeAuthentication();
  }

  /**
   * JSON Web Tokens, whose signature, time and issuer the load balancer checks too: RS256 alone, with at most 10 keys at the issuer, and
   * the claims `iss` and `exp`.
   */
  public static jwt(options: JwtAuthenticationOptions): EdgeAuthentication {
    return new EdgeAuthentication(options);
  }

  private constructor(
    /** Tokens that the load balancer checks; undefined when the gateway alone does. */
    public readonly tokens?: JwtAuthenticationOptions,
  ) {}
}
