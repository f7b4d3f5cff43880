import { Duration } from 'aws-cdk-lib';
import type * as cognito from 'aws-cdk-lib/aws-cognito';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as actions from 'aws-cdk-lib/aws-elasticloadbalancingv2-actions';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { EdgeService } from './edge-service';

/** What every way to sign in has. */
export interface SignInOptions {
  /**
   * Paths that people open in a browser, such as `/chat/*`: at most 20, with `*` and `?` as wildcards. Where a route of the API is among
   * them, programs with a key are not asked to sign in there.
   */
  readonly paths: string[];

  /**
   * What answers on these paths, such as a user interface.
   *
   * @default - the gateway, and the paths are routes of the API
   */
  readonly service?: EdgeService;

  /**
   * How long a person stays signed in, 1 second to 7 days.
   *
   * @default Duration.hours(12)
   */
  readonly sessionTimeout?: Duration;
}

/** An OpenID Connect provider. */
export interface OidcSignInOptions extends SignInOptions {
  /** Who issues the tokens: an https address. */
  readonly issuer: string;
  /** Where people sign in: an https address. */
  readonly authorizationEndpoint: string;
  /** Where the load balancer gets tokens: an https address that it can reach. */
  readonly tokenEndpoint: string;
  /** Where the load balancer gets a person's claims: an https address that it can reach. */
  readonly userInfoEndpoint: string;
  /** Id of the client that the provider knows the endpoint by. */
  readonly clientId: string;
  /** Its secret. */
  readonly clientSecret: secretsmanager.ISecret;

  /**
   * Field of the secret, where that is JSON.
   *
   * @default - the whole secret
   */
  readonly clientSecretField?: string;

  /**
   * Scopes that are asked for.
   *
   * @default 'openid'
   */
  readonly scope?: string;
}

/** A user pool of Amazon Cognito. */
export interface CognitoSignInOptions extends SignInOptions {
  /** The pool. */
  readonly userPool: cognito.IUserPool;
  /** Its client, with a secret and `https://<domain name>/oauth2/idpresponse` as a callback. */
  readonly userPoolClient: cognito.IUserPoolClient;
  /** Its domain. */
  readonly userPoolDomain: cognito.IUserPoolDomain;
}

/** How people sign in. What answers them gets who they are in the header `x-amzn-oidc-data`, whose signature it must verify. */
export class SignIn {
  /** By an OpenID Connect provider. */
  public static oidc(options: OidcSignInOptions): SignIn {
    const { issuer, authorizationEndpoint, tokenEndpoint, userInfoEndpoint } = options;
    return new SignIn(options, { issuer, authorizationEndpoint, tokenEndpoint, userInfoEndpoint }, (next, timeout) =>
      elbv2.ListenerAction.authenticateOidc({
        issuer,
        authorizationEndpoint,
        tokenEndpoint,
        userInfoEndpoint,
        clientId: options.clientId,
        clientSecret:
          options.clientSecretField === undefined
            ? options.clientSecret.secretValue
            : options.clientSecret.secretValueFromJson(options.clientSecretField),
        scope: options.scope,
        sessionTimeout: timeout,
        next,
      }),
    );
  }

  /** By a user pool of Amazon Cognito. */
  public static cognito(options: CognitoSignInOptions): SignIn {
    const { userPool, userPoolClient, userPoolDomain } = options;
    return new SignIn(
      options,
      {},
      (next, sessionTimeout) =>
        new actions.AuthenticateCognitoAction({ userPool, userPoolClient, userPoolDomain, sessionTimeout, next }),
    );
  }

  /** Paths that people open in a browser. */
  public readonly paths: string[];

  /** What answers on them; undefined for the gateway. */
  public readonly service?: EdgeService;

  /** How long a person stays signed in. */
  public readonly sessionTimeout: Duration;

  private constructor(
    options: SignInOptions,
    /** Addresses of the provider, by the names of their options. */
    public readonly addresses: { [option: string]: string },
    private readonly authenticate: (next: elbv2.ListenerAction, timeout: Duration) => elbv2.ListenerAction,
  ) {
    this.paths = options.paths;
    this.service = options.service;
    this.sessionTimeout = options.sessionTimeout ?? Duration.hours(12);
  }

  /**
   * What a listener does with a person's request: it has them sign in first.
   *
   * @param next what it does then
   */
  public bind(next: elbv2.ListenerAction): elbv2.ListenerAction {
    return this.authenticate(next, this.sessionTimeout);
  }
}
