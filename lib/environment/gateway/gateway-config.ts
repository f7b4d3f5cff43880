import type {
  GatewayModel,
  GatewayOptions,
  GatewayRedis,
  OutputGuardrailOptions,
  PiiGuardrailOptions,
  Tenant,
} from '../../../constructs/gateway';
import type {
  AzureOpenAiOptions,
  BedrockGuardrail,
  ExternalModelOptions,
  OpenAiCompatibleOptions,
} from '../../../constructs/model-providers';
import type { RolloutConfig } from '../model/model-config';
import type { PlainData } from '../plain-data';
import type { EdgeConfig } from './edge-config';

/** Options of `AiGateway` that a gateway has by the same names. */
type LibraryOptions = Pick<
  PlainData<GatewayOptions>,
  | 'image'
  | 'replicas'
  | 'maxReplicas'
  | 'callers'
  | 'requestTimeout'
  | 'maxBodySize'
  | 'circuitBreaker'
  | 'cacheTimeToLive'
  | 'deadline'
>;

/**
 * The gateway of an environment: the one way to its models, and to those of others. Secrets are named as AWS Secrets Manager has them, in the
 * account and region of the environment; no value stands here.
 */
export interface GatewayConfig extends LibraryOptions {
  /** Every model that the gateway knows, fallbacks of others among them. */
  readonly models: readonly GatewayModelConfig[];
  /**
   * Who may ask.
   *
   * @default - those of `tenantsFile`
   */
  readonly tenants?: readonly TenantConfig[];
  /**
   * JSON file with a list of tenants, as `tenants` would have them, in the place of these. A path from the project's folder.
   *
   * @default - `tenants`
   */
  readonly tenantsFile?: string;
  /**
   * Guardrails that tenants have.
   *
   * @default - none
   */
  readonly guardrails?: readonly GuardrailConfig[];
  /** Where limits, budgets and cached answers are kept. */
  readonly redis: RedisConfig;
  /**
   * How the gateway goes from one revision to the next. Its gates are those of the library.
   *
   * @default - see `AiGateway`
   */
  readonly rollout?: Pick<RolloutConfig, 'steps' | 'maxSurge' | 'bakeTime' | 'judgement'>;
  /**
   * Why requests may travel in the clear between the gateway and what is beside it, such as models in the cluster. An environment with
   * `requirePins` needs it.
   *
   * @default - not said
   */
  readonly plainHopsAccepted?: string;
  /**
   * The way to it from outside the cluster.
   *
   * @default - only `callers` in the cluster reach it
   */
  readonly edge?: EdgeConfig;
}

/** What a gateway says of each of its models. */
interface ModelTerms extends PlainData<Omit<GatewayModel, 'endpoint'>> {
  /** Name by which callers ask for it. */
  readonly name: string;
  /**
   * Name of the model of the gateway that is asked when this one fails.
   *
   * @default - none
   */
  readonly fallback?: string;
}

/** Options of a provider's model with the name of its secret in the place of the secret. */
type ProviderOptions<T> = PlainData<Omit<T, 'modelName' | 'fallback' | 'secret'>>;

/** A model of the environment, or one that others run. */
export type GatewayModelConfig = ModelTerms & ModelOrigin;

/** Who runs a model. */
export type ModelOrigin =
  /** A model of the environment, of the same name. */
  | { readonly kind: 'self-hosted' }
  | ({ readonly kind: 'openai' | 'anthropic'; readonly secret: string } & ProviderOptions<ExternalModelOptions>)
  | ({ readonly kind: 'azure-openai'; readonly secret: string } & ProviderOptions<AzureOpenAiOptions>)
  | ({ readonly kind: 'openai-compatible'; readonly secret?: string } & ProviderOptions<OpenAiCompatibleOptions>)
  | {
      readonly kind: 'bedrock';
      /** Id of the inference profile, such as `us.anthropic.claude-sonnet-4-6`. */
      readonly model: string;
      /** Tags for the bill; see `BedrockModel`. */
      readonly costTags?: Readonly<Record<string, string>>;
      /** Guardrail that every request passes; see `BedrockModel`. */
      readonly guardrail?: PlainData<BedrockGuardrail>;
    };

/** A tenant, with the name of the secret of its keys. */
export interface TenantConfig extends PlainData<Omit<Tenant, 'keySecret'>> {
  /** Name of the secret with its keys, one a line. */
  readonly keySecret: string;
}

/** Guardrails by the names of their factories in `Guardrail`. */
export type GuardrailConfig = { readonly name: string } & (
  | ({ readonly kind: 'pii' } & PlainData<PiiGuardrailOptions>)
  | { readonly kind: 'injection-rules' }
  | ({ readonly kind: 'output-rules' } & PlainData<OutputGuardrailOptions>)
);

/** Redis, with the name of the secret of its password. */
export interface RedisConfig extends PlainData<Omit<GatewayRedis, 'passwordSecret'>> {
  /**
   * Name of the secret with the password.
   *
   * @default - no password
   */
  readonly passwordSecret?: string;
}
