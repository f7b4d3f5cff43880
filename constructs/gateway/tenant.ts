import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { type GuardrailAction } from './guardrail';

/** Whether answers of a tenant are kept, to be given again. */
export enum TenantCache {
  /** No answer is kept. */
  NONE = 'none',
  /** The same request gets the same answer again, for as long as `cacheTimeToLive`. No other tenant gets it. */
  EXACT = 'exact',
}

/** A guardrail as a tenant has it. */
export interface TenantGuardrail {
  /** Name of the guardrail. */
  readonly name: string;

  /**
   * What becomes of what it finds.
   *
   * @default GuardrailAction.BLOCK
   */
  readonly action?: GuardrailAction;
}

/** Who may ask models, and what that may cost. */
export interface Tenant {
  /** Name: lower-case letters, digits and hyphens, at most 63. It stands in metrics and in the audit log. */
  readonly name: string;

  /** Names of the models that the tenant may use. A fallback answers it only if it is among them. */
  readonly models: string[];

  /**
   * Secret with the tenant's keys, one a line. The gateway gets their SHA-256 alone: see `AiGateway.secrets`.
   */
  readonly keySecret: secretsmanager.ISecret;

  /**
   * Field of the secret, when it is a JSON object.
   *
   * @default - the whole secret
   */
  readonly keySecretField?: string;

  /**
   * Requests a minute over all replicas.
   *
   * @default - no limit, which `requireLimits` refuses
   */
  readonly requestsPerMinute?: number;

  /**
   * Tokens a minute over all replicas, input and output together.
   *
   * @default - no limit, which `requireLimits` refuses
   */
  readonly tokensPerMinute?: number;

  /**
   * Most that the tenant may spend in a calendar month (UTC), USD. It is reserved before each call; where it cannot be checked, the call is
   * refused.
   *
   * @default - no budget, which `requireLimits` refuses for models that others charge for
   */
  readonly budgetUsdPerMonth?: number;

  /**
   * Guardrails, in the order in which they look.
   *
   * @default - none
   */
  readonly guardrails?: TenantGuardrail[];

  /**
   * Whether answers are kept.
   *
   * @default TenantCache.NONE
   */
  readonly cache?: TenantCache;

  /**
   * Write prompts and answers to the audit log, redacted. Without, it holds who asked what, when and at what cost.
   *
   * @default false
   */
  readonly promptLogging?: boolean;

  /**
   * The tenant shares nothing with others: its models are its own.
   *
   * @default false
   */
  readonly dedicated?: boolean;
}
